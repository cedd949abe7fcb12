"""The files that a request carries inline: each is decoded once, and only what rules ask about it is kept.

Decoding is strict and linear. Refuses to keep the decoded bytes: a request may hold 32 MB of them.
"""

import binascii
from typing import Any, NamedTuple

from pipeline_project.validation.images import media_type, pixel_size
from pipeline_project.validation.report import Path


class InlineFile(NamedTuple):
    """A base64 source of an image or document block.

    `path`: of the source. `size`: characters of base64. `detected`, `pixels`: what the bytes say, None if
    unreadable. `readable`: the data is base64. `prefixed`: it is a data: URL instead.
    """

    path: Path
    block: str
    declared: Any
    size: int
    readable: bool
    prefixed: bool
    detected: str | None
    pixels: tuple[int, int] | None


def decode(data: str) -> bytes | None:
    """The bytes of base64 `data`, None when it is not base64; line breaks and blanks between are ignored."""
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except ValueError:
        pass
    try:
        return binascii.a2b_base64("".join(data.split()), strict_mode=True)
    except ValueError:
        return None


def inline_file(path: Path, block: str, source: dict[str, Any], data: str) -> InlineFile:
    """What `data`, the base64 of the source at `path` in a block of type `block`, turns out to be."""
    prefixed = data.startswith("data:")
    content = None if prefixed else decode(data)
    return InlineFile(
        path=path,
        block=block,
        declared=source.get("media_type"),
        size=len(data),
        readable=content is not None,
        prefixed=prefixed,
        detected=media_type(content) if content else None,
        pixels=pixel_size(content) if content else None,
    )
