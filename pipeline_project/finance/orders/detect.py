"""Whether a message is a purchase order, by signs with evidence, and the draft of the order in it.

Signs for an order add up as independent hints do; signs of another kind of message take from that. A quote, an
invoice, an order confirmation, a shipping notice, a cancellation and a newsletter are not purchase orders. Refuses
to be sure on little: below 0.9 a person decides.
"""

from collections import defaultdict

from pipeline_project.finance.orders.reading import Detection, Kind, Signal
from pipeline_project.finance.orders.signals import find_signals
from pipeline_project.finance.orders.text import read_text
from pipeline_project.finance.text.listing import find_listing
from pipeline_project.finance.text.page import Page
from pipeline_project.finance.text.table import find_table

_TABLE_WEIGHT = 0.5
_SUREST = 0.99
_ORDERING = {"ordering_words", "order_title", "line_table"}
_NOT_ENOUGH = 0.45


def detect(text: str, *, subject: str = "", name: str = "text") -> Detection:
    """Whether `text`, with the `subject` of its mail, is a purchase order; if so, with the draft of it.

    Raises InvalidDocument for more text than `Page` reads.
    """
    found = find_signals(text, subject)
    table = _table_signal(Page(text, name=name))
    if table is not None:
        found.append(("order", table))
    likelihood = _likelihood([signal for _, signal in found])
    ordered = likelihood >= 0.5
    return Detection(
        is_purchase_order=ordered,
        kind="order" if ordered else _kind(found),
        confidence=round(min(max(likelihood, 1 - likelihood), _SUREST), 2),
        signals=tuple(signal for _, signal in found),
        draft=read_text(text, subject=subject, name=name) if ordered else None,
    )


def _likelihood(signals: list[Signal]) -> float:
    """That a message is an order: none of the signs for it is by chance, and none against it holds.

    Without words that order, a title or goods, a mere order number makes no order.
    """
    by_chance = doubt = 1.0
    for signal in signals:
        if signal.weight > 0:
            by_chance *= 1 - signal.weight
        else:
            doubt *= 1 + signal.weight
    likelihood = (1 - by_chance) * doubt
    return likelihood if _ORDERING & {signal.name for signal in signals} else min(likelihood, _NOT_ENOUGH)


def _kind(found: list[tuple[Kind, Signal]]) -> Kind:
    """The kind of message that most speaks for, when it is no order."""
    votes: dict[Kind, float] = defaultdict(float)
    for kind, signal in found:
        if signal.weight < 0:
            votes[kind] -= signal.weight
    return max(votes, key=lambda kind: votes[kind]) if votes else "other"


def _table_signal(page: Page) -> Signal | None:
    """A table or list of goods with quantities and prices."""
    rows = find_table(page).rows or find_listing(page)
    if not rows:
        return None
    span = rows[0].span
    return Signal(
        name="line_table",
        weight=_TABLE_WEIGHT,
        where="text",
        evidence=" ".join(span.text.split())[:120],
        start=span.start,
        end=span.end,
    )
