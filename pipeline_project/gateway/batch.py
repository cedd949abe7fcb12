"""A batch of message requests: JSONL in, JSONL out, resumable after a kill.

An item is sent at most once per answer: each send and each answer is journaled on its own, what has an answer is never
sent again, and what was in flight at a kill is sent once more and counted. Refuses to run beside another sender of the
same batch on this machine. Results are those of Anthropic's Message Batches API (one `{"custom_id", "result"}` a line).
"""

import asyncio
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

from pipeline_project import clock
from pipeline_project.conversion import failure_of
from pipeline_project.errors import InvalidInput, NotFound, PipelineError, RequestRejected, ServiceError
from pipeline_project.gateway import pipeline
from pipeline_project.gateway.journal import Journal
from pipeline_project.gateway.models import NO_STEP, Models, Step
from pipeline_project.persistence import json

_CUSTOM_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_BATCH_ID: Final = re.compile(r"[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,119}")
Send = Callable[[], Awaitable[Mapping[str, Any]]]


class Item(NamedTuple):
    """One line of the input, counted from 1; `error` is an Anthropic error body where there is nothing to send."""

    line: int
    custom_id: str | None
    params: dict[str, Any] | None
    error: Mapping[str, Any] | None = None


class Ended(NamedTuple):
    """What a run of some items did. `errors`: line → error body of what was never sent; counts are of this run."""

    errors: dict[int, Any]
    sent: int
    resent: int
    kept: int


def read_items(content: bytes) -> list[Item]:
    """The lines that are not blank. A malformed one is an item with an error that names its line."""
    seen: dict[str, int] = {}
    return [
        _item(number, text, seen)
        for number, text in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1)
        if text.strip()
    ]


def read_file(path: Path) -> bytes:
    """The content of an input file. Raises NotFound or InvalidInput."""
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        where = str(path.absolute())
        raise NotFound("there is no such file", where=where, remedy="Correct `path`.") from error
    except OSError as error:
        raise InvalidInput(f"the file cannot be read: {error.strerror}", where=str(path)) from error


async def run_items(
    items: Sequence[Item],
    *,
    journal: Journal,
    models: Models,
    model: str = "",
    concurrency: int = 8,
    step: Step = NO_STEP,
) -> Ended:
    """Bring every item to its end, at most `concurrency` at a time. `model` replaces every request's own.

    `step`: on what the calls are booked.
    Raises Conflict when the batch was begun with other requests, StoreError.
    """
    errors: dict[int, Any] = {}
    ready: dict[int, tuple[Item, str, Send]] = {}
    for item in items:
        try:
            ready[item.line] = (item, *_prepare(item.params, models, model, step))
        except PipelineError as error:
            errors[item.line] = item.error or failure_of(error).body
    with ThreadPoolExecutor(max_workers=1) as thread:  # one writer: SQLite has no more than one anyway
        runner = _Runner(journal, thread)
        states = await runner.store(journal.states, {line: digest for line, (_, digest, _) in ready.items()})
        answered = {line for line, state in states.items() if state in ("succeeded", "refused")}
        waiting = iter([each for line, each in ready.items() if line not in answered])
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(runner.work(waiting))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None  # the store's trouble is every worker's alike
    resent = sum(state == "in_flight" for state in states.values())
    return Ended(errors, sent=len(ready) - len(answered), resent=resent, kept=len(answered))


