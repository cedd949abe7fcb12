"""The headings of tables of goods: which columns a line of text names, and where they stand.

Refuses lines that hold amounts, and lines that name too little to be a heading of goods.
"""

import dataclasses
import re
from typing import Literal

from pipeline_project.finance.text.page import Page, Span
from pipeline_project.finance.text.values import amounts

Role = Literal["position", "sku", "description", "quantity", "unit", "price", "discount", "tax", "net"]
NUMERIC: frozenset[Role] = frozenset({"position", "quantity", "price", "discount", "tax", "net"})

# The longest name that is found at a place decides, whatever its role.
_NAMES: tuple[tuple[Role, str], ...] = (
    (
        "sku",
        r"(?:art(?:ikel|icle)?\.?|item|product|part|produkt|material|order|model|stock)[ .-]{0,3}"
        r"(?:nr|no|nummer|number|code|id)\b\.?|art-nr[\w.-]*|sku|ref(?:erence|érence)?\.?|code|réf\.?",
    ),
    (
        "price",
        r"unit[ -](?:price|cost|net)|price ?(?:/|per|a|each) ?\w*|(?:einzel|netto|stück|e)-?preis|einzel ?/ ?€"
        r"|preis ?/? ?(?:pro|je|/)? ?\w*|prix unit(?:aire|\.)|prix|p\.? ?u\.?|price|rate|cost|each|ep\b"
        r"|(?:precio|prezzo)(?: unitario)?|prijs",
    ),
    (
        "net",
        r"(?:line|net|ext(?:ended)?\.?) ?(?:total|amount|price|value)|(?:netto|gesamt|positions)-? ?(?:betrag|preis"
        r"|summe)|gesamt(?: ?/ ?€)?|netto|total(?: (?:price|HT|net|amount|cost))?|amount|betrag|summe|sum|value"
        r"|montant(?: HT)?|prix HT|importe|importo|bedrag|entgelt|subtotal|gp\b",
    ),
    (
        "quantity",
        r"qty\.?|quantity|menge|anzahl|hours|stunden|stück|quantité|qté\.?|cantidad|quantità|aantal|pcs|units",
    ),
    ("unit", r"unit|uom|einheit|meng\.-|me\b|unité|unidad|u/m"),
    ("discount", r"discount|rabatt|rem\.|remise|disc\.?"),
    ("tax", r"vat(?: ?%| rate)?|tax(?: ?%| rate)?|mwst\.?|ust\.?(?: ?%)?|steuersatz|tva|iva|btw"),
    (
        "description",
        r"description|(?:artikel|waren|produkt|leistungs)?-?(?:bezeichnung|beschreibung|text)|product(?: name)?"
        r"|service|item|details|leistung(?:en)?|produkt|artikel|article|désignation|libellé|goods|particulars"
        r"|descripción|descrizione|omschrijving",
    ),
    ("position", r"pos(?:ition)?\.?|line|lfd\.? ?nr\.?|nr\.?|no\.?|#|ln"),
)
_PATTERNS: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"(?<![\w/-])(?:{names})(?!\w)", re.IGNORECASE)) for role, names in _NAMES
)


@dataclasses.dataclass(frozen=True)
class Column:
    """A named column and where its heading stands in its line."""

    role: Role
    left: int
    right: int


@dataclasses.dataclass(frozen=True)
class Heading:
    """The columns of a table, left to right, and whether spaces set them apart."""

    columns: tuple[Column, ...]
    spaced: bool

    def has(self, role: Role) -> bool:
        """Whether there is a column of that role."""
        return any(column.role == role for column in self.columns)


def find_heading(page: Page, number: int) -> Heading | None:
    """The table heading in line `number`, completed from the lines around it; None for any other line."""
    line = page.lines[number]
    named = _named(line)
    roles = {column.role for column in named}
    goods, money = roles & {"description", "sku"}, roles & {"price", "net"}
    if not (goods and money and len(roles) > 2) and not {"quantity", "price", "net"} <= roles:
        return None
    spaced = len(re.findall(r"\S\s{2,}(?=\S)|\t", line.text)) >= len(named) - 2
    for other in (number - 1, number + 1) if spaced else ():
        if 0 <= other < len(page.lines):
            extra = [column for column in _named(page.lines[other]) if column.role not in roles]
            named += [column for column in extra if not any(_overlap(column, each) for each in named)]
            roles |= {column.role for column in extra}
    return Heading(tuple(sorted(named, key=lambda column: column.left)), spaced)


def _named(line: Span) -> list[Column]:
    """The columns a line names, each role once; none for a line with amounts of money."""
    if any(money for *_, money in amounts(line)):
        return []
    found = [
        Column(role, match.start(), match.end()) for role, names in _PATTERNS for match in names.finditer(line.text)
    ]
    kept: list[Column] = []
    for column in sorted(found, key=lambda column: (column.left - column.right, column.left)):
        if not any(_overlap(column, each) for each in kept):
            kept.append(column)
    return _each_role_once(sorted(kept, key=lambda column: column.left), line)


def _each_role_once(columns: list[Column], line: Span) -> list[Column]:
    """Of two columns of one role the telling one keeps it, the other gets what it can also be.

    The last amount is the line's amount, an "amount" before it the quantity; a second price is the amount, what
    stands before a description names the article.
    """
    once: dict[Role, Column] = {}
    for column in columns:
        before = once.get(column.role)
        if before is None:
            once[column.role] = column
        elif column.role == "net":
            once["net"] = column
            if line.text[before.left : before.right].lower() == "amount":
                once.setdefault("quantity", dataclasses.replace(before, role="quantity"))
        elif column.role == "price":
            once.setdefault("net", dataclasses.replace(column, role="net"))
        elif column.role == "description":
            once["description"] = column
            once.setdefault("sku", dataclasses.replace(before, role="sku"))
    return sorted(once.values(), key=lambda column: column.left)


def _overlap(one: Column, other: Column) -> bool:
    return one.left < other.right and other.left < one.right
