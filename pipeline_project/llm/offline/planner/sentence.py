"""What a sentence is read into: actions in order, branches, and what runs at the same time. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline_project.errors import InvalidInput

Subject = Literal["invoice", "purchase_order", "text", "expense", "data", ""]

REMEDY = (
    "Say it as: when an invoice arrives over 1000 EUR ask finance for approval, then post to #finance. Known actions: "
    "ask … for approval, post to #channel, mail to a@b.example, create a task for … to …, check the … budget, wait N "
    "seconds, analyze, summarize, draft …, sort/filter/take rows, fetch https://…, run the tool X with a=b."
)


@dataclass(frozen=True)
class Action:
    """One thing to do; `kind` names the builder, `words` is the clause."""

    kind: str
    words: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """What decides a branch. `kind` says what is looked at; several are joined by `all` or `any`."""

    kind: str
    words: str
    values: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple["Condition", ...] = ()


@dataclass
class Branch:
    """A condition with what follows when it holds, and when it does not."""

    condition: Condition
    then: list["Node"] = field(default_factory=list)
    otherwise: list["Node"] | None = None
    one_of_several: bool = False
    """One of ways of which the first that fits is taken."""


@dataclass
class Parallel:
    """Actions that run at the same time."""

    actions: list["Node"]


Node = Action | Branch | Parallel


@dataclass(frozen=True)
class Trigger:
    """What starts it, in the words of the sentence. `scheduled`: by the clock and not by something that arrives."""

    words: str
    subject: Subject
    scheduled: bool = False


@dataclass
class Read:
    """A whole request, read."""

    trigger: Trigger | None
    nodes: list[Node]


class NotUnderstood(InvalidInput):
    """A part of the request that the grammar has no reading for; `part` quotes it."""

    def __init__(self, part: str, why: str = "") -> None:
        self.part = " ".join(part.split())
        reason = why or "this part is not understood"
        super().__init__(f"{reason}: “{self.part}”", where="the request", remedy=REMEDY)