class _Runner:
    """The workers of one run."""

    def __init__(self, journal: Journal, thread: ThreadPoolExecutor) -> None:
        self._journal = journal
        self._thread = thread

    async def store(self, function: Callable[..., Any], *args: Any) -> Any:
        """One synchronous call to the journal, off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *args)

    async def work(self, waiting: Iterator[tuple[Item, str, Send]]) -> None:
        """Take one item after the other."""
        for item, digest, send in waiting:
            await self.store(self._journal.begin, item.line, item.custom_id, digest)
            try:
                answer = await send()
            except PipelineError as error:
                await self.store(self._fail, item.line, error)
            else:
                await self.store(self._succeed, item.line, answer)

    def _succeed(self, line: int, answer: Mapping[str, Any]) -> None:
        self._journal.end(line, "succeeded", answer=answer)

    def _fail(self, line: int, error: PipelineError) -> None:
        state = "refused" if isinstance(error, RequestRejected) else "failed"
        self._journal.end(line, state, error=failure_of(error).body)


def identity(content: bytes, model: str, given: str) -> str:
    """The id of a batch: `given`, else the digest of the file and the model override. Raises InvalidInput."""
    if not given:
        return hashlib.sha256(content + b"\0" + model.encode()).hexdigest()[:32]
    if not _BATCH_ID.fullmatch(given):
        remedy = "Use 1 to 120 letters, digits, _, - or ., no dot in front."
        raise InvalidInput(f"{given!r} is no batch id", where="batch_id", remedy=remedy)
    return given


def check_output(source: Path, output: Path) -> None:
    """Refuse, before anything is sent, an output that cannot be written or is the input. Raises InvalidInput."""
    if output.resolve() == source.resolve():
        raise InvalidInput("the output is the input", where=str(output), remedy="Name another file.")
    if output.is_dir():
        raise InvalidInput("the output is a folder", where=str(output), remedy="Name a file.")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"the folder cannot be made: {error.strerror}", where=str(output.parent)) from error


def write_results(
    path: Path, items: Sequence[tuple[int, str | None]], errors: Mapping[int, Any], journal: Journal
) -> int:
    """Write one line per item (line, custom_id), in order; the file appears whole or stays as it was.

    Returns how many succeeded. Raises InvalidInput when the file cannot be written, StoreError.
    """
    # a lone surrogate that an error message quotes is written as its JSON escape
    temporary = path.with_name(f".{path.name}.{clock.new_id()}")
    succeeded = 0
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            for custom_id, result in _results(items, errors, journal):
                succeeded += result["type"] == "succeeded"
                file.write(json.dumps({"custom_id": custom_id, "result": result}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise InvalidInput(f"the output cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return succeeded


def _results(
    items: Sequence[tuple[int, str | None]], errors: Mapping[int, Any], journal: Journal
) -> Iterator[tuple[str | None, dict[str, Any]]]:
    journaled = journal.results()
    line, answer, error = 0, None, None
    for wanted, custom_id in items:
        if wanted in errors:
            yield custom_id, {"type": "errored", "error": errors[wanted]}
            continue
        while line < wanted:
            line, answer, error = next(journaled)
        yield custom_id, {"type": "errored", "error": error} if error else {"type": "succeeded", "message": answer}


def _prepare(params: dict[str, Any] | None, models: Models, model: str, step: Step) -> tuple[str, Send]:
    """The digest of a request and what sends it. Raises what is wrong with it before anything is sent."""
    request = pipeline.asking_for(params, model)
    try:
        pipeline.accept(request, pipeline.all_findings(request), "strict")
        digest = json.digest(request)
    except RecursionError as error:
        raise InvalidInput("nested too deeply", where="$", remedy="Send a flatter body.") from error
    route = models.route(request["model"])
    converted = pipeline.convert(request, model=route.model, target=route.wire)

    def read(answer: dict[str, Any]) -> dict[str, Any]:
        return pipeline.read_answer(answer, wire=route.wire, request=request, names=converted.names)[0]

    async def send() -> Mapping[str, Any]:
        called = await models.call(route, request, converted.value, read=read, step=step)
        _check_storable(called.message)
        return called.message

    return digest, send


def _check_storable(message: Mapping[str, Any]) -> None:
    """Refuse an answer that the journal could not keep: it would stay in flight and be paid for again and again."""
    try:
        json.dumps(message).encode()
    except (InvalidInput, UnicodeEncodeError, RecursionError) as error:
        raise ServiceError("the answer is not JSON that can be kept", where="answer") from error


def _item(number: int, text: bytes, seen: dict[str, int]) -> Item:
    custom_id: str | None = None
    try:
        entry = pipeline.parse(text)
        given = entry.get("custom_id") if isinstance(entry, dict) else None
        if not isinstance(given, str) or not _CUSTOM_ID.fullmatch(given):
            raise InvalidInput("it is no object with a custom_id of 1 to 64 letters, digits, _ or -")
        if given in seen:
            raise InvalidInput(f"custom_id {given} is that of line {seen[given]}")
        seen[given], custom_id = number, given
        params = entry.get("params")
        if not isinstance(params, dict):
            raise InvalidInput("params is not an object, a Messages request")
    except InvalidInput as error:
        return Item(number, custom_id, None, failure_of(InvalidInput(error.message, where=f"line {number}")).body)
    return Item(number, custom_id, params)
