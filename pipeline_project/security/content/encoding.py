"""Bytes to text: byte order mark, then the declared charset, then what the document says of itself, then UTF-8.

The labels and what they mean are those of the WHATWG Encoding standard. Refuses codecs that are no encoding of text
(`zip`, `rot13`, `unicode_escape`, `utf-7`), which Python would also find by name. Never fails: what is left is read
as Windows-1252, as browsers do, and broken bytes become U+FFFD.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ALIASES: Final = {
    # what pages call Latin-1 or ASCII is Windows-1252 (WHATWG Encoding, 4.2)
    "iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-16-le", "gb2312": "gb18030", "gbk": "gb18030",
    "iso8859-9": "cp1254", "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874", "iso8859-11": "cp874",
}  # fmt: skip
_TEXT: Final = re.compile(
    r"utf-(8|16|16-le|16-be)|cp(125[0-8]|866|874|932|949|65001)|iso8859-(1?\d)|koi8-[ru]|gb(18030|2312|k)|"
    r"big5(hkscs)?|euc_(jp|kr)|iso2022_jp|shift_jis|mac-(roman|cyrillic)|ascii|tis-620"
)
_PRESCAN: Final = 1024  # WHATWG HTML, 13.2.3.2
_DECLARED_INSIDE: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})|^<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
_CONTROLS: Final = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27}) + b"\x7f"


@dataclass(frozen=True)
class Decoded:
    """`encoding`: Python's name of it; `replaced`: whether bytes had to be given up as U+FFFD."""

    text: str
    encoding: str
    replaced: bool = False


def decode(data: bytes, *, charset: str | None = None) -> Decoded:
    """`data` as text; `charset`: what the header declares, if it does."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    declared = known(charset) or _inside(data)
    if declared is not None and declared != "utf-8":
        return _decoded(data, declared)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _decoded(data, declared or "cp1252")


def known(label: str | None) -> str | None:
    """Python's name of a charset label, None for what is no encoding of text."""
    try:
        name = codecs.lookup((label or "").strip().strip("\"'")).name
    except (LookupError, UnicodeError, ValueError):
        return None
    return _ALIASES.get(name, name) if _TEXT.fullmatch(name) else None


def is_binary(data: bytes) -> bool:
    """Whether the first 8 kB are no text: a NUL or more than one control byte in fifty, unless a mark says UTF-16."""
    head = data[:8192]
    if head.startswith(tuple(mark for mark, _ in _MARKS)):
        return False
    return b"\0" in head or len(head) - len(head.translate(None, _CONTROLS)) > len(head) // 50


def _inside(data: bytes) -> str | None:
    found = _DECLARED_INSIDE.search(data[:_PRESCAN].lstrip())
    encoding = known((found[1] or found[2]).decode("ascii")) if found else None
    # a page that can be read so far is not in UTF-16, whatever it says of itself (WHATWG HTML, 13.2.3.2)
    return "utf-8" if encoding and encoding.startswith("utf-16") else encoding


def _decoded(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    return Decoded(text, encoding, "\ufffd" in text)
