"""A stand-in for Anthropic's Messages API, whole and streamed, with what the vendor refuses.

Source of shapes and words: platform.claude.com, API reference "Messages", "Streaming", "Errors", "Count tokens".
"""

import json
from typing import Any

from pipeline_project_tests.servers.upstream import Fault, Reply, Request, Trouble, Turn, Upstream, said, words_of

MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5")


class AnthropicServer(Upstream):
    """`base_url` is what PIPELINE_ANTHROPIC_BASE_URL takes."""

    models = MODELS

    def answer(self, request: Request) -> Reply:
        if "x-api-key" not in request.headers:
            return self.error(401, "authentication_error", "x-api-key header is required")
        if request.headers["x-api-key"] != self.key:
            return self.error(401, "authentication_error", "invalid x-api-key")
        if "anthropic-version" not in request.headers:
            return self.error(400, "invalid_request_error", "anthropic-version: header is required")
        if request.path == "/v1/models":
            return said({"data": [{"type": "model", "id": name} for name in self.models], "has_more": False})
        body = request.body
        if request.path == "/v1/messages/count_tokens":
            return self.refusal({"max_tokens": 1, **body}) or said({"input_tokens": 10 + len(request.content) // 4})
        if request.path != "/v1/messages":
            return self.error(404, "not_found_error", "Not Found")
        return self.refusal(body) or self.turn(body)

    def error(self, status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Reply:
        error = {
            "type": "error",
            "error": {"type": kind, "message": message},
            "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy",
        }
        return said(error, status, headers)

    def refusal(self, body: dict[str, Any]) -> Reply | None:
        """What the vendor refuses before a model sees it."""
        if body.get("model") not in self.models:
            return self.error(404, "not_found_error", f"model: {body.get('model')}")
        for key in ("max_tokens", "messages"):
            if key not in body:
                return self.error(400, "invalid_request_error", f"{key}: Field required")
        for strange in ("betas", "stream_options", "response_format"):
            if strange in body:
                return self.error(400, "invalid_request_error", f"{strange}: Extra inputs are not permitted")
        if missing := unanswered(body["messages"]):
            return self.error(400, "invalid_request_error", missing)
        return None

    def turn(self, body: dict[str, Any]) -> Reply:
        """The next scripted turn, or an echo."""
        turn = self.queue.popleft() if self.queue else Turn(text=f"echo: {last_text(body['messages'])}")
        if isinstance(turn, Fault):
            return said(turn.body, turn.status, turn.headers)
        if isinstance(turn, Trouble):
            pieces = self.pieces(turn.turn, body)[: turn.pieces]
            if turn.kind == "error":
                late = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
                return self.stream([*pieces, event(late)])
            return self.stream(pieces, ending=turn.kind)
        return self.stream(self.pieces(turn, body)) if body.get("stream") else said(self.whole(turn, body))

    def stream(self, pieces: list[bytes], *, ending: Any = "") -> Reply:
        return Reply(headers={"content-type": "text/event-stream; charset=utf-8"}, pieces=tuple(pieces), ending=ending)

    def whole(self, turn: Turn, body: dict[str, Any]) -> dict[str, Any]:
        return {
            **self.head(body),
            "content": blocks_of(turn),
            "stop_reason": stop_of(turn),
            "stop_sequence": None,
            "usage": {**usage_of(turn), "output_tokens": turn.tokens.output},
        }

    def head(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": "msg_013Zva2CMHLNnXjNJJKqJ2EF", "type": "message", "role": "assistant", "model": body["model"]}

    def pieces(self, turn: Turn, body: dict[str, Any]) -> list[bytes]:
        start = {**self.head(body), "content": [], "stop_reason": None, "stop_sequence": None}
        events = [{"type": "message_start", "message": {**start, "usage": {**usage_of(turn), "output_tokens": 1}}}]
        for index, block in enumerate(blocks_of(turn)):
            empty, deltas = deltas_of(block)
            events.append({"type": "content_block_start", "index": index, "content_block": empty})
            if index == 0:
                events.append({"type": "ping"})
            events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
            events.append({"type": "content_block_stop", "index": index})
        ending = {"stop_reason": stop_of(turn), "stop_sequence": None}
        events.append({"type": "message_delta", "delta": ending, "usage": {"output_tokens": turn.tokens.output}})
        return [event(each) for each in [*events, {"type": "message_stop"}]]


def blocks_of(turn: Turn) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if turn.thinking:
        blocks.append({"type": "thinking", "thinking": turn.thinking, "signature": turn.signature or "EqQBCgIYAhIM"})
    if turn.text:
        blocks.append({"type": "text", "text": turn.text})
    blocks += [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments} for call in turn.calls]
    return blocks


def deltas_of(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A block as it starts, and what is added to it."""
    if block["type"] == "thinking":
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in words_of(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if block["type"] == "text":
        return {"type": "text", "text": ""}, [
            {"type": "text_delta", "text": piece} for piece in words_of(block["text"])
        ]
    text = json.dumps(block["input"])
    parts = ["", *(text[start : start + 6] for start in range(0, len(text), 6))]
    return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]


def usage_of(turn: Turn) -> dict[str, Any]:
    tokens = turn.tokens
    return {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.written,
        "cache_read_input_tokens": tokens.cached,
    }


def stop_of(turn: Turn) -> str:
    return {"length": "max_tokens", "filtered": "refusal"}.get(turn.finish, "tool_use" if turn.calls else "end_turn")


def event(value: dict[str, Any]) -> bytes:
    return f"event: {value['type']}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def last_text(messages: list[dict[str, Any]]) -> str:
    content = messages[-1]["content"]
    if isinstance(content, str):
        return content
    texts = [block.get("text") or block.get("content") for block in content if block["type"] in ("text", "tool_result")]
    return " ".join(text if isinstance(text, str) else last_text([{"content": text}]) for text in texts if text)


def unanswered(messages: list[dict[str, Any]]) -> str | None:
    """The vendor's words for a call without its result."""
    wanted: list[str] = []
    for number, message in enumerate(messages):
        content = message["content"] if isinstance(message["content"], list) else []
        given = [block["tool_use_id"] for block in content if block["type"] == "tool_result"]
        if wanted and set(given) != set(wanted):
            what = "`tool_use` ids were found without `tool_result` blocks immediately after"
            return f"messages.{number - 1}: {what}: {wanted}"
        wanted = [block["id"] for block in content if block["type"] == "tool_use"]
    return None
