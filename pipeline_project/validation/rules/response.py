"""Rules on responses: an assistant message with an id, content, a stop reason that fits it, and usage."""

from collections.abc import Iterator
from typing import Any, Final

from pipeline_project.messages.blocks import STOP_REASONS
from pipeline_project.validation import sources
from pipeline_project.validation.registry import Problem, rule
from pipeline_project.validation.schemas import mismatches
from pipeline_project.validation.subject import Response, as_dict, as_list, is_whole, text_of

# Where a response was cut off, a call may stand in it without having been finished.
_CUT_OFF: Final = ("max_tokens", "model_context_window_exceeded", "refusal", "pause_turn")
_COUNTS: Final = ("input_tokens", "output_tokens")
_CACHE_COUNTS: Final = ("cache_creation_input_tokens", "cache_read_input_tokens")


@rule("response.object", sources.CREATE, scope="response")
def response_is_a_message(response: Response) -> Iterator[Problem]:
    """The response is an object of type message, not an error."""
    if not isinstance(response.body, dict):
        yield (), "the response is not an object; look at what the provider sent"
    elif response.keys.get("type") == "error":
        yield (), "the response is an error; send it with its HTTP status, not as a message"
    elif response.keys.get("type") != "message":
        yield ("type",), "the type of a response must be message"


@rule("response.envelope", sources.CREATE, scope="response")
def response_has_its_envelope(response: Response) -> Iterator[Problem]:
    """The response has an id, a model, the role assistant and an array of content."""
    for key in ("id", "model"):
        if not (isinstance(value := response.keys.get(key), str) and value):
            yield (key,), f"the response has no {key}; give it one"
    if response.keys.get("role") != "assistant":
        yield ("role",), "the role of a response must be assistant"
    if not isinstance(response.keys.get("content"), list):
        yield ("content",), "the content of a response must be an array of blocks"


@rule("response.usage", sources.CREATE, scope="response")
def usage_is_counted(response: Response) -> Iterator[Problem]:
    """usage has input_tokens and output_tokens, whole numbers from 0."""
    usage = response.keys.get("usage")
    if not isinstance(usage, dict):
        yield ("usage",), "the response has no usage; count its tokens"
        return
    for key in _COUNTS:
        if not _is_count(usage.get(key)):
            yield ("usage", key), f"{key} must be a whole number from 0"
    for key in _CACHE_COUNTS:
        if usage.get(key) is not None and not _is_count(usage[key]):
            yield ("usage", key), f"{key} must be a whole number from 0, or null"


@rule("response.output-limit", sources.CREATE, scope="response", severity="warning")
def output_is_within_max_tokens(response: Response) -> Iterator[Problem]:
    """output_tokens is at most the max_tokens of the request."""
    spent = as_dict(response.keys.get("usage")).get("output_tokens")
    most = response.request.keys.get("max_tokens") if response.request else None
    if is_whole(spent) and is_whole(most) and spent > most:
        yield (
            ("usage", "output_tokens"),
            f"{spent} output tokens, but max_tokens was {most}; check the counting",
        )


@rule("stop-reason.kind", sources.STOP_REASONS, scope="response")
def stop_reason_is_given(response: Response) -> Iterator[Problem]:
    """There is a stop_reason."""
    reason = response.keys.get("stop_reason")
    if not isinstance(reason, str) or not reason:
        yield ("stop_reason",), "the response has no stop_reason; say why it ended"


@rule("stop-reason.unknown", sources.STOP_REASONS, scope="response", severity="warning")
def stop_reason_is_known(response: Response) -> Iterator[Problem]:
    """The stop_reason is one that clients know."""
    reason = response.keys.get("stop_reason")
    if isinstance(reason, str) and reason and reason not in STOP_REASONS:
        yield ("stop_reason",), f"stop_reason {reason} is not known here; clients may not know it either"


@rule("stop-reason.tool-use", sources.STOP_REASONS, scope="response")
def stop_reason_fits_the_calls(response: Response) -> Iterator[Problem]:
    """stop_reason is tool_use if the content has a tool_use, unless it was cut off; and only then."""
    reason = response.keys.get("stop_reason")
    called = any(response.of("tool_use"))
    if reason == "tool_use" and not called:
        yield ("stop_reason",), "stop_reason is tool_use, but there is no tool_use; use end_turn"
    if called and reason in STOP_REASONS and reason != "tool_use" and reason not in _CUT_OFF:
        yield ("stop_reason",), f"there is a tool_use, but stop_reason is {reason}; use tool_use"


