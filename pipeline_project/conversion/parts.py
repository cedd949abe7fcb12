"""Anthropic content blocks → chat completions content parts: text, images, documents, search results, the unknown.

Every block becomes at least one part or an error: nothing a caller wrote disappears without a word. Refuses files
that only Anthropic's Files API can open.
"""

from typing import Any, Final

from pipeline_project.conversion import shape
from pipeline_project.conversion.draft import Draft
from pipeline_project.errors import InvalidInput
from pipeline_project.messages.blocks import SERVER_CALL_TYPES, SERVER_RESULT_TYPES, THINKING_BLOCK_TYPES

Part = dict[str, Any]

_TEXT_KEYS: Final = frozenset({"type", "text"})
_SOURCE_KEYS: Final = frozenset({"type", "source"})
_DOCUMENT_KEYS: Final = frozenset({"type", "source", "title", "context"})
_SEARCH_KEYS: Final = frozenset({"type", "source", "title", "content"})
# An unknown block is shown as JSON; past this many characters it is more likely a file than something to read.
_UNKNOWN_LIMIT: Final = 4_000


def text_part(text: str) -> Part:
    """A text part."""
    return {"type": "text", "text": text}


def is_plain_text(block: Any) -> bool:
    """Whether a block is text and nothing else, so that it is already the part it becomes: most blocks are."""
    if not isinstance(block, dict) or len(block) != 2 or block.get("type") != "text":
        return False
    text = block.get("text")
    return isinstance(text, str) and text != ""


def parts_of(draft: Draft, block: Any, path: str) -> list[Part]:
    """The parts of one block. Raises InvalidInput for a malformed block or an unreadable file id."""
    if not isinstance(block, dict):
        raise InvalidInput(
            f"expected a content block, got {type(block).__name__}",
            where=path,
            remedy="Send content as a string or as a list of blocks.",
        )
    kind = block.get("type")
    if kind == "text":
        return _text(draft, block, path)
    if kind == "image":
        return _image(draft, block, path)
    if kind == "document":
        return _document(draft, block, path)
    if kind == "search_result":
        return [text_part(_search_result(draft, block, path))]
    if kind == "tool_reference":
        return [text_part(f"[tool available: {shape.a_string(block.get('tool_name'), f'{path}.tool_name')}]")]
    if kind == "container_upload":
        raise unreadable_file(draft, f"{path}.file_id")
    if not isinstance(kind, str):
        raise InvalidInput("a block has no type", where=f"{path}.type", remedy="Give every block a type.")
    return _other(draft, block, path)


def unreadable_file(draft: Draft, where: str) -> InvalidInput:
    """The error for a file id, which means nothing outside Anthropic's Files API."""
    return InvalidInput(
        f"a file id cannot be read by {draft.profile.name}",
        where=where,
        remedy="Send the file itself as base64 or by URL, or choose an Anthropic model.",
    )


def _text(draft: Draft, block: dict[str, Any], path: str) -> list[Part]:
    text = shape.a_string(block.get("text"), f"{path}.text")
    if len(block) > 2:
        draft.lose_extras(block, _TEXT_KEYS, path)
    if not text:
        draft.lose(path, "dropped", "an empty text block says nothing")
        return []
    return [text_part(text)]


def _image(draft: Draft, block: dict[str, Any], path: str) -> list[Part]:
    source = shape.an_object(block.get("source"), f"{path}.source")
    draft.lose_extras(block, _SOURCE_KEYS, path)
    url = _url(draft, source, f"{path}.source")
    if not draft.profile.images:
        draft.lose(path, "replaced by a note", f"{draft.profile.name} reads no images")
        return [text_part(f"[image omitted: {source.get('media_type') or 'image'}]")]
    return [{"type": "image_url", "image_url": {"url": url}}]


def _url(draft: Draft, source: dict[str, Any], path: str) -> str:
    """The URL of a base64 or url source, as data: URL where it is base64."""
    match source.get("type"):
        case "base64":
            media_type = shape.a_string(source.get("media_type"), f"{path}.media_type")
            return f"data:{media_type};base64,{shape.a_string(source.get('data'), f'{path}.data')}"
        case "url":
            return shape.a_string(source.get("url"), f"{path}.url")
        case "file":
            raise unreadable_file(draft, f"{path}.file_id")
        case other:
            raise InvalidInput(f"unknown source type {other!r}", where=f"{path}.type", remedy="Use base64 or url.")


