"""Where a Gemini thought signature stands: beside the call in chat completions, in a field of its own in litellm.

Conversion follows Google's own OpenAI door (`extra_content.google.thought_signature`); litellm has
`provider_specific_fields.thought_signature`, and repeats it inside the call's id. A signature that is not handed back
makes Gemini refuse the next turn. Source: ai.google.dev, "Thought signatures".
"""

from typing import Any, Final

_IN_ID: Final = "__thought__"
_FIELDS: Final = "provider_specific_fields"


def signed_request(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages for litellm; those given are its to keep and are changed in place."""
    for message in messages:
        for call in message.get("tool_calls") or ():
            signature = ((call.pop("extra_content", None) or {}).get("google") or {}).get("thought_signature")
            if signature:
                call[_FIELDS] = {"thought_signature": signature}
    return messages


def signed_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer or chunk of litellm's with signatures where conversion looks; it is changed in place.

    Thinking stays as text: litellm's blocks carry signatures that only Gemini can read.
    """
    for choice in answer.get("choices") or ():
        message = choice.get("delta") or choice.get("message")
        if not isinstance(message, dict):
            continue
        for call in message.get("tool_calls") or ():
            _sign(call)
        if isinstance(message.get("reasoning_content"), str):
            message.pop("thinking_blocks", None)
    return answer


def _sign(call: dict[str, Any]) -> None:
    name, _, in_id = (call.get("id") or "").partition(_IN_ID)
    fields = [call.pop(_FIELDS, None), (call.get("function") or {}).pop(_FIELDS, None)]
    signature = next((each["thought_signature"] for each in fields if each and each.get("thought_signature")), in_id)
    if name:
        call["id"] = name
    if signature:
        call["extra_content"] = {"google": {"thought_signature": signature}}
