"""What a conversion hands back: the value, what was lost on the way, and the names needed for the way back.

Refuses silence: whatever a conversion drops or changes stands in `losses` with its place and its reason.
"""

from typing import Any, Literal, NamedTuple, TypedDict

Target = Literal["openai", "anthropic", "gemini", "deepseek", "generic"]


class Loss(TypedDict):
    """One thing dropped or changed: its JSONPath in the input (`$.messages[2].content[0]`), what happened, and why."""

    path: str
    what: str
    why: str


class Names(TypedDict):
    """What the way back must know: the target, and every sent tool name and call id that is not the original."""

    target: Target
    tools: dict[str, str]
    ids: dict[str, str]


class Conversion(NamedTuple):
    """A converted value, its loss report and its names. Unchanged parts of `value` are shared with the input."""

    value: dict[str, Any]
    losses: list[Loss]
    names: Names
