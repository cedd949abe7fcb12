"""The doors of validation: a request, a response or bare messages in, a report with all findings out.

`report` only reports, `strict` raises on the first error and carries the report. Changing anything is
`repair`'s work.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, NamedTuple, get_args

from pipeline_project.errors import InvalidInput
from pipeline_project.validation.registry import (
    ENDPOINTS,
    PROVIDERS,
    Endpoint,
    Provider,
    Rule,
    Scope,
)
from pipeline_project.validation.report import Finding, Path, Repair, Report, ValidationFailed, json_path, readable
from pipeline_project.validation.rules import RULES
from pipeline_project.validation.subject import Request, Response

Mode = Literal["report", "strict"]

REQUEST_SCOPES: Final[tuple[Scope, ...]] = ("content", "conversation", "request")
CONVERSATION_SCOPES: Final[tuple[Scope, ...]] = ("content", "conversation")
RESPONSE_SCOPES: Final[tuple[Scope, ...]] = ("content", "response")


class Found(NamedTuple):
    """One problem with the rule that found it."""

    rule: Rule
    path: Path
    message: str


def validate_request(
    body: Any,
    *,
    provider: Provider = "anthropic",
    mode: Mode = "report",
    endpoint: Endpoint = "messages",
    betas: Iterable[str] = (),
) -> Report:
    """Every finding about a Messages API request that is meant for `provider`.

    `body`: decoded JSON of any shape. `endpoint`: messages or count_tokens. `betas`: values of the
    anthropic-beta header, or the header itself. Raises ValidationFailed in mode strict if there is an
    error, InvalidInput for an unknown provider, endpoint or mode; nothing else.
    """
    subject = request_subject(body, provider, endpoint, betas)
    return _conclude(as_report(problems(subject, REQUEST_SCOPES)), mode)


def validate_conversation(
    messages: Any,
    *,
    provider: Provider = "anthropic",
    mode: Mode = "report",
    model: str = "",
) -> Report:
    """Every finding about bare messages, by the rules that need nothing but them; paths start at the array.

    `model`: name, for what only some models accept. Raises as `validate_request` does.
    """
    subject = request_subject({"messages": messages, "model": model}, provider, "messages", ())
    return _conclude(as_report(problems(subject, CONVERSATION_SCOPES), below=1), mode)


def validate_response(body: Any, *, request: Any = None, mode: Mode = "report") -> Report:
    """Every finding about a Messages API response, and whether it fits the `request` body it answers.

    Raises ValidationFailed in mode strict if there is an error, InvalidInput for an unknown mode; nothing
    else.
    """
    asked = None if request is None else Request(request)
    return _conclude(as_report(problems(Response(body, asked), RESPONSE_SCOPES)), mode)


def request_subject(body: Any, provider: Provider, endpoint: Endpoint, betas: Iterable[str]) -> Request:
    """The body with what decides which rules and limits hold. Raises InvalidInput for an unknown name."""
    if provider not in PROVIDERS:
        raise InvalidInput(
            f"unknown provider {provider!r}", where="provider", remedy=f"Use one of {', '.join(PROVIDERS)}."
        )
    if endpoint not in ENDPOINTS:
        raise InvalidInput(
            f"unknown endpoint {endpoint!r}", where="endpoint", remedy=f"Use one of {', '.join(ENDPOINTS)}."
        )
    names = betas.split(",") if isinstance(betas, str) else betas
    return Request(body, provider, endpoint, frozenset(name.strip() for name in names))


def problems(subject: Request | Response, scopes: tuple[Scope, ...]) -> Iterator[Found]:
    """What the rules of these scopes find, in the order of the table."""
    for rule in RULES.values():
        if rule.scope in scopes and subject.provider in rule.providers and subject.endpoint in rule.endpoints:
            for path, message in rule.check(subject):
                yield Found(rule, path, message)


def as_report(found: Iterable[Found], *, below: int = 0, repairs: Iterable[Repair] = ()) -> Report:
    """The problems as a report; `below`: how many leading parts of a path the caller's value has not."""
    findings = (
        Finding(rule.id, rule.severity, json_path(path[below:]), readable(message), rule.source, rule.providers)
        for rule, path, message in found
    )
    return Report(tuple(findings), tuple(repairs))


def _conclude(report: Report, mode: Mode) -> Report:
    if mode not in get_args(Mode):
        raise InvalidInput(
            f"unknown mode {mode!r}", where="mode", remedy="Use report or strict, or call repair_request."
        )
    if mode == "strict" and not report.ok:
        raise ValidationFailed(report)
    return report
