"""The tool calls of one turn: planned together, journaled one by one, restored where a journal has them.

What the session learned from a call (files read, the folder it is in, todos) is journaled with it, so that a restored
call leaves the session as the call had left it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline_project.agents.journal import AgentJournal, Entry
from pipeline_project.agents.models import Call
from pipeline_project.agents.subagents import CALL_SCOPE
from pipeline_project.errors import ApprovalNeeded, PipelineError
from pipeline_project.llm.responses import Usage
from pipeline_project.messages.shapes import Block
from pipeline_project.persistence.json import digest, to_json
from pipeline_project.tools import Session, ToolResult, run_batch, tools
from pipeline_project.tools.run import parse
from pipeline_project.tools.session import ReadMark

_CUT_OFF = (
    "This call was cut off by a crash, and it is not known whether it was carried out. "
    "Look at what it would have changed before you make it again."
)


@dataclass
class TurnResult:
    """What a turn's calls came to; `blocks`: tool_result blocks in the order of the calls."""

    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    spent: list[tuple[Usage, Decimal | None]] = field(default_factory=list)
    restored: int = 0


class ToolTurn:
    """One turn's calls."""

    def __init__(
        self,
        turn: int,
        calls: Sequence[Block],
        *,
        session: Session,
        journal: AgentJournal,
        known: Mapping[str, Entry],
    ) -> None:
        self.turn = turn
        self.calls = calls
        self.session = session
        self.journal = journal
        self.known = known
        self.results: dict[int, ToolResult] = {}
        self.restored: set[int] = set()
        self.marks: dict[int, dict[Path, ReadMark]] = {}

    async def run(self) -> TurnResult:
        """Every call's result. Raises ApprovalNeeded once the others have ended, when one has to be permitted first."""
        for index in range(len(self.calls)):
            self._restore(index)
        todo = [index for index in range(len(self.calls)) if index not in self.results]
        if todo:
            await self._make(todo)
        await self._stop_for_permission()
        return self._collected()

    async def _make(self, todo: list[int]) -> None:
        calls = [{"name": self.calls[i]["name"], "input": self.calls[i]["input"], "id": self._scope(i)} for i in todo]
        await run_batch(calls, self.session, observer=_Journaling(self, todo))

    async def started(self, index: int) -> None:
        """Journal that a call is about to be made."""
        CALL_SCOPE.set(self._scope(index))
        self.marks[index] = dict(self.session.reads)
        await asyncio.to_thread(self.journal.begin, self._scope(index), self._digest(index))

    async def ended(self, index: int, result: ToolResult) -> None:
        """Journal what a call came to; one that waits for a person was not made."""
        self.results[index] = result
        if result.code == ApprovalNeeded.code:
            await asyncio.to_thread(self.journal.forget, self._scope(index))
            return
        output = to_json(self._kept(index, result))
        await asyncio.to_thread(self.journal.end, self._scope(index), "success", output=output, seconds=result.duration)

    def _restore(self, index: int) -> None:
        entry = self.known.get(self._scope(index))
        if entry is None or entry.digest != self._digest(index):
            return
        if entry.status == "success":
            kept = entry.output
            self.results[index] = ToolResult(
                content=tuple(kept["content"]),
                is_error=kept["is_error"],
                structured=kept["structured"],
                duration=float(entry.seconds or 0),
                written=tuple(Path(path) for path in kept["written"]),
                code=kept["code"],
            )
            self._remember(kept)
            self.restored.add(index)
        elif not self._harmless(index):
            self.results[index] = ToolResult.of_text(_CUT_OFF, is_error=True, code="outcome_unknown")

    def _remember(self, kept: Mapping[str, Any]) -> None:
        for path, mark in kept["reads"].items():
            self.session.reads[Path(path)] = ReadMark(**mark)
        cwd = Path(kept["cwd"])
        if cwd.is_dir():
            self.session.cwd = cwd
        self.session.todos = list(kept["todos"])

    def _harmless(self, index: int) -> bool:
        """Whether a call that was cut off may simply be made again."""
        call = self.calls[index]
        try:
            tool = tools().get(call["name"])
            # a sub-agent has a journal of its own and goes on in it
            return tool.name == "Task" or tool.read_only(parse(tool, call["input"]), self.session)
        except PipelineError:
            return True  # it never ran, and will say so again

    def _kept(self, index: int, result: ToolResult) -> dict[str, Any]:
        before = self.marks.get(index, {})
        changed = {path: mark for path, mark in self.session.reads.items() if before.get(path) != mark}
        return {
            "content": list(result.content),
            "is_error": result.is_error,
            "structured": result.structured,
            "written": [str(path) for path in result.written],
            "code": result.code,
            "reads": {str(path): vars(mark) for path, mark in changed.items()},
            "cwd": str(self.session.cwd),
            "todos": self.session.todos,
        }

    async def _stop_for_permission(self) -> None:
        for index in range(len(self.calls)):
            result = self.results[index]
            if result.code == ApprovalNeeded.code:
                raise ApprovalNeeded(**result.structured)

    def _collected(self) -> TurnResult:
        done = TurnResult(restored=len(self.restored))
        for index, call in enumerate(self.calls):
            result = self.results[index]
            done.blocks.append(_block(call["id"], result))
            rule = result.decision.rule if result.decision else ""
            restored = index in self.restored
            done.calls.append(Call(self.turn, call["name"], result.is_error, result.duration, rule, restored))
            done.written += [str(path) for path in result.written]
            if call["name"] in ("Task", "Agent") and not result.is_error and result.structured:
                done.spent.append(_spent(result.structured))
        return done

    def _scope(self, index: int) -> str:
        return f"turn/{self.turn}/tool/{index + 1}"

    def _digest(self, index: int) -> str:
        return digest({"name": self.calls[index]["name"], "input": self.calls[index]["input"]})


@dataclass(frozen=True)
class _Journaling:
    """Tells the turn of the calls of a batch by their place in the turn; see tools.batch.Observer."""

    turn: ToolTurn
    places: list[int]

    async def started(self, index: int) -> None:
        await self.turn.started(self.places[index])

    async def ended(self, index: int, result: ToolResult) -> None:
        await self.turn.ended(self.places[index], result)


def _block(call_id: str, result: ToolResult) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": call_id, "content": list(result.content)}
    return {**block, "is_error": True} if result.is_error else block


def _spent(structured: Mapping[str, Any]) -> tuple[Usage, Decimal | None]:
    cost = structured["cost"]
    return Usage(**structured["usage"]), None if cost is None else Decimal(str(cost))
