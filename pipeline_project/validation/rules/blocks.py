"""Rules on the shape of content blocks: known ones have their fields and their place; unknown ones pass."""

from collections.abc import Iterator
from typing import Any, Final

from pipeline_project.messages.blocks import (
    BLOCK_TYPES,
    SERVER_CALL_TYPES,
    SERVER_RESULT_TYPES,
    THINKING_BLOCK_TYPES,
)
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.report import Path
from pipeline_project.validation.subject import Content, Request, Response

_STRING: Final = (str,)
_OBJECT: Final = (dict,)

# The fields that each block type cannot be without.
_FIELDS: Final[dict[str, dict[str, tuple[type, ...]]]] = {
    "text": {"text": _STRING},
    "image": {"source": _OBJECT},
    "document": {"source": _OBJECT},
    "search_result": {"source": _STRING, "title": _STRING, "content": (list,)},
    "thinking": {"thinking": _STRING},
    "redacted_thinking": {"data": _STRING},
    "tool_use": {"id": _STRING, "name": _STRING, "input": _OBJECT},
    "tool_result": {"tool_use_id": _STRING},
    "tool_reference": {"tool_name": _STRING},
    "container_upload": {"file_id": _STRING},
    **{kind: {"id": _STRING, "name": _STRING, "input": _OBJECT} for kind in SERVER_CALL_TYPES},
    **{kind: {"tool_use_id": _STRING} for kind in SERVER_RESULT_TYPES},
}
_NAMES: Final = {str: "a string", dict: "an object", list: "an array", bool: "true or false"}

_ASSISTANT_ONLY: Final = THINKING_BLOCK_TYPES | SERVER_CALL_TYPES | SERVER_RESULT_TYPES | {"tool_use"}
_CALLER_MEDIA: Final = frozenset({"image", "document", "search_result"})


@rule("block.object", sources.CREATE, scope="content")
def each_block_is_typed(subject: Content) -> Iterator[Problem]:
    """Each block is an object with a type."""
    for path, content in _contents(subject):
        for index, block in enumerate(content):
            if not isinstance(block, dict) or not isinstance(block.get("type"), str):
                yield (*path, index), "the block must be an object with a string type"


@rule("block.fields", sources.CREATE, scope="content")
def each_block_has_its_fields(subject: Content) -> Iterator[Problem]:
    """Each block of a known type has the fields of that type."""
    for kind, fields in _FIELDS.items():
        for block in subject.of(kind):
            for name, types in fields.items():
                if not isinstance(block.value.get(name), types):
                    yield (*block.path, name), f"{kind} needs {name} as {_NAMES[types[0]]}"


@rule("tool-result.content", sources.HANDLE_TOOLS, scope="content")
def each_result_has_text_or_blocks(subject: Content) -> Iterator[Problem]:
    """A tool_result's content is a string, an array of blocks or absent, and is_error is true or false."""
    for block in subject.of("tool_result"):
        if not isinstance(block.value.get("content"), str | list | None):
            yield (*block.path, "content"), "tool_result content must be a string or an array of blocks"
        if not isinstance(block.value.get("is_error"), bool | None):
            yield (*block.path, "is_error"), "is_error must be true or false"


@rule("block.unknown", sources.CREATE, scope="content", severity="info")
def each_block_is_known(subject: Content) -> Iterator[Problem]:
    """Blocks of types not known here are kept as they are."""
    for kind in sorted(subject.kinds.keys() - BLOCK_TYPES):
        for block in subject.of(kind):
            yield block.path, f"block type {kind} is not known here; it is passed on unchanged"


@rule("block.role", sources.CREATE, scope="content")
def each_block_stands_in_its_role(subject: Content) -> Iterator[Problem]:
    """Calls and thinking stand in assistant messages, tool results in user messages."""
    for block in subject.blocks:
        if block.kind in _ASSISTANT_ONLY and block.role in ("user", "system"):
            yield block.path, f"{block.kind} can only stand in assistant messages; move or drop it"
        elif block.kind == "tool_result" and block.role in ("assistant", "system"):
            yield block.path, "tool_result can only stand in user messages; move it to the next user turn"


@rule("block.media-role", sources.CACHING, scope="conversation", severity="warning", providers=ANTHROPIC)
def media_come_from_the_user(request: Request) -> Iterator[Problem]:
    """Images, documents and search results stand in user messages."""
    for block in request.blocks:
        if block.kind in _CALLER_MEDIA and block.role != "user":
            yield block.path, f"{block.kind} belongs in a user message; move it there"


def _contents(subject: Content) -> Iterator[tuple[Path, list[Any]]]:
    """Every array of blocks with its path: the messages' (or the response's) and those in tool results."""
    if isinstance(subject, Request):
        for index, message in enumerate(subject.messages):
            if isinstance(message, dict) and isinstance(content := message.get("content"), list):
                yield ("messages", index, "content"), content
        if isinstance(system := subject.keys.get("system"), list):
            yield ("system",), system
    elif isinstance(subject, Response) and isinstance(content := subject.keys.get("content"), list):
        yield ("content",), content
    for block in subject.of("tool_result"):
        if isinstance(content := block.value.get("content"), list):
            yield (*block.path, "content"), content
