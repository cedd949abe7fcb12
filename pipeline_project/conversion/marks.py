"""The few phrases this converter adds where a wire has no field for something, and how they are told apart again.

Each stands at the very start of its text, so that the way back can read it. Text of a caller that happens to start
like one of them is sent unchanged and reported.
"""

from typing import Final

# Chat completions has no error flag on tool messages.
TOOL_ERROR: Final = "[tool error]\n"
# A call whose result never came: the client was interrupted.
NO_RESULT: Final = "[no result: the tool call was interrupted]"
# A result whose call is not in the conversation (it was compacted away).
STRAY_RESULT: Final = "[result of an earlier tool call]\n"
# A system turn for a target that takes system messages only at the start.
SYSTEM_NOTE: Final = "[system note]\n"
# The user turn after a prefilled answer, for a target that will not end on an assistant turn.
CONTINUE: Final = "[continue the answer above exactly where it stops]"

# Thinking of another provider carries its opaque state in the signature field, named so that nobody takes it for
# Anthropic's: the prefix, the id of the tool call it belongs to, a colon, the state.
FOREIGN_SIGNATURE: Final = "gemini:"

# What Gemini takes for calls that another model made (base64 of "skip_thought_signature_validator").
NO_SIGNATURE: Final = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="

# The single key of a tool input that stands for arguments which were no JSON object.
RAW_ARGUMENTS: Final = "_invalid_json"

# What says nothing when a whole conversation consists of it.
BLANK: Final = " \t\r\n"

BILLING_HEADER: Final = "x-anthropic-billing-header"

ALL: Final = (TOOL_ERROR, NO_RESULT, STRAY_RESULT, SYSTEM_NOTE, CONTINUE)


def foreign_signature(state: str, call_id: str) -> str:
    """A signature field that carries another provider's opaque state."""
    return f"{FOREIGN_SIGNATURE}{call_id}:{state}"


def read_foreign_signature(signature: object) -> tuple[str, str] | None:
    """(call id, state) of a signature made by `foreign_signature`; None for any other value."""
    if not isinstance(signature, str) or not signature.startswith(FOREIGN_SIGNATURE):
        return None
    call_id, found, state = signature[len(FOREIGN_SIGNATURE) :].partition(":")
    return (call_id, state) if found else None
