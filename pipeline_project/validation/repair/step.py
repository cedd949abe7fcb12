"""What a repair step is: a function from a request to a mended request and what it changed."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pipeline_project.validation.report import Path, Repair, json_path, readable
from pipeline_project.validation.subject import Request

Stepped = tuple[Request, list[Repair]]


class Step(NamedTuple):
    """One repair of a whole conversation and the rules whose problems it removes."""

    rules: tuple[str, ...]
    run: Callable[[Request], Stepped]


def repaired(rule: str, path: Path, message: str) -> Repair:
    """A repair at a path in the body as it was before."""
    return Repair(rule, json_path(path), readable(message))


def with_messages(request: Request, messages: list[Any]) -> Request:
    """The request with other messages, all else shared."""
    return request.with_body({**request.keys, "messages": messages})
