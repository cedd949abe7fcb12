import struct

import pytest

from pipeline_project.validation.images import media_type, pixel_size
from pipeline_project_tests.validation.cases.build import png

JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(9)  # APP0
    + b"\xff\xff\xfe\x00\x04hi"  # a fill byte, then a comment
    + b"\xff\xc4\x00\x03\x00"  # a table, whose marker is among the frames'
    + b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640) + bytes(10)
)  # fmt: skip
GIF = b"GIF89a" + struct.pack("<HH", 300, 200)


def _webp(chunk, payload):
    return b"RIFF\0\0\0\0WEBP" + chunk + b"\0\0\0\0" + payload


WEBP_EXTENDED = _webp(b"VP8X", bytes(4) + (4999).to_bytes(3, "little") + (99).to_bytes(3, "little"))
WEBP_LOSSLESS = _webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14))
WEBP_LOSSY = _webp(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 640, 480))


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (png(640, 480), "image/png", (640, 480)),
        (JPEG, "image/jpeg", (640, 480)),
        (GIF, "image/gif", (300, 200)),
        (WEBP_EXTENDED, "image/webp", (5000, 100)),
        (WEBP_LOSSLESS, "image/webp", (640, 480)),
        (WEBP_LOSSY, "image/webp", (640, 480)),
        (b"junk\n%PDF-1.7", "application/pdf", None),
        (b"BM", None, None),
        (b"", None, None),
    ],
)
def test_the_header_tells_type_and_size(data, kind, size):
    assert media_type(data) == kind
    assert pixel_size(data) == size


@pytest.mark.parametrize("data", [png(640, 480), JPEG, GIF, WEBP_EXTENDED, WEBP_LOSSLESS, WEBP_LOSSY])
def test_a_header_cut_off_anywhere_gives_the_right_size_or_none(data):
    whole = pixel_size(data)
    for length in range(len(data)):
        assert pixel_size(data[:length]) in (whole, None)
