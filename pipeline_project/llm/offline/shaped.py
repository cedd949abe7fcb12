"""A value that fits a JSON Schema, its parts taken from the text wherever they can be recognised.

What is not recognised is left out; where the schema insists, it is null, an option that says so ("unknown"), an empty
string or an empty list. Refuses to make up a number, a truth, a day or an option that the text does not hold, and to
hand out a value that breaks the schema: then it raises.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from pipeline_project.errors import InvalidInput
from pipeline_project.llm.offline import recognise
from pipeline_project.llm.offline.facts import Facts
from pipeline_project.llm.offline.known import Known, is_known
from pipeline_project.llm.offline.words import words
from pipeline_project.validation.schemas import Budget, mismatches, read_schema

_DEEPEST: Final = 24
# Parts looked at for one value: definitions that use each other twice would double with every level.
_MOST_PARTS: Final = 2_000
_YES: Final = frozenset({"yes", "true", "ja", "oui", "on"})
_NO: Final = frozenset({"no", "false", "nein", "non", "off"})
_DATE_WORDS: Final = frozenset({"date", "day", "deadline", "due", "birthday"})
_AMOUNT_WORDS: Final = frozenset({"amount", "total", "price", "cost", "sum", "fee", "subtotal", "balance"})
_OPTIONAL: Final = "Let it be null or leave it out of `required`, or use a model that can infer it."
_UNKNOWN: Final = frozenset(
    {"unknown", "other", "none", "unspecified", "n/a", "na", "undefined", "unclear", "general", "misc"}
)
_REMEDY: Final = "Loosen the schema, or use a model that can write such a value."


class Filled(NamedTuple):
    """A value, and whether any of it came from the text."""

    value: Any
    recognised: bool


class Shaper:
    """Fills one schema from one text."""

    def __init__(self, schema: Mapping[str, Any], text: str, *, where: str, today: date | None = None) -> None:
        self._root = dict(schema)
        self._text = text
        self._known = Known(text, today)
        self._facts = Facts(text, today)
        self._where = where
        self._words = frozenset(words(text))
        self._parts = 0
        self._missing = ""
        # References being filled: a part that contains itself would repeat what was found already.
        self._open = {"#"}

    def value(self) -> Any:
        """The value. Raises InvalidInput for a schema that is invalid, or that nothing found here satisfies."""
        schema = read_schema(self._root, Budget())
        if schema.validator is None:
            reason = schema.problem.message if schema.problem else "too large to be checked"
            raise InvalidInput(f"no valid JSON Schema: {reason}", where=self._where)
        filled = self._fill(self._root, "", 0)
        if not filled and self._missing:
            problem = f"the text does not say `{self._missing}`, and the schema insists on it"
            raise InvalidInput(problem, where=self._where, remedy=_OPTIONAL)
        broken = self._problems(filled.value, self._root) if filled else ["no value of it was found"]
        if not filled or broken:
            raise InvalidInput(f"the offline model cannot fill this: {broken[0]}", where=self._where, remedy=_REMEDY)
        return filled.value

    def _problems(self, value: Any, schema: dict[str, Any]) -> list[str]:
        # a part of the schema may refer to definitions of the whole
        shared = {key: self._root[key] for key in ("$defs", "definitions") if key in self._root}
        budget = Budget()
        return [found.message for found in mismatches(value, read_schema({**shared, **schema}, budget), budget)]

    def _fill(self, schema: Any, name: str, depth: int) -> Filled | None:
        """The first candidate that fits; None when none does."""
        if schema is True:
            schema = {}
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(schema, dict) or depth > _DEEPEST or reference in self._open:
            return None
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise InvalidInput("the schema has too many parts", where=self._where, remedy=_REMEDY)
        opened = {reference} - {None}
        self._open |= opened
        plain = self._resolved(schema)
        fitting = (found for found in self._candidates(plain, name, depth) if not self._problems(found.value, plain))
        first = next(fitting, None)
        self._open -= opened
        return first

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with its own `$ref` and `allOf` written out, one level deep."""
        for _ in range(_DEEPEST):
            parts = list(schema.get("allOf") or ())
            if isinstance(reference := schema.get("$ref"), str):
                parts.append(self._target(reference))
            if not parts or not all(isinstance(part, dict) for part in parts):
                return schema
            schema = _merged({key: schema[key] for key in schema if key not in ("$ref", "allOf")}, parts)
        return schema

    def _target(self, reference: str) -> Any:
        found: Any = self._root
        for part in reference.removeprefix("#").split("/")[1:]:
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        return found

    def _candidates(self, schema: dict[str, Any], name: str, depth: int) -> Iterator[Filled]:
        if "const" in schema:
            yield Filled(schema["const"], False)
            return
        empties: list[Filled] = []
        if next(recognise.labelled(name, self._text), None) is None:  # what the text says itself goes before
            items = schema.get("items")
            named = {**schema, "items": self._resolved(items)} if isinstance(items, dict) else schema
            yield from (Filled(value, True) for value in self._known.values(name, named))
        for candidate in self._by_kind(schema, name, depth):
            if candidate.recognised:
                yield candidate
            else:
                empties.append(candidate)
        if "default" in schema:
            yield Filled(schema["default"], False)
        yield Filled(None, False)
        yield from empties

    def _by_kind(self, schema: dict[str, Any], name: str, depth: int) -> Iterator[Filled]:
        if isinstance(options := schema.get("enum"), list):
            yield from self._options(options, name)
            return
        branches = [branch for key in ("anyOf", "oneOf") for branch in schema.get(key) or ()]
        base = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
        for branch in branches:
            if isinstance(branch, dict) and (filled := self._fill(_merged(base, [branch]), name, depth + 1)):
                yield filled
        kinds = schema.get("type", () if branches else _implied(schema))
        for kind in kinds if isinstance(kinds, list) else [kinds] if isinstance(kinds, str) else ():
            if kind == "object":
                if (found := self._object(schema, depth)) is not None:
                    yield found
            elif kind == "array":
                yield from self._array(schema, name, depth)
            else:
                yield from self._scalar(kind, schema, name)

    def _options(self, options: list[Any], name: str) -> Iterator[Filled]:
        """Options by how many of their words stand at the label of that name, else in the text."""
        near = frozenset(word for value in recognise.labelled(name, self._text) for word in words(value))
        for inside in (near, self._words):
            scored = [(len(inside.intersection(bag)) / len(bag), option) for option in options if (bag := _bag(option))]
            best = max((score for score, _ in scored), default=0)
            if best:
                yield from (Filled(option, True) for score, option in scored if score == best)
        yield from (Filled(option, False) for option in options if option is None or _said_unknown(option))
        if is_known(name):  # a class is a judgement of the whole text, and its confidence is said beside it
            yield from (Filled(option, False) for option in options)

    def _object(self, schema: dict[str, Any], depth: int) -> Filled | None:
        required = schema.get("required") or []
        value: dict[str, Any] = {}
        recognised = False
        properties = schema.get("properties") or {}
        for name in [*properties, *(name for name in required if name not in properties)]:
            filled = self._fill(properties.get(name, True), name, depth + 1)
            if filled and (filled.recognised or name in required):
                value[name] = filled.value
                recognised = recognised or filled.recognised
            elif name in required:
                self._missing = self._missing or name
                return None
        return Filled(value, recognised)

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> Iterator[Filled]:
        part = schema.get("items", True)
        items = self._resolved(part) if isinstance(part, dict) else {}
        found: list[Any] = []
        for kind in _implied_kinds(items):
            for candidate in self._scalar(kind, items, name) if kind not in ("object", "array") else ():
                fits = candidate.recognised and not self._problems(candidate.value, items)
                if fits and candidate.value not in found:
                    found.append(candidate.value)
        if isinstance(options := items.get("enum"), list):
            found = [option for option in options if (bag := _bag(option)) and self._words.issuperset(bag)]
        found = found or self._rows(items, name)
        if not found and (single := self._fill(part, name, depth + 1)) and single.recognised:
            found = [single.value]
        if found:
            yield Filled(found[: schema.get("maxItems")], True)
        yield Filled([], False)
        if (least := schema.get("minItems")) and least <= _DEEPEST and (one := self._fill(part, name, depth + 1)):
            yield Filled([one.value] * least, one.recognised)

    def _rows(self, items: dict[str, Any], name: str) -> list[Any]:
        """Objects of a list that the text writes one a line, or that are amounts; all of them fit, or none is taken."""
        kinds = {
            key: _implied_kinds(part)[0]
            for key, part in (items.get("properties") or {}).items()
            if isinstance(part, dict)
        }
        rows = [
            {key: _number(value, kinds[key]) if isinstance(value, Decimal) else value for key, value in row.items()}
            for row in self._facts.rows(name, tuple(kinds))
        ]
        return rows if not any(self._problems(row, items) for row in rows) else []

    def _scalar(self, kind: str, schema: dict[str, Any], name: str) -> Iterator[Filled]:
        if kind == "string":
            yield from (Filled(text, True) for text in self._strings(schema, name))
            if "format" not in schema:
                yield Filled("", False)
        elif kind in ("number", "integer"):
            yield from (Filled(_number(value, kind), True) for value in self._figures(name))
        elif kind == "boolean":
            for text in recognise.labelled(name, self._text):
                first = frozenset(text.casefold().rstrip(".").split()[:1])
                if first & (_YES | _NO):
                    yield Filled(bool(first & _YES), True)
            if (said := self._said(name)) is not None:
                yield Filled(said, True)

    def _said(self, name: str) -> bool | None:
        if "urgent" in words(name):
            return self._known.analysis.priority == "urgent"
        return self._facts.truth(name)

    def _strings(self, schema: dict[str, Any], name: str) -> Iterator[str]:
        bag = frozenset(words(name))
        form = schema.get("format")
        labels = list(recognise.labelled(name, self._text))
        if form in ("date", "date-time") or (form is None and bag & _DATE_WORDS):
            tail = "T00:00:00Z" if form == "date-time" else ""
            yield from (day + tail for text in (*labels, *self._near(bag)) for day in recognise.dates(text))
            yield from (day + tail for day in self._facts.dates(name, asked=form is not None))
        elif form == "email" or (form is None and bag & {"email", "mail"}):
            yield from recognise.emails("\n".join((*labels, self._text)))
        elif form in ("uri", "url") or (form is None and bag & {"url", "uri", "link", "website"}):
            yield from recognise.urls("\n".join((*labels, self._text)))
        elif "currency" in bag:
            yield from recognise.currencies(self._text)
        if form is None:
            yield from labels
            yield from self._facts.strings(name)

    def _figures(self, name: str) -> Iterator[Decimal]:
        labels = list(recognise.labelled(name, self._text))
        bag = frozenset(words(name))
        if bag & _AMOUNT_WORDS:
            yield from (value for text in (*labels, *self._near(bag)) for value in recognise.amounts(text))
        yield from (value for text in labels for value in recognise.numbers(text))
        yield from self._facts.money(name)
        yield from self._facts.figures(name)
        yield from (value for text in self._near(bag, self._facts.plain) for value in recognise.numbers(text))

    def _near(self, bag: frozenset[str], text: str | None = None) -> list[str]:
        """The lines (of the whole text, unless another is given) that hold every word of a name, from that word on."""
        lines = [
            line for line in (self._text if text is None else text).splitlines() if bag and bag.issubset(words(line))
        ]
        return [line[_start(line, bag) :] for line in lines] + lines


