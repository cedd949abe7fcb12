"""Runs a batch of calls: as much at once as the plan allows, results in call order.

Tries a call again only where that changes nothing (network reads) and the error was transient. With `atomic`, all file
changes stand or none does; refuses, before anything runs, an atomic batch with a call that could not be undone.
Stopping the batch stops every call of it.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from pipeline_project import clock
from pipeline_project.errors import InvalidInput, PipelineError
from pipeline_project.tools import planner, rollback
from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.planner import Call, Plan, Survey
from pipeline_project.tools.run import run_tool
from pipeline_project.tools.session import ReadMark, Session

ATTEMPTS: Final = 3
FIRST_WAIT_SECONDS: Final = 0.25
"""Doubled before each further attempt, and stretched by chance."""
LONGEST_WAIT_SECONDS: Final = 30.0
"""A service that asks for a longer one gets no further attempt: the model is told, and may do something else first."""

OnResult = Callable[[int, ToolResult], None]


class Observer(Protocol):
    """Is told of each call around it; what waits for a call begins only after `ended` has returned."""

    async def started(self, index: int) -> None:
        """The call is about to be made; in the task that makes it."""
        ...

    async def ended(self, index: int, result: ToolResult) -> None:
        """The call has ended."""
        ...


async def run_batch(
    calls: Iterable[Call | Mapping[str, Any]],
    session: Session,
    *,
    atomic: bool = False,
    on_result: OnResult | None = None,
    observer: Observer | None = None,
) -> list[ToolResult]:
    """The results in call order; a call that fails does not stop the others, unless the batch is atomic.

    `observer` is told of each call around it, but not in an atomic batch. `on_result` hears of each call (its index)
    as it ends, in any order; of an atomic batch, when all have ended.
    An atomic batch stops at its first error and undoes its file changes; each result then says what became of its
    call. Raises InvalidInput for what is no call, and for an atomic batch with a call that cannot be undone; Conflict
    where an earlier batch that was killed can neither be undone; StoreError where an atomic one could not be.
    """
    listed = planner.as_calls(calls)
    await asyncio.to_thread(rollback.recover, session.roots)
    if not atomic:
        return await _Batch(listed, session, on_result, observer).run()
    results = await _Atomic(listed, session, None).run()
    for index, result in enumerate(results):
        if on_result is not None:
            on_result(index, result)
    return results


class _Batch:
    """One batch: stage after stage, each planned when the one before has ended."""

    def __init__(
        self,
        calls: tuple[Call, ...],
        session: Session,
        on_result: OnResult | None,
        observer: Observer | None = None,
    ) -> None:
        self.calls = calls
        self.session = session
        self.results: dict[int, ToolResult] = {}
        self._on_result = on_result
        self._observer = observer
        self._slots = asyncio.Semaphore(max(1, session.limits.parallel))

    async def run(self) -> list[ToolResult]:
        """The results in call order."""
        start = 0
        while start < len(self.calls):
            stage = await asyncio.to_thread(planner.stage, self.calls[start:], self.session)
            await self._stage(stage, start)
            start += len(stage.calls)
        return [self.results[index] for index in range(len(self.calls))]

    async def call(self, index: int, survey: Survey) -> ToolResult:
        """The result of one call that may run now."""
        async with self._slots:
            if self._observer is None:
                return await with_retries(self.calls[index], self.session, again=survey.again)
            await self._observer.started(index)
            result = await with_retries(self.calls[index], self.session, again=survey.again)
            await self._observer.ended(index, result)
            return result

    async def _stage(self, stage: Plan, start: int) -> None:
        ended = [asyncio.Event() for _ in stage.calls]

        async def one(number: int) -> None:
            for earlier in stage.after[number]:
                await ended[earlier].wait()
            result = self.results[start + number] = await self.call(start + number, stage.surveys[number])
            ended[number].set()
            if self._on_result is not None:
                self._on_result(start + number, result)

        async with asyncio.TaskGroup() as group:
            for number in range(len(stage.calls)):
                group.create_task(one(number))


class _Atomic(_Batch):
    """A batch whose file changes stand together or not at all."""

    def __init__(self, calls: tuple[Call, ...], session: Session, on_result: OnResult | None) -> None:
        super().__init__(calls, session, on_result)
        self._journal = rollback.Journal(session.roots)
        self._marks: dict[Any, ReadMark] = dict(session.reads)
        self._writing: set[asyncio.Task[ToolResult]] = set()
        self._failed: int | None = None

    async def run(self) -> list[ToolResult]:
        """The results; after a failure they say what was undone and what did not run."""
        plan = await asyncio.to_thread(planner.plan, self.calls, self.session)
        _check_undoable(self.calls, plan)
        hopeless = next((index for index, survey in enumerate(plan.surveys) if survey.refused), None)
        done = False
        try:
            if hopeless is not None:  # its own words, and nothing else is begun
                self._noted(hopeless, await super().call(hopeless, plan.surveys[hopeless]))
            results = await super().run()
            done = self._failed is None
        finally:
            problems = [] if done else await self._undo()
        if done:
            await asyncio.to_thread(self._journal.discard)
            return results
        return [self._told(index, result, problems) for index, result in enumerate(results)]

    async def call(self, index: int, survey: Survey) -> ToolResult:
        """The result of one call; none is begun after a failure, and one that writes is never left in the middle."""
        if self._failed is not None:
            return self.results.get(index) or ToolResult.of_text("", is_error=True, code="not_run")
        if not survey.footprint.writes:
            return self._noted(index, await super().call(index, survey))
        task = asyncio.create_task(super().call(index, survey))
        self._writing.add(task)
        return self._noted(index, await asyncio.shield(task))

    async def _stage(self, stage: Plan, start: int) -> None:
        _check_undoable(self.calls[start:], stage)
        paths = {path for survey in stage.surveys for path in survey.footprint.writes}
        await asyncio.to_thread(self._journal.keep, paths)
        await super()._stage(stage, start)

    def _noted(self, index: int, result: ToolResult) -> ToolResult:
        if result.is_error and self._failed is None:
            self._failed = index
        self.results[index] = result
        return result

    async def _undo(self) -> list[str]:
        """Wait for what is being written, then put everything back, even while the batch is being stopped."""
        undoing = asyncio.ensure_future(self._put_back())
        try:
            return await asyncio.shield(undoing)
        except asyncio.CancelledError:
            await undoing
            raise

    async def _put_back(self) -> list[str]:
        await asyncio.gather(*self._writing, return_exceptions=True)
        problems = await asyncio.to_thread(self._journal.restore)
        self.session.reads.clear()
        self.session.reads.update(self._marks)
        return problems

    def _told(self, index: int, result: ToolResult, problems: list[str]) -> ToolResult:
        assert self._failed is not None
        cause = f"call {self._failed + 1} ({self.calls[self._failed].name}) of the atomic batch failed"
        name = self.calls[index].name
        if result.code == "not_run":
            return ToolResult.of_text(f"{name}: not run, because {cause}.", is_error=True, code="not_run")
        left = f" Could not be put back: {'; '.join(problems)}." if problems else ""
        if index == self._failed:
            return result.with_(content=(*result.content, _text(f"All file changes of the batch were undone.{left}")))
        if not result.written:
            return result
        return ToolResult.of_text(
            f"{name}: undone, because {cause}.{left}",
            is_error=True, code="rolled_back", duration=result.duration, decision=result.decision,
        )  # fmt: skip


async def with_retries(call: Call, session: Session, *, again: bool) -> ToolResult:
    """The result of one call; `again`: after a transient error it is tried up to ATTEMPTS times.

    What the service asked us to wait is waited, when it is at most LONGEST_WAIT_SECONDS.
    """
    result = await run_tool(call.name, call.input, session)
    for attempt in range(1, ATTEMPTS if again else 1):
        asked = result.retry_after or 0.0
        if not result.is_error or result.code not in transient_codes() or asked > LONGEST_WAIT_SECONDS:
            break
        await asyncio.sleep(max(asked, clock.jitter(FIRST_WAIT_SECONDS * 2 ** (attempt - 1))))
        result = await run_tool(call.name, call.input, session)
    return result


def transient_codes() -> frozenset[str]:
    """The codes of the errors that may pass by themselves, from the tree in errors.py."""
    return frozenset(kind.code for kind in _kinds(PipelineError) if kind.transient)


def _kinds(kind: type[PipelineError]) -> Iterator[type[PipelineError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


def _check_undoable(calls: tuple[Call, ...], plan: Plan) -> None:
    for number, survey in enumerate(plan.surveys, start=1):
        if survey.refused is None and not survey.undoable:
            raise InvalidInput(
                f"{calls[number - 1].name} cannot be undone, so the batch cannot be atomic",
                where=f"call {number}",
                remedy="Take it out of the batch, or run the batch without `atomic`.",
            )


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
