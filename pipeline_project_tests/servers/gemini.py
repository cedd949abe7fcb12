"""A stand-in for Google's Gemini API: generateContent and streamGenerateContent as server-sent events.

Source of shapes and words: ai.google.dev, API reference "Generating content", guides "Function calling", "Thought
signatures" and "Troubleshooting".
"""

import json
import re
from typing import Any

from pipeline_project_tests.servers.upstream import Fault, Reply, Request, Trouble, Turn, Upstream, said, words_of

MODELS = ("gemini-2.5-pro", "gemini-2.5-flash", "gemini-3.1-pro-preview")


class GeminiServer(Upstream):
    """`base_url` is what PIPELINE_GOOGLE_BASE_URL takes."""

    models = MODELS

    def answer(self, request: Request) -> Reply:
        if "key=" in request.query:
            return self.error(400, "INVALID_ARGUMENT", "this stand-in takes no key in a URL")
        if request.headers.get("x-goog-api-key") != self.key:
            return self.error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        if request.path == "/v1beta/models":
            return said({"models": [{"name": f"models/{name}"} for name in self.models]})
        model, _, method = request.path.removeprefix("/v1beta/models/").partition(":")
        if model not in self.models:
            message = f"models/{model} is not found for API version v1beta, or is not supported for generateContent."
            return self.error(404, "NOT_FOUND", message)
        body = request.body
        if (refused := self.refusal(body, model)) is not None:
            return refused
        return self.turn(body, model, streamed=method == "streamGenerateContent")

    def error(self, status: int, kind: str, message: str) -> Reply:
        return said({"error": {"code": status, "message": message, "status": kind}}, status)

    def refusal(self, body: dict[str, Any], model: str) -> Reply | None:
        """What the vendor refuses before a model sees it: among others, calls of Gemini 3 without a signature."""
        for number, content in enumerate(body["contents"]):
            calls = [part for part in content["parts"] if _of(part, "functionCall")]
            if calls and model.startswith("gemini-3") and "thoughtSignature" not in calls[0]:
                message = f"Function call is missing a thought_signature in functionCall parts (contents[{number}])."
                return self.error(400, "INVALID_ARGUMENT", message)
        for tool in body.get("tools") or ():
            for function in tool.get("functionDeclarations") or tool.get("function_declarations") or ():
                if "$schema" in json.dumps(function):
                    return self.error(400, "INVALID_ARGUMENT", 'Invalid JSON payload received. Unknown name "$schema"')
        return None

    def turn(self, body: dict[str, Any], model: str, *, streamed: bool) -> Reply:
        """The next scripted turn, or an echo."""
        turn = self.queue.popleft() if self.queue else Turn(text=f"echo: {last_text(body['contents'])}")
        if isinstance(turn, Fault):
            return said(turn.body, turn.status, turn.headers)
        if isinstance(turn, Trouble):
            pieces = [event(chunk) for chunk in self.chunks(turn.turn, model)][: turn.pieces]
            if turn.kind == "error":
                late = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
                return self.stream([*pieces, event(late)])
            return self.stream(pieces, ending=turn.kind)
        if streamed:
            return self.stream([event(chunk) for chunk in self.chunks(turn, model)])
        return said(self.whole(parts_of(turn), turn, model, finish=finish_of(turn)))

    def stream(self, pieces: list[bytes], *, ending: Any = "") -> Reply:
        return Reply(headers={"content-type": "text/event-stream"}, pieces=tuple(pieces), ending=ending)

    def whole(self, parts: list[dict[str, Any]], turn: Turn, model: str, *, finish: str | None) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        return {
            "candidates": [candidate],
            "usageMetadata": usage_of(turn),
            "modelVersion": model,
            "responseId": "hQWyaI3PHtS5vdIPmqXxyQg",
        }

    def chunks(self, turn: Turn, model: str) -> list[dict[str, Any]]:
        """A stream: text in pieces, each call whole."""
        pieces = [{"text": piece, "thought": True} for piece in words_of(turn.thinking)]
        pieces += [{"text": piece} for piece in words_of(turn.text)]
        pieces += [part for part in parts_of(turn) if "functionCall" in part]
        chunks = [self.whole([part], turn, model, finish=None) for part in pieces]
        return [*chunks, self.whole([{"text": ""}], turn, model, finish=finish_of(turn))]


def parts_of(turn: Turn) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"text": turn.thinking, "thought": True}] if turn.thinking else []
    parts += [{"text": turn.text}] if turn.text else []
    for number, call in enumerate(turn.calls):
        part: dict[str, Any] = {"functionCall": {"name": call.name, "args": call.arguments, "id": call.id}}
        # of parallel calls only the first is signed
        parts.append({**part, "thoughtSignature": turn.signature} if turn.signature and number == 0 else part)
    return parts


def finish_of(turn: Turn) -> str:
    return {"length": "MAX_TOKENS", "filtered": "SAFETY"}.get(turn.finish, "STOP")


def usage_of(turn: Turn) -> dict[str, Any]:
    """Here thoughts are counted beside the candidates, not within."""
    tokens = turn.tokens
    prompt = tokens.input + tokens.cached
    usage = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": tokens.output - tokens.reasoning,
        "totalTokenCount": prompt + tokens.output,
    }
    if tokens.cached:
        usage["cachedContentTokenCount"] = tokens.cached
    if tokens.reasoning:
        usage["thoughtsTokenCount"] = tokens.reasoning
    return usage


def event(chunk: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\r\n\r\n".encode()


def last_text(contents: list[dict[str, Any]]) -> str:
    said_last = contents[-1]["parts"]
    texts = [part["text"] for part in said_last if "text" in part]
    results = [_of(part, "functionResponse") for part in said_last]
    return " ".join([*texts, *(json.dumps(result["response"]) for result in results if result)])


def _of(part: dict[str, Any], name: str) -> Any:
    """A field, in either spelling that the vendor's JSON takes."""
    return part.get(name) or part.get(re.sub(r"([A-Z])", r"_\1", name).lower())
