"""Tables of goods in running text: the rows below a heading, their cells by column, their numbers.

A row is believed when quantity times price is its amount. Refuses lines in which no amount stands where the
heading has one: they continue the description above, or end the table.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterator
from decimal import Decimal

from pipeline_project.finance.money import rounded, written_decimal
from pipeline_project.finance.text.headings import NUMERIC, Column, Heading, Role, find_heading
from pipeline_project.finance.text.page import Page, Span, cells
from pipeline_project.finance.text.values import is_unit, unit_code

MAX_ROWS = 2_000
MAX_CELLS = 30  # of a line; what is right of them belongs to no table of goods
MAX_STRAYS = 25  # lines without a number between two rows of one table
CERTAIN, PLAUSIBLE = 0.95, 0.6
_CENTS = Decimal("0.02")
_DROPPED = 40  # the distance, in characters, at which a cell rather belongs to no column

_MONEY = r"(?:EUR|USD|GBP|CHF|[€£$])"
_NUMBER = re.compile(
    rf"{_MONEY}?\s?(?P<number>[-\u2212]?\d[\d.,'\u2019]*(?: \d{{3}}(?!\d))*(?:,-+)?)\s?(?P<percent>%)?"
    rf"\s?{_MONEY}?(?:\s{{0,2}}(?P<unit>[^\W\d_][\w²³().]{{0,11}}))?"
)
# Numbers that end a line of words: "A4 paper 10 4.50 45.00".
_TAIL = re.compile(rf"(?:(?<=\s)|^){_MONEY}?\s?[-\u2212]?\d[\d.,]*\s?(?:%|{_MONEY})?(?=\s|$)")
_WORD = re.compile(r"\s*(\S+)\s+")
_LEADING: dict[Role, re.Pattern[str]] = {
    "position": re.compile(r"\s*(\d{1,4})[.)]?\s+"),
    "sku": re.compile(r"\s*(\S*\d\S*)\s+"),
    "quantity": re.compile(r"\s*(\d[\d.,]*)\s+"),
}
_END = re.compile(
    r"\W*(?:sub-? ?total|total|net(?:to)? ?(?:total|amount|betrag|summe)|summe|gesamt|zwischensumme|grand total"
    r"|vat\b|tax\b|mwst|zzgl|plus|rechnungs(?:betrag|summe)|netto\b|(?:umsatz)?steuer|amount due|balance"
    r"|imponibile|subtotaal|taxe\b|zahlung|payment|belegsummen|shipping|versand|discount"
    r"|kind regards|best regards|mit freundlichen|bitte|please|thank)",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Row:
    """One row: its words and numbers by column, its unit as a UN/ECE code, and how sure the reading is."""

    words: dict[Role, str]
    numbers: dict[Role, Decimal]
    unit: str | None
    confidence: float
    span: Span


@dataclasses.dataclass(frozen=True)
class Table:
    """The rows of a text's tables, and the numbers of the lines that they take."""

    rows: tuple[Row, ...] = ()
    lines: frozenset[int] = frozenset()


def find_table(page: Page) -> Table:
    """The rows of every table of goods in a text, in order; at most MAX_ROWS."""
    rows: list[Row] = []
    taken: set[int] = set()
    number = 0
    while number < len(page.lines) and len(rows) < MAX_ROWS:
        heading = find_heading(page, number)
        number += 1
        if heading is not None:
            found, end = _rows(page, number, heading)
            if found:
                taken.update(range(number - 1, end))
            rows.extend(found)
            number = end
    return Table(tuple(rows[:MAX_ROWS]), frozenset(taken))


def _rows(page: Page, number: int, heading: Heading) -> tuple[list[Row], int]:
    """The rows from line `number` on, and the number of the first line that is no part of the table."""
    rows: list[Row] = []
    strays, end = 0, number
    for position in range(number, len(page.lines)):
        line = page.lines[position]
        if not line.text.strip():
            continue
        row = _row(line, heading)
        if rows and _END.match(line.text) and (row is None or row.confidence < CERTAIN):
            break
        if row is not None:
            rows.append(row)
            strays, end = 0, position + 1
            if len(rows) == MAX_ROWS:
                break
            continue
        strays += 1
        if strays > MAX_STRAYS or (rows and find_heading(page, position)):
            break
        if rows and strays < 4:
            continued = _continued(rows[-1], line, heading)
            if continued is not None:
                rows[-1], end = continued, position + 1
    return rows, end


def _row(line: Span, heading: Heading) -> Row | None:
    """The row in `line`; None when it has neither an amount nor both quantity and price."""
    rows = [_figured(line, way(line, heading)) for way in ((_placed, _in_order) if heading.spaced else (_in_order,))]
    found = [row for row in rows if row is not None]
    return max(found, key=lambda row: row.confidence, default=None)


def _figured(line: Span, placed: list[tuple[Role, Span]]) -> Row | None:
    """The row whose cells are `placed`, if their numbers make one."""
    words: dict[Role, str] = {}
    numbers: dict[Role, Decimal] = {}
    unit = None
    for role, cell in placed:
        match = _NUMBER.fullmatch(cell.text) if role in NUMERIC else None
        number = written_decimal(match["number"]) if match else None
        words.setdefault(role, cell.text)
        if match is not None and number is not None:
            numbers[role] = number
            unit = match["unit"] if role == "quantity" and match["unit"] else unit
    if not {"quantity", "price"} <= numbers.keys() and not (
        "net" in numbers and len(numbers.keys() - {"position"}) > 1
    ):
        return None
    unit = words.get("unit") or unit
    return Row(words, numbers, unit_code(unit) if unit else None, arithmetic(numbers), line)


