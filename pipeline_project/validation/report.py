"""What a validation found and what a repair changed: frozen values, and the one error that carries them.

Refuses to decide anything: rules find, repairs change, this module only states it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pipeline_project.errors import InvalidInput

Severity = Literal["error", "warning", "info"]
Path = tuple[str | int, ...]

LONGEST_MESSAGE: Final = 400


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem at one place.

    `rule`: id in the rule table. `severity`: error = refused (HTTP 400), warning = accepted but changed,
    ignored or likely a mistake, info = worth knowing. `path`: JSONPath (RFC 9535) from the validated value.
    `message`: one sentence with the remedy. `source`: page the rule comes from. `providers`: who imposes
    it.
    """

    rule: str
    severity: Severity
    path: str
    message: str
    source: str
    providers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """One change.

    `rule`: the one it satisfies. `path`: JSONPath in the body as it was before the change. `message`: what
    was done.
    """

    rule: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in the order of the rule table, and the repairs made before they were looked for."""

    findings: tuple[Finding, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings for which the provider would refuse the request."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def ok(self) -> bool:
        """True when there is no error; warnings may remain."""
        return not any(finding.severity == "error" for finding in self.findings)


class ValidationFailed(InvalidInput):
    """The value breaks at least one rule of severity error; `report` lists every finding."""

    def __init__(self, report: Report) -> None:
        errors = report.errors
        first, count = errors[0], len(errors)
        total = "the only error" if count == 1 else f"the first of {count} errors"
        super().__init__(f"{first.message} ({total}, rule {first.rule})", where=first.path)
        self.report = report


def json_path(parts: Iterable[str | int]) -> str:
    """RFC 9535 JSONPath of a position: `$.messages[3].content[0]`; names that are not plain are quoted ASCII."""
    text = ["$"]
    for part in parts:
        if isinstance(part, int):
            text.append(f"[{part}]")
        elif part.isidentifier() and part.isascii():
            text.append(f".{part}")
        else:
            quoted = json.dumps(part)[1:-1].replace('\\"', '"').replace("'", "\\'")
            text.append(f"['{quoted}']")
    return "".join(text)


def readable(message: str) -> str:
    """`message`, which may quote a stranger's ids, in one line of bounded length that every encoding takes."""
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[:LONGEST_MESSAGE]}…"
    if message.isprintable():
        return message
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in message)
