"""Anthropic Messages request → the request dict of a target, with a report of everything lost on the way.

Refuses to call anything, to change its input (unchanged parts are shared, so treat the result as read-only too), and to
send a request that says nothing.
"""

from typing import Any

from pipeline_project.conversion import shape
from pipeline_project.conversion.capabilities import Capabilities, capabilities_of
from pipeline_project.conversion.draft import Draft
from pipeline_project.conversion.marks import BLANK, CONTINUE, NO_SIGNATURE
from pipeline_project.conversion.parameters import answer_format, plain_keys
from pipeline_project.conversion.passthrough import pass_through
from pipeline_project.conversion.profiles import PROFILES, profile_of
from pipeline_project.conversion.reasoning import read_wish, reasoning_keys
from pipeline_project.conversion.report import Conversion
from pipeline_project.conversion.tools import Served, convert_choice, convert_tools, names_of
from pipeline_project.conversion.turns import Turns, system_text
from pipeline_project.errors import InvalidInput

_NOT_SERVED: Served = {}


def convert_request(
    body: dict[str, Any],
    *,
    target: str = "openai",
    model: Capabilities | None = None,
    served: Served = _NOT_SERVED,
) -> Conversion:
    """A Messages request as a request of `target` (openai, anthropic, gemini, deepseek, generic).

    `model`: what the target model accepts; None looks it up by `body["model"]`. `served`: definitions of our own tools
    for tool families that Anthropic would run (`{"web_search": {"description": …, "input_schema": …}}`).
    Raises InvalidInput (`where` = JSONPath) for a malformed body, a file id, or a server tool nobody serves.
    """
    shape.an_object(body, "$")
    profile = profile_of(target)
    turns = shape.a_list(body.get("messages"), "$.messages")
    if not turns:
        raise InvalidInput("there is no message", where="$.messages", remedy="Send at least one user turn.")
    try:
        if profile is PROFILES["anthropic"]:
            return pass_through(body, turns)
        return _convert(_draft(body, target, model), body, turns, served)
    except RecursionError as error:
        raise InvalidInput("nested too deeply", where="$", remedy="Send a flatter body.") from error


def _draft(body: dict[str, Any], target: str, model: Capabilities | None) -> Draft:
    profile = profile_of(target)
    name = shape.a_string(body.get("model", ""), "$.model")
    capabilities = model or capabilities_of(name, profile.name)
    if capabilities.thinking_back:
        profile = profile._replace(thinking_history="reasoning_content")
    tools = shape.a_list(body.get("tools") or [], "$.tools")
    return Draft(profile, capabilities, names_of(tools))


def _convert(draft: Draft, body: dict[str, Any], turns: list[Any], served: Served) -> Conversion:
    choice = body.get("tool_choice")
    functions, sent = convert_tools(draft, body.get("tools") or [], choice, served)
    choosing = convert_choice(draft, choice, sent) if choice is not None else {}
    wish = read_wish(draft, body)
    forced = choosing.get("tool_choice", "auto") not in ("auto", "none")
    reasoning = reasoning_keys(draft, wish, tools=bool(functions), forced=forced)
    format_keys, instruction = answer_format(draft, body)
    messages = _messages(draft, body, turns, instruction)
    if draft.profile.thinking_history == "reasoning_content":
        off = wish.mode == "off" or reasoning.get("thinking") == {"type": "disabled"}
        _complete_thinking(messages, off=off)
    if draft.model.signed_calls:
        _complete_signatures(messages)
    value: dict[str, Any] = {"model": body["model"]} if "model" in body else {}
    value["messages"] = messages
    if functions:
        value["tools"] = functions
    value |= choosing | reasoning | format_keys | plain_keys(draft, body)
    return Conversion(value, draft.losses, draft.names)


def _messages(draft: Draft, body: dict[str, Any], turns: list[Any], instruction: str) -> list[dict[str, Any]]:
    system = system_text(draft, body["system"], "$.system") if body.get("system") is not None else ""
    system = "\n\n".join(text for text in (system, instruction) if text)
    messages = Turns(draft).read(turns)
    if not any(_says_something(message) for message in messages):
        raise InvalidInput("every message is empty", where="$.messages", remedy="Send some text.")
    if messages[-1]["role"] == "assistant":
        _prefill(draft, messages, len(turns) - 1)
    return [{"role": "system", "content": system}, *messages] if system else messages


def _says_something(message: dict[str, Any]) -> bool:
    content = message.get("content")
    if message["role"] == "system":
        return False
    return "tool_calls" in message or bool(content.strip(BLANK) if isinstance(content, str) else content)


def _prefill(draft: Draft, messages: list[dict[str, Any]], last: int) -> None:
    """A last assistant turn: no OpenAI-compatible target promises to write on from its last letter."""
    if draft.profile.prefill == "continued":
        messages.append({"role": "user", "content": CONTINUE})
        draft.lose(f"$.messages[{last}]", "followed by a request to go on", "the last turn must be a user's")
    else:
        why = f"{draft.profile.name} may start a new answer instead of continuing this one"
        draft.lose(f"$.messages[{last}]", "sent as an ordinary turn", why)


def _complete_thinking(messages: list[dict[str, Any]], *, off: bool) -> None:
    """In thinking mode every assistant turn has reasoning_content ("must be passed back to the API"), else none has."""
    for message in messages:
        if message["role"] == "assistant":
            if off:
                message.pop("reasoning_content", None)
            else:
                message.setdefault("reasoning_content", "")


def _complete_signatures(messages: list[dict[str, Any]]) -> None:
    """Gemini 3 refuses a turn of calls whose first has no signature; calls of other models say that they have none."""
    for message in messages:
        if calls := message.get("tool_calls"):
            calls[0].setdefault("extra_content", {"google": {"thought_signature": NO_SIGNATURE}})
