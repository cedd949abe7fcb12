"""Whether the billed lines are the ordered ones, and not more of them than ordered and received."""

from collections.abc import Iterator
from decimal import Decimal

from pipeline_project.finance.matching.comparison import Comparison, Pair
from pipeline_project.finance.matching.outcome import ExceptionKind, MatchException, Unchecked
from pipeline_project.finance.matching.tolerances import Tolerances

# UN/ECE Rec. 20 codes, and what people write, for single pieces
_PIECES = frozenset(
    [
        "C62",
        "EA",
        "EACH",
        "H87",
        "NAR",
        "NMP",
        "PC",
        "PCE",
        "PCS",
        "PIECE",
        "PIECES",
        "ST",
        "STK",
        "STÜCK",
        "UNIT",
        "XPP",
    ]
)


def identities(comparison: Comparison) -> Iterator[MatchException]:
    """Lines that were not ordered, or are of another item or in another unit."""
    for pair in comparison.pairs:
        line, ordered, path = pair.line, pair.ordered, f"lines[{pair.index}]"
        if ordered is None:
            yield MatchException(
                kind="not_ordered",
                field=path,
                message="the line belongs to no line of the order",
                expected="a line of the order",
                found=line.name or line.description or f"line {line.id}",
            )
            continue
        if pair.other_item:
            yield MatchException(
                kind="item",
                field=path,
                message="the line names an ordered line of another item",
                expected=ordered.name or f"line {ordered.id}",
                found=line.name or f"line {line.id}",
                order_line=ordered.id,
            )
        if line.unit and ordered.unit and _unit(line.unit) != _unit(ordered.unit):
            yield MatchException(
                kind="unit",
                field=f"{path}.unit",
                message="the line is billed in another unit than ordered",
                expected=ordered.unit,
                found=line.unit,
                order_line=ordered.id,
            )


def quantities(comparison: Comparison, tolerances: Tolerances) -> Iterator[MatchException | Unchecked]:
    """Ordered lines of which this invoice bills too much, with what was billed before."""
    if not comparison.pairs:
        yield Unchecked("lines: the invoice states none")
    billed = {pair.position: pair for pair in comparison.pairs if pair.position is not None}
    limited = tolerances.ordered_percent is not None or tolerances.received_percent is not None
    for position, pair in sorted(billed.items()):
        ordered = comparison.order.lines[position].quantity
        if limited and (pair.line.quantity is None or ordered is None):
            yield Unchecked(f"quantity: line {pair.line.id} or its ordered line states none")
        yield from _over(comparison, pair, position, "quantity_ordered", ordered, tolerances.ordered_percent)
        received = None if comparison.received is None else comparison.received[position]
        yield from _over(comparison, pair, position, "quantity_received", received, tolerances.received_percent)


def _over(
    comparison: Comparison,
    pair: Pair,
    position: int,
    kind: ExceptionKind,
    base: Decimal | None,
    percent: Decimal | None,
) -> Iterator[MatchException]:
    total = comparison.total[position]
    if base is None or percent is None or total * 100 <= base * (100 + percent):
        return
    before = comparison.before[position]
    what = "ordered" if kind == "quantity_ordered" else "received"
    yield MatchException(
        kind=kind,
        field=f"lines[{pair.index}].quantity",
        message=f"more is billed than was {what}",
        expected=f"at most {base} {what}",
        found=f"{total - before} here" + (f" and {before} on earlier invoices" if before else ""),
        order_line=pair.ordered.id if pair.ordered else None,
        tolerance=f"{percent} %",
    )


def _unit(unit: str) -> str:
    plain = unit.strip().upper()
    return "piece" if plain in _PIECES else plain
