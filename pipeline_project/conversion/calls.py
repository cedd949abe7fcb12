"""Tool call fragments of a chat completions stream → whole calls, each with exactly its own arguments.

The wire says: `index` tells calls apart, `id` and `name` come first and once. Upstreams leave the index out or repeat
it for every call, send the id with every fragment, late, null or never, cut names, and put several calls in one chunk.
"""

from collections.abc import Collection
from typing import Any, Final

from pipeline_project.conversion.arguments import Arguments

# Characters of arguments after which no call before this one is expected any more.
_PATIENCE: Final = 2_000


class Call:
    """One call under construction; `arguments` knows what of it may be handed on."""

    __slots__ = ("arguments", "block", "id", "name", "order", "signature")

    def __init__(self, order: int) -> None:
        self.order = order
        self.id = ""
        self.name = ""
        self.signature = ""
        self.arguments = Arguments()
        # Whether its content block has been opened.
        self.block = False

    @property
    def is_ready(self) -> bool:
        """Whether its block can be opened: id and name are whole once arguments have begun."""
        return bool(self.id and self.name and self.arguments)

    def add(self, call_id: str, name: str, arguments: Any, known_names: Collection[str]) -> None:
        """Take in a fragment that belongs to this call."""
        if not self.arguments:
            self.id = _joined(self.id, call_id)
            if self.name not in known_names:
                self.name = self.name + name if self.name + name in known_names else _joined(self.name, name)
        self.id = self.id or call_id
        self.name = self.name or name
        self.arguments.add(arguments)


def _joined(old: str, new: str) -> str:
    """A value that came in pieces, repeated, or cumulative."""
    return new if new.startswith(old) else old if old.startswith(new) else old + new


class Calls:
    """All calls of one answer, in the order of their index or, without one, in which they began."""

    def __init__(self, known_names: Collection[str] = ()) -> None:
        self.all: list[Call] = []
        self._known_names = known_names
        self._by_index: dict[int, Call] = {}
        self._by_id: dict[str, Call] = {}
        self._last: Call | None = None

    def add(self, entries: list[Any]) -> None:
        """Take in the `tool_calls` of one delta; what is no fragment is passed over."""
        if len(entries) == 1 and self._add_plain(entries[0]):
            return
        fragments = [entry for entry in entries if isinstance(entry, dict)]
        for position, entry in enumerate(fragments):
            function = entry.get("function")
            function = function if isinstance(function, dict) else {}
            call_id, name = _text(entry.get("id")), _text(function.get("name"))
            arguments = function.get("arguments")
            index = _index(entry.get("index"))
            if index is None and not call_id and not name and 1 < len(fragments) <= len(self.all):
                call = self.all[position - len(fragments)]
            else:
                call = self._find(index, call_id, name, has_arguments=bool(arguments), first=position == 0)
            call.add(call_id, name, arguments, self._known_names)
            self._last = call
            if call.id:
                self._by_id[call.id] = call
            call.signature = signature_of(entry) or call.signature

    def _add_plain(self, entry: Any) -> bool:
        """Take in further arguments of a known call and nothing else: most fragments are just that."""
        if not isinstance(entry, dict) or entry.get("id") or "extra_content" in entry:
            return False
        call = self._by_index.get(index) if isinstance(index := entry.get("index"), int) else None
        function = entry.get("function")
        if call is None or not isinstance(function, dict) or function.get("name"):
            return False
        call.arguments.add(function.get("arguments"))
        return True

    def are_complete(self) -> bool:
        """Whether every call has all its arguments."""
        return all(call.arguments.is_complete() for call in self.all)

    def _find(self, index: int | None, call_id: str, name: str, *, has_arguments: bool, first: bool) -> Call:
        call = self._by_index.get(index) if index is not None else self._by_id.get(call_id) or self._last
        if call is not None:
            if call_id and call.id and call_id != call.id:
                # Without arguments so far, an id under the same index is the next piece of the id.
                another = bool(call.arguments) or (index is None and bool(name and call.name))
            elif not name or (call_id and call_id == call.id):
                another = False
            elif index is None and not call_id and not first and not call.arguments:
                another = True
            else:
                another = has_arguments and call.arguments.is_complete()
            if not another:
                return call
        return self._begin(index)

    def _begin(self, index: int | None) -> Call:
        """A new call, before those of a higher index whose block is not open yet."""
        following = self.all[-1].order + 1 if self.all else 0
        call = Call(following if index is None or index in self._by_index else index)
        if index is not None:
            self._by_index[index] = call
        place = next((at for at, other in enumerate(self.all) if not other.block and other.order > call.order), None)
        self.all.insert(len(self.all) if place is None else place, call)
        return call

    def may_open(self, position: int) -> bool:
        """Whether the block of a call can be opened: it is known whose it is, and no lower index is missing.

        An upstream that counts from 1, or leaves a number out, is recognised by how much has come meanwhile.
        """
        call = self.all[position]
        expected = self.all[position - 1].order + 1 if position else 0
        return call.is_ready and (call.order <= expected or call.arguments.size > _PATIENCE)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _index(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:9])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def signature_of(entry: dict[str, Any]) -> str:
    """Gemini's thought signature, as its own endpoint or as litellm spells it."""
    extra = entry.get("extra_content")
    google = extra.get("google") if isinstance(extra, dict) else None
    for holder in (google, entry.get("provider_specific_fields")):
        if isinstance(holder, dict) and (signature := _text(holder.get("thought_signature"))):
            return signature
    return ""
