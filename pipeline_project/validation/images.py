"""What the first bytes of a file say: its type among those that messages carry, and for images the size in pixels.

Header layouts: PNG (W3C), JFIF/Exif segments (ITU T.81), GIF89a, WebP (RFC 9649).
Reads headers only, never pixels; answers None for what it cannot tell.
"""

import struct
from typing import Final

from pipeline_project.security.content import sniff

_CARRIED: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
# Start-of-frame markers; C4, C8 and CC share the range and are tables and extensions.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length: TEM, RST0 to RST7, SOI.
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def media_type(data: bytes) -> str | None:
    """The media type that the signature at the start of `data` stands for, None for one that messages do not carry."""
    found = sniff(data)
    return found if found in _CARRIED else None


def pixel_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG, GIF or WebP image, or None when its header is not complete."""
    kind = media_type(data)
    try:
        if kind == "image/png":
            return struct.unpack(">II", data[16:24])
        if kind == "image/gif":
            return struct.unpack("<HH", data[6:10])
        if kind == "image/webp":
            return _webp(data)
        if kind == "image/jpeg":
            return _jpeg(data)
    except (struct.error, IndexError):
        return None
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    chunk = data[12:16]
    if chunk == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack("<HBHB", data[24:30])
        return 1 + (low_width | high_width << 16), 1 + (low_height | high_height << 16)
    if chunk == b"VP8L":
        bits = struct.unpack("<I", data[21:25])[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    position = 2
    while position < len(data):
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in _BARE:
            position += 2
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        else:
            length = struct.unpack(">H", data[position + 2 : position + 4])[0]
            if length < 2:
                return None
            position += 2 + length
    return None
