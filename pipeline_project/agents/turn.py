"""The tool calls of one turn: planned together, journaled one by one, restored where a journal has them.

What the session learned from a call (files read, the folder it is in, todos) is journaled with it, so that a restored
call leaves the session as the call had left it. Refuses calls of tools that the agent does not have, whatever the
policy says of them, and makes none of a turn that was cut off.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline_project.agents import answer
from pipeline_project.agents.journal import AgentJournal, Entry
from pipeline_project.agents.models import Agent, Call
from pipeline_project.agents.subagents import CALL_SCOPE
from pipeline_project.conversion.marks import RAW_ARGUMENTS
from pipeline_project.errors import ApprovalNeeded, NotFound, PermissionDenied, PipelineError
from pipeline_project.governance import requests
from pipeline_project.llm.responses import Usage
from pipeline_project.messages.shapes import Block
from pipeline_project.persistence.json import digest, to_json
from pipeline_project.security.redaction import redact
from pipeline_project.tools import Session, ToolResult, run_batch, tools
from pipeline_project.tools.run import parse
from pipeline_project.tools.session import ReadMark

_CUT_OFF = (
    "This call was cut off by a crash, and it is not known whether it was carried out. "
    "Look at what it would have changed before you make it again."
)


@dataclass
class TurnResult:
    """What a turn's calls came to; `blocks`: tool_result blocks in the order of the calls.

    `spent`: by sub-agents of earlier processes, so that nobody has counted it yet.
    """

    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    spent: list[tuple[Usage, Decimal | None]] = field(default_factory=list)
    restored: int = 0


class ToolTurn:
    """The calls of one answer of the model, `message`."""

    def __init__(
        self,
        turn: int,
        message: Mapping[str, Any],
        *,
        agent: Agent,
        session: Session,
        journal: AgentJournal,
        known: Mapping[str, Entry],
    ) -> None:
        self.turn = turn
        self.cut_off = message.get("stop_reason") == answer.CUT_OFF
        self.calls = answer.calls_of(message)
        self.agent = agent
        self.session = session
        self.journal = journal
        self.known = known
        self.results: dict[int, ToolResult] = {}
        self.restored: set[int] = set()
        self.rules: dict[int, str] = {}
        self.marks: dict[int, dict[Path, ReadMark]] = {}

    async def run(self) -> TurnResult:
        """Every call's result. Raises ApprovalNeeded once the others have ended, when one has to be permitted first."""
        for index in range(len(self.calls)):
            self._restore(index)
        todo: list[int] = []
        for index in range(len(self.calls)):
            if index in self.results:
                continue
            refused = await asyncio.to_thread(self._refusal, index)
            if refused is None:
                todo.append(index)
                continue
            await self.started(index)
            await self.ended(index, refused)
        if todo:
            await self._make(todo)
        await self._stop_for_permission()
        return await asyncio.to_thread(self._collected)

    async def _make(self, todo: list[int]) -> None:
        calls = [{"name": self.calls[i]["name"], "input": self.calls[i]["input"], "id": self._scope(i)} for i in todo]
        await run_batch(calls, self.session, observer=_Journaling(self, todo))

    def _refusal(self, index: int) -> ToolResult | None:
        """Why a call is not made at all, for the model to read; None when it may be tried."""
        call = self.calls[index]
        name, given = call["name"], call["input"]
        if self.cut_off:
            text = f"{name}: not made, because your answer was cut off at its limit of tokens. Ask for less at once."
            return ToolResult.of_text(text, is_error=True, code="cut_off")
        if set(given) == {RAW_ARGUMENTS}:
            text = f"{name}: not made, because its input is no JSON object. Write the whole call anew."
            return ToolResult.of_text(text, is_error=True, code="invalid_input")
        if not self._has(name):
            there = f"Your tools are {', '.join(self.agent.tools)}." if self.agent.tools else "You have no tools."
            return ToolResult.of_text(f"{name} is none of your tools. {there}", is_error=True, code=NotFound.code)
        return self._rejection(index)

    def _has(self, name: str) -> bool:
        try:
            return tools().canonical(name) in self.agent.tools
        except NotFound:
            return False

    def _rejection(self, index: int) -> ToolResult | None:
        """What a person who was asked about the call has said, when that is no."""
        entry, database = self._entry(index), self.session.database
        if entry is None or entry.status != "waiting" or database is None:
            return None
        try:
            asked = requests.find(database, entry.output["request_id"])
        except NotFound:
            return None
        if asked.decision != "reject":
            return None
        said = f": {asked.comment}" if asked.comment else ""
        text = f"{asked.action}: {asked.decided_by} was asked and does not permit it{said}. Do not try it another way."
        return ToolResult.of_text(text, is_error=True, code=PermissionDenied.code)

    async def started(self, index: int) -> None:
        """Journal that a call is about to be made."""
        CALL_SCOPE.set(self._scope(index))
        self.marks[index] = dict(self.session.reads)
        await asyncio.to_thread(self.journal.begin, self._scope(index), self._digest(index))

    async def ended(self, index: int, result: ToolResult) -> None:
        """Journal what a call came to; one that waits for a person was not made."""
        scope = self._scope(index)
        result = result.with_(content=tuple(answer.keepable(result.content)))
        self.results[index] = result
        if result.code == ApprovalNeeded.code:
            await asyncio.to_thread(self._wait, index, result.structured["request_id"])
            return
        self.rules[index] = result.decision.rule if result.decision else ""
        output = answer.keepable(to_json(self._kept(index, result)))
        await asyncio.to_thread(self.journal.end, scope, "success", output=output, seconds=result.duration)

    def _wait(self, index: int, request_id: str | None) -> None:
        """Journal the question; a sub-agent's is in its own journal, and a step's is with its execution."""
        if request_id is None or self._is_task(index):
            self.journal.forget(self._scope(index))
        else:
            self.journal.end(self._scope(index), "waiting", output={"request_id": request_id})

    def _entry(self, index: int) -> Entry | None:
        """What an earlier process journaled of this very call."""
        entry = self.known.get(self._scope(index))
        return entry if entry is not None and entry.digest == self._digest(index) else None

    def _restore(self, index: int) -> None:
        entry = self._entry(index)
        if entry is None or entry.status == "waiting":
            return
        if entry.status == "success":
            kept = entry.output
            self.results[index] = ToolResult(
                content=tuple(answer.as_sent(kept["content"])),
                is_error=kept["is_error"],
                structured=kept["structured"],
                duration=float(entry.seconds or 0),
                written=tuple(Path(path) for path in kept["written"]),
                code=kept["code"],
            )
            self.rules[index] = kept.get("rule", "")
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
            "rule": self.rules[index],
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
            restored, rule = index in self.restored, self.rules.get(index, "")
            done.calls.append(Call(self.turn, call["name"], result.is_error, result.duration, rule, restored))
            done.written += [str(path) for path in result.written]
            if restored and self._is_task(index):
                done.spent += self.journal.spent_below(self._scope(index))
        return done

    def _is_task(self, index: int) -> bool:
        return self.calls[index]["name"] in ("Task", *tools().aliases("Task"))

    def _scope(self, index: int) -> str:
        return f"turn/{self.turn}/tool/{index + 1}"

    def _digest(self, index: int) -> str:
        call = self.calls[index]
        return digest(redact({"name": call["name"], "input": call["input"]}, by_name=False))


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
