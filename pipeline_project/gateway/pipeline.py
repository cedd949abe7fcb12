"""The steps of one message, as plain functions: find problems, convert a part, put the parts together, read an answer.

Every value that goes in or comes out is plain JSON. Refuses to call a model and to change what it is given.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from pipeline_project import conversion
from pipeline_project.conversion import Conversion, Loss, Names, Target
from pipeline_project.conversion.profiles import profile_of
from pipeline_project.errors import InvalidInput
from pipeline_project.validation import Finding, Report, ValidationFailed, repair_request, validate_request
from pipeline_project.validation.check import Found, as_report, problems, request_subject

Part = Literal["messages", "tools", "rest"]
Check = Literal["message", "tools", "conversation"]
Mode = Literal["strict", "repair", "report"]

_TOOL_KEYS: Final = frozenset({"tools", "tool_choice", "parallel_tool_calls"})
_MESSAGE_KEYS: Final = frozenset({"messages", "system"})


def parse(content: bytes) -> Any:
    """JSON as the wire has it, fractions as float. Raises InvalidInput for anything else, NaN included."""
    try:
        return json.loads(content.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"not valid JSON: {error}") from error


def target_named(name: str) -> Target:
    """The conversion target of that name. Raises InvalidInput listing them."""
    return profile_of(name).name


def findings(request: Any, check: Check) -> tuple[Finding, ...]:
    """What one of three checks finds in a request, which may be any JSON. Together they find all, nothing twice."""
    subject = request_subject(request, "anthropic", "messages", ())
    scopes = ("conversation",) if check == "conversation" else ("content", "request")
    found = problems(subject, scopes)
    if check != "conversation":
        found = (problem for problem in found if _about_tools(problem) == (check == "tools"))
    return as_report(found).findings


def all_findings(request: Any) -> tuple[Finding, ...]:
    """What the three checks find."""
    return validate_request(request).findings


def accept(request: Any, found: Sequence[Finding], mode: Mode) -> tuple[Any, Report]:
    """The request to go on with, and the report.

    strict refuses errors, repair mends what can be mended and refuses the rest, report goes on regardless.
    Raises ValidationFailed.
    """
    if mode == "report":
        return request, Report(tuple(found))
    if mode == "repair":
        request, report = repair_request(request)
    else:
        report = Report(tuple(found))
    if not report.ok:
        raise ValidationFailed(report)
    return request, report


def asking_for(request: Any, model: str) -> dict[str, Any]:
    """The request with `model` for its own, where one is given. Raises InvalidInput when then there is none."""
    if not isinstance(request, Mapping):
        raise InvalidInput("the request is not an object", where="$", remedy="Send a Messages request.")
    name = model or request.get("model")
    if not isinstance(name, str) or not name:
        raise InvalidInput("the request names no model", where="$.model", remedy="Name one, or configure one.")
    return {**request, "model": name}


def convert(request: Mapping[str, Any], *, model: str, target: str) -> Conversion:
    """The request for `model` at `target`. Raises InvalidInput (`where` = JSONPath)."""
    return conversion.convert_request({**request, "model": model}, target=target)


def part(converted: Conversion, name: Part) -> tuple[dict[str, Any], list[Loss]]:
    """The keys of a converted request that belong to one part, with the losses there; the parts are disjoint."""
    keys = {key: value for key, value in converted.value.items() if _part_of(key) == name}
    losses = [loss for loss in converted.losses if _part_of(_first_name(loss["path"])) == name]
    return keys, losses


def read_answer(
    answer: dict[str, Any], *, wire: str, request: dict[str, Any], names: Names
) -> tuple[dict[str, Any], list[Loss]]:
    """An upstream's answer as an Anthropic message, with the losses; one in Anthropic's own words passes through.

    Raises ServiceError for an error body, InvalidInput for what is no answer.
    """
    if profile_of(wire).name == "anthropic":
        if answer.get("type") == "error":
            raise conversion.service_error(None, answer)
        return {**answer, "model": request["model"]}, []  # as it was asked for, whatever its name upstream
    converted = conversion.convert_response(answer, request=request, names=names)
    return converted.value, converted.losses


def tokens(message: Mapping[str, Any]) -> dict[str, int | None]:
    """The token counts a message states; None where it states none, which is not zero."""
    usage = message.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    counts = {name: usage.get(name) for name in ("input_tokens", "output_tokens")}
    return {name: count if isinstance(count, int) else None for name, count in counts.items()}


def _about_tools(problem: Found) -> bool:
    return bool(problem.path) and problem.path[0] in ("tools", "tool_choice")


def _part_of(key: str) -> Part:
    if key in _MESSAGE_KEYS:
        return "messages"
    return "tools" if key in _TOOL_KEYS else "rest"


def _first_name(path: str) -> str:
    """`tools` of `$.tools[0].name`."""
    return path.removeprefix("$").removeprefix(".").split(".", 1)[0].split("[", 1)[0]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
