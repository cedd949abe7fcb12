"""What a model meant by an input that is almost right: nulls, empty strings and lists written as text.

Some models fill every optional field, with null or an empty string where they have nothing to say, and some write a
list as its JSON. Refuses to guess beyond that: what still does not fit the schema is refused there, by field.
"""

import json
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices
from pydantic.fields import FieldInfo


def as_meant(fields: Mapping[str, FieldInfo], given: Mapping[str, Any]) -> dict[str, Any]:
    """The input without optional fields that say nothing, lists and objects read from their JSON text.

    An empty string says nothing where the field takes no text; one string stands for a list of one where a list of
    strings is taken.
    """
    known = {key: field for name, field in fields.items() for key in _keys(name, field)}
    read = {key: _read(known[key], value) if key in known else value for key, value in given.items()}
    return {key: value for key, value in read.items() if key not in known or not _is_nothing(known[key], value)}


def _is_nothing(field: FieldInfo, value: Any) -> bool:
    if field.is_required():
        return False
    return value is None or (isinstance(value, str) and not value.strip() and str not in _kinds(field.annotation))


def _read(field: FieldInfo, value: Any) -> Any:
    kinds = _kinds(field.annotation)
    if not isinstance(value, str) or str in kinds or not kinds & {tuple, dict}:
        return value
    try:
        found = json.loads(value) if value.lstrip()[:1] in ("[", "{") else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, list if tuple in kinds else dict):
        return found
    return [value] if value.strip() and _takes_strings(field.annotation) else value


def _kinds(annotation: Any) -> set[Any]:
    """The types that an annotation admits, without what is inside them."""
    return {get_origin(each) or each for each in _choices(annotation)} - {NoneType, Literal}


def _takes_strings(annotation: Any) -> bool:
    return any(get_origin(each) is tuple and get_args(each)[0] is str for each in _choices(annotation))


def _choices(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        for each in get_args(annotation):
            yield from _choices(each)
    else:
        yield annotation


def _keys(name: str, field: FieldInfo) -> Iterator[str]:
    alias = field.validation_alias or field.alias or name
    if isinstance(alias, AliasChoices):
        yield from (choice for choice in alias.choices if isinstance(choice, str))
    elif isinstance(alias, str):
        yield alias
