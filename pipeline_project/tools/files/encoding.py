"""Text of a file's bytes and back, so that what is not touched keeps every byte.

A byte order mark decides; without one it is UTF-8, whose stray bytes travel through text as lone surrogates
(PEP 383). Refuses to guess a code page: text that is no UTF-8 at all is read as Latin-1, which maps every byte.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from pipeline_project.errors import InvalidInput

# UTF-32's little-endian mark begins with UTF-16's, so it is asked first
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONE: Final = frozenset(map(chr, range(0xDC80, 0xDD00)))
_HALF: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Encoding:
    """How a file spells its text. `name`: a codec of Python; `mark`: the byte order mark it begins with."""

    name: str = "utf-8"
    mark: bytes = b""

    def decode(self, data: bytes) -> str:
        """The text after the mark; `encode` gives the same bytes again. Raises UnicodeDecodeError for UTF-16 and 32."""
        return data[len(self.mark) :].decode(self.name, _errors(self.name))

    def encode(self, text: str, *, where: str) -> bytes:
        """The bytes of `text`, the mark first. Raises InvalidInput for a character the encoding has not."""
        try:
            return self.mark + text.encode(self.name, _errors(self.name))
        except UnicodeEncodeError as error:
            sign = error.object[error.start]
            raise InvalidInput(
                f"the file is kept in {self.name}, which has no {sign!r} (U+{ord(sign):04X})",
                where=where,
                remedy="Use another character, or convert the file to UTF-8 first (Bash: iconv).",
            ) from error

    @property
    def wide(self) -> bool:
        """Whether a character takes two or four bytes, so that lines cannot be found in the bytes."""
        return self.name.startswith(("utf-16", "utf-32"))


UTF8: Final = Encoding()


def declared(head: bytes) -> Encoding:
    """The encoding that the first bytes of a file declare with a mark; UTF-8 without one."""
    return next((Encoding(name, mark) for mark, name in _MARKS if head.startswith(mark)), UTF8)


def check_given(text: str, *, where: str) -> None:
    """Raises InvalidInput for half a surrogate pair, which JSON can spell and no text can hold."""
    if half := _HALF.search(text):
        remedy = "Leave it out, or write the whole character."
        raise InvalidInput(f"half a surrogate pair (U+{ord(half[0]):04X}) is no character", where=where, remedy=remedy)


def detect(data: bytes) -> Encoding:
    """The encoding of a whole file's bytes; decoding by it and encoding again is always exact."""
    found = declared(data)
    if found.wide:
        # a UTF-16 text that begins with a NUL begins like UTF-32's mark
        marked = (Encoding(name, mark) for mark, name in _MARKS if data.startswith(mark))
        return next((each for each in marked if _exact(each, data)), UTF8)
    text = found.decode(data)
    # a byte that is no UTF-8 beside sequences that are: a damaged UTF-8 file. None that are: an older code page
    strange = {sign for sign in text if sign > "\x7f"}
    return Encoding("latin-1") if strange and strange <= _LONE and not found.mark else found


def _exact(encoding: Encoding, data: bytes) -> bool:
    try:
        return encoding.encode(encoding.decode(data), where="file") == data
    except (UnicodeDecodeError, InvalidInput):
        return False


def _errors(name: str) -> str:
    return {"utf-8": "surrogateescape", "latin-1": "strict"}.get(name, "surrogatepass")