@rule("stop-reason.sequence", sources.STOP_REASONS, scope="response")
def stop_sequence_is_named(response: Response) -> Iterator[Problem]:
    """stop_sequence holds the sequence that matched if that is the stop_reason, else null."""
    reason, text = response.keys.get("stop_reason"), response.keys.get("stop_sequence")
    if reason == "stop_sequence" and not (isinstance(text, str) and text):
        yield ("stop_sequence",), "stop_reason is stop_sequence; say which sequence matched"
    if reason != "stop_sequence" and text is not None:
        yield ("stop_sequence",), "stop_sequence must be null unless it is the stop_reason"


@rule("stop-reason.asked", sources.STOP_REASONS, scope="response", severity="warning")
def stop_sequence_was_asked_for(response: Response) -> Iterator[Problem]:
    """The stop sequence that matched is one of the request's."""
    text = response.keys.get("stop_sequence")
    asked = as_list(response.request.keys.get("stop_sequences")) if response.request else [text]
    if isinstance(text, str) and text not in asked:
        yield ("stop_sequence",), "the request has no such stop sequence; check the mapping"


@rule("response.empty", sources.STOP_REASONS, scope="response", severity="info")
def response_says_something(response: Response) -> Iterator[Problem]:
    """A response that ended its turn has content."""
    if response.keys.get("stop_reason") == "end_turn" and response.keys.get("content") == []:
        yield ("content",), "the answer is empty; send something new instead of the same messages again"


@rule("response.text", sources.STOP_REASONS, scope="response", severity="warning")
def no_text_is_empty(response: Response) -> Iterator[Problem]:
    """No text block is empty, since no request may contain one."""
    for block in response.blocks:
        if block.kind == "text" and block.value.get("text") == "":
            yield block.path, "the text block is empty and cannot be sent back; leave it out"


@rule("response.tool", sources.HANDLE_TOOLS, scope="response")
def called_tools_were_offered(response: Response) -> Iterator[Problem]:
    """Each call is of a tool that the request offered."""
    request = response.request
    if request is None or any(not tool.name for tool in request.tools):
        return  # unknown, or a toolset, whose members only the API knows
    for block in response.of("tool_use"):
        name = text_of(block, "name")
        if name and name not in request.tools_by_name:
            yield (*block.path, "name"), f"the request offered no tool {name}; answer the call with an error"


@rule("response.input", sources.HANDLE_TOOLS, scope="response", severity="warning")
def called_inputs_fit_their_schema(response: Response) -> Iterator[Problem]:
    """Each call has an input that satisfies the tool's input_schema."""
    if response.request is None:
        return
    asked = response.request
    for block in response.of("tool_use"):
        tool = asked.tools_by_name.get(text_of(block, "name"))
        schema = asked.schemas.get(tool.path) if tool is not None else None
        if schema is None:
            continue
        for found in mismatches(block.value.get("input"), schema, asked.budget):
            yield (
                (*block.path, "input", *found.path),
                f"the input breaks the input_schema: {found.message}; answer the call with an error",
            )


@rule("response.choice", sources.DEFINE_TOOLS, scope="response", severity="warning")
def forced_tool_was_called(response: Response) -> Iterator[Problem]:
    """Where tool_choice forced or forbade a call, the response obeys."""
    if response.request is None or response.keys.get("stop_reason") in _CUT_OFF:
        return
    choice = response.request.tool_choice
    names = [text_of(block, "name") for block in response.of("tool_use", "server_tool_use")]
    if response.request.forced and not names:
        yield ("content",), "tool_choice forced a call, but there is none; ask again"
    elif choice.get("type") == "tool" and choice.get("name") not in names:
        yield ("content",), f"tool_choice forced {choice.get('name')}, but another tool was called; ask again"
    elif choice.get("type") == "none" and names:
        yield ("content",), "tool_choice forbade calls, but there is one; do not run it"


def _is_count(value: Any) -> bool:
    return is_whole(value) and value >= 0
