"""Keeps secrets out of logs, journal, run metadata, errors and outbox: by registered value and by name.

A value that was once handed out as a secret is hidden wherever it turns up later: as it is, percent-encoded,
in base64 (also as part of something longer, such as Basic credentials), in JSON or in HTML. What was never
registered is hidden when its key says what it is, or in texts its own beginning (`ghp_…`). Refuses to guess by
any other look. A registered value shorter than four characters is hidden only where it is the whole string:
elsewhere it would blank out words.
"""

import base64
import html
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Number
from typing import Any
from urllib.parse import quote, quote_plus

import re2
from structlog.processors import format_exc_info

from pipeline_project.security.issued import hide_issued
from pipeline_project.security.sensitive import MARK, hide_named, is_secret, is_sensitive

_SHORTEST = 4
_SHORTEST_BASE64 = 5
_SHORTEST_LINE = 16
_DEEPEST = 200  # far beyond any document, and inside the interpreter's own limit
# what encoders leave alone: Python's quote with and without the slash, encodeURIComponent, RFC 3986's paths
_SAFE_SETS = ("", "/", "!*'()", "!$&'()*+,;=:@/?")


@dataclass(frozen=True)
class _Form:
    """One spelling of a secret, and how many characters on each side also hold bits of it (base64)."""

    text: str
    lead: int = 0
    trail: int = 0


@dataclass(frozen=True)
class _Registry:
    """What is registered; immutable, so that readers need no lock."""

    values: frozenset[str] = frozenset()
    forms: frozenset[_Form] = frozenset()

    @cached_property
    def _gates(self) -> list[Any]:
        # nearly every text holds no secret, and one fast pass of RE2 says so; a batch fits its DFA's memory
        texts = sorted({form.text for form in self.forms})
        return [_gate(texts[start : start + 2000]) for start in range(0, len(texts), 2000)]

    def hide(self, text: str) -> str:
        """`text` with every spelling replaced, overlapping ones as one."""
        if text in self.values:
            return MARK
        if not self.forms:
            return text
        data = text.encode("utf-8", "surrogatepass")
        if not any(gate.search(data) for gate in self._gates):
            return text
        parts, end = [], 0
        for start, stop in _merged(sorted(self._spans(text))):
            parts += [text[end:start], MARK]
            end = stop
        return "".join([*parts, text[end:]])

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        for form in self.forms:
            start = text.find(form.text)
            while start >= 0:
                yield max(start - form.lead, 0), min(start + len(form.text) + form.trail, len(text))
                start = text.find(form.text, start + 1)


