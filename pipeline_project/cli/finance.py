"""`finance`: the rules that invoices are judged by, from the command line."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline_project.cli import screen
from pipeline_project.finance import rule_tests
from pipeline_project.finance.rule_tests import Verdict

app = typer.Typer(no_args_is_help=True)


@app.callback()
def finance() -> None:
    """The rules that invoices are judged by."""


@app.command("check-rules")
def check_rules(
    path: Annotated[Path, typer.Argument(help="A set of rule tests, or a folder that has some.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge the EN 16931 rules by their official test documents: one line a test, the counts last.

    Exits with 1 when a test failed, 2 when the tests cannot be read. A skipped test says why.
    """
    verdicts = [rule_tests.judge(test) for file in rule_tests.find_sets(path) for test in rule_tests.read_set(file)]
    statuses = Counter(verdict.status for verdict in verdicts)
    counts = {status: statuses[status] for status in ("passed", "failed", "skipped")}
    if as_json:
        screen.show_json({**counts, "tests": [asdict(verdict) for verdict in verdicts]})
    else:
        summary = ", ".join(f"{count} {status}" for status, count in counts.items())
        screen.say("\n".join([*map(_line, verdicts), summary]))
    if counts["failed"]:
        raise typer.Exit(1)


def _line(verdict: Verdict) -> str:
    judged = ", ".join(
        f"{each.rule}  expected {each.expected}  got {each.got or 'not judged'}" for each in verdict.judgments
    )
    text = f"{judged}  {verdict.status}  {verdict.source} test {verdict.number}"
    return f"{text}: {verdict.reason}" if verdict.reason else text