def shape_of(schema: Mapping[str, Any], text: str, *, where: str, today: date | None = None) -> Any:
    """A value of the schema, from the text. `where`: JSONPath of the schema; `today`: what relative days count from.

    Raises InvalidInput if no value fits.
    """
    return Shaper(schema, text, where=where, today=today).value()


def _start(line: str, bag: frozenset[str]) -> int:
    folded = line.casefold()
    return max((folded.find(word) for word in bag), default=0) if len(folded) == len(line) else 0


def _merged(base: dict[str, Any], parts: list[Any]) -> dict[str, Any]:
    merged = dict(base)
    for part in parts:
        properties = {**(merged.get("properties") or {}), **(part.get("properties") or {})}
        required = [*(merged.get("required") or ()), *(part.get("required") or ())]
        merged = {**merged, **part}
        merged |= {"properties": properties} if properties else {}
        merged |= {"required": list(dict.fromkeys(required))} if required else {}
    return merged


def _implied(schema: dict[str, Any]) -> str:
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _implied_kinds(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type") or _implied(schema)
    return kinds if isinstance(kinds, list) else [kinds]


def _bag(option: Any) -> list[str]:
    return words(option) if isinstance(option, str) else words(str(option)) if isinstance(option, int | float) else []


def _said_unknown(option: Any) -> bool:
    """Whether an option of a closed set says that nothing is known."""
    folded = str(option).casefold().replace("_", " ")
    return folded in _UNKNOWN or folded.startswith(("not ", "no "))


def _number(value: Decimal, kind: str) -> int | float:
    whole = value == value.to_integral_value()
    return int(value) if whole and (kind == "integer" or value.as_tuple().exponent == 0) else float(value)
