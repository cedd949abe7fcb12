"""A stand-in for OpenAI's chat completions, whole and streamed, with what the vendor refuses.

Source of shapes and words: platform.openai.com, API reference "Chat" and guide "Error codes".
"""

import json
from typing import Any

from pipeline_project_tests.servers.upstream import Fault, Reply, Request, Trouble, Turn, Upstream, said, words_of

MODELS = ("gpt-4o", "gpt-4o-mini", "gpt-5", "o3", "gpt-3.5-turbo")
KEYS = frozenset(
    [
        "model",
        "messages",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "temperature",
        "top_p",
        "stop",
        "max_tokens",
        "max_completion_tokens",
        "user",
        "stream",
        "stream_options",
        "response_format",
        "reasoning_effort",
        "seed",
        "n",
        "store",
        "metadata",
    ]
)


class OpenAiServer(Upstream):
    """`base_url` is what PIPELINE_OPENAI_BASE_URL takes."""

    path = "/v1/"
    models: tuple[str, ...] = MODELS
    keys = KEYS

    def answer(self, request: Request) -> Reply:
        if refused := self.unauthorized(request):
            return refused
        if request.method == "GET" and request.path.endswith("/models"):
            return said({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})
        if not request.path.endswith("/chat/completions"):
            return said(
                {"error": {"message": f"Invalid URL (POST {request.path})", "type": "invalid_request_error"}}, 404
            )
        body = request.body
        return self.refusal(body, request) or self.turn(body)

    def unauthorized(self, request: Request) -> Reply | None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if given == self.key:
            return None
        shown = f"{given[:8]}{'*' * 12}{given[-4:]}" if given else "nothing"
        message = f"Incorrect API key provided: {shown}. You can find your API key at https://platform.openai.com."
        return self.error(401, message, code="invalid_api_key")

    def refusal(self, body: dict[str, Any], request: Request) -> Reply | None:
        """What the vendor refuses before a model sees it."""
        if body.get("model") not in self.models:
            message = f"The model `{body.get('model')}` does not exist or you do not have access to it."
            return self.error(404, message, code="model_not_found")
        if strange := set(body) - self.keys:
            return self.error(400, f"Unrecognized request argument supplied: {min(strange)}")
        if missing := unanswered(body["messages"]):
            return self.error(400, missing)
        return None

    def error(
        self, status: int, message: str, *, code: str | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        kind = "invalid_request_error" if status < 500 else "server_error"
        return said({"error": {"message": message, "type": kind, "param": None, "code": code}}, status)

    def turn(self, body: dict[str, Any]) -> Reply:
        """The next scripted turn, or an echo."""
        turn = self.queue.popleft() if self.queue else Turn(text=f"echo: {last_text(body['messages'])}")
        if isinstance(turn, Fault):
            return said(turn.body, turn.status, turn.headers)
        if isinstance(turn, Trouble):
            pieces = self.pieces(turn.turn, body)[: turn.pieces]
            if turn.kind == "error":
                return self.stream([*pieces, self.late_error()])
            return self.stream(pieces, ending=turn.kind)
        if body.get("stream"):
            return self.stream(self.pieces(turn, body))
        return said(self.whole(turn, body))

    def stream(self, pieces: list[bytes], *, ending: Any = "") -> Reply:
        return Reply(headers={"content-type": "text/event-stream; charset=utf-8"}, pieces=tuple(pieces), ending=ending)

    def late_error(self) -> bytes:
        error = {"message": "The server had an error while processing your request.", "type": "server_error"}
        return event({"error": {**error, "param": None, "code": None}})

    def whole(self, turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": turn.text or None, "refusal": None}
        message |= self.thought(turn.thinking)
        if turn.calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
                }
                for call in turn.calls
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_of(turn)}
        return {**self.head(body, "chat.completion"), "choices": [choice], "usage": self.usage(turn)}

    def pieces(self, turn: Turn, body: dict[str, Any]) -> list[bytes]:
        """The events of a stream; arguments of parallel calls come in turns."""
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": "", "refusal": None}]
        deltas += [self.thought(piece) for piece in words_of(turn.thinking)] if self.thought("x") else []
        deltas += [{"content": piece} for piece in words_of(turn.text)]
        for index, call in enumerate(turn.calls):
            function = {"name": call.name, "arguments": ""}
            deltas.append({"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]})
            text = json.dumps(call.arguments)
            deltas += [
                {"tool_calls": [{"index": index, "function": {"arguments": text[start : start + 5]}}]}
                for start in range(0, len(text), 5)
            ]
        head = self.head(body, "chat.completion.chunk")
        chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
        chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish_of(turn)}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks = [{**chunk, "usage": None} for chunk in chunks]
            chunks.append({**head, "choices": [], "usage": self.usage(turn)})
        return [*map(event, chunks), b"data: [DONE]\n\n"]

    def head(self, body: dict[str, Any], kind: str) -> dict[str, Any]:
        return {
            "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
            "object": kind,
            "created": 1741569952,
            "model": body["model"],
        }

    def thought(self, text: str) -> dict[str, Any]:
        """How thinking stands on the wire: OpenAI shows none."""
        return {}

    def usage(self, turn: Turn) -> dict[str, Any]:
        tokens = turn.tokens
        prompt = tokens.input + tokens.cached
        return {
            "prompt_tokens": prompt,
            "completion_tokens": tokens.output,
            "total_tokens": prompt + tokens.output,
            "prompt_tokens_details": {"cached_tokens": tokens.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": tokens.reasoning, "audio_tokens": 0},
        }


def event(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


def finish_of(turn: Turn) -> str:
    return {"length": "length", "filtered": "content_filter"}.get(turn.finish, "tool_calls" if turn.calls else "stop")


def last_text(messages: list[dict[str, Any]]) -> str:
    """The text of the last message."""
    content = messages[-1].get("content")
    if isinstance(content, str):
        return content
    return " ".join(part["text"] for part in content or () if part.get("type") == "text")


def unanswered(messages: list[dict[str, Any]]) -> str | None:
    """The vendor's words for calls without results, or results without calls."""
    missing = "An assistant message with 'tool_calls' must be followed by tool messages"
    open_ids: list[str] = []
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_ids:
                return "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
            open_ids.remove(message["tool_call_id"])
            continue
        if open_ids:
            return f"{missing}: {open_ids} (messages[{number}])"
        open_ids = [call["id"] for call in message.get("tool_calls") or ()]
    return f"{missing}: {open_ids}" if open_ids else None