def arithmetic(numbers: dict[Role, Decimal]) -> float:
    """CERTAIN where quantity times price, less a discount in percent, is the amount to the cent."""
    if not {"quantity", "price", "net"} <= numbers.keys():
        return PLAUSIBLE
    expected = numbers["quantity"] * numbers["price"]
    reduced = expected * (100 - numbers.get("discount", Decimal(0))) / 100
    fits = any(abs(rounded(value) - numbers["net"]) <= _CENTS for value in (expected, reduced))
    return CERTAIN if fits else PLAUSIBLE


def _placed(line: Span, heading: Heading) -> list[tuple[Role, Span]]:
    """The cells of a line under the headings, in the order of both, with the least total distance."""
    found = list(_with_units(line))[:MAX_CELLS]
    costs: dict[tuple[int, int], tuple[float, tuple[tuple[int, int], ...]]] = {(0, 0): (0.0, ())}
    for row in range(len(found) + 1):
        for column in range(len(heading.columns) + 1):
            options = [costs[row, column]] if (row, column) in costs else []
            if column:
                options.append(costs[row, column - 1])
            if row:
                cost, pairs = costs[row - 1, column]
                options.append((cost + _DROPPED, pairs))
            if row and column:
                cost, pairs = costs[row - 1, column - 1]
                step = _distance(found[row - 1], line, heading.columns[column - 1])
                options.append((cost + step, (*pairs, (row - 1, column - 1))))
            costs[row, column] = min(options, key=lambda option: option[0])
    _, pairs = costs[len(found), len(heading.columns)]
    placed: list[tuple[Role, Span]] = [(heading.columns[column].role, found[cell]) for cell, column in pairs]
    return [part for role, cell in placed for part in _parted(role, cell, heading)]


def _with_units(line: Span) -> Iterator[Span]:
    """The cells of a line, a number and the unit behind it as one even where two spaces part them."""
    found = cells(line)
    joined = False
    for cell, after in itertools.zip_longest(found, found[1:]):
        if joined:
            joined = False
            continue
        joined = after is not None and after.start - cell.end < 4 and is_unit(after.text) and cell.text[-1].isdigit()
        yield Span(cell.start, after.end, f"{cell.text} {after.text}") if joined and after else cell


def _parted(role: Role, cell: Span, heading: Heading) -> list[tuple[Role, Span]]:
    """A cell that holds position and article number with a single space between them, as two."""
    joined = re.fullmatch(r"(\d{1,4})\s(\S.*)", cell.text)
    if role != "position" or joined is None:
        return [(role, cell)]
    behind: Role = "sku" if heading.has("sku") else "description"
    return [("position", cell.cut(*joined.span(1))), (behind, cell.cut(*joined.span(2)))]


def _distance(cell: Span, line: Span, column: Column) -> float:
    left, right = cell.start - line.start, cell.end - line.start
    gap = max(left - column.right, column.left - right, 0)
    return min(gap, 60) + _misfit(cell, column.role)


def _misfit(cell: Span, role: Role) -> int:
    """How much a cell looks unlike its column, in characters of distance."""
    number = _NUMBER.fullmatch(cell.text)
    if number is None:
        return 30 if role in NUMERIC - {"position"} else 0
    if number["percent"]:
        return 0 if role in {"tax", "discount"} else 30
    if number["unit"]:
        return 0 if role in {"quantity", "description", "sku"} else 25
    return {"description": 25, "tax": 8}.get(role, 0)


def _in_order(line: Span, heading: Heading) -> list[tuple[Role, Span]]:
    """The words of a line without columns: from both ends in the order of the headings, the rest described."""
    roles: list[Role] = [column.role for column in heading.columns]
    middle = roles.index("description") if "description" in roles else len(roles)
    placed: list[tuple[Role, Span]] = []
    left, right = 0, len(line.text)
    numbers = list(_TAIL.finditer(line.text))
    for role in reversed(roles[middle + 1 :]):
        if role in NUMERIC and numbers and not line.text[numbers[-1].end() : right].strip():
            match = numbers.pop()
            placed.append((role, line.cut(*match.span())))
            right = match.start()
    for role in roles[:middle]:
        match = _LEADING.get(role, _WORD).match(line.text, left, right)
        if match is not None:
            placed.append((role, line.cut(*match.span(1))))
            left = match.end()
    described = line.text[left:right].strip()
    if described:
        left = line.text.index(described, left)
        placed.append(("description", line.cut(left, left + len(described))))
    return placed


def _continued(row: Row, line: Span, heading: Heading) -> Row | None:
    """The row with the words of the next line added to its description, where they stand below it."""
    if not heading.spaced:
        return None
    described = next((column for column in heading.columns if column.role == "description"), None)
    below = [cell for role, cell in _placed(line, heading) if role == "description"]
    if described is None or not below:
        return None
    text = " ".join(filter(None, (row.words.get("description"), below[0].text)))
    return dataclasses.replace(row, words={**row.words, "description": text})
