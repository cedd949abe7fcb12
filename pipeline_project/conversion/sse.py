"""Server-sent events: Anthropic events out as bytes, an upstream's bytes in as chunks.

The reader takes bytes cut anywhere (inside a character, a line, an event), comments, pings, CRLF, events of several
data lines, and a bare JSON error body where a stream was expected. `[DONE]` ends it and is never handed on.

Source: WHATWG HTML, "Server-sent events".
"""

import codecs
import json
import re
from typing import Any, Final

from pipeline_project.conversion.failures import service_error
from pipeline_project.conversion.shape import a_string, json_ascii
from pipeline_project.messages.shapes import Event

PING: Final[Event] = {"type": "ping"}
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


def encode_sse(event: Event) -> bytes:
    """One event as bytes; `event:` equals the data's type. Raises InvalidInput for what is not JSON.

    Text is escaped to ASCII: half a surrogate pair, which some upstreams send, has no UTF-8 form.
    """
    kind = a_string(event.get("type") if isinstance(event, dict) else None, "$.type")
    return f"event: {kind}\ndata: {json_ascii(event, '$')}\n\n".encode("ascii", "replace")


class SseReader:
    """Turns the bytes of an upstream's stream into its JSON chunks; `done` once `[DONE]` came."""

    def __init__(self) -> None:
        self.done = False
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._data: list[str] = []
        self._bare: list[str] = []

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The chunks that are complete with these bytes. Raises ServiceError for data that is no JSON object."""
        text = self._rest + self._decoder.decode(data)
        # A carriage return at the very end may be half of a CRLF.
        held = "\r" if text.endswith("\r") else ""
        *lines, rest = _LINE_END.split(text[: len(text) - len(held)])
        self._rest = rest + held
        return self._read(lines)

    def finish(self) -> list[dict[str, Any]]:
        """The chunks of what is left when the connection ends, with or without a last blank line."""
        text, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        chunks = self._read([text.rstrip("\r"), ""])
        if self._bare and not self.done:
            chunks.extend(_parse("\n".join(self._bare)))
            self._bare.clear()
        return chunks

    def _read(self, lines: list[str]) -> list[dict[str, Any]]:
        chunks: list[dict[str, Any]] = []
        for line in lines:
            if self.done:
                break
            if not line:
                chunks.extend(self._event())
            elif line.startswith("data:"):
                self._data.append(line[6:] if line[5:6] == " " else line[5:])
            elif line[0] != ":" and not line.startswith(("event:", "id:", "retry:")):
                self._bare.append(line)
        return chunks

    def _event(self) -> list[dict[str, Any]]:
        if not self._data:
            return []
        lines, self._data = self._data, []
        if len(lines) > 1 and _is_json(whole := "\n".join(lines)):
            lines = [whole]
        # Several lines that are no JSON together are several events: some servers leave the blank line out.
        return [chunk for line in lines for chunk in self._chunks(line)]

    def _chunks(self, data: str) -> list[dict[str, Any]]:
        data = data.strip()
        if data == "[DONE]":
            self.done = True
        return _parse(data) if data and not self.done else []


def _is_json(data: str) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def _parse(data: str) -> list[dict[str, Any]]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise service_error(502, f"the upstream sent something that is not JSON: {data[:200]}") from error
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict)]
    return [value] if isinstance(value, dict) else []
