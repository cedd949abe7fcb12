"""A step's coroutine under its time limit, ended within a second of a person's cancel."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

from pipeline_project import clock
from pipeline_project.errors import Cancelled, StepTimeout
from pipeline_project.workflows.session import Session

CANCEL_POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 5

T = TypeVar("T")


async def guarded(work: Awaitable[T], *, session: Session, timeout_seconds: float, where: str) -> T:
    """The result of `work`. Raises StepTimeout past the limit, Cancelled when a person asked for an end."""
    task = asyncio.ensure_future(work)
    watcher = asyncio.ensure_future(_cancel_requested(session))
    try:
        done, _ = await asyncio.wait({task, watcher}, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        if watcher in done:
            watcher.result()  # watching itself may have failed
            raise Cancelled("the execution was cancelled while this step ran", where=where)
        remedy = "Raise timeout_seconds, or let the step do less."
        raise StepTimeout(f"took longer than {timeout_seconds:g} s", where=where, remedy=remedy)
    finally:
        for pending in (task, watcher):
            pending.cancel()
        await asyncio.gather(task, watcher, return_exceptions=True)


async def _cancel_requested(session: Session) -> None:
    """Returns once a cancel is requested; tells the store now and then that this run is alive."""
    beaten = clock.now()
    while True:
        await asyncio.sleep(CANCEL_POLL_SECONDS)
        if await asyncio.to_thread(session.cancel_requested):
            return
        if clock.now() - beaten > timedelta(seconds=HEARTBEAT_SECONDS):
            await asyncio.to_thread(session.beat)
            beaten = clock.now()
