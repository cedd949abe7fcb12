"""Reads the body of an answer within its caps: bytes as sent, bytes unpacked, and the ratio between them.

httpx would unpack a chunk whole before anybody can look at its size, and 64 kB of gzip hold 64 MB. Here the raw
bytes are taken and unpacked a bounded piece at a time. Refuses content codings that were not asked for.
"""

import httpx

from pipeline_project.errors import ServiceError
from pipeline_project.security.content.decompression import Unpacker


async def read_body(response: httpx.Response, *, max_bytes: int, max_ratio: int, place: str) -> bytes:
    """The unpacked body of a streamed `response`. Raises ServiceError (too large, packed beyond the ratio, broken)."""
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and len(announced) < 20 and int(announced) > max_bytes and response.request.method != "HEAD":
        raise too_large(max_bytes, place)
    received = bytearray()
    unpacker = None
    async for chunk in response.aiter_raw():
        # an answer to HEAD, a 204 and a 304 may name any coding and have no body
        unpacker = unpacker or Unpacker(response.headers.get("content-encoding", ""), max_ratio=max_ratio, place=place)
        for piece in unpacker.feed(chunk):
            received += piece
            if len(received) > max_bytes:
                raise too_large(max_bytes, place)
    if unpacker is not None:
        unpacker.finish()
    return bytes(received)


def too_large(max_bytes: int, place: str) -> ServiceError:
    """The error for a body beyond the cap."""
    return ServiceError(f"the answer is larger than {max_bytes} bytes", where=place)
