"""Bytes of a terminal program → text a model can read: control sequences gone, progress lines collapsed.

Works on a stream: state is one unfinished line. Refuses nothing; what is no UTF-8 becomes U+FFFD.
"""

import codecs
import re
from typing import Final

_LONGEST_LINE: Final = 64 << 10
"""Characters after which an unfinished line is passed on all the same."""
# ECMA-48: control sequences, strings up to their terminator (titles, links), and two-character escapes
_ESCAPE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x00-\x08\x0a-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-OQ-WYZ\\`-~]"
)
_UNFINISHED: Final = re.compile(r"\x1b[^\x1b]{0,64}\Z")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Cleaner:
    """One stream."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""

    def feed(self, chunk: bytes) -> str:
        """The finished lines that `chunk` brings, each with its line break."""
        self._pending += self._decoder.decode(chunk)
        end = self._pending.rfind("\n") + 1
        if not end and len(self._pending) > _LONGEST_LINE:
            return self.rest()
        done, self._pending = self._pending[:end], self._pending[end:]
        return clean(done)

    def rest(self) -> str:
        """The unfinished line so far; what may be the beginning of a control sequence waits for its end."""
        unfinished = _UNFINISHED.search(self._pending)
        cut = unfinished.start() if unfinished and not _ESCAPE.match(unfinished[0]) else len(self._pending)
        done, self._pending = self._pending[:cut], self._pending[cut:]
        return clean(done)

    def finish(self) -> str:
        """What is left at the end of the stream."""
        last, self._pending = self._pending + self._decoder.decode(b"", final=True), ""
        return clean(last)


def clean(text: str) -> str:
    """`text` without control sequences and control characters save tab and line break.

    A carriage return starts its line again: what was written last is kept, as on a terminal. A backspace takes the
    character before it.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ESCAPE.sub("", text).replace("\r\n", "\n")
    if "\x08" in text:
        text = _without_overstrikes(text)
    if "\r" in text:
        text = "\n".join(map(_last_state, text.split("\n")))
    return _CONTROL.sub("", text)


def _last_state(line: str) -> str:
    return next((part for part in reversed(line.split("\r")) if part.strip()), "") if "\r" in line else line


def _without_overstrikes(text: str) -> str:
    kept: list[str] = []
    for character in text:
        if character != "\x08":
            kept.append(character)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)
