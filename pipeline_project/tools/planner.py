"""What calls of a batch may run together: a plan, made before anything runs, that can be printed.

Two calls conflict when they touch the same path, or one a folder above the other's path, and one of them writes; a call
that may touch anything conflicts with every other. Conflicting calls keep their order, all others may overlap. Refuses
to judge what comes after a call that may touch anything by the state before it: `stage` ends there, and a batch plans
the rest when that call is done.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline_project.errors import InvalidInput, PipelineError
from pipeline_project.tools.base import Footprint, Tool
from pipeline_project.tools.conflicts import Order
from pipeline_project.tools.registry import tools
from pipeline_project.tools.run import parse
from pipeline_project.tools.session import Session


@dataclass(frozen=True)
class Call:
    """One call of a batch. `id`: the model's tool_use id, kept for whoever matches results to calls."""

    name: str
    input: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None


@dataclass(frozen=True)
class Survey:
    """What a call will touch, as far as can be known now.

    `refused`: why it will yield an error; `for_now`: a call before it that may touch anything could change that.
    `read_only`: it changes nothing. `undoable`: all it changes are the files of its footprint, so that they can be
    rolled back. `again`: it may be tried again after a transient error.
    """

    footprint: Footprint = field(default_factory=Footprint)
    refused: str | None = None
    for_now: bool = False
    read_only: bool = True
    undoable: bool = True
    again: bool = False


@dataclass(frozen=True)
class Plan:
    """`lanes`: indexes of calls that are tied together by conflicts, in call order; lanes share nothing.

    `after`: for each call, the earlier calls it waits for. `reasons`: why each lane is one. `surveys`: by call.
    """

    calls: tuple[Call, ...]
    lanes: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]
    reasons: tuple[str, ...]
    surveys: tuple[Survey, ...]

    def lines(self) -> list[str]:
        """The plan for people: a line per lane, and one per call below it; calls count from 1."""
        return [line for number in range(len(self.lanes)) for line in self._lane(number)]

    def as_json(self) -> dict[str, Any]:
        """The plan as plain JSON; indexes count from 0, paths are text."""
        calls = [
            {
                "index": index, "name": call.name, "id": call.id, "after": list(self.after[index]),
                "refused": survey.refused, "everything": survey.footprint.everything,
                "reads": sorted(map(str, survey.footprint.reads)), "writes": sorted(map(str, survey.footprint.writes)),
            }
            for index, (call, survey) in enumerate(zip(self.calls, self.surveys, strict=True))
        ]  # fmt: skip
        return {"lanes": [list(lane) for lane in self.lanes], "reasons": list(self.reasons), "calls": calls}

    def _lane(self, number: int) -> list[str]:
        lines = [f"lane {number + 1}: {self.reasons[number]}"]
        for index in self.lanes[number]:
            waits = ", ".join(str(earlier + 1) for earlier in self.after[index])
            survey = self.surveys[index]
            remark = f"will be refused: {survey.refused}" if survey.refused else touched(survey.footprint)
            lines.append(f"  {index + 1}. {self.calls[index].name} ({remark}){f', after {waits}' if waits else ''}")
        return lines


def as_calls(given: Iterable[Call | Mapping[str, Any]]) -> tuple[Call, ...]:
    """The calls of {"name", "input", "id"?} mappings. Raises InvalidInput naming the call that is none."""
    return tuple(each if isinstance(each, Call) else _call(each, number) for number, each in enumerate(given, start=1))


def plan(calls: Iterable[Call | Mapping[str, Any]], session: Session) -> Plan:
    """The plan of a whole batch by the state of things now; runs nothing.

    A call whose name or input is no good is a lane of its own, with the reason. Raises InvalidInput for what is no
    call at all.
    """
    listed = as_calls(calls)
    return _arranged(listed, [survey(call, session) for call in listed])


