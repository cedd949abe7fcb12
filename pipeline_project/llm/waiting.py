"""Waiting for what a call needs: within its time, and for bookings to their end."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pipeline_project.errors import ServiceUnavailable

T = TypeVar("T")


@contextmanager
def in_time(place: str) -> Iterator[None]:
    """A time limit of ours that passed, as our error."""
    try:
        yield
    except TimeoutError as error:
        remedy = "Raise PIPELINE_LLM_FIRST_TOKEN_SECONDS or PIPELINE_LLM_TOTAL_SECONDS, or ask for less."
        raise ServiceUnavailable("gave no answer in time", where=place, remedy=remedy, outcome_unknown=True) from error


async def to_its_end(work: Callable[[], T], *, undo: Callable[[T], object] | None = None) -> T:
    """Run blocking work in a thread; a cancellation waits until it is done, so that no booking is half known.

    `undo` is then given what the work returned, since nobody else will hear of it.
    """
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not (task.cancelled() or (task.done() and task.exception())):
            # a task of its own, which a second cancellation does not reach
            await asyncio.wait([asyncio.ensure_future(_left_behind(task, undo))])
        raise


async def _left_behind(task: "asyncio.Future[T]", undo: Callable[[T], object] | None) -> None:
    await asyncio.wait([task])
    if undo is not None and not task.cancelled() and task.exception() is None:
        await asyncio.to_thread(undo, task.result())
