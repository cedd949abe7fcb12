"""Search services on loopback that answer as SearXNG, Brave and Tavily do, over one small set of pages.

Operators of a query are ignored, as engines may; `hits` is what every query finds.
"""

import json

from pipeline_project_tests.servers.web import Answer, Request, WebServer, said

KEY = "search-key-1234"
HITS = (
    ("<b>Bolts</b> &amp; nuts", "https://shop.example.com/bolts", "All <strong>bolts</strong> in stock"),
    ("Bolts", "https://badexample.com/bolts", "Not of example.com"),
    ("Bolts again", "https://shop.example.com/bolts", "The same page twice"),
    ("Screws", "https://example.com/screws", "Screws\nare not bolts"),
    ("Wiki", "https://en.wiki.test/Bolt", "A bolt is a fastener"),
)


class SearchServer(WebServer):
    """`json_answers`: whether SearXNG's settings list json; `key`: the one that Brave and Tavily accept."""

    def __init__(self, *, json_answers=True, hits=HITS):
        super().__init__()
        self.json_answers, self.hits = json_answers, hits
        self.on("/search", lambda asked: self._tavily(asked) if asked.method == "POST" else self._searxng(asked))
        self.on("/res/v1/web/search", self._brave)

    def _searxng(self, asked: Request) -> Answer:
        if asked.query.get("format") == "json" and not self.json_answers:
            return Answer(403, b"<h1>Forbidden</h1>", {"content-type": "text/html"})
        if "q" not in asked.query:
            return said({"error": "No query"}, 400)
        found = [{"title": title, "url": url, "content": text, "engine": "test", "score": 1.0, "category": "general"}
                 for title, url, text in self.hits]  # fmt: skip
        return said({"query": asked.query["q"], "number_of_results": 0, "results": found, "answers": [],
                     "suggestions": [], "unresponsive_engines": []})  # fmt: skip

    def _brave(self, asked: Request) -> Answer:
        if asked.headers.get("x-subscription-token") != KEY:
            return _brave_error(422, "SUBSCRIPTION_TOKEN_INVALID", "The provided subscription token is invalid.")
        if not 1 <= int(asked.query.get("count", 20)) <= 20 or not 1 <= len(asked.query.get("q", "")) <= 400:
            return _brave_error(422, "VALIDATION", "Unable to validate request parameter(s)")
        found = [{"type": "search_result", "title": title, "url": url, "description": text, "language": "en"}
                 for title, url, text in self.hits]  # fmt: skip
        answer = {"type": "search", "query": {"original": asked.query["q"]}}
        return said({**answer, "web": {"type": "search", "results": found}} if found else answer)

    def _tavily(self, asked: Request) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return said({"detail": {"error": "Unauthorized: missing or invalid API key."}}, 401)
        body = json.loads(asked.body)
        if not body.get("query") or not 0 <= body.get("max_results", 5) <= 20:
            return said({"detail": {"error": "Invalid request"}}, 400)
        found = [{"title": title, "url": url, "content": text, "score": 0.9, "raw_content": None}
                 for title, url, text in self.hits]  # fmt: skip
        return said({"query": body["query"], "results": found[: body["max_results"]], "images": [], "answer": None})


def _brave_error(status: int, code: str, detail: str) -> Answer:
    return said({"type": "ErrorResponse", "error": {"status": status, "code": code, "detail": detail}}, status)
