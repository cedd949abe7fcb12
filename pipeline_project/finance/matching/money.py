"""Whether prices, amounts and tax of an invoice stay within what was ordered."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from pipeline_project.finance.invoices.models import AllowanceCharge, Line
from pipeline_project.finance.matching.comparison import Comparison, extras_of, is_credit, net_of
from pipeline_project.finance.matching.outcome import MatchException, Unchecked
from pipeline_project.finance.matching.tolerances import Tolerances
from pipeline_project.finance.money import rounded
from pipeline_project.finance.orders.models import Order, OrderLine

_ZERO = Decimal(0)


def prices(comparison: Comparison, tolerances: Tolerances) -> Iterator[MatchException | Unchecked]:
    """Lines whose price for one is above the one ordered."""
    percent = tolerances.price_percent
    if percent is None:
        return
    for pair in comparison.pairs:
        if pair.ordered is None:
            continue
        billed, ordered = price_of(pair.line), price_of(pair.ordered)
        if billed is None or ordered is None:
            yield Unchecked(f"price: line {pair.line.id} or its ordered line states none")
        elif billed * 100 > ordered * (100 + percent):
            yield MatchException(
                kind="price",
                field=f"lines[{pair.index}].unit_price",
                message="the price is above the one ordered",
                expected=_plain(ordered),
                found=_plain(billed),
                order_line=pair.ordered.id,
                tolerance=f"{percent} %",
            )


def amounts(comparison: Comparison, tolerances: Tolerances) -> Iterator[MatchException | Unchecked]:
    """The invoice above its quantities at ordered prices, or all invoices of the order above its total."""
    limit = tolerances.amount
    if limit is None:
        return
    excess = _excess(comparison)
    billed, ordered = net_of(comparison.invoice), order_net(comparison.order)
    if excess > limit:
        yield MatchException(
            kind="amount",
            field="totals.net",
            message="the invoice is above its quantities at the ordered prices",
            expected=f"{billed - excess} {comparison.order.currency}" if billed is not None else f"{excess} less",
            found=f"{billed} {comparison.invoice.currency}",
            tolerance=str(limit),
        )
    elif billed is None or ordered is None:
        yield Unchecked("amount: the invoice or the order states no total")
    elif (before := _net_before(comparison)) + billed > ordered + limit:
        earlier = f" and {before} on earlier invoices" if before else ""
        yield MatchException(
            kind="amount",
            field="totals.net",
            message="more is billed than the order comes to",
            expected=f"at most {ordered} {comparison.order.currency} ordered",
            found=f"{billed} {comparison.invoice.currency} here{earlier}",
            tolerance=str(limit),
        )


def tax(comparison: Comparison, tolerances: Tolerances) -> Iterator[MatchException | Unchecked]:
    """The tax against the ordered rates on what is billed, rounded per rate."""
    totals, limit = comparison.invoice.totals, tolerances.tax
    if limit is None:
        return
    expected = _expected_tax(comparison)
    if totals is None or totals.tax is None or expected is None:
        yield Unchecked("tax: the invoice states none, or the order no rates")
    elif abs(totals.tax - expected) > limit:
        yield MatchException(
            kind="tax",
            field="totals.tax",
            message="the tax is not that of the ordered rates",
            expected=str(expected),
            found=str(totals.tax),
            tolerance=str(limit),
        )


def price_of(line: Line | OrderLine) -> Decimal | None:
    """The net price of one: as stated, or what the line comes to by its quantity."""
    if line.unit_price is not None:
        return line.unit_price / (line.base_quantity or 1)
    return line.net / line.quantity if line.net is not None and line.quantity else None


def order_net(order: Order) -> Decimal | None:
    """What an order comes to without tax, as stated or from its lines; None when neither is there."""
    if order.totals is not None and order.totals.net is not None:
        return order.totals.net
    nets = [_ordered_net(line) for line in order.lines]
    known = [net for net in nets if net is not None]
    return sum(known, _ZERO) + extras_of(order) if nets and len(known) == len(nets) else None


def _excess(comparison: Comparison) -> Decimal:
    lines = at_order = _ZERO
    for pair in comparison.pairs:
        price = _worth(pair.ordered) if pair.ordered else _ZERO
        if pair.line.net is None or price is None or (pair.ordered and pair.line.quantity is None):
            continue
        lines += pair.line.net
        at_order += rounded(price * (pair.line.quantity or _ZERO))
    extras, agreed = extras_of(comparison.invoice), extras_of(comparison.order)
    ordered = order_net(comparison.order)
    if agreed > 0:
        agreed = min(agreed, max(extras, _ZERO))
    elif agreed < 0 and ordered is not None and ordered > 0:
        # a part of the order bears a part of its discount; its charges come in full with any invoice
        agreed = rounded(agreed * min(at_order / (ordered - agreed), Decimal(1)))
    return lines - at_order + extras - agreed


def _worth(line: OrderLine) -> Decimal | None:
    # with its allowances and charges, which the price does not hold
    return line.net / line.quantity if line.net is not None and line.quantity else price_of(line)


def _ordered_net(line: OrderLine) -> Decimal | None:
    if line.net is not None:
        return line.net
    price = price_of(line)
    return rounded(price * line.quantity) if price is not None and line.quantity is not None else None


def _net_before(comparison: Comparison) -> Decimal:
    signed = ((-1 if is_credit(each) else 1, net_of(each)) for each in comparison.previous)
    return sum((sign * net for sign, net in signed if net is not None), _ZERO)


def _expected_tax(comparison: Comparison) -> Decimal | None:
    taxable: dict[Decimal, Decimal] = defaultdict(Decimal)
    for pair in comparison.pairs:
        category = pair.ordered.tax if pair.ordered else pair.line.tax
        if category is None or category.rate is None or pair.line.net is None:
            return None
        taxable[category.rate] += pair.line.net
    invoice = comparison.invoice
    for sign, each in [
        *((1, charge) for charge in invoice.charges),
        *((-1, less) for less in invoice.allowances),
    ]:
        rate = _rate(each)
        if rate is None or each.amount is None:
            return None
        taxable[rate] += sign * each.amount
    return sum((rounded(net * rate / 100) for rate, net in taxable.items()), _ZERO) if taxable else None


def _rate(each: AllowanceCharge) -> Decimal | None:
    return each.tax.rate if each.tax else None


def _plain(price: Decimal) -> str:
    return f"{rounded(price, 6).normalize():f}"
