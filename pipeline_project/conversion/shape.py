"""Checks of JSON shapes at the door: each returns the value or raises InvalidInput that names the place.

Structure only, as deep as a conversion must look; what a request means is judged by validation.
"""

import json.encoder
from collections.abc import Callable, Iterable
from typing import Any, Final

from pipeline_project.errors import InvalidInput


def member(path: str, name: str) -> str:
    """The JSONPath (RFC 9535) of a member; a name that is not plain is quoted."""
    if name.isidentifier() and name.isascii():
        return f"{path}.{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"


def wrong(value: object, expected: str, where: str) -> InvalidInput:
    """The error for a value of the wrong type."""
    return InvalidInput(
        f"expected {expected}, got {type(value).__name__}", where=where, remedy="Correct the request body."
    )


def an_object(value: Any, where: str) -> dict[str, Any]:
    """The value, if it is a JSON object."""
    if not isinstance(value, dict):
        raise wrong(value, "an object", where)
    return value


def a_list(value: Any, where: str) -> list[Any]:
    """The value, if it is a JSON array."""
    if not isinstance(value, list):
        raise wrong(value, "a list", where)
    return value


def a_string(value: Any, where: str) -> str:
    """The value, if it is a string."""
    if not isinstance(value, str):
        raise wrong(value, "a string", where)
    return value


def a_number(value: Any, where: str) -> int | float:
    """The value, if it is a number (a boolean is none)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(value, "a number", where)
    return value


def an_integer(value: Any, where: str) -> int:
    """The value, if it is a whole number (a boolean is none)."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(value, "a whole number", where)
    return value


def a_boolean(value: Any, where: str) -> bool:
    """The value, if it is true or false."""
    if not isinstance(value, bool):
        raise wrong(value, "true or false", where)
    return value


def _encoder(escape: Callable[[str], str]) -> Callable[[Any, int], Iterable[str]]:
    """What `JSONEncoder.encode` joins, without building its C encoder anew for every value: half the time for most."""
    compact = json.encoder.JSONEncoder(ensure_ascii=escape is _ASCII, allow_nan=False, separators=(",", ":"))
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without the C accelerator
        return lambda value, _: compact.iterencode(value)
    return make(None, compact.default, escape, None, ":", ",", False, False, False)


_ASCII: Final = json.encoder.encode_basestring_ascii
_encode: Final = _encoder(json.encoder.encode_basestring)
_encode_ascii: Final = _encoder(_ASCII)
_join: Final = "".join


def json_text(value: Any, where: str) -> str:
    """The value as JSON text. Raises InvalidInput for what JSON cannot say (NaN, bytes, a cycle)."""
    try:
        return _join(_encode(value, 0))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"not JSON: {error}", where=where, remedy="Send plain JSON values.") from error


def json_ascii(value: Any, where: str) -> str:
    """The value as JSON text in ASCII. Raises InvalidInput for what JSON cannot say."""
    try:
        return _join(_encode_ascii(value, 0))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"not JSON: {error}", where=where, remedy="Send plain JSON values.") from error