@dataclass(frozen=True)
class _Walk:
    """One pass over a value."""

    registry: _Registry
    by_name: bool

    def value(self, value: Any, *, hidden: bool = False, depth: int = 0) -> Any:
        """`value` hidden as far as needed; `hidden`: something above it is named as a secret."""
        if value is None or isinstance(value, bool) or value == "":
            return value
        if depth > _DEEPEST:
            return MARK
        if isinstance(value, Mapping):
            return self._mapping(value, hidden=hidden, depth=depth)
        if isinstance(value, list | tuple | set | frozenset):
            items = [self.value(item, hidden=hidden, depth=depth + 1) for item in value]
            return tuple(items) if isinstance(value, tuple) else items
        return MARK if hidden else self._leaf(value)

    def _mapping(self, mapping: Mapping[Any, Any], *, hidden: bool, depth: int) -> dict[Any, Any]:
        label = mapping.get("name", mapping.get("key"))  # {"name": "Authorization", "value": …} as in recorded headers
        labelled = self.by_name and isinstance(label, str) and is_sensitive(label)
        clean = {}
        for key, item in mapping.items():
            named = self.by_name and isinstance(key, str) and (is_secret(key, item) or (labelled and key == "value"))
            name = self.registry.hide(key) if isinstance(key, str) else key
            clean[name] = self.value(item, hidden=hidden or named, depth=depth + 1)
        return clean

    def _leaf(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.registry.hide(value)
        if isinstance(value, Number):
            return MARK if str(value) in self.registry.values else value
        text = repr(value)
        clean = self.registry.hide(text)
        return value if clean == text else clean


class Redactor:
    """A registry of secret values and the hiding of them; safe to use from many threads.

    The process has one; its methods are this module's functions.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._registry = _Registry()

    def register(self, value: str) -> None:
        """Hide `value` from now on, in every spelling; an empty one is ignored."""
        if not value or value in self._registry.values:
            return
        with self._lock:
            known = self._registry
            self._registry = _Registry(known.values | {value}, known.forms.union(_forms(value)))

    def redact(self, value: Any, *, by_name: bool = True) -> Any:
        """`value` with secrets hidden at any depth; containers are rebuilt as dict, list or tuple.

        Strings and keys lose registered values; anything else becomes its redacted text if that holds one.
        Unless `by_name` is False, everything below a key that names a secret is hidden too, save true, false,
        null and the empty string. Deeper than 200 levels everything is hidden.
        """
        return _Walk(self._registry, by_name).value(value)

    def redact_text(self, text: str) -> str:
        """`text` without registered values, named ones (`password=…`) and those that name their issuer (`ghp_…`)."""
        return _unregistered(self._registry.hide(text))

    def redact_event(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor, the last before the renderer.

        It turns an exception into text itself, because a renderer's own traceback would show what it holds:
        give ConsoleRenderer `exception_formatter=structlog.dev.plain_traceback`.
        """
        clean = self.redact(format_exc_info(logger, method, event))
        return {name: _unregistered(value) if isinstance(value, str) else value for name, value in clean.items()}


def _unregistered(text: str) -> str:
    return hide_issued(hide_named(text))


def _forms(value: str) -> Iterator[_Form]:
    """Every spelling of `value` that is long enough to be looked for inside other text."""
    raw = value.encode("utf-8", "surrogateescape")
    spellings = {value, value.strip(), repr(value)[1:-1], html.escape(value), html.escape(value, quote=False)}
    spellings |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote_plus(raw)}
    spellings |= {quote(raw, safe=safe) for safe in _SAFE_SETS}
    spellings |= {_lower_escapes(spelling) for spelling in spellings}
    # a key file may be logged line by line; its armour lines are no secret
    spellings |= {line for line in value.splitlines() if len(line) >= _SHORTEST_LINE and not line.startswith("-----")}
    yield from (_Form(spelling) for spelling in spellings if len(spelling) >= _SHORTEST)
    if len(value) >= _SHORTEST:
        yield from _base64_forms(raw)


def _lower_escapes(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), text)


def _base64_forms(raw: bytes) -> Iterator[_Form]:
    """The characters that `raw` alone decides, for each of the three ways it may lie in longer base64."""
    for offset, first in ((0, 0), (1, 2), (2, 3)):
        whole, rest = divmod((offset + len(raw)) * 8, 6)
        for altchars in (b"+/", b"-_"):
            text = base64.b64encode(bytes(offset) + raw, altchars).decode()[first:whole]
            if len(text) >= _SHORTEST_BASE64:
                yield _Form(text, lead=1 if offset else 0, trail=1 if rest else 0)


def _gate(texts: Iterable[str]) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # the text is searched as bytes
    options.max_mem = 128 << 20  # a ceiling, not an allocation
    options.never_capture = True
    options.log_errors = False
    escaped = (re2.escape(text.encode("utf-8", "surrogatepass")) for text in texts)
    return re2.compile(b"|".join(escaped), options)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Touching and overlapping spans of a sorted sequence as one."""
    current: tuple[int, int] | None = None
    for start, stop in spans:
        if current is not None and start <= current[1]:
            current = (current[0], max(current[1], stop))
            continue
        if current is not None:
            yield current
        current = (start, stop)
    if current is not None:
        yield current


_PROCESS = Redactor()
register = _PROCESS.register
redact = _PROCESS.redact
redact_text = _PROCESS.redact_text
redact_event = _PROCESS.redact_event
