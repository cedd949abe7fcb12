"""One call of one tool: input checked, permission decided, run, and the outcome told as a result, never raised.

Refuses nothing on its own: what refuses is the tool's schema, governance, and the tool.
"""

import asyncio
import difflib
import errno
import re
import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from pydantic import ValidationError

from pipeline_project.errors import ApprovalNeeded, InvalidInput, PermissionDenied, PipelineError, ServiceError
from pipeline_project.governance.permissions import Decision, decide
from pipeline_project.governance.requests import require_grant
from pipeline_project.security.redaction import redact_text
from pipeline_project.tools.base import Tool, ToolInput, ToolResult
from pipeline_project.tools.encodable import encodable
from pipeline_project.tools.registry import tools
from pipeline_project.tools.session import Session

_REMEDIES: Final = {
    errno.ENOTDIR: "A part of the path is a file, not a folder: name another place.",
    errno.EACCES: "The account that the tools run as may not do this: name another file.",
    errno.EPERM: "The account that the tools run as may not do this: name another file.",
    errno.EROFS: "This part of the file system cannot be written: name another place.",
    errno.ENOSPC: "The disk is full: remove what is not needed, then try again.",
    errno.EDQUOT: "The disk quota is used up: remove what is not needed, then try again.",
}
_DICTIONARY: Final = re.compile(r"a valid dictionary( or instance of \w+)?")
_MOST_CHARACTERS: Final = 4_000
"""Of an error; what was asked wrongly is known to whoever asked."""
_LOG = structlog.get_logger(__name__)


async def run_tool(name: str, arguments: Mapping[str, Any], session: Session) -> ToolResult:
    """The result of one call; every refusal and failure is a result with `is_error` and one sentence.

    Only a cancellation is raised. `decision` says what permitted or refused the call, once it came to that.
    """
    began = time.perf_counter()
    decision: Decision | None = None
    try:
        session.check_open()
        tool = tools().get(name)
        parsed = parse(tool, arguments)
        decision = await permit(tool, parsed, session)
        result = await tool.run(parsed, session)
    except PipelineError as error:
        _LOG.info("tool refused", tool=name, code=error.code, session=session.id)
        text = _cut(redact_text(str(error)))
        wait = error.retry_after if isinstance(error, ServiceError) else None
        result = ToolResult.of_text(text, is_error=True, code=error.code, structured=_question(error), retry_after=wait)
    except OSError as error:
        result = ToolResult.of_text(_cut(redact_text(_system(name, error))), is_error=True, code="os_error")
    except Exception as error:  # noqa: BLE001 - a fault of the tool: told, logged with its stack, and no end of a batch
        _LOG.error("tool broke", tool=name, session=session.id, exc_info=True)
        result = ToolResult.of_text(_cut(redact_text(_broken(name, error))), is_error=True, code="internal_error")
    if decision is not None:
        result = result.with_(decision=result.decision or decision)
    return encodable(result).with_(duration=time.perf_counter() - began)


def parse(tool: Tool[Any], arguments: Mapping[str, Any]) -> ToolInput:
    """The input as the tool's model. Raises InvalidInput naming every field that does not fit."""
    if not isinstance(arguments, Mapping):
        raise InvalidInput("the input is no mapping of fields", where=tool.name, remedy=_fields(tool))
    try:
        return tool.input.model_validate(dict(arguments))
    except ValidationError as error:
        found = error.errors(include_url=False)
        # a list whose items do not fit is also said to be too short
        whole = [each for each in found if not any(_within(other["loc"], each["loc"]) for other in found)]
        inside = {str(each["loc"][0]) for each in whole if len(each["loc"]) > 1}
        remedy = _fields(tool, inside.pop() if len(inside) == 1 else None)
        raise InvalidInput("; ".join(_problem(each, tool) for each in whole), where=tool.name, remedy=remedy) from error


async def permit(tool: Tool[Any], arguments: ToolInput, session: Session) -> Decision:
    """What governance says to the call. Raises PermissionDenied when it is denied, or asked of a person."""
    action, resource = tool.action(arguments, session), tool.resource(arguments, session)
    decision = decide(session.actor, action, resource, session.policy)
    if decision.verdict == "allow":
        return decision
    if decision.verdict == "deny":
        raise PermissionDenied(decision.reason, where=tool.name)
    shown = {"tool": tool.name, "input": arguments.model_dump(mode="json", exclude_defaults=True), **resource.shown}
    await asyncio.to_thread(
        require_grant, session.database, granted=session.granted, actor=session.actor, action=action,
        decision=decision, resource=resource, shown=shown,
    )  # fmt: skip
    return decision


def _cut(text: str) -> str:
    """A sentence that quotes what it was given, which may be of any length."""
    most = _MOST_CHARACTERS // 2
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:most]} … {text[-most:]}"


def _question(error: PipelineError) -> dict[str, Any] | None:
    """What a caller needs to have a permission asked for, or None for any other error."""
    if not isinstance(error, ApprovalNeeded):
        return None
    names = ("request_id", "digest", "message", "where", "remedy", "shown")
    return {name: getattr(error, name) for name in names}


def _within(place: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return len(place) > len(other) and place[: len(other)] == other


def _problem(found: Any, tool: Tool[Any]) -> str:
    place = ".".join(map(str, found["loc"])) or "input"
    if found["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place, tool.schema().get("properties", {}), n=1, cutoff=0.6)
        return f"{place} is no field of it{f' (did you mean {near[0]}?)' if near else ''}"
    if found["type"] == "missing":
        return f"{place} is missing"
    said = found["msg"].replace("valid tuple", "list").replace("Tuple", "List")
    return f"{place}: {_DICTIONARY.sub('an object', said)}"


def _broken(name: str, error: Exception) -> str:
    """What is said of an error that no tool should raise."""
    said = f"{name}: broke, which is a fault of the tool and not of the call ({type(error).__name__}: {error})."
    return f"{said} Try it another way; the log has the stack."


def _system(name: str, error: OSError) -> str:
    """What the operating system says about a path; it is meant for whoever named the path."""
    said = f"{name}: {error.strerror or error}"
    remedy = _REMEDIES.get(error.errno or 0)
    said = f"{said} ({error.filename})" if error.filename else said
    return f"{said}. {remedy}" if remedy else said


def _fields(tool: Tool[Any], inside: str | None = None) -> str:
    """The fields of the input, or of each item of the list `inside`."""
    schema = tool.schema()
    part = schema.get("properties", {}).get(inside, {}).get("items", {}).get("$ref", "").rpartition("/")[2]
    schema = schema.get("$defs", {}).get(part, schema)
    required = schema.get("required", [])
    optional = [name for name in schema.get("properties", {}) if name not in required]
    text = f"Required{f' in each of {inside}' if part else ''}: {', '.join(required) or 'nothing'}"
    return f"{text}; optional: {', '.join(optional)}." if optional else f"{text}."
