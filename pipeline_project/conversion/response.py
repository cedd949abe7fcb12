"""A whole chat completions answer → an Anthropic message.

The answer is read as a stream of one chunk, so that an answer and its stream cannot differ. Refuses to make a message
of an error: an error body is raised.
"""

from typing import Any

from pipeline_project.conversion.accumulate import accumulate
from pipeline_project.conversion.delta import choice_of, delta_of
from pipeline_project.conversion.failures import is_error, service_error
from pipeline_project.conversion.report import Conversion, Names
from pipeline_project.conversion.shape import an_object
from pipeline_project.conversion.stream import StreamConverter

_NO_NAMES: Names = {"target": "openai", "tools": {}, "ids": {}}


def convert_response(
    body: dict[str, Any] | list[Any], *, request: dict[str, Any] | None = None, names: Names | None = None
) -> Conversion:
    """An upstream's answer as an Anthropic message.

    `request`: the Messages request it answers. `names`: those of its conversion.
    Raises ServiceError for an error body or an answer without choices, InvalidInput for anything that is no answer.
    """
    if isinstance(body, list):
        raise service_error(None, body)
    answer = an_object(body, "$")
    choice = choice_of(answer)
    if choice is None or is_error(answer):
        raise service_error(None, answer)
    converter = StreamConverter(request, names)
    events = [*converter.feed({**answer, "choices": [_as_delta(choice)]}), *converter.finish()]
    return Conversion(accumulate(events), converter.losses, names or _NO_NAMES)


def _as_delta(choice: dict[str, Any]) -> dict[str, Any]:
    """A whole choice as the delta of a stream: it is complete, and every entry of tool_calls is one call."""
    message = delta_of(choice)
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        numbered = [{**call, "index": index} for index, call in enumerate(calls) if isinstance(call, dict)]
        message = {**message, "tool_calls": numbered}
    return {**choice, "delta": message, "finish_reason": choice.get("finish_reason") or "stop"}
