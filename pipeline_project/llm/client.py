"""The one client: a typed request in, a typed answer or a stream of typed events out, whatever model serves it.

Around each call upstream stand routing, the breaker, budgets, keys, time limits, the record and, where it is asked for,
retries; another model takes over as routing allows. Refuses to change models once a byte was streamed, and to let a
call go unrecorded, a failed or cancelled one included.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self

import structlog

from pipeline_project import settings as configuration
from pipeline_project.errors import PipelineError
from pipeline_project.llm import answers, cache, cost, opening, routing, structured
from pipeline_project.llm.cache import Cache
from pipeline_project.llm.keys import KeyStore
from pipeline_project.llm.ledger import Asked, Ending, Ledger, Opened, Prices
from pipeline_project.llm.pool import Address, Open, Pool
from pipeline_project.llm.providers import factory
from pipeline_project.llm.requests import Caller, Request, Timeouts
from pipeline_project.llm.responses import Attempt, Finished, Response, StreamEvent, Usage
from pipeline_project.llm.retry import Clock, Course, SystemClock
from pipeline_project.llm.routing import Choice
from pipeline_project.llm.switching import switched
from pipeline_project.llm.terms import terms_of
from pipeline_project.llm.waiting import in_time, to_its_end
from pipeline_project.llm.wires.closing import closing
from pipeline_project.messages.shapes import Event
from pipeline_project.persistence import engine
from pipeline_project.persistence.engine import Database
from pipeline_project.settings import Settings

_LOG = structlog.get_logger(__name__)
SUCCESS: Final = "success"
CANCELLED: Final = "cancelled"
_ESTIMATED: Final = "the tokens are estimated"
# a provider's own limit, which names itself, is to pass before the client's
_GRACE_SECONDS: Final = 0.5


@dataclass
class _Run:
    """One request on its way: where it is, until when it may last, and what was tried."""

    request: Request
    choice: Choice
    course: Course
    timeouts: Timeouts
    deadline: float
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class _Tally:
    """What is known of one call while it lasts."""

    began: float
    body: dict[str, Any]
    first: float | None = None
    events: list[Event] = field(default_factory=list)
    kept: dict[str, Any] | None = None
    sent: bool = False
    closed: bool = False


class Client:
    """Answers requests; `async with` closes its connections. Safe to share between event loops and threads."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        providers: Open | None = None,
        prices: Prices | None = None,
        clock: Clock | None = None,
        retries: int = 0,
        caller: Caller | None = None,
        on_response: Callable[[Response], None] | None = None,
    ) -> None:
        """`retries`: how often a model is asked again after a transient error; 0 where a step's own retry exists.

        `caller`: who asks, where a request leaves it open. `on_response` hears of every answer. `providers`, `prices`
        and `clock` are replaced in tests.
        """
        self._settings = settings
        self._clock = clock or SystemClock()
        self._retries = retries
        self._caller = caller or Caller()
        self._on_response = on_response
        self._keys = KeyStore(database, settings)
        self._ledger = Ledger(settings, database, self._keys, prices or cost)
        self._cache = Cache(database, lifetime=timedelta(seconds=settings.llm_cache_seconds))
        self._pool = Pool(providers or opening.opener(settings), concurrency=settings.llm_concurrency)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections of this event loop."""
        await self._pool.close()

    async def complete(self, request: Request) -> Response:
        """The whole answer; with a schema, `parsed` is the checked object, after at most one round of repair.

        Raises InvalidInput, NotFound (model), NotConfigured (key), BudgetExceeded, and ServiceError or its subclasses.
        """
        if request.schema is None:
            return self._said(await self._answer(request))
        structured.require_schema(request.schema)
        first = await self._answer(request)
        reading = structured.read(first, request.schema)
        if not reading.problems:
            return self._said(replace(first, parsed=reading.value))
        second = await self._answer(structured.repair_of(request, first, reading.problems))
        reading = structured.read(second, request.schema)
        if reading.problems:
            raise structured.refusal_of(first, second, reading.problems)
        return self._said(replace(structured.summed(first, second), parsed=reading.value))

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """The answer as events, Started first and Finished last. Raises as `complete` does.

        Nothing is repeated and no other model takes over once Started was yielded; so an answer that does not fit its
        schema is not repaired but raised, after its last piece. Closing the iterator closes the call upstream; it is
        recorded as cancelled, with what it used.
        """
        if request.schema is not None:
            structured.require_schema(request.schema)
        run = await self._begin(request)
        while True:
            begun = False
            try:
                async with aclosing(self._stream(run)) as events:
                    async for event in events:
                        begun = True
                        yield event
                return
            except PipelineError as error:
                if begun:
                    raise
                wait = run.course.after(error, left=self._left(run))
            await self._clock.sleep(wait)

    async def exchange(
        self, request: Request, sent: Mapping[str, Any], *, read: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> tuple[dict[str, Any], Response]:
        """One call in the provider's own wire, for who converts by himself: `sent` goes out as it is.

        `request` is what it was made of, `read` makes the answer a message. Booked like any call; nothing is repeated
        and no other model takes over. Raises as `complete` does, and what `read` raises.
        """
        run = await self._begin(replace(request, fallback=False, schema=None))
        async with self._call(run, streamed=False) as (opened, tally):
            async with self._pool.use(_address(opened, run.timeouts), within=self._left(run)) as provider:
                tally.sent = True
                with in_time(opened.call.candidate.label):
                    async with asyncio.timeout(self._left(run) + _GRACE_SECONDS):
                        answer = await provider.send(sent)
            return answer, self._said(await self._succeeded(run, opened, tally, read(answer)))

    async def _answer(self, request: Request) -> Response:
        run = await self._begin(request)
        while True:
            try:
                return await self._complete(run)
            except PipelineError as error:
                wait = run.course.after(error, left=self._left(run))
            await self._clock.sleep(wait)

    async def _begin(self, request: Request) -> _Run:
        request = replace(request, caller=_filled(request.caller, self._caller))
        choice = await asyncio.to_thread(lambda: routing.router(self._settings, self._keys).choose(request))
        timeouts = request.timeouts or factory.timeouts_of(self._settings)
        course = Course(choice.candidates, retries=self._retries)
        return _Run(request, choice, course, timeouts, self._clock.monotonic() + timeouts.total)

    async def _complete(self, run: _Run) -> Response:
        async with self._call(run, streamed=False) as (opened, tally):
            if tally.kept is not None:
                return await self._succeeded(run, opened, tally, tally.kept)
            async with self._pool.use(_address(opened, run.timeouts), within=self._left(run)) as provider:
                tally.sent = True
                with in_time(opened.call.candidate.label):
                    async with asyncio.timeout(self._left(run) + _GRACE_SECONDS):
                        message = await provider.chat_completion(tally.body)
            return await self._succeeded(run, opened, tally, message)

    async def _stream(self, run: _Run) -> AsyncGenerator[StreamEvent, None]:
        candidate = run.course.current
        async with self._call(run, streamed=True) as (opened, tally):
            async with aclosing(self._events(run, opened, tally)) as events:
                async for event in events:
                    # the last one is yielded below, with the whole answer
                    if event.get("type") != "message_stop":
                        yield answers.typed(event, model=candidate.upstream, provider=candidate.provider)
            message = tally.kept or answers.message_of(tally.events, where=candidate.label)
            response = await self._succeeded(run, opened, tally, message)
        if run.request.schema is not None:
            reading = structured.read(response, run.request.schema)
            if reading.problems:
                raise structured.refusal_of(response, None, reading.problems)
            response = replace(response, parsed=reading.value)
        yield Finished(tally.events[-1], self._said(response))

    async def _events(self, run: _Run, opened: Opened, tally: _Tally) -> AsyncGenerator[Event, None]:
        """What the upstream sends, or what it sent to the same request before."""
        if tally.kept is not None:
            tally.events = list(cache.replayed(tally.kept))
            for event in tally.events:
                yield event
            return
        async with self._pool.use(_address(opened, run.timeouts), within=self._left(run)) as provider:
            tally.sent = True
            async with closing(provider.stream_completion(tally.body)) as events:
                while (event := await self._next(run, tally, events)) is not None:
                    yield event

    async def _next(self, run: _Run, tally: _Tally, events: AsyncIterator[Event]) -> Event | None:
        """The next event within its time, None at the end."""
        left = self._left(run)
        limit = left if tally.events else min(left, run.timeouts.first_token)
        with in_time(run.course.current.label):
            async with asyncio.timeout(limit + _GRACE_SECONDS):
                event = await anext(events, None)
        if event is not None:
            tally.events.append(event)
            if tally.first is None and event.get("type") == "content_block_start":
                tally.first = self._clock.monotonic()
        return event

    @asynccontextmanager
    async def _call(self, run: _Run, *, streamed: bool) -> AsyncGenerator[tuple[Opened, _Tally], None]:
        """One call upstream: opened, and closed as failed or cancelled unless it was closed as a success."""
        candidate, began = run.course.current, self._clock.monotonic()
        info = factory.model_info(candidate.provider, candidate.upstream)
        body = structured.body_of(run.request, info, candidate.upstream)
        tally = _Tally(began, switched(body, run.choice.candidates[0], candidate))
        number = run.course.number
        tally.kept = await self._kept(run, tally)
        cached, seconds = tally.kept is not None, run.timeouts.total
        asked = Asked(run.request, run.choice.asked, candidate, tally.body, number, streamed, seconds, cached)
        try:
            opened = await to_its_end(lambda: self._ledger.open(asked), undo=self._ledger.release)
        except PipelineError as error:
            run.attempts.append(Attempt(candidate.provider, candidate.upstream, error.code, 0.0))
            raise
        try:
            yield opened, tally
        except PipelineError as error:
            if not tally.closed:
                await self._failed(run, opened, tally, error)
            raise
        except BaseException:
            # cancelled, closed, or a defect: booked all the same
            if not tally.closed:
                await self._failed(run, opened, tally, None)
            raise

    async def _kept(self, run: _Run, tally: _Tally) -> dict[str, Any] | None:
        if not cache.is_wanted(run.request):
            return None
        digest = cache.digest_of(run.request, run.course.current, tally.body)
        return await asyncio.to_thread(self._cache.get, digest, self._clock.now())

    async def _succeeded(self, run: _Run, opened: Opened, tally: _Tally, message: dict[str, Any]) -> Response:
        answers.require_message(message, where=opened.call.candidate.label)
        cached = tally.kept is not None
        # an answer of the cache uses nothing
        usage, estimated = (Usage(), False) if cached else answers.used(message, tally.body)
        said = {"usage": usage, "terms": terms_of(message), "cached": cached}
        note = _ESTIMATED if estimated else None
        ending = replace(self._ending(run, opened, tally, SUCCESS), **said, note=note)
        tally.closed = True

        def book() -> Decimal | None:
            charged = self._ledger.close(opened, ending)
            if not cached and cache.is_wanted(run.request):
                digest = cache.digest_of(run.request, opened.call.candidate, tally.body)
                self._cache.put(digest, message, self._clock.now())
            return charged

        charged = await to_its_end(book)
        _log(opened, ending, charged)
        return Response(
            message=message,
            usage=usage,
            cost=charged,
            asked=run.choice.asked,
            provider=opened.call.candidate.provider,
            model=opened.call.candidate.upstream,
            latency_seconds=ending.latency_seconds,
            first_token_seconds=ending.first_token_seconds,
            attempts=tuple(run.attempts),
            cached=cached,
            call_id=opened.id,
            reason=opened.call.candidate.why,
        )

    async def _failed(self, run: _Run, opened: Opened, tally: _Tally, error: PipelineError | None) -> None:
        usage, estimated = None, False
        if tally.sent and (tally.events or error is None or getattr(error, "outcome_unknown", False)):
            # what was begun is paid for, also when nobody waits for its end
            usage, estimated = answers.spent_so_far(tally.events, tally.body)
        ending = self._ending(run, opened, tally, error.code if error else CANCELLED)
        note = _ESTIMATED if estimated else None
        ending = replace(ending, usage=usage, error=error, note=note, sent=tally.sent)
        tally.closed = True
        _log(opened, ending, await to_its_end(lambda: self._ledger.close(opened, ending)))

    def _ending(self, run: _Run, opened: Opened, tally: _Tally, outcome: str) -> Ending:
        seconds = round(self._clock.monotonic() - tally.began, 6)
        first = None if tally.first is None else round(tally.first - tally.began, 6)
        candidate = opened.call.candidate
        run.attempts.append(Attempt(candidate.provider, candidate.upstream, outcome, seconds))
        return Ending(outcome, seconds, first_token_seconds=first)

    def _left(self, run: _Run) -> float:
        return max(0.0, run.deadline - self._clock.monotonic())

    def _said(self, response: Response) -> Response:
        if self._on_response is not None:
            self._on_response(response)
        return response


def _filled(caller: Caller, default: Caller) -> Caller:
    """The caller, what it leaves open taken from the default."""
    return Caller(**{item.name: getattr(caller, item.name) or getattr(default, item.name) for item in fields(Caller)})


def _log(opened: Opened, ending: Ending, cost: Decimal | None) -> None:
    """One line per call: who, which model, what it used. Nothing that was said."""
    caller, candidate, usage = opened.call.request.caller, opened.call.candidate, ending.usage or Usage()
    who = {item.name: getattr(caller, item.name) for item in fields(Caller) if getattr(caller, item.name)}
    _LOG.info(
        "llm call",
        **who,
        provider=candidate.provider,
        model=candidate.upstream,
        outcome=ending.outcome,
        seconds=ending.latency_seconds,
        input_tokens=usage.input + usage.cache_read + usage.cache_write,
        output_tokens=usage.output,
        cost=None if cost is None else f"{cost:f}",
        cached=ending.cached,
    )


def _address(opened: Opened, timeouts: Timeouts) -> Address:
    secret = opened.api_key
    return Address(opened.call.candidate.provider, secret.get_secret_value() if secret else None, timeouts)


_DEFAULTS: dict[Settings, Client] = {}


def default() -> Client:
    """The process's own client, one per settings. It has no retries."""
    current = configuration.load()
    if current not in _DEFAULTS:
        _DEFAULTS[current] = Client(current, engine.default())
    return _DEFAULTS[current]


async def complete(request: Request) -> Response:
    """The whole answer, by the process's own client. Raises as `Client.complete`."""
    return await default().complete(request)


def stream(request: Request) -> AsyncGenerator[StreamEvent, None]:
    """The answer as events, by the process's own client. Raises as `Client.stream`."""
    return default().stream(request)
