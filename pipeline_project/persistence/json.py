"""The one JSON codec of the store, the journal and the command line.

Money survives: a Decimal is written as a JSON number literal and every JSON number with a fraction or an exponent
is read back as a Decimal. Dates and times are ISO 8601 strings. Refuses NaN, infinities and anything else that
JSON has no word for, naming the place.
"""

import dataclasses
import enum
import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import simplejson
from pydantic import BaseModel

from pipeline_project.errors import InvalidInput

Json = None | bool | int | Decimal | str | list["Json"] | dict[str, "Json"]


def to_json(value: Any, *, where: str = "value") -> Json:
    """`value` as plain JSON values: dict, list, str, int, bool, None and Decimal.

    Models, dataclasses, enums, dates, paths, tuples and sets are converted; a float becomes the Decimal of its
    shortest spelling. Raises InvalidInput naming the path of what has no JSON form.
    """
    if value is None or (isinstance(value, bool | str) and not isinstance(value, enum.Enum)):
        return value
    if isinstance(value, enum.Enum):
        return to_json(value.value, where=where)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        return _number(value, where)
    if isinstance(value, Mapping):
        return {str(key): to_json(item, where=f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item, where=f"{where}[{index}]") for index, item in enumerate(value)]
    return _object(value, where)


def dumps(value: Any, *, indent: int | None = None, canonical: bool = False) -> str:
    """JSON text of `value`; `canonical` sorts keys and drops white space, for hashing and comparing."""
    separators = (",", ":") if canonical else None
    return simplejson.dumps(
        to_json(value),
        use_decimal=True,
        ensure_ascii=False,
        allow_nan=False,
        sort_keys=canonical,
        separators=separators,
        indent=indent,
    )


def loads(text: str | bytes, *, where: str = "JSON") -> Any:
    """Plain JSON values of `text`, fractions as Decimal. Raises InvalidInput for anything that is not JSON."""
    try:
        return simplejson.loads(text, use_decimal=True, allow_nan=False)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidInput(f"not valid JSON: {error}", where=where) from error


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of `value`, as `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(dumps(value, canonical=True).encode()).hexdigest()


def _number(value: float | Decimal, where: str) -> Decimal:
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite():
        raise InvalidInput(f"{value} has no JSON form", where=where)
    return number


def _object(value: Any, where: str) -> Json:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return to_json(value.total_seconds(), where=where)
    if isinstance(value, BaseModel):
        return to_json(value.model_dump(), where=where)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: to_json(getattr(value, field.name), where=f"{where}.{field.name}") for field in fields}
    if isinstance(value, set | frozenset):
        return [to_json(item, where=where) for item in sorted(value, key=str)]
    if isinstance(value, PurePath):
        return str(value)
    raise InvalidInput(f"a {type(value).__name__} has no JSON form", where=where)
