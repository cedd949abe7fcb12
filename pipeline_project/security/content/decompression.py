"""Unpacks gzip and deflate a bounded piece at a time, so that a small bomb never becomes a large one in memory.

Refuses other codings, codings on top of codings, data that is broken or ends too early, and more than `max_ratio`
bytes out per byte in. DEFLATE packs at most 1032 to 1; text seldom goes beyond 20 to 1 (RFC 1951).
"""

import zlib
from collections.abc import Iterator
from typing import Final

from pipeline_project.errors import ServiceError

PIECE: Final = 64 << 10
_FREE: Final = 1 << 20  # a small body may be as repetitive as it likes
_NONE: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip"})


class Unpacker:
    """One body being unpacked; `coding` as Content-Encoding writes it, `place` for messages."""

    def __init__(self, coding: str, *, max_ratio: int, place: str) -> None:
        self._coding = coding.strip().lower()
        self._max_ratio = max_ratio
        self._place = place
        self._inflater = None
        self._read = self._given = 0
        if self._coding not in _NONE | _GZIP | {"deflate"}:
            problem = f"the answer is encoded as {self._coding[:40]!r}, which was not asked for"
            raise ServiceError(problem, where=place)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` holds, in pieces of at most 64 kB. Raises ServiceError."""
        self._read += len(data)
        if self._coding in _NONE:
            yield data
            return
        while data:
            inflater = self._inflater = self._inflater or self._start(data)
            try:
                piece = inflater.decompress(data, PIECE)
            except zlib.error as error:
                raise self._broken(str(error)) from error
            data = inflater.unconsumed_tail
            if inflater.eof:
                data = self._after_end(inflater.unused_data)
            self._given += len(piece)
            if self._given > _FREE and self._given > self._read * self._max_ratio:
                raise ServiceError(f"the answer unpacks to more than {self._max_ratio} times its size, which is "
                                   "refused as a decompression bomb", where=self._place)  # fmt: skip
            if piece:
                yield piece

    def finish(self) -> None:
        """Raises ServiceError when the data ended before it was whole."""
        if self._inflater is not None and not self._inflater.eof:
            raise self._broken("it ends too early")

    def _start(self, data: bytes) -> "zlib._Decompress":
        if self._coding in _GZIP:
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        # "deflate" means zlib's format (RFC 9110, 8.4.1.2), and some servers send it without the wrapping
        wrapped = data[0] & 0x0F == 8 and (len(data) < 2 or (data[0] * 256 + data[1]) % 31 == 0)
        return zlib.decompressobj() if wrapped else zlib.decompressobj(-zlib.MAX_WBITS)

    def _after_end(self, rest: bytes) -> bytes:
        """What follows a gzip member: another one (RFC 1952, 2.2), or padding, which is dropped."""
        if self._coding not in _GZIP or not rest.startswith(b"\x1f"):
            return b""
        self._inflater = None
        return rest

    def _broken(self, why: str) -> ServiceError:
        return ServiceError(f"the answer cannot be unpacked: {why}", where=self._place)
