"""What stands behind the ops of a batch: the calls of a config, the session they run in, the run of one lane.

Knows nothing of Dagster, so that loading a code location need not import tools. Refuses calls of
another job.
"""

from pathlib import Path
from typing import Any

from pipeline_project import settings
from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.persistence import engine
from pipeline_project.tools import planner
from pipeline_project.tools.answers import answers_in_force
from pipeline_project.tools.base import ToolResult
from pipeline_project.tools.batch import run_batch
from pipeline_project.tools.calls import read_calls
from pipeline_project.tools.families import JOBS
from pipeline_project.tools.planner import Call
from pipeline_project.tools.policy import policy_for
from pipeline_project.tools.registry import tools
from pipeline_project.tools.session import Session
from pipeline_project.tools.workspace import workspace_of

Value = dict[str, Any]


def check_family(calls: tuple[Call, ...], family: str | None) -> None:
    """Raises InvalidInput for a call of another family, naming the job that takes it; None takes all."""
    for number, call in enumerate(calls, start=1):
        try:
            found = tools().get(call.name).family
        except NotFound:
            continue  # its result will say so
        if family is not None and found != family:
            raise InvalidInput(
                f"{call.name} is no call of {JOBS[family]}",
                where=f"call {number}",
                remedy=f"Use the job {JOBS[found]} or tool_batch." if found in JOBS else "Use the job tool_batch.",
            )


def calls_of(path: str, calls: list[Value]) -> tuple[Call, ...]:
    """The calls of a config. Raises InvalidInput unless one of the two is given, or for what is no call."""
    if path and calls:
        raise InvalidInput("give `calls` or `path`, one of the two", where="plan_tool_batch")
    return read_calls(Path(path)) if path else planner.as_calls(calls)


def session_of(given: Value, run_id: str) -> Session:
    """A session as a config describes it. Raises InvalidInput for a workspace that is none."""
    return Session(
        workspace_of(given["workspace"]),
        policy_for(given["policy"]),
        actor=given["actor"] or settings.load().actor_name,
        session_id=run_id,
        database=engine.default(),
        answers=answers_in_force(),
        network=settings.load().sandbox_network,
    )


async def run_lane(calls: list[Call], lane: Value, run_id: str) -> list[ToolResult]:
    """The results of one lane's calls, in a session of its own."""
    async with session_of(lane, run_id) as session:
        return await run_batch(calls, session, atomic=lane["atomic"])
