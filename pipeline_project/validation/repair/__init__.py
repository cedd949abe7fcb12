"""Repair of requests: what a rule can say exactly is mended, step by step, until nothing mendable is left.

Never changes the caller's objects: changed parts are copied, unchanged ones are shared with the input.
Never invents what only the caller knows (a model, a missing message, the fields of a block): such findings
stay in the report.
"""

from collections.abc import Iterable
from typing import Any, Final

from pipeline_project.validation.check import REQUEST_SCOPES, Found, as_report, problems, request_subject
from pipeline_project.validation.registry import Endpoint, Provider
from pipeline_project.validation.repair import calls, identifiers, turns
from pipeline_project.validation.repair.edits import apply_edits
from pipeline_project.validation.repair.fixes import FIXES
from pipeline_project.validation.repair.step import Step, Stepped
from pipeline_project.validation.report import Repair, Report
from pipeline_project.validation.subject import Request

# A repair can bring another problem to light: a dropped message joins two turns. Rarely more than twice.
_MAX_ROUNDS: Final = 12

# Repairs that have to see more than one place at once, with the rules that call for them, as they run.
STEPS: Final[tuple[Step, ...]] = (*identifiers.STEPS, *calls.STEPS, *turns.STEPS)

REPAIRABLE: Final = frozenset(FIXES) | {rule for step in STEPS for rule in step.rules}


def repair_request(
    body: Any,
    *,
    provider: Provider = "anthropic",
    endpoint: Endpoint = "messages",
    betas: Iterable[str] = (),
) -> tuple[Any, Report]:
    """The mended body, and a report of what was changed and what is still found in it.

    A body without mendable problems comes back as it is. After a repair no finding of a rule in
    `REPAIRABLE` is left. Raises InvalidInput for an unknown provider or endpoint; nothing else.
    """
    subject = request_subject(body, provider, endpoint, betas)
    repairs: list[Repair] = []
    found = list(problems(subject, REQUEST_SCOPES))
    for _ in range(_MAX_ROUNDS):
        mendable = [problem for problem in found if problem.rule.id in REPAIRABLE]
        if not mendable:
            break
        subject, made = _mend(subject, mendable)
        repairs.extend(made)
        found = list(problems(subject, REQUEST_SCOPES))
    return subject.body, as_report(found, repairs=repairs)


def _mend(subject: Request, found: list[Found]) -> Stepped:
    """One round: every problem that is mended where it stands, else every step that a problem calls for."""
    edits = [FIXES[rule.id](subject, path, rule.id) for rule, path, _ in found if rule.id in FIXES]
    if edits:
        body, made = apply_edits(subject.body, edits)
        return subject.with_body(body), [edit.as_repair() for edit in made]
    repairs: list[Repair] = []
    broken = {rule.id for rule, _, _ in found}
    for step in STEPS:
        if broken.intersection(step.rules):
            subject, made = step.run(subject)
            repairs.extend(made)
    return subject, repairs
