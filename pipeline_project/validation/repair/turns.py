"""Repairs of the order of turns: system turns moved to where they may stand, turns of one role merged.

The words of a system turn are kept in every case; where no system turn may stand they become a marked user
message.
"""

from typing import Any, Final

from pipeline_project.validation.repair.step import Step, Stepped, repaired, with_messages
from pipeline_project.validation.report import Repair
from pipeline_project.validation.rules.turns import joinable_messages, system_turn_fits
from pipeline_project.validation.subject import Request, Turn, as_dict


def place_system_turns(request: Request) -> Stepped:
    """A leading system turn of text goes to the system prompt, any other to after the next user turn."""
    request, repairs = _hoist(request)
    messages: list[Any] = []
    waiting: list[Turn] = []
    turns = request.turns
    for index, turn in enumerate(turns):
        after = turns[index + 1].role if index + 1 < len(turns) else "assistant"
        if turn.role == "system":
            if system_turn_fits(turns, index) and not waiting:
                messages.extend(_span(request, turn))
            else:
                waiting.append(turn)
            continue
        messages.extend(_span(request, turn))
        if turn.role == "user" and after in ("assistant", "system"):
            messages.extend(message for held in waiting for message in _span(request, held))
            repairs.extend(_moved(held, "moved the system message after the user turn") for held in waiting)
            waiting = []
    for held in waiting:
        messages.extend(note for message in _span(request, held) for note in _as_user(message))
        repairs.append(_moved(held, "made the system message a marked user message"))
    return with_messages(request, messages), repairs


def make_user_notes(request: Request) -> Stepped:
    """Every system turn becomes a marked user message, for a model that takes none."""
    messages: list[Any] = []
    repairs: list[Repair] = []
    for turn in request.turns:
        if turn.role == "system":
            messages.extend(note for message in _span(request, turn) for note in _as_user(message))
            repairs.append(
                repaired(
                    "system.model",
                    ("messages", turn.start),
                    "made the system message a marked user message",
                )
            )
        else:
            messages.extend(_span(request, turn))
    return with_messages(request, messages), repairs


def merge_turns(request: Request) -> Stepped:
    """Messages of one role in a row become one message with all their blocks."""
    messages = list(request.messages)
    repairs: list[Repair] = []
    for turn in request.turns:
        joinable = joinable_messages(request, turn)
        if len(joinable) > 1:
            first = joinable[0]
            content = [block for index in joinable for block in _as_blocks(messages[index]["content"])]
            messages[first] = {**messages[first], "content": content}
            for index in joinable[1:]:
                messages[index] = None
            repairs.append(
                repaired("turns.alternate", ("messages", first), f"merged {len(joinable)} messages into one")
            )
    kept = [new for new, old in zip(messages, request.messages, strict=True) if new is not None or old is None]
    return with_messages(request, kept), repairs


def _hoist(request: Request) -> Stepped:
    """Leading system messages of nothing but text become part of the system prompt."""
    lead = request.turns[0] if request.turns and request.turns[0].role == "system" else None
    system = request.keys.get("system")
    if lead is None or not isinstance(system, str | list | None):
        return request, []
    spoken = _span(request, lead)
    blocks = [block for message in spoken for block in _as_blocks(message.get("content"))]
    if not all(as_dict(block).get("type") == "text" for block in blocks):
        return request, []
    texts = [message["content"] for message in spoken if isinstance(message.get("content"), str)]
    if len(texts) == len(spoken) and not isinstance(system, list):
        system = "\n\n".join([*([system] if system else []), *texts])
    else:
        system = [*_as_blocks(system), *blocks]
    body = {**request.keys, "system": system, "messages": request.messages[lead.stop :]}
    repair = repaired("system.first", ("messages", 0), "moved the leading system message to the system prompt")
    return request.with_body(body), [repair]


def _span(request: Request, turn: Turn) -> list[Any]:
    return request.messages[turn.start : turn.stop]


def _moved(turn: Turn, message: str) -> Repair:
    return repaired("system.placement", ("messages", turn.start), message)


def _as_blocks(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return list(content) if isinstance(content, list) else []


def _as_user(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The text of a system message as a user message that says so; none when it has no text."""
    texts = [as_dict(block).get("text") for block in _as_blocks(message.get("content"))]
    words = "\n\n".join(text for text in texts if isinstance(text, str) and text.strip())
    return [{"role": "user", "content": f"<system>\n{words}\n</system>"}] if words else []


STEPS: Final = (
    Step(("system.first", "system.placement"), place_system_turns),
    Step(("system.model",), make_user_notes),
    Step(("turns.alternate",), merge_turns),
)
