"""The closed sets of the Anthropic Messages wire: roles, block types, stop reasons, media types, error types.

Facts only, as of the Messages API `2023-06-01` with the betas known in 2026. A type that is not listed here is unknown,
never wrong: newer clients send newer blocks, and whoever meets one keeps it verbatim. Refuses to hold any rule.
"""

from typing import Final, Literal

Role = Literal["user", "assistant", "system"]
StopReason = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
    "compaction",
]
ErrorType = Literal[
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "timeout_error",
    "api_error",
    "overloaded_error",
]
Effort = Literal["low", "medium", "high", "xhigh", "max"]

# `system` inside `messages` arrived with the beta mid-conversation-system-2026-04-07.
ROLES: Final = frozenset({"user", "assistant", "system"})

STOP_REASONS: Final = frozenset(
    {
        "end_turn",
        "max_tokens",
        "stop_sequence",
        "tool_use",
        "pause_turn",
        "refusal",
        "model_context_window_exceeded",
        "compaction",
    }
)

# Weakest first, so that a position can be compared.
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")

TOOL_CHOICES: Final = frozenset({"auto", "any", "tool", "none"})

THINKING_TYPES: Final = frozenset({"enabled", "disabled", "adaptive", "between_tools"})

# What carries the caller's own words or files.
CONTENT_TYPES: Final = frozenset({"text", "image", "document", "search_result", "container_upload"})

THINKING_BLOCK_TYPES: Final = frozenset({"thinking", "redacted_thinking"})

# A call that the provider runs itself; its result stands in the same assistant turn.
SERVER_CALL_TYPES: Final = frozenset({"server_tool_use", "mcp_tool_use"})

SERVER_RESULT_TYPES: Final = frozenset(
    {
        "web_search_tool_result",
        "web_fetch_tool_result",
        "code_execution_tool_result",
        "bash_code_execution_tool_result",
        "text_editor_code_execution_tool_result",
        "tool_search_tool_result",
        "mcp_tool_result",
        "advisor_tool_result",
    }
)

# Bookkeeping of the API itself; it carries nothing that a model reads as a turn.
STATE_TYPES: Final = frozenset({"compaction", "fallback", "mcp_tool_listing", "tool_addition", "tool_removal"})

# What may stand inside a tool_result's content.
TOOL_RESULT_CONTENT_TYPES: Final = frozenset(
    {"text", "image", "document", "search_result", "tool_reference", "browser_state"}
)

BLOCK_TYPES: Final = (
    CONTENT_TYPES
    | THINKING_BLOCK_TYPES
    | SERVER_CALL_TYPES
    | SERVER_RESULT_TYPES
    | STATE_TYPES
    | {"tool_use", "tool_result", "tool_reference", "browser_state"}
)

USER_BLOCK_TYPES: Final = CONTENT_TYPES | {"tool_result"}

ASSISTANT_BLOCK_TYPES: Final = (
    {"text", "tool_use", "container_upload", "compaction", "fallback", "mcp_tool_listing"}
    | THINKING_BLOCK_TYPES
    | SERVER_CALL_TYPES
    | SERVER_RESULT_TYPES
)

SYSTEM_BLOCK_TYPES: Final = frozenset({"text", "tool_addition", "tool_removal"})

IMAGE_SOURCE_TYPES: Final = frozenset({"base64", "url", "file"})

DOCUMENT_SOURCE_TYPES: Final = frozenset({"base64", "text", "content", "url", "file"})

IMAGE_MEDIA_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})

DOCUMENT_MEDIA_TYPES: Final = frozenset({"application/pdf", "text/plain"})

# Tool types are dated (`bash_20250124`); a tool whose type starts so is defined by Anthropic and has no input_schema.
# The first group runs there, the second is run by the client.
SERVER_TOOL_PREFIXES: Final = (
    "web_search_",
    "web_fetch_",
    "code_execution_",
    "tool_search_tool_",
    "advisor_",
    "mcp_toolset",
)
CLIENT_TOOL_PREFIXES: Final = (
    "bash_",
    "text_editor_",
    "computer_",
    "memory_",
    "browser_toolset_",
)

ERROR_TYPES: Final = frozenset(
    {
        "invalid_request_error",
        "authentication_error",
        "billing_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
        "rate_limit_error",
        "timeout_error",
        "api_error",
        "overloaded_error",
    }
)
