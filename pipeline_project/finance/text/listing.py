"""Goods listed without a table: "- 10 pcs A4 paper (PAP-80) at 4.50 EUR", "2 x Lamp, 30.00 each".

Refuses a line in which not both quantity and price, or quantity and article number, stand.
"""

import re
from decimal import Decimal

from pipeline_project.finance.money import written_decimal
from pipeline_project.finance.text.headings import Role
from pipeline_project.finance.text.page import Page, Span
from pipeline_project.finance.text.table import MAX_ROWS, PLAUSIBLE, Row, arithmetic
from pipeline_project.finance.text.values import amounts, is_unit, unit_code

_LONGEST_LINE = 200
_TOLD = 0.9  # a price that words call the price of one

_BULLET = r"\s*+(?P<bullet>[-*\u2022\u2013]|\d{1,3}[.)](?=\s))?\s*+"
_COUNT = r"(?P<quantity>\d{1,6}(?:[.,]\d{1,3})?)"
_FIRST = re.compile(
    rf"{_BULLET}{_COUNT}\s*(?P<times>[x\u00d7](?=\s))?\s*(?P<unit>[^\W\d_]\w*\.?(?=\s))?\s*(?P<goods>\S.*)"
)
_LATER = re.compile(rf"{_BULLET}(?P<goods>[^\W\d_].*?)[,:;\u2013-]?\s+{_COUNT}\s?(?P<unit>[^\W\d_]\w*)\b(?P<price>.*)")
_SKU = re.compile(
    r"\b(?:SKU|art(?:ikel|icle)?\.?(?:[ -]?(?:nr|no|nummer|number)\b\.?)?|item(?: no\.?)?|part(?: no\.?)?|ref\.?|code)"
    r"\s*[:#]?\s*(?P<sku>(?=[\w./-]*\d)[A-Z0-9][\w./-]*\w)|[\[(](?P<code>(?=[\w-]*\d)[A-Z][A-Z0-9]*-?[\w-]*)[\])]",
    re.IGNORECASE,
)
_FOR_ONE = re.compile(r"\b(?:each|per|je|pro|at|à|zu|unit price|einzeln|stückpreis)\b|@|\d\s?/\s?\w", re.IGNORECASE)
_JOINT = re.compile(r"(?:[\s,:;=@(\u2013-]|\b(?:at|je|zu|à|for|per|EUR|USD|GBP|CHF)\b|[€£$])+$", re.IGNORECASE)


def find_listing(page: Page) -> tuple[Row, ...]:
    """The goods of every line that lists one, in order; at most MAX_ROWS."""
    rows = (_row(line) for line in page.lines[: 10 * MAX_ROWS])
    return tuple(row for row in rows if row is not None)[:MAX_ROWS]


def _row(line: Span) -> Row | None:
    if len(line.text) > _LONGEST_LINE:
        return None
    match = _FIRST.fullmatch(line.text)
    if match is not None and (match["times"] or match["bullet"] or is_unit(match["unit"] or "")):
        known = is_unit(match["unit"] or "")
        goods = line.cut(match.start("goods" if known or not match["unit"] else "unit"), len(line.text))
        return _listed(match["quantity"], match["unit"] if known else None, goods, goods)
    match = _LATER.fullmatch(line.text)
    if match is not None and is_unit(match["unit"]):
        goods, price = line.cut(*match.span("goods")), line.cut(*match.span("price"))
        return _listed(match["quantity"], match["unit"], goods, price)
    return None


def _listed(count: str, unit: str | None, goods: Span, price: Span) -> Row | None:
    """The row of goods whose price stands in `price`, if there is one."""
    quantity = written_decimal(count)
    money = [(value, span) for value, span, is_money in amounts(price) if is_money]
    sku = _SKU.search(goods.text)
    if quantity is None or not (money or sku):
        return None
    numbers: dict[Role, Decimal] = {"quantity": quantity}
    for role, (value, _) in zip(_roles(len(money)), money, strict=False):
        numbers[role] = value
    described = goods.text[: money[0][1].start - goods.start] if money and price is goods else goods.text
    words: dict[Role, str] = {"description": _JOINT.sub("", _SKU.sub("", described)).strip(" ,;:-")}
    if sku is not None:
        words["sku"] = sku["sku"] or sku["code"]
    sure = max(arithmetic(numbers), _TOLD if len(money) == 1 and _FOR_ONE.search(price.text) else PLAUSIBLE)
    return Row(words, numbers, unit_code(unit) if unit else None, sure, goods)


def _roles(count: int) -> tuple[Role, ...]:
    """What one, two amounts of a line are: the price, then the amount."""
    return ("price", "net")[:count]
