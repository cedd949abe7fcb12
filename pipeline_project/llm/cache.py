"""Answers kept for requests that come again: opt-in, for a time, and never across workspaces.

An answer is kept under the digest of the whole body, the model and the workspace; without "force" only where the
temperature is 0, because any other answer is one of many. Refuses to keep an answer that was cut off or that holds a
secret this process knows.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select

from pipeline_project.llm.requests import Request
from pipeline_project.llm.routing import Candidate
from pipeline_project.messages.shapes import Event
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import llm_cache as table
from pipeline_project.security.redaction import redact

_WHOLE: Final = frozenset({"end_turn", "stop_sequence", "tool_use"})


def is_wanted(request: Request) -> bool:
    """Whether the request may be answered from the cache."""
    return request.cache == "force" or (request.cache == "on" and request.temperature == 0)


def digest_of(request: Request, candidate: Candidate, body: Mapping[str, Any]) -> str:
    """The key of an answer."""
    return json.digest([request.caller.workspace, candidate.provider, candidate.upstream, body])


class Cache:
    """The answers of one store. `lifetime`: how long one is good."""

    def __init__(self, database: Database, *, lifetime: timedelta) -> None:
        self._database = database
        self._lifetime = lifetime

    def get(self, digest: str, now: datetime) -> dict[str, Any] | None:
        """The message that was answered, None if there is none or it is too old."""
        query = select(table.c.answer).where(table.c.digest == digest, table.c.expires_at > now)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else row.answer

    def put(self, digest: str, message: Mapping[str, Any], now: datetime) -> bool:
        """Keep a whole answer; whether it was kept. What is too old is removed on the way."""
        plain = json.to_json(message)
        if message.get("stop_reason") not in _WHOLE or redact(plain, by_name=False) != plain:
            return False
        with self._database.write() as connection:
            connection.execute(delete(table).where((table.c.digest == digest) | (table.c.expires_at <= now)))
            values = {"digest": digest, "answer": plain, "created_at": now, "expires_at": now + self._lifetime}
            connection.execute(insert(table).values(**values))
        return True


def replayed(message: Mapping[str, Any]) -> Iterator[Event]:
    """A kept message as stream events, each block whole."""
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    yield {"type": "message_start", "message": start}
    for index, block in enumerate(message["content"]):
        yield from _block(index, block)
    ending = {key: message.get(key) for key in ("stop_reason", "stop_sequence")}
    yield {"type": "message_delta", "delta": ending, "usage": message.get("usage") or {}}
    yield {"type": "message_stop"}


def _block(index: int, block: Mapping[str, Any]) -> Iterator[Event]:
    empty, delta = dict(block), None
    if block["type"] == "text":
        empty["text"], delta = "", {"type": "text_delta", "text": block["text"]}
    elif block["type"] == "tool_use":
        empty["input"], delta = {}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    if delta is not None:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}
