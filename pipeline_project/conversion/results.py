"""A tool_result block → the text of one tool message, and the images and files that must follow it.

Always exactly one text, whatever the result holds: a call without a tool message is refused by every provider.
"""

from collections.abc import Sequence
from typing import Any, Final

from pipeline_project.conversion import marks, shape
from pipeline_project.conversion.draft import Draft, content_path
from pipeline_project.conversion.parts import Part, is_plain_text, parts_of, text_part

# The text of a tool message, and the parts that only a user message may carry.
Result = tuple[str, Sequence[Part]]

_NONE: Final[Sequence[Part]] = ()
_KEYS: Final = frozenset({"type", "tool_use_id", "content", "is_error"})


def plain_result(block: dict[str, Any]) -> str | None:
    """The text of a result that is nothing but text, as most are; None where more must be looked at."""
    if len(block) != 3:
        return None
    content = block.get("content")
    if isinstance(content, list) and len(content) == 1 and is_plain_text(content[0]):
        content = content[0]["text"]
    # Every mark starts with a bracket.
    return content if isinstance(content, str) and content[:1] != "[" else None


def result_of(draft: Draft, block: dict[str, Any], turn: int, index: int) -> Result:
    """The result of a tool_result block, the `index`th of its turn. Raises InvalidInput for a malformed one."""
    path = content_path(turn, index)
    text, attachments = _read(draft, block.get("content"), f"{path}.content")
    draft.lose_extras(block, _KEYS, path)
    if block.get("is_error"):
        return marks.TOOL_ERROR + text, attachments
    if text.startswith(marks.ALL):
        draft.lose(path, "reads like a mark of this converter", "the way back cannot tell them apart")
    return text, attachments


def _read(draft: Draft, content: Any, path: str) -> Result:
    if isinstance(content, str):
        return content, _NONE
    return ("", _NONE) if content is None else _from_blocks(draft, shape.a_list(content, path), path)


def _from_blocks(draft: Draft, blocks: list[Any], path: str) -> Result:
    texts: list[str] = []
    attachments: list[Part] = []
    for index, block in enumerate(blocks):
        if is_plain_text(block):
            texts.append(block["text"])
            continue
        for part in parts_of(draft, block, f"{path}[{index}]"):
            if part["type"] == "text":
                texts.append(part["text"])
                continue
            kind = "image" if part["type"] == "image_url" else "file"
            attachments.append(part)
            texts.append(f"[{kind}: see the next user message]")
            draft.lose(f"{path}[{index}]", f"{kind} moved to a user message", "tool messages carry text only")
    if len(texts) == 1:
        return texts[0], attachments
    if texts:
        draft.lose(path, f"{len(texts)} blocks joined", "a tool message is one text")
    return "\n".join(texts), attachments


def label(call_id: str, attachments: Sequence[Part]) -> list[Part]:
    """The attachments under a line that says which call they came from."""
    return [text_part(f"[attached to the result of tool call {call_id}]"), *attachments]
