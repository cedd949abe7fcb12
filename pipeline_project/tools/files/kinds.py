"""What a file is, by its first bytes and never by its name."""

from typing import Final, Literal

from pipeline_project.tools.files.encoding import declared
from pipeline_project.validation.images import media_type

Kind = Literal["text", "image", "pdf", "binary"]

HEAD_BYTES: Final = 8 << 10
# what is met most in workspaces; the error names it so that the next step is clear
_SIGNATURES: Final = (
    (b"PK\x03\x04", "a ZIP archive or Office document", "Use Bash with `unzip -l` to list it."),
    (b"\x1f\x8b", "gzip data", "Use Bash with `zcat` to see its content."),
    (b"BZh", "bzip2 data", "Use Bash with `bzcat` to see its content."),
    (b"\xfd7zXZ\x00", "xz data", "Use Bash with `xzcat` to see its content."),
    (b"(\xb5/\xfd", "Zstandard data", "Use Bash with `zstdcat` to see its content."),
    (b"7z\xbc\xaf'\x1c", "a 7z archive", "Use Bash to unpack it."),
    (b"\x7fELF", "a program (ELF)", "Use Bash with `file` or `nm` to learn about it."),
    (b"SQLite format 3\x00", "an SQLite database", "Use Bash with `sqlite3` to query it."),
    (b"PAR1", "a Parquet file", "Use Bash with a program that reads it."),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "Convert it with Bash first."),
    (b"BM", "a BMP image", "Convert it to PNG with Bash first."),
    (b"II*\x00", "a TIFF image", "Convert it to PNG with Bash first."),
    (b"MM\x00*", "a TIFF image", "Convert it to PNG with Bash first."),
    (b"ID3", "audio (MP3)", "It cannot be shown as text."),
)  # fmt: skip
_ANY: Final = "Use Bash with `file` or `xxd` to learn about it."


def kind_of(head: bytes) -> Kind:
    """What a file that begins with `head` is read as."""
    binary = _is_binary(head)
    found = media_type(head)
    if found == "application/pdf":
        # a program's source may speak of %PDF- too
        return "pdf" if binary or head.startswith(b"%PDF-") else "text"
    if found is not None and binary:
        return "image"
    return "binary" if binary else "text"


def describe(head: bytes) -> tuple[str, str]:
    """What a binary file is, in words, and what to do instead of reading it as text."""
    if name := _unmarked(head):
        remedy = f"Convert it with Bash first: iconv -f {name} -t UTF-8."
        return f"is {name} text without a byte order mark", remedy
    for signature, words, remedy in _SIGNATURES:
        if head.startswith(signature):
            return f"is {words}, not text", remedy
    return "is binary, not text", _ANY


def _unmarked(head: bytes) -> str | None:
    """The encoding of Latin text in two bytes a character: one of each two is a NUL, the other never."""
    first, second = head[:-1:2], head[1::2]
    for name, nul, sign in (("UTF-16LE", second, first), ("UTF-16BE", first, second)):
        if len(nul) > 1 and nul.count(0) * 10 > len(nul) * 9 and not sign.count(0):
            return name
    return None


def _is_binary(head: bytes) -> bool:
    if declared(head).wide:
        return False
    if b"\0" in head:
        return True
    # control signs that no text has, in numbers; escape, form feed and backspace do occur
    control = sum(head.count(sign) for sign in _CONTROL)
    return control * 10 > len(head)


_CONTROL: Final = tuple(bytes([sign]) for sign in [*range(1, 8), *range(14, 27), *range(28, 32), 127])
