"""What the first bytes of a file say it is, held against what it was declared as.

Signatures: the formats' own specifications, as WHATWG MIME Sniffing collects them. Refuses a declaration that the
bytes contradict in kind: text that is an archive, an image that is a page. Answers None for what it cannot tell.
"""

import re
from dataclasses import dataclass
from typing import Final

from pipeline_project.errors import InvalidDocument
from pipeline_project.security.content.encoding import is_binary

OCTETS: Final = "application/octet-stream"
_AT_START: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\1\0", "image/x-icon"),
    (b"PK\3\4", "application/zip"),
    (b"PK\5\6", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\xca\xfe\xba\xbe", "application/x-mach-binary"),
    (b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (b"\0asm", "application/wasm"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"OggS", "application/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"OTTO", "font/otf"),
    (b"\0\1\0\0\0", "font/ttf"),
)
# two or three letters that a text may begin with as well
_SHORT: Final = frozenset(
    {"image/bmp", "application/vnd.microsoft.portable-executable", "application/x-bzip2", "audio/mpeg"}
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = {b"avif": "image/avif", b"heic": "image/heic", b"mif1": "image/heic", b"M4A ": "audio/mp4"}
_HTML: Final = re.compile(
    rb"<(!doctype html|html|head|body|title|meta|script|style|iframe|h1|div|table|br|p|a)[\s>]", re.IGNORECASE
)
_TEXTUAL: Final = re.compile(
    r"text/.*|application/(json|xml|javascript|ecmascript|yaml|x-yaml|toml|x-ndjson|x-sh|sql|graphql|"
    r"x-www-form-urlencoded|x-javascript|ld\+json|.*\+(json|xml|yaml))|image/svg\+xml|message/.*"
)
# what is handed on as it is, so the bytes must say so themselves
_SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
_UNDECLARED: Final = frozenset({"", OCTETS, "binary/octet-stream", "application/unknown"})


@dataclass(frozen=True)
class MediaType:
    """`name`: lower case, without parameters; `charset`: as declared; `sniffed`: what the bytes say, if anything."""

    name: str
    charset: str | None = None
    sniffed: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether it can be shown as it is."""
        return bool(_TEXTUAL.fullmatch(self.name))


def sniff(data: bytes) -> str | None:
    """The media type that the signature at the start of `data` stands for, or None."""
    for signature, name in _AT_START:
        if data.startswith(signature) and (name not in _SHORT or is_binary(data)):
            return name
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if data[257:262] == b"ustar":
        return "application/x-tar"
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    return "text/html" if _begins_as_page(data[:4096]) else None


def agreed_type(declared: str | None, data: bytes, *, where: str) -> MediaType:
    """The type of `data`, declared as `declared` (a Content-Type) or not at all.

    Raises InvalidDocument when the bytes are something of another kind.
    """
    name, charset = _parsed(declared)
    found = sniff(data)
    if name in _UNDECLARED:
        guess = OCTETS if is_binary(data) else "text/plain"
        return MediaType(found or guess, charset, found)
    if _TEXTUAL.fullmatch(name):
        return MediaType(_of_text(name, found, data, where), charset, found)
    return MediaType(_of_bytes(name, found, where), charset, found)


def _of_text(name: str, found: str | None, data: bytes, where: str) -> str:
    if found is None and is_binary(data):
        raise _contradiction(name, "binary", where)
    if found is None or found == "text/html":
        return name
    # servers say text/plain of what they do not know
    if name == "text/plain" and found in _SHOWN:
        return found
    raise _contradiction(name, found, where)


def _of_bytes(name: str, found: str | None, where: str) -> str:
    if found is None and name not in _SHOWN:
        return name
    if found is None or found == "text/html" or _kind(found) != _kind(name):
        raise _contradiction(name, found or "something else", where)
    return found if found in _SHOWN else name


def _kind(name: str) -> str:
    family = "application/pdf" if name == "application/pdf" else name.partition("/")[0]
    return "audio or video" if family in ("audio", "video") or name == "application/ogg" else family


def _contradiction(name: str, found: str, where: str) -> InvalidDocument:
    return InvalidDocument(f"is declared as {name} and is {found}", where=where, remedy="It was not used.")


def _begins_as_page(data: bytes) -> bool:
    rest = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith(b"<!--"):
        rest = rest.partition(b"-->")[2].lstrip()
    return _HTML.match(rest) is not None


def _parsed(declared: str | None) -> tuple[str, str | None]:
    name, _, parameters = (declared or "").partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", parameters, re.IGNORECASE)
    return name.strip().lower(), charset[1] if charset else None
