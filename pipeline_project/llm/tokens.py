"""How many input tokens a request has: exact where the model's tokenizer is at hand, else an estimate that says so.

Counted are system, tools, messages, images by their pixels and documents by their pages; each message once, however
often it is sent again. Refuses to ask anybody: a vendor's own count is its provider's `count_tokens`.
"""

import base64
import binascii
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from math import ceil
from typing import Any, Final, NamedTuple

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from pipeline_project.errors import InvalidInput
from pipeline_project.llm import encodings
from pipeline_project.llm.image_tokens import image_tokens, size_of
from pipeline_project.llm.providers.base import TokenCount
from pipeline_project.messages.tokens import PrefixCounter, estimate_tokens

# Chat completions wraps each message and the beginning of the answer in three tokens (OpenAI cookbook, "How to count
# tokens with tiktoken"); how tools and thinking are put into the prompt is told nowhere.
_WRAPPING: Final = 3
_WRAPPED: Final = re.compile(r"gpt-3\.5-turbo|gpt-4(o|\.1|-|$)")
# Claude's tokenizers are not published; they make about a fifth more of English and code than o200k_base.
_CLAUDE: Final = 1.2
# "Each page typically uses 1,500-3,000 tokens" (platform.claude.com, "PDF support").
_PAGE: Final = 2_250
_LONGEST: Final = 50_000
_JSON_FIELDS: Final = frozenset({"input", "input_schema"})
# What says nothing to the model, or stands in another count.
_SILENT: Final = frozenset({"type", "id", "tool_use_id", "signature", "cache_control", "media_type", "data", "file_id"})


class _Method(NamedTuple):
    """How one model's tokens are counted. `factor`: what the count is multiplied with."""

    encoding: encodings.Name
    factor: float
    exact: bool
    wrapping: int
    says: str


def count(body: Mapping[str, Any], model: str, provider: str) -> TokenCount:
    """The input tokens of a body of `POST /v1/messages` for `model`, its name at the provider.

    What has the wrong shape counts nothing: it is refused where it is sent. Raises InvalidInput for bottomless nesting.
    """
    method = _method(model, provider)
    encoding = None if provider == "offline" else encodings.encoding(method.encoding)
    if encoding is None:
        return TokenCount(estimate_tokens(body), exact=False, method="estimate: a quarter of the characters")
    try:
        counted = _counter(method.encoding, model, provider).count(body)
    except RecursionError as error:
        remedy = "Send plain values, nested less deeply."
        raise InvalidInput("is nested too deeply to be counted", where="$.messages", remedy=remedy) from error
    messages = len(_messages(body)) + bool(body.get("system"))
    tokens = ceil(counted * method.factor) + method.wrapping * messages + method.wrapping
    exact = method.exact and _is_plain(body)
    says = method.says if exact or not method.exact else f"{method.says}; tools, images and thinking are an estimate"
    return TokenCount(tokens, exact=exact, method=says)


def _method(model: str, provider: str) -> _Method:
    name = encodings.name_of(model) if provider in ("openai", "azure") else None
    if name is not None:
        exact = bool(_WRAPPED.match(model))
        return _Method(name, 1.0, exact, _WRAPPING, name if exact else f"estimate: {name}, without hidden overhead")
    if provider == "anthropic":
        return _Method("o200k_base", _CLAUDE, False, 0, "estimate: o200k_base and a fifth more")
    return _Method("o200k_base", 1.0, False, _WRAPPING, "estimate: o200k_base, another model's tokenizer")


def _messages(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = body.get("messages")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list | tuple) else []


def _is_plain(body: Mapping[str, Any]) -> bool:
    """Whether a body is text alone, whose place in the prompt is known."""
    if body.get("tools") or body.get("thinking"):
        return False
    contents = [body.get("system"), *(message.get("content") for message in _messages(body))]
    blocks = (block for content in contents if isinstance(content, list) for block in content)
    return all(isinstance(block, dict) and block.get("type") == "text" for block in blocks)


@lru_cache(maxsize=64)
def _counter(name: encodings.Name, model: str, provider: str) -> PrefixCounter:
    return PrefixCounter(_measure(name, model, provider))


def _measure(name: encodings.Name, model: str, provider: str) -> Callable[[Any], int]:
    """What counts one part of a body: the system text, the tools, or a message."""
    encoding = encodings.encoding(name)
    assert encoding is not None, "count() looks before"

    def measure(part: Any) -> int:
        total = sum(len(encoding.encode_ordinary(piece)) for text in _texts(part) for piece in _pieces(text))
        return total + sum(_media(block, model, provider) for block in _blocks(part))

    return measure


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces: a run of a million blanks overflows the tokenizer's stack. A cut costs a token at most."""
    for start in range(0, len(text), _LONGEST):
        yield text[start : start + _LONGEST]


def _texts(part: Any) -> Iterator[str]:
    """Every text of a part that the model reads."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in _JSON_FIELDS:
                yield json.dumps(value, ensure_ascii=False)
            elif key == "source" and part.get("type") == "document" and isinstance(value, dict):
                # of a text document the data is what the model reads
                yield from _texts(value.get("content"))
                yield from _texts(value.get("data") if value.get("type") == "text" else None)
            elif key not in _SILENT and not (key == "source" and _is_media(part)):
                yield from _texts(value)


def _is_media(block: Mapping[str, Any]) -> bool:
    source = block.get("source")
    return block.get("type") in ("image", "document") and isinstance(source, dict) and source.get("type") != "text"


def _blocks(part: Any) -> Iterator[dict[str, Any]]:
    """Every image and document of a part."""
    if isinstance(part, list):
        for each in part:
            yield from _blocks(each)
    elif isinstance(part, dict):
        if _is_media(part) and part["source"].get("type") != "content":
            yield part
        else:
            for value in part.values():
                yield from _blocks(value)


def _media(block: Mapping[str, Any], model: str, provider: str) -> int:
    if block["type"] == "image":
        return image_tokens(*size_of(block["source"]), model, provider)
    return _PAGE * _pages(block["source"])


def _pages(source: Mapping[str, Any]) -> int:
    """The pages of a PDF; one where they cannot be counted."""
    data = source.get("data")
    if not isinstance(data, str):
        return 1
    try:
        return max(1, len(PdfReader(io.BytesIO(base64.b64decode(data))).pages))
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return 1