def _document(draft: Draft, block: dict[str, Any], path: str) -> list[Part]:
    source = shape.an_object(block.get("source"), f"{path}.source")
    draft.lose_extras(block, _DOCUMENT_KEYS, path)
    title = shape.a_string(block.get("title") or "", f"{path}.title")
    context = shape.a_string(block.get("context") or "", f"{path}.context")
    about = f"\n[context: {context}]" if context else ""
    head = (f"[document: {title}]" if title else "[document]") + about
    match source.get("type"):
        case "text":
            text = shape.a_string(source.get("data"), f"{path}.source.data")
            draft.lose(path, "became text", f"{draft.profile.name} has no text documents")
            return [text_part(f"{head}\n{text}")]
        case "content":
            draft.lose(path, "became text", f"{draft.profile.name} has no content documents")
            return [text_part(head), *_inner(draft, source.get("content"), f"{path}.source.content")]
        case "url":
            url = shape.a_string(source.get("url"), f"{path}.source.url")
            draft.lose(path, "became its URL", f"{draft.profile.name} does not fetch documents")
            return [text_part(f"{head}\n[document at {url}]")]
        case _:
            file = {"filename": title or "document.pdf", "file_data": _url(draft, source, f"{path}.source")}
            if not draft.profile.files:
                draft.lose(path, "replaced by a note", f"{draft.profile.name} reads no files")
                return [text_part(f"[document omitted: {file['filename']}]{about}")]
            if context:
                draft.lose(f"{path}.context", "became text", draft.no_field)
            return [*([text_part(head)] if context else []), {"type": "file", "file": file}]


def _inner(draft: Draft, content: Any, path: str) -> list[Part]:
    if isinstance(content, str):
        return [text_part(content)] if content else []
    blocks = enumerate(shape.a_list(content, path))
    return [part for index, block in blocks for part in parts_of(draft, block, f"{path}[{index}]")]


def _search_result(draft: Draft, block: dict[str, Any], path: str) -> str:
    draft.lose_extras(block, _SEARCH_KEYS, path)
    draft.lose(path, "became text", f"{draft.profile.name} has no search results")
    title = shape.a_string(block.get("title") or "", f"{path}.title")
    source = shape.a_string(block.get("source") or "", f"{path}.source")
    body = _inner(draft, block.get("content") or [], f"{path}.content")
    texts = [part["text"] for part in body if part["type"] == "text"]
    return "\n".join([f"[search result: {title}]", f"[source: {source}]", *texts])


def _other(draft: Draft, block: dict[str, Any], path: str) -> list[Part]:
    kind = block["type"]
    if kind in THINKING_BLOCK_TYPES:
        draft.lose(path, "dropped", "thinking belongs to assistant turns")
        return []
    draft.lose(path, "became text", f"{draft.profile.name} has no {kind} blocks")
    if kind in SERVER_CALL_TYPES or kind in SERVER_RESULT_TYPES:
        return [text_part(summary(block, path))]
    text = block.get("text")
    shown = text if isinstance(text, str) and text else shape.json_text(block, path)
    if len(shown) > _UNKNOWN_LIMIT:
        shown = f"{shown[:_UNKNOWN_LIMIT]}… ({len(shown)} characters)"
    return [text_part(f"[{kind}] {shown}")]


def summary(block: dict[str, Any], path: str) -> str:
    """A server tool's call or result as text: the input as JSON, of a result what a reader would see."""
    kind = block["type"]
    if kind in SERVER_CALL_TYPES:
        return f"[{block.get('name')} was called with {shape.json_text(block.get('input'), path)}]"
    lines = list(_lines(block.get("content"), 0))
    return "\n".join([f"[{kind}]", *lines]) if lines else f"[{kind}: empty]"


def _lines(content: Any, depth: int) -> list[str]:
    """What a person would read of a server tool's result; encrypted and binary fields are left out."""
    if isinstance(content, str):
        return [content] if content else []
    if isinstance(content, list):
        return [line for item in content for line in _lines(item, depth)]
    if not isinstance(content, dict) or depth > 8:
        return []
    lines: list[str] = []
    if isinstance(url := content.get("url"), str):
        lines.append(f"{content.get('title') or ''} {url}".strip())
    elif isinstance(title := content.get("title"), str):
        lines.append(title)
    for key in ("text", "stdout", "stderr", "error_code", "tool_name"):
        if isinstance(value := content.get(key), str) and value:
            lines.append(value)
    if isinstance(code := content.get("return_code"), int):
        lines.append(f"return code {code}")
    for key in ("content", "source", "tool_references"):
        lines.extend(_lines(content.get(key), depth + 1))
    return lines
