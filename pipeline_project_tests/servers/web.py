"""A web server on loopback that says what a test puts at a path: pages, redirects, bombs, drips, broken answers.

What it was asked is in `requests`. With a certificate it speaks TLS.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answer:
    """`drip`: seconds between single bytes; `endless`: send the body again and again; `reset`: no answer at all;
    `cut`: announce more than is sent; `announced`: give a content-length."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drip: float | None = None
    endless: bool = False
    reset: bool = False
    cut: bool = False
    announced: bool = True


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


Route = Answer | Callable[[Request], Answer]


def page(html: str, **values: Any) -> Answer:
    return Answer(body=html.encode(), headers={"content-type": "text/html; charset=utf-8"}, **values)


def said(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json", **headers})


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(status, headers={"location": target})


class WebServer:
    """Use as a context manager. `base`: the URL of its root; `allowed`: its entry in PIPELINE_ALLOWED_HOSTS."""

    def __init__(self, *, certificate=None, host="127.0.0.1"):
        self.routes: dict[str, Route] = {}
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self.host = host
        self.scheme = "http" if certificate is None else "https"
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.web = self
        if certificate is not None:
            self._http.socket = certificate.context().wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def port(self) -> int:
        return self._http.server_port

    @property
    def allowed(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def base(self) -> str:
        return f"{self.scheme}://{self.allowed}"

    def on(self, path: str, route: Route) -> str:
        """Answer so at `path`; returns its URL."""
        self.routes[path] = route
        return self.base + path

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    web: WebServer

    def handle_error(self, request, client_address):
        """A client that hangs up or refuses our certificate is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self):
        web = self.server.web
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        web.requests.append(request)
        route = web.routes.get(request.path, Answer(404, b"nothing here", {"content-type": "text/plain"}))
        self._write(route(request) if callable(route) else route)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - http.server's names

    def log_message(self, *_):
        pass

    def _write(self, answer: Answer):
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        announced = answer.announced and not answer.endless
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if announced:
            self.send_header("content-length", str(len(answer.body) + (10 if answer.cut else 0)))
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(answer)
        self.close_connection = self.close_connection or not announced or answer.cut

    def _send_body(self, answer: Answer):
        web = self.server.web
        try:
            if answer.drip is not None:
                for index in range(len(answer.body)):
                    self.wfile.write(answer.body[index : index + 1])
                    if web.closing.wait(answer.drip):
                        return
                return
            self.wfile.write(answer.body)
            while answer.endless and not web.closing.is_set():
                self.wfile.write(answer.body)
        except OSError:
            self.close_connection = True  # the client has seen enough
