"""A stand-in for DeepSeek: chat completions with reasoning_content, text only, its own usage keys and refusals.

Source of shapes and words: api-docs.deepseek.com, "Create Chat Completion", "Thinking Mode" and "Error Codes".
"""

from typing import Any

from pipeline_project_tests.servers.openai import KEYS, OpenAiServer
from pipeline_project_tests.servers.upstream import Reply, Request, Turn


class DeepSeekServer(OpenAiServer):
    """`base_url` is what PIPELINE_DEEPSEEK_BASE_URL takes."""

    path = "/"
    models = ("deepseek-chat", "deepseek-reasoner", "deepseek-v4-pro")
    keys = (KEYS | {"thinking"}) - {"parallel_tool_calls", "user", "max_completion_tokens", "store", "n", "metadata"}

    def unauthorized(self, request: Request) -> Reply | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given == self.key:
            return None
        message = f"Authentication Fails, Your api key: ****{given[-4:]} is invalid"
        return self.error(401, message, code="invalid_request_error")

    def refusal(self, body: dict[str, Any], request: Request) -> Reply | None:
        if body.get("model") not in self.models:
            return self.error(400, "Model Not Exist", code="invalid_request_error")
        for message in body["messages"]:
            if isinstance(message.get("content"), list):
                return self.error(400, "Failed to deserialize the JSON body: messages: unknown variant `image_url`")
        if (body.get("response_format") or {}).get("type") == "json_schema":
            return self.error(400, "This response_format type is unavailable now")
        return super().refusal(body, request)

    def thought(self, text: str) -> dict[str, Any]:
        return {"reasoning_content": text} if text else {}

    def usage(self, turn: Turn) -> dict[str, Any]:
        usage = super().usage(turn)
        tokens = turn.tokens
        return {
            **{key: usage[key] for key in ("prompt_tokens", "completion_tokens", "total_tokens")},
            "prompt_tokens_details": {"cached_tokens": tokens.cached},
            "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
            "prompt_cache_hit_tokens": tokens.cached,
            "prompt_cache_miss_tokens": tokens.input,
        }
