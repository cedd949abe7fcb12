"""Recorded exchanges with models: JSON lines, found again by their request, and the nearest one where there is none.

A line is `{"request": …}` with `"response"` (a message), `"events"` (of a stream) or `"error"` (after the events, if
both are there). Registered secrets are hidden before a line is written, and in what is asked, so that both meet.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pipeline_project import errors
from pipeline_project.conversion.shape import a_list, an_object, json_text
from pipeline_project.errors import InvalidInput, NotFound, PipelineError, ServiceError
from pipeline_project.messages.shapes import Event
from pipeline_project.security.redaction import redact

# What may differ between recording and replay without being another request.
_APART: Final = frozenset({"stream", "metadata"})
_SHOWN: Final = 60
_LOCK: Final = threading.Lock()


class Recordings:
    """The exchanges of one file. Several of one request are played in their order, the last again and again."""

    def __init__(self, path: Path) -> None:
        """Raises InvalidInput, naming the line, for a file that is none."""
        self._path = path
        self._exchanges: dict[str, list[dict[str, Any]]] = {}
        self._played: dict[str, int] = {}
        for number, line in enumerate(_lines(path), 1):
            exchange = _exchange(line, f"{path}:{number}")
            self._exchanges.setdefault(_digest(exchange["request"]), []).append(exchange)

    def find(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The exchange of this request. Raises NotFound with the nearest and the first place where it differs."""
        asked = _kept(body)
        key = _digest(asked)
        found = self._exchanges.get(key)
        if found is None:
            raise self._unseen(asked)
        turn = self._played.get(key, 0)
        self._played[key] = turn + 1
        return found[min(turn, len(found) - 1)]

    def _unseen(self, asked: dict[str, Any]) -> NotFound:
        known = [exchanges[0]["request"] for exchanges in self._exchanges.values()]
        distances = [(list(_differences(asked, _kept(request), "$")), number) for number, request in enumerate(known)]
        if not distances:
            message = "there is no recorded exchange at all"
        else:
            differences, _ = min(distances, key=lambda pair: (len(pair[0]), pair[1]))
            message = f"this request was not recorded; the nearest differs at {differences[0]}"
        return NotFound(message, where=str(self._path), remedy="Record it, or ask what was recorded.")


class Recorder:
    """Appends exchanges to a file, one whole line each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def response(self, body: Mapping[str, Any], response: Mapping[str, Any]) -> None:
        """Keep a whole answer."""
        self._append({"request": _kept(body), "response": response})

    def events(self, body: Mapping[str, Any], events: list[Event]) -> None:
        """Keep a streamed answer."""
        self._append({"request": _kept(body), "events": events})

    def error(self, body: Mapping[str, Any], error: PipelineError, events: list[Event] | None = None) -> None:
        """Keep an error, and what came before it."""
        said = {"code": error.code, "message": error.message, "where": error.where, "remedy": error.remedy}
        if isinstance(error, ServiceError) and error.retry_after is not None:
            said["retry_after"] = error.retry_after
        self._append({"request": _kept(body), **({"events": events} if events else {}), "error": said})

    def _append(self, exchange: dict[str, Any]) -> None:
        line = json_text(redact(exchange, by_name=False), "exchange")
        with _LOCK, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def error_of(said: Mapping[str, Any]) -> PipelineError:
    """A recorded error as it was raised; one of a class nobody knows any more as a ServiceError."""
    kinds = {kind.code: kind for kind in vars(errors).values() if isinstance(kind, type) and "code" in vars(kind)}
    kind = kinds.get(str(said.get("code")), ServiceError)
    where, remedy, message = said.get("where"), said.get("remedy"), str(said.get("message"))
    if issubclass(kind, ServiceError):
        return kind(message, where=where, remedy=remedy, retry_after=said.get("retry_after"))
    return kind(message, where=where, remedy=remedy)


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text", where=str(path)) from error


def _exchange(line: str, where: str) -> dict[str, Any]:
    try:
        exchange = an_object(json.loads(line), where)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("is not JSON", where=where, remedy="Record the file again.") from error
    an_object(exchange.get("request"), f"{where}: request")
    if "events" in exchange:
        a_list(exchange["events"], f"{where}: events")
    elif "error" not in exchange:
        an_object(exchange.get("response"), f"{where}: response")
    return exchange


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in redact(dict(body), by_name=False).items() if key not in _APART}


def _digest(request: Mapping[str, Any]) -> str:
    text = json.dumps(_kept(request), sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _differences(asked: Any, known: Any, path: str) -> Iterator[str]:
    """Each place where two values differ, in words."""
    if isinstance(asked, dict) and isinstance(known, dict):
        for key in sorted({*asked, *known}):
            yield from _differences(asked.get(key), known.get(key), f"{path}.{key}")
    elif isinstance(asked, list) and isinstance(known, list) and len(asked) == len(known):
        for index, (ours, theirs) in enumerate(zip(asked, known, strict=True)):
            yield from _differences(ours, theirs, f"{path}[{index}]")
    elif asked != known:
        yield f"{path}: {_short(known)} was recorded, {_short(asked)} was asked"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
