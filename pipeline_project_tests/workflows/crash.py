"""Processes that are killed with SIGKILL at a chosen moment. Run from a fork server, so that each costs little."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from pipeline_project import settings
from pipeline_project.workflows import launch
from pipeline_project.workflows.journal import Journal

Moment = Literal["before_begin", "after_begin", "before_end", "after_end"]

_CONTEXT = multiprocessing.get_context("forkserver")
# the installed package only: the fork server does not get this process's sys.path (CPython 3.11)
_STEPS = ("invoice_processing", "task_creation", "slack_notification", "parallel_execution")
_CONTEXT.set_forkserver_preload(
    ["pipeline_project.workflows.launch", *(f"pipeline_project.workflows.steps.{name}" for name in _STEPS)]
)


def die() -> None:
    """The end: nothing is flushed, closed or told."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_process(target: Callable[..., None], *args: Any) -> int:
    """Run `target` in a process of its own, under this one's environment; its exit code (-9: killed)."""
    process = _CONTEXT.Process(target=_with_environment, args=(dict(os.environ), str(Path.cwd()), target, args))
    process.start()
    process.join(timeout=60)
    assert process.exitcode is not None, "the process did not end"
    return process.exitcode


def run_and_die(workflow_id: str, given: Mapping[str, Any], moment: Moment, count: int) -> None:
    """Execute a workflow and be killed at the `count`-th journal write of a kind, before or after it is committed."""
    _die_at(moment, count)
    launch.execute_workflow(workflow_id, given)


def resume_and_die(execution_id: str, moment: Moment, count: int) -> None:
    """Resume an execution and be killed likewise."""
    _die_at(moment, count)
    launch.resume_workflow(execution_id)


def _die_at(moment: Moment, count: int) -> None:
    when, name = moment.split("_")
    real = getattr(Journal, name)
    calls = iter(range(1, 1_000_000))

    def counted(self: Journal, *args: Any, **kwargs: Any) -> Any:
        mine = next(calls) == count
        if mine and when == "before":
            die()
        result = real(self, *args, **kwargs)
        if mine:
            die()
        return result

    setattr(Journal, name, counted)


def _with_environment(
    environment: dict[str, str], folder: str, target: Callable[..., None], args: tuple[Any, ...]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    settings.load.cache_clear()
    target(*args)
