"""Calls to put into batches, and a tool that waits and notes what it was asked."""

import asyncio
import stat
from pathlib import Path
from typing import ClassVar

from pipeline_project.errors import ServiceUnavailable
from pipeline_project.governance.actions import Complexity, Resource
from pipeline_project.tools import Session, ToolResult, run_batch
from pipeline_project.tools.base import Footprint, Tool, ToolInput


def read(path, **more):
    return {"name": "Read", "input": {"file_path": path, **more}}


def write(path, content="x"):
    return {"name": "Write", "input": {"file_path": path, "content": content}}


def edit(path, old, new):
    return {"name": "Edit", "input": {"file_path": path, "old_string": old, "new_string": new}}


def bash(command):
    return {"name": "Bash", "input": {"command": command}}


def run(workspace, calls, *, limits=None, **more):
    async def batch():
        async with Session(workspace, "allow_all", limits, actor="user:tester") as session:
            return await run_batch(calls, session, **more)

    return asyncio.run(batch())


def tree(folder):
    return {
        str(path.relative_to(folder)): (stat.S_IMODE(path.stat().st_mode), path.is_file() and path.read_bytes())
        for path in folder.rglob("*")
    }


class WaitInput(ToolInput):
    """How to behave."""

    place: str = "/"
    writes: bool = False


class Wait(Tool[WaitInput]):
    """Does nothing but record that it runs; stands for a page that takes a while."""

    name = "Wait"
    description = "waits"
    input = WaitInput
    complexity = Complexity.READ
    idempotent = True
    family = "web"
    log: ClassVar[list[tuple[str, str]]] = []
    running: ClassVar[int] = 0
    most: ClassVar[int] = 0
    failures: ClassVar[int] = 0
    asked: ClassVar[float | None] = None
    hold: ClassVar[int] = 0
    begun: ClassVar[asyncio.Event]

    def resource(self, arguments, session):
        return Resource("name", "wait")

    def footprint(self, arguments, session):
        place = frozenset({Path(arguments.place)})
        return Footprint(writes=place) if arguments.writes else Footprint(reads=place)

    def read_only(self, arguments, session):
        return not arguments.writes

    async def run(self, arguments, session):
        Wait.log.append(("begin", arguments.place))
        Wait.running += 1
        Wait.most = max(Wait.most, Wait.running)
        try:
            for _ in range(20):
                await asyncio.sleep(0)
            if Wait.hold:
                if Wait.running == Wait.hold:
                    Wait.begun.set()
                await asyncio.Event().wait()
            if Wait.failures:
                Wait.failures -= 1
                raise ServiceUnavailable("the page did not answer", where="Wait", retry_after=Wait.asked)
            return ToolResult.of_text(arguments.place)
        finally:
            Wait.running -= 1
            Wait.log.append(("end", arguments.place))


def waiting(place, **more):
    return {"name": "Wait", "input": {"place": place, **more}}
