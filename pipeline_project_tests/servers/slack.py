"""A stand-in for Slack's Web API on loopback: its authentication, its refusals, its limits, and broken answers.

It behaves as the vendor documents: HTTP 200 with `ok: false` for most refusals, 429 with Retry-After for the limit.
What it was sent is in `requests`, what it posted in `posted`. Answers put into `faults` are given first, one each.
"""

import json
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "xoxb-1234567890-standin"
BLOCKS = {"section", "divider", "header", "context", "actions", "image", "input", "rich_text", "markdown", "table"}


@dataclass(frozen=True)
class Fault:
    """An answer out of the ordinary.

    `cut`: close after the body, though more was announced; `silent`: read the request and never answer;
    `reset`: read the request and reset the connection.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False
    reset: bool = False


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class SlackServer:
    """Use as a context manager; `base_url` is what PIPELINE_SLACK_BASE_URL takes."""

    def __init__(self, token: str = TOKEN):
        self.token = token
        self.channels = {"C0FINANCE": "finance", "C0GENERAL": "general", "C0OLD": "old"}
        self.archived = {"C0OLD"}
        self.posted: list[dict[str, Any]] = []
        self.requests: list[Request] = []
        self.faults: deque[Fault] = deque()
        self.connections = 0
        self.closing = threading.Event()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.slack = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/api/"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def answer(self, request: Request) -> Fault:
        """The answer to one request, as Slack would give it."""
        method = urlsplit(request.path).path.removeprefix("/api/")
        bearer = request.headers.get("authorization", "")
        if not bearer:
            return _said(ok=False, error="not_authed")
        if bearer != f"Bearer {self.token}":
            return _said(ok=False, error="invalid_auth")
        if method == "auth.test":
            return _said(ok=True, url="https://acme.slack.com/", team="Acme", user="pipeline", bot_id="B0PIPELINE")
        if method == "chat.postMessage":
            return self._post(request)
        if method == "chat.getPermalink":
            return self._link(request)
        return _said(ok=False, error="unknown_method", req_method=method)

    def _post(self, request: Request) -> Fault:
        if request.headers.get("content-type", "").lower() != "application/json; charset=utf-8":
            return _said(ok=False, error="invalid_post_type")
        try:
            arguments = json.loads(request.body)
        except ValueError:
            return _said(ok=False, error="invalid_json")
        names = {name: channel for channel, name in self.channels.items()}
        wanted = str(arguments.get("channel", "")).removeprefix("#")
        channel = names.get(wanted, wanted)
        if channel not in self.channels:
            return _said(ok=False, error="channel_not_found")
        if channel in self.archived:
            return _said(ok=False, error="is_archived")
        blocks = arguments.get("blocks", [])
        if not arguments.get("text") and not blocks:
            return _said(ok=False, error="no_text")
        wrong = [
            f"[ERROR] unsupported type: {block.get('type')}" for block in blocks if block.get("type") not in BLOCKS
        ]
        if wrong:
            return _said(ok=False, error="invalid_blocks", response_metadata={"messages": wrong})
        message = {**arguments, "channel": channel, "ts": f"1503435956.{len(self.posted):06d}"}
        self.posted.append(message)
        return _said(ok=True, channel=channel, ts=message["ts"], message={"text": arguments.get("text", "")})

    def _link(self, request: Request) -> Fault:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        channel, ts = query.get("channel"), query.get("message_ts", "")
        if not any(message["channel"] == channel and message["ts"] == ts for message in self.posted):
            return _said(ok=False, error="message_not_found")
        link = f"https://acme.slack.com/archives/{channel}/p{ts.replace('.', '')}"
        return _said(ok=True, channel=channel, permalink=link)


def _said(**reply: Any) -> Fault:
    return Fault(body=json.dumps(reply).encode(), headers={"content-type": "application/json; charset=utf-8"})


class _Server(ThreadingHTTPServer):
    slack: SlackServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self):
        super().setup()
        self.server.slack.connections += 1

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def log_message(self, *_):
        pass

    def _serve(self):
        slack = self.server.slack
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        slack.requests.append(request)
        self._write(slack.faults.popleft() if slack.faults else slack.answer(request))

    def _write(self, fault: Fault):
        if fault.silent:
            self.server.slack.closing.wait()
        if fault.silent or fault.reset:
            # a linger time of zero makes close() send a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.send_response(fault.status)
        for name, value in fault.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(fault.body) + (10 if fault.cut else 0)))
        self.end_headers()
        self.wfile.write(fault.body)
        self.close_connection = self.close_connection or fault.cut
