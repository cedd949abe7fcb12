"""What the stand-ins for model providers share: an asyncio HTTP server on loopback, scripted turns, and its troubles.

It knows HTTP (keep-alive, chunked answers, a client that goes away) and no vendor. What was sent is in `requests`.
Turns put into `queue` are given first, one each; an empty queue repeats what was asked.
"""

import asyncio
import json
import ssl
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

KEY = "sk-standin-0123456789abcdefghijklmnop"


@dataclass(frozen=True)
class Call:
    id: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tokens:
    """`input` without what the cache gave or took; `reasoning` is a part of `output`."""

    input: int = 11
    output: int = 7
    cached: int = 0
    written: int = 0
    reasoning: int = 0


@dataclass(frozen=True)
class Turn:
    """What a model says next, in no vendor's words."""

    text: str = ""
    thinking: str = ""
    signature: str = ""
    calls: tuple[Call, ...] = ()
    finish: Literal["", "length", "filtered"] = ""
    tokens: Tokens = Tokens()


@dataclass(frozen=True)
class Fault:
    """An HTTP answer as it stands; `body` is JSON unless it is text."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trouble:
    """A turn that goes wrong after some pieces of its stream; `hang` with none of them never answers at all."""

    kind: Literal["hang", "cut", "error"]
    pieces: int = 0
    turn: Turn = Turn(text="one two three four five six seven eight")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content) if self.content else None


@dataclass(frozen=True)
class Reply:
    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pieces: tuple[bytes, ...] | None = None
    """A stream instead of a body."""
    ending: Literal["", "hang", "cut"] = ""


def said(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """A body as JSON, text as it is."""
    text = isinstance(body, str)
    kind = {"content-type": "text/html" if text else "application/json"}
    return Reply(status, body.encode() if text else json.dumps(body).encode(), {**kind, **(headers or {})})


class Upstream:
    """Use as a context manager; subclasses say how their vendor authenticates, answers and refuses."""

    path = "/"

    def __init__(self, key: str = KEY, *, tls: ssl.SSLContext | None = None):
        self.key = key
        self._tls = tls
        self.queue: deque[Turn | Fault | Trouble] = deque()
        self.requests: list[Request] = []
        self.connections = 0
        self.chop = 0
        """Bytes per write of a stream; 0: a piece at a time."""
        self.disconnected = threading.Event()
        self.began = threading.Event()
        """Set when a trouble has begun."""
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    @property
    def base_url(self) -> str:
        return self.url("127.0.0.1")

    def url(self, host: str) -> str:
        """The base URL under another name of this machine."""
        return f"{'https' if self._tls else 'http'}://{host}:{self._port}{self.path}"

    @property
    def bodies(self) -> list[Any]:
        return [request.body for request in self.requests]

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def __enter__(self):
        self._thread.start()
        self._ready.wait(30)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._closing.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            while request := await _read(reader):
                self.requests.append(request)
                if not await self._write(self.answer(request), reader, writer):
                    break
        except ConnectionError:
            self.disconnected.set()
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _write(self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection can be used again."""
        if reply.ending == "hang" and not reply.pieces:
            return await self._hang(reader)
        streamed = reply.pieces is not None
        size = {"transfer-encoding": "chunked"} if streamed else {"content-length": str(len(reply.content))}
        head = [
            f"HTTP/1.1 {reply.status} Said",
            *(f"{name}: {value}" for name, value in {**reply.headers, **size}.items()),
        ]
        writer.write("\r\n".join([*head, "", ""]).encode() + reply.content)
        for piece in reply.pieces or ():
            step = self.chop or len(piece)
            for start in range(0, len(piece), step):
                part = piece[start : start + step]
                writer.write(b"%x\r\n%b\r\n" % (len(part), part))
                await writer.drain()
                if self.chop:
                    await asyncio.sleep(0)
        if reply.ending:
            await writer.drain()
            return await self._hang(reader) if reply.ending == "hang" else False
        writer.write(b"0\r\n\r\n" if streamed else b"")
        await writer.drain()
        return True

    async def _hang(self, reader: asyncio.StreamReader) -> bool:
        self.began.set()
        if not await reader.read(1):
            self.disconnected.set()
        return False


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    return Request(method, parts.path, parts.query, headers, content)


def words_of(text: str) -> list[str]:
    """A text in the pieces a stream has, each about two words long."""
    words = text.split(" ")
    pairs = [" ".join(words[start : start + 2]) for start in range(0, len(words), 2)]
    return [piece if number == 0 else f" {piece}" for number, piece in enumerate(pairs)] if text else []
