"""The vendor pages that the rules come from, named once.

Where the vendor states a rule only in the text of its HTTP 400, the rule names the page of the refused
field and its docstring quotes the fact.
"""

from typing import Final

_CLAUDE: Final = "https://platform.claude.com/docs/en/"

CREATE: Final = _CLAUDE + "api/messages/create"
COUNT_TOKENS: Final = _CLAUDE + "api/messages/count_tokens"
SIZE_LIMITS: Final = _CLAUDE + "api/errors#request-size-limits"
PREFILL: Final = _CLAUDE + "api/errors#prefill-not-supported"
BETA_HEADERS: Final = _CLAUDE + "api/beta-headers"
MODELS: Final = _CLAUDE + "about-claude/models/overview"
PARAMETERS: Final = _CLAUDE + "about-claude/model-deprecations#api-parameter-deprecations"
MIGRATION: Final = _CLAUDE + "about-claude/models/migration-guide"

CACHING: Final = _CLAUDE + "build-with-claude/prompt-caching"
PREWARMING: Final = _CLAUDE + "build-with-claude/prompt-caching#pre-warming-the-cache"
CITATIONS: Final = _CLAUDE + "build-with-claude/citations"
EFFORT: Final = _CLAUDE + "build-with-claude/effort"
EXTENDED_THINKING: Final = _CLAUDE + "build-with-claude/extended-thinking"
PDF: Final = _CLAUDE + "build-with-claude/pdf-support"
SEARCH_RESULTS: Final = _CLAUDE + "build-with-claude/search-results"
STOP_REASONS: Final = _CLAUDE + "build-with-claude/handling-stop-reasons"
STRUCTURED: Final = _CLAUDE + "build-with-claude/structured-outputs"
SYSTEM_TURNS: Final = _CLAUDE + "build-with-claude/mid-conversation-system-messages"
THINKING: Final = _CLAUDE + "build-with-claude/thinking"
THINKING_MODELS: Final = _CLAUDE + "build-with-claude/thinking-troubleshooting"
VISION: Final = _CLAUDE + "build-with-claude/vision#request-limits"

DEFINE_TOOLS: Final = _CLAUDE + "agents-and-tools/tool-use/define-tools"
HANDLE_TOOLS: Final = _CLAUDE + "agents-and-tools/tool-use/handle-tool-calls"
MCP: Final = _CLAUDE + "agents-and-tools/mcp-connector"
PARALLEL_TOOLS: Final = _CLAUDE + "agents-and-tools/tool-use/parallel-tool-use"
PROGRAMMATIC: Final = _CLAUDE + "agents-and-tools/tool-use/programmatic-tool-calling"
STRICT_TOOLS: Final = _CLAUDE + "agents-and-tools/tool-use/strict-tool-use"
TOOL_ERRORS: Final = _CLAUDE + "agents-and-tools/tool-use/troubleshooting-tool-use"
TOOL_REFERENCE: Final = _CLAUDE + "agents-and-tools/tool-use/tool-reference"
TOOL_SEARCH: Final = _CLAUDE + "agents-and-tools/tool-use/tool-search-tool"

JSON_TEXT: Final = "https://www.rfc-editor.org/rfc/rfc8259"
OPENAI_CHAT: Final = "https://platform.openai.com/docs/api-reference/chat/create"
DEEPSEEK_ROUNDS: Final = "https://api-docs.deepseek.com/guides/reasoning_model"
