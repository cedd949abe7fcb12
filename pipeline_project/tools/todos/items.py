"""One thing to do, and a list of them. Pure: values in, values out.

An item has an id of a few digits that is never given twice. Refuses unknown statuses and references to items that are
not there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from pipeline_project.errors import InvalidInput, NotFound

Status = Literal["pending", "in_progress", "completed"]
_SIGNS: Final = {"pending": "[ ]", "in_progress": "[~]", "completed": "[x]"}


@dataclass(frozen=True)
class Item:
    """`subject`: what to do; `active_form`: the same while it is done ("Running tests"); `blocked_by`: ids that come
    first; `priority`: high, medium or low, of older clients."""

    id: str
    subject: str
    status: Status = "pending"
    active_form: str | None = None
    description: str = ""
    owner: str | None = None
    priority: str | None = None
    blocks: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        """As JSON values, also what programs are told; what is not set is left out."""
        found = {
            "id": self.id, "subject": self.subject, "status": self.status, "activeForm": self.active_form,
            "description": self.description, "owner": self.owner, "priority": self.priority,
            "blocks": list(self.blocks), "blockedBy": list(self.blocked_by), "metadata": dict(self.metadata),
        }  # fmt: skip
        return {key: value for key, value in found.items() if value or key in ("id", "subject", "status")}

    @property
    def line(self) -> str:
        """For a model: id, status, subject, who and what it waits for."""
        owner = f" ({self.owner})" if self.owner else ""
        waits = f" [waits for {', '.join(self.blocked_by)}]" if self.blocked_by else ""
        return f"{self.id}. {_SIGNS[self.status]} {self.subject}{owner}{waits}"


def item_of(stored: Mapping[str, Any]) -> Item:
    """An item as `stored` wrote it."""
    return Item(
        id=stored["id"], subject=stored["subject"], status=stored["status"], active_form=stored.get("activeForm"),
        description=stored.get("description", ""), owner=stored.get("owner"), priority=stored.get("priority"),
        blocks=tuple(stored.get("blocks", ())), blocked_by=tuple(stored.get("blockedBy", ())),
        metadata=stored.get("metadata", {}),
    )  # fmt: skip


@dataclass(frozen=True)
class Todos:
    """A session's list. `next_id`: the number the next item gets."""

    items: tuple[Item, ...] = ()
    next_id: int = 1

    def get(self, item_id: str) -> Item:
        """The item with this id. Raises NotFound naming the ids there are."""
        for item in self.items:
            if item.id == item_id:
                return item
        known = ", ".join(item.id for item in self.items)
        remedy = f"There are: {known}." if known else "The list is empty: TaskCreate makes one."
        raise NotFound(f"there is no task {item_id!r}", where="todos", remedy=remedy)

    def added(self, item: Item) -> tuple["Todos", Item]:
        """The list with the item at its end, and the item with the id it was given."""
        named = replace(item, id=str(self.next_id))
        return replace(self, items=(*self.items, named), next_id=self.next_id + 1), named

    def changed(self, item: Item) -> "Todos":
        """The list with this item in place of the one with its id; both ends of references kept alike."""
        self.get(item.id)
        for other in (*item.blocks, *item.blocked_by):
            if other == item.id:
                raise InvalidInput(f"task {item.id} cannot wait for itself", where="todos")
            self.get(other)
        _check_circle(item, self.items)
        return replace(self, items=tuple(item if each.id == item.id else _mirrored(each, item) for each in self.items))

    def removed(self, item_id: str) -> "Todos":
        """The list without the item; nothing waits for it any more."""
        self.get(item_id)
        left = (item for item in self.items if item.id != item_id)
        return replace(self, items=tuple(_without(item, {item_id}) for item in left))

    def replaced(self, wanted: Iterable[Item]) -> "Todos":
        """The whole list anew. An item that has the id or the subject of an old one keeps what only that one knows.

        An empty id is given one. Raises InvalidInput for an id twice.
        """
        old = {item.id: item for item in self.items}
        by_subject = {item.subject: item for item in reversed(self.items)}
        result, number = [], self.next_id
        taken: set[str] = set()
        for item in wanted:
            known = old.get(item.id) if item.id else by_subject.get(item.subject)
            name = item.id or (known.id if known and known.id not in taken else "")
            if not name:
                name, number = str(number), number + 1
            if name in taken:
                raise InvalidInput(
                    f"the id {name!r} is there twice", where="todos", remedy="Give each its own, or none."
                )
            taken.add(name)
            result.append(_merged(replace(item, id=name), known if known and known.id == name else None))
            number = max(number, int(name) + 1) if name.isascii() and name.isdigit() else number
        gone = set(old) - taken
        return Todos(tuple(_without(item, gone) for item in result), number)


def _merged(item: Item, known: Item | None) -> Item:
    if known is None:
        return item
    return replace(
        known, subject=item.subject, status=item.status, active_form=item.active_form or known.active_form,
        priority=item.priority or known.priority,
    )  # fmt: skip


def _mirrored(other: Item, item: Item) -> Item:
    """The other end of the item's references."""
    return replace(
        other,
        blocks=_toggled(other.blocks, item.id, present=other.id in item.blocked_by),
        blocked_by=_toggled(other.blocked_by, item.id, present=other.id in item.blocks),
    )


def _toggled(ids: tuple[str, ...], name: str, *, present: bool) -> tuple[str, ...]:
    if present:
        return ids if name in ids else (*ids, name)
    return tuple(each for each in ids if each != name)


def _without(item: Item, gone: set[str]) -> Item:
    return replace(
        item,
        blocks=tuple(each for each in item.blocks if each not in gone),
        blocked_by=tuple(each for each in item.blocked_by if each not in gone),
    )


def _check_circle(item: Item, items: tuple[Item, ...]) -> None:
    """Raises InvalidInput when the item would come, by others, before itself."""
    after = {each.id: set(each.blocks) - {item.id} for each in items}
    for name in item.blocked_by:
        after.setdefault(name, set()).add(item.id)
    seen: set[str] = set()
    waiting = list(item.blocks)
    while waiting:
        name = waiting.pop()
        if name == item.id:
            raise InvalidInput(f"task {item.id} would wait for itself by way of others", where="todos",
                               remedy="Leave out the reference that closes the circle.")  # fmt: skip
        if name not in seen:
            seen.add(name)
            waiting += after[name]
