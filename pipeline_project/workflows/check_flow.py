"""Where the steps lead: targets that exist, no cycle, nothing unreachable, branches that meet."""

from collections.abc import Iterator
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from pipeline_project.workflows.expressions import Problem
from pipeline_project.workflows.models import GOTO, WorkflowDefinition, WorkflowStep
from pipeline_project.workflows.planning import exits, heads, plan


def problems(definition: WorkflowDefinition, opaque: frozenset[str]) -> Iterator[Problem]:
    """Every problem of the flow; the later checks only where the earlier ones found nothing."""
    missing = list(_missing_targets(definition))
    yield from missing
    if missing:
        return
    cycle = _cycle(definition)
    if cycle:
        yield cycle
        return
    if not opaque:
        yield from _unreachable(definition)
    yield from _branch_problems(definition)


def _missing_targets(definition: WorkflowDefinition) -> Iterator[Problem]:
    if definition.start_step_id not in definition.steps:
        yield Problem("start_step_id", _no_such_step(definition.start_step_id, definition))
    for step in definition.steps.values():
        for path, target in _mentions(step):
            if target not in definition.steps:
                yield Problem(f"steps.{step.id}.{path}", _no_such_step(target, definition))


def _mentions(step: WorkflowStep) -> Iterator[tuple[str, str]]:
    """(path, step id) of every step that a step's words lead to."""
    for index, target in enumerate(step.next_steps):
        yield f"next_steps[{index}]", target
    named = set(step.next_steps)
    for index, head in enumerate(heads(step)):
        yield f"config.steps[{index}]", head
    if step.error_target is not None:
        yield "on_error", step.error_target
    rejected = step.config.get("on_reject")
    if isinstance(rejected, str) and rejected.startswith(GOTO):
        yield "config.on_reject", rejected.removeprefix(GOTO)
    for port, target in exits(step):
        if port.startswith("to_") and target not in named:
            yield "config", target


def _no_such_step(name: str, definition: WorkflowDefinition) -> str:
    near = get_close_matches(name, definition.steps, n=1)
    return f"there is no step {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _cycle(definition: WorkflowDefinition) -> Problem | None:
    leads_to = {step.id: [*heads(step), *(target for _, target in exits(step))] for step in definition.steps.values()}
    # the sorter wants predecessors; a cycle is one in either direction
    try:
        TopologicalSorter(leads_to).prepare()
        plan(definition)
    except CycleError as error:
        loop = [name for name in reversed(error.args[1]) if name in definition.steps]
        hint = "repeat with for_each or a sub_workflow once they are available, or leave the edge out"
        return Problem(f"steps.{loop[0]}.next_steps", f"goes in a circle: {' → '.join(loop)}; {hint}")
    return None


def _unreachable(definition: WorkflowDefinition) -> Iterator[Problem]:
    reached: set[str] = set()
    waiting = [definition.start_step_id]
    while waiting:
        step = definition.steps[waiting.pop()]
        if step.id not in reached:
            reached.add(step.id)
            waiting.extend([*heads(step), *(target for _, target in exits(step))])
    for step_id in definition.steps:
        if step_id not in reached:
            yield Problem(f"steps.{step_id}", "no step leads here; name it in a step's next_steps or remove it")


def _branch_problems(definition: WorkflowDefinition) -> Iterator[Problem]:
    for step in definition.steps.values():
        for index, head in enumerate(heads(step)):
            if head in step.next_steps:
                path = f"steps.{step.id}.config.steps[{index}]"
                yield Problem(path, f"{head!r} is both a branch and what follows the join; make it one of the two")