def stage(calls: Sequence[Call], session: Session) -> Plan:
    """The plan of the first calls, up to the first that may touch anything, or of that one alone if it is the first."""
    surveys: list[Survey] = []
    for call in calls:
        found = survey(call, session)
        if found.footprint.everything and surveys:
            break
        surveys.append(found)
        if found.footprint.everything:
            break
    return _arranged(tuple(calls[: len(surveys)]), surveys)


def survey(call: Call, session: Session) -> Survey:
    """What one call will touch; raises nothing, a refusal is told."""
    try:
        tool = tools().get(call.name)
        arguments = parse(tool, call.input)
    except PipelineError as error:
        return Survey(refused=str(error))
    try:
        tool.resource(arguments, session)
        footprint = tool.footprint(arguments, session)
        read_only = tool.read_only(arguments, session)
    except PipelineError as error:
        return Survey(refused=str(error), for_now=True)
    except OSError as error:
        return Survey(refused=f"{call.name}: {error.strerror or error}", for_now=True)
    undoable = read_only or (bool(footprint.writes) and not footprint.everything and _only_files(tool))
    return Survey(footprint, read_only=read_only, undoable=undoable, again=read_only and tool.idempotent)


def touched(footprint: Footprint) -> str:
    """A footprint in a few words."""
    if footprint.everything:
        return "may touch anything"
    parts = [
        f"{verb} {', '.join(sorted(map(str, paths)))}"
        for verb, paths in (("reads", footprint.reads - footprint.writes), ("writes", footprint.writes))
        if paths
    ]
    return ", ".join(parts) or "touches no file"


def _only_files(tool: Tool[Any]) -> bool:
    return tool.writes_files


def _arranged(calls: tuple[Call, ...], surveys: Sequence[Survey]) -> Plan:
    order = Order()
    after = tuple(order.add(_weight(each, after_anything=order.met_anything)) for each in surveys)
    lanes = _joined(after)
    return Plan(calls, lanes, after, tuple(_reason(lane, surveys) for lane in lanes), tuple(surveys))


def _weight(each: Survey, *, after_anything: bool) -> Footprint | None:
    """What is weighed against other calls: nothing for a refusal that stands whatever comes before."""
    if each.refused is None:
        return each.footprint
    return Footprint(everything=True) if each.for_now and after_anything else None


def _joined(after: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """The connected parts of the graph, each in call order, by their first call."""
    first = list(range(len(after)))

    def root(index: int) -> int:
        while first[index] != index:
            first[index] = first[first[index]]
            index = first[index]
        return index

    for index, earlier in enumerate(after):
        for other in earlier:
            low, high = sorted((root(index), root(other)))
            first[high] = low
    lanes: dict[int, list[int]] = {}
    for index in range(len(after)):
        lanes.setdefault(root(index), []).append(index)
    return tuple(tuple(lane) for lane in lanes.values())


def _reason(lane: tuple[int, ...], surveys: Sequence[Survey]) -> str:
    if len(lane) == 1:
        return "refused as it stands" if surveys[lane[0]].refused else "conflicts with no other call"
    anything = [str(index + 1) for index in lane if surveys[index].footprint.everything]
    if anything:
        return f"call {', '.join(anything)} may touch anything, so all keep their order"
    written = sorted({str(path) for index in lane for path in surveys[index].footprint.writes})
    return f"the calls share what is written: {', '.join(written)}"


def _call(given: Mapping[str, Any], number: int) -> Call:
    where = f"call {number}"
    remedy = 'Write {"name": "Read", "input": {"file_path": "a.txt"}}.'
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        raise InvalidInput("has no name", where=where, remedy=remedy)
    strange = sorted(set(given) - {"name", "input", "id", "type"})
    if strange:
        raise InvalidInput(f"holds what no call has: {', '.join(map(str, strange))}", where=where, remedy=remedy)
    values, name = given.get("input"), given["name"]
    values = {} if values is None else values
    if not isinstance(values, Mapping):
        raise InvalidInput("its input is no mapping", where=f"{where} ({name})", remedy=remedy)
    identity = given.get("id")
    return Call(name, dict(values), None if identity is None else str(identity))
