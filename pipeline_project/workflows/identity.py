"""Which execution does a Dagster run work on? Read from the run's tags and lineage; pure.

Dagster copies a parent's tags into a re-execution, stale ones included, and a sensor cannot say "continue that run"
other than by tags. So a run continues an execution only if its tag names the very run that is its parent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

EXECUTION_TAG = "workflow/execution_id"
CONTINUES_TAG = "workflow/continues"
STATUS_TAG = "workflow/status"
WORKFLOW_TAG = "workflow/id"
ACTOR_TAG = "workflow/actor"
VIA_TAG = "workflow/via"
PARENT_TAG = "dagster/parent_run_id"
ROOT_TAG = "dagster/root_run_id"
RESUME_RETRY_TAG = "dagster/is_resume_retry"


@dataclass(frozen=True)
class RunFacts:
    """What Dagster knows of a run; `selection` holds the step keys it was limited to, None for all."""

    run_id: str
    tags: Mapping[str, str]
    parent_run_id: str | None = None
    selection: frozenset[str] | None = None


@dataclass(frozen=True)
class Identity:
    """first: a new execution (or one prepared for this run) · resume: go on · rerun: make `anew` void, then go on."""

    execution_id: str
    kind: Literal["first", "resume", "rerun"]
    anew: frozenset[str] = frozenset()


def identify(facts: RunFacts, parent_execution: str | None) -> Identity:
    """The execution of a run; `parent_execution` is its parent run's, when the store knows one."""
    parent = facts.tags.get(PARENT_TAG) or facts.parent_run_id
    if parent is None:
        return Identity(facts.tags.get(EXECUTION_TAG, facts.run_id), "first")
    if facts.tags.get(CONTINUES_TAG) == parent and EXECUTION_TAG in facts.tags:
        return Identity(facts.tags[EXECUTION_TAG], "resume")
    if parent_execution is None:
        return Identity(facts.run_id, "first")
    if facts.tags.get(RESUME_RETRY_TAG) == "true":
        return Identity(parent_execution, "resume")
    if facts.selection is not None:
        return Identity(parent_execution, "rerun", facts.selection)
    return Identity(facts.run_id, "first")


def continuation_tags(execution_id: str, *, last_run_id: str, root_run_id: str) -> dict[str, str]:
    """The tags by which a run continues an execution and joins its run group in the UI."""
    return {
        EXECUTION_TAG: execution_id,
        CONTINUES_TAG: last_run_id,
        PARENT_TAG: last_run_id,
        ROOT_TAG: root_run_id,
    }
