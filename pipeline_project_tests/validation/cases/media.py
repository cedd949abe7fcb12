"""Cases of the rules on images, documents and citations."""

from pipeline_project.validation.rules.media import MAX_IMAGE_BYTES, MAX_IMAGES_SMALL_CONTEXT
from pipeline_project_tests.validation.cases.build import (
    Case,
    document,
    encoded,
    image,
    png,
    request,
    text,
    user,
)

GIF = b"GIF89a\x02\0\x02\0"
SOURCE = "$.messages[0].content[0].source"
PLAIN = {"type": "text", "media_type": "text/plain", "data": "x"}


def _source(kind, **fields):
    return request(user({"type": kind, "source": fields}))


CASES = [
    Case(
        "source.unknown",
        f"{SOURCE}.type",
        _source("image", type="hologram"),
        _source("image", type="url", url="https://example.com/a.png"),
    ),
    Case(
        "source.fields",
        f"{SOURCE}.file_id",
        _source("document", type="file"),
        _source("document", type="file", file_id="file_1"),
    ),
    Case(
        "source.url",
        f"{SOURCE}.url",
        _source("image", type="url", url="file:///etc/passwd"),
        _source("image", type="url", url="HTTPS://example.com/a.png"),
    ),
    Case(
        "base64.prefix",
        f"{SOURCE}.data",
        _source("image", type="base64", media_type="image/gif", data="data:image/gif;base64,R0lGODlhAgACAA=="),
        request(user(image(GIF, "image/gif"))),
    ),
    Case(
        "base64.data",
        f"{SOURCE}.data",
        _source("image", type="base64", media_type="image/gif", data="R0lGODlh*"),
        _source("image", type="base64", media_type="image/gif", data="R0lGODlh\nAgACAA=="),
    ),
    Case(
        "image.media-type",
        f"{SOURCE}.media_type",
        request(user(image(b"BM", "image/bmp"))),
        request(user(image(png()))),
    ),
    Case(
        "image.mismatch",
        f"{SOURCE}.media_type",
        request(user(image(GIF, "image/png"))),
        request(user(image(GIF, "image/gif"))),
    ),
    Case(
        "image.bytes",
        f"{SOURCE}.data",
        request(user(image(png() + bytes(MAX_IMAGE_BYTES * 3 // 4)))),
        request(user(image(png() + bytes(MAX_IMAGE_BYTES * 3 // 4 - 100)))),
    ),
    Case(
        "image.pixels",
        f"{SOURCE}.data",
        request(user(image(png(8001, 10)))),
        request(user(image(png(10, 8000)))),
    ),
    Case(
        "image.pixels",
        f"{SOURCE}.data",
        request(user(*[image(png(2001, 10))] * 21)),
        request(user(*[image(png(2001, 10))] * 20)),
    ),
    Case(
        "image.count",
        "$.messages",
        request(user(*[image(png())] * (MAX_IMAGES_SMALL_CONTEXT + 1)), model="claude-haiku-4-5"),
        request(user(*[image(png())] * (MAX_IMAGES_SMALL_CONTEXT + 1)), model="claude-opus-4-8"),
    ),
    Case(
        "document.media-type",
        f"{SOURCE}.media_type",
        _source("document", **encoded(b"x", "application/msword")),
        _source("document", **PLAIN),
    ),
    Case(
        "document.header",
        f"{SOURCE}.data",
        request(user(document(b"PK\3\4"))),
        request(user(document(b"\n%PDF-1.7"))),
    ),
    Case(
        "citations.mixed",
        "$.messages[0].content[1]",
        request(user(document(citations={"enabled": True}), document())),
        request(user(document(citations={"enabled": True}), text("x"))),
    ),
    Case(
        "citations.format",
        "$.messages[0].content[0]",
        request(
            user(document(citations={"enabled": True})),
            output_config={"format": {"type": "json_schema", "schema": {}}},
        ),
        request(user(document()), output_config={"format": {"type": "json_schema", "schema": {}}}),
    ),
]
