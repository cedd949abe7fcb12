"""A stand-in for Ollama: its OpenAI-compatible door /v1, and /api/tags. It asks for no key.

Source of shapes and words: docs.ollama.com, "OpenAI compatibility" and "List models".
"""

from typing import Any

from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import Reply, Request, said


class OllamaServer(OpenAiServer):
    """`base_url` is what PIPELINE_OLLAMA_BASE_URL takes."""

    path = "/"
    models = ("llama3:8b", "qwen3:4b", "llava:7b")

    def unauthorized(self, request: Request) -> Reply | None:
        return None

    def answer(self, request: Request) -> Reply:
        if request.path == "/api/tags":
            return said({"models": [{"name": name, "model": name, "size": 4_661_224_676} for name in self.models]})
        return super().answer(request)

    def refusal(self, body: dict[str, Any], request: Request) -> Reply | None:
        if body.get("model") not in self.models:
            error = {"message": f"model '{body.get('model')}' not found", "type": "not_found_error", "param": None}
            return said({"error": {**error, "code": None}}, 404)
        return super().refusal(body, request)

    def thought(self, text: str) -> dict[str, Any]:
        return {"reasoning": text} if text else {}
