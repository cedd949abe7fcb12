"""What follows a failed call: wait and ask the same model again, go on to the next one, or give up.

The one retry loop of the clients' own lives on this; clients of steps have no retries, because Dagster retries a step.
Refuses to repeat a permanent error, and to fall back on a model that cannot hold what the last one could not.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from pipeline_project import clock
from pipeline_project.errors import ContextOverflow, PipelineError, ServiceError
from pipeline_project.llm.routing import Candidate

_FIRST_WAIT: Final = 0.5
_LONGEST_BACKOFF: Final = 20.0
# a service that asks for more than this is left to its fallback, if there is one, and given up at the second figure
_PATIENCE_WITH_FALLBACK: Final = 5.0
_PATIENCE: Final = 60.0


class Clock(Protocol):
    """Time as the client needs it, so that a test can hold it still."""

    def now(self) -> datetime:
        """The moment, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The real one."""

    def now(self) -> datetime:
        """See Clock."""
        return clock.now()

    def monotonic(self) -> float:
        """See Clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See Clock."""
        await asyncio.sleep(seconds)


class Course:
    """The way of one request over its candidates; `retries`: how often each is asked again."""

    def __init__(self, candidates: Sequence[Candidate], *, retries: int) -> None:
        self._candidates = list(candidates)
        self._retries = retries
        self._tries = 0
        self._failures: list[str] = []

    @property
    def current(self) -> Candidate:
        """Whom to ask now."""
        return self._candidates[0]

    @property
    def number(self) -> int:
        """Which attempt this is, from 1, over all candidates."""
        return len(self._failures) + 1

    def after(self, error: PipelineError, *, left: float) -> float:
        """Seconds to wait before asking `current`, which may be another one now. `left`: seconds until the deadline.

        Raises the error when nothing is left to try; its remedy then says what was tried.
        """
        self._failures.append(f"{self.current.label} ({error.code})")
        others = self._others(error)
        wait = self._wait(error)
        patience = min(left, _PATIENCE_WITH_FALLBACK if others else _PATIENCE)
        if error.transient and self._tries < self._retries and wait <= patience:
            self._tries += 1
            return wait
        if others and left > 0:
            self._candidates, self._tries = others, 0
            return 0.0
        if len(self._failures) > 1:
            tried = f"Tried {', then '.join(self._failures)}."
            error.remedy = f"{error.remedy} {tried}" if error.remedy else tried
        raise error

    def _others(self, error: PipelineError) -> list[Candidate]:
        """The candidates that may take over."""
        rest = self._candidates[1:]
        if isinstance(error, ContextOverflow):
            return [candidate for candidate in rest if candidate.holds_more_than(self.current)]
        return rest if error.transient else []

    def _wait(self, error: PipelineError) -> float:
        asked = error.retry_after if isinstance(error, ServiceError) else None
        backoff = min(_FIRST_WAIT * 2**self._tries, _LONGEST_BACKOFF)
        # never sooner than the service asked for
        return clock.jitter(max(asked or 0.0, backoff) if asked else backoff)
