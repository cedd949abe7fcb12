"""Typed looks at the elements of a business document, by path.

What is absent is None. What is there and is not what it should be (a date that is no date, an amount that is
no number, an amount in another currency) becomes a Problem with its path and line, and None: a document is
never refused for one bad value, and a bad value is never dropped in silence. Refuses to judge whether
something ought to be there: that is a rule's work.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field

from pipeline_project.finance.money import strict_decimal

MAX_PROBLEMS = 100


class Problem(BaseModel):
    """A place in a document that could not be read as what it should be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="element names from the root, with positions where there are several")
    line: int | None = Field(default=None, description="line of the source, counted from 1")
    message: str = Field(description="what was found, and what was expected")

    def __str__(self) -> str:
        return f"{self.path}{f', line {self.line}' if self.line else ''}: {self.message}"


class Scan:
    """One pass over one document: its name spaces, its currency once known, and the problems met so far."""

    def __init__(self, namespaces: Mapping[str, str]) -> None:
        self.namespaces = dict(namespaces)
        self.currency: str | None = None
        self._problems: list[Problem] = []

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems met, the first MAX_PROBLEMS of them, each once."""
        return tuple(dict.fromkeys(self._problems))

    @property
    def full(self) -> bool:
        """Whether MAX_PROBLEMS are noted; further ones are not."""
        return len(self._problems) >= MAX_PROBLEMS

    def add(self, problem: Problem) -> None:
        """Note `problem`."""
        self._problems.append(problem)


class Node:
    """An element and its scan; paths are lxml paths with the scan's prefixes: "cac:Price/cbc:PriceAmount"."""

    def __init__(self, element: etree._Element, scan: Scan) -> None:
        self.element = element
        self.scan = scan

    def node(self, path: str) -> "Node | None":
        """The first element at `path`."""
        found = self.element.find(path, self.scan.namespaces)
        return None if found is None else Node(found, self.scan)

    def child(self, path: str) -> "Node":
        """The first element at `path`, or one with nothing in it where absent and empty are alike."""
        return self.node(path) or Node(etree.Element("absent"), self.scan)

    def nodes(self, path: str) -> "list[Node]":
        """Every element at `path`, in document order."""
        return [Node(found, self.scan) for found in self.element.findall(path, self.scan.namespaces)]

    @property
    def content(self) -> str:
        """The element's own text without surrounding white space; "" when it has none."""
        return (self.element.text or "").strip()

    def attribute(self, name: str) -> str | None:
        """The attribute without surrounding white space; None when absent."""
        value = self.element.get(name)
        return None if value is None else value.strip()

    def text(self, *paths: str) -> str | None:
        """The content of the first of `paths` that has any; "" when all that exist are empty."""
        found = [node.content for path in paths if (node := self.node(path)) is not None]
        return next(filter(None, found), found[0] if found else None)

    def joined(self, path: str) -> str | None:
        """The content of every element at `path`, one a line: for a term that the syntax lets repeat."""
        found = [node.content for node in self.nodes(path)]
        return "\n".join(found) if found else None

    def decimal(self, path: str) -> Decimal | None:
        """The number at `path`, with the scale it is written with."""
        node = self.node(path)
        return None if node is None else node.number()

    def number(self) -> Decimal | None:
        """The element's own content as a number."""
        number = strict_decimal(self.content)
        if number is None:
            self.expected("a decimal number such as 1250.00")
        return number

    def money(self, path: str) -> Decimal | None:
        """The amount at `path`; one that names another currency than the document's is a problem."""
        node = self.node(path)
        if node is None:
            return None
        currency = node.attribute("currencyID")
        if currency and self.scan.currency and currency != self.scan.currency:
            node.expected(f"an amount in {self.scan.currency}, not in {currency[:8]}")
            return None
        return node.number()

    def date(self, path: str) -> date | None:
        """The ISO 8601 date at `path`; a time zone behind it is ignored, as EN 16931 dates have none."""
        node = self.node(path)
        if node is None:
            return None
        day = iso_date(node.content)
        if day is None:
            node.expected("a date such as 2024-12-31")
        return day

    def expected(self, what: str) -> None:
        """Note the problem that this element's content is not `what` it should be."""
        found = repr(self.content[:60]) if self.content else "nothing"
        self.problem(f"found {found}, expected {what}")

    def problem(self, message: str) -> None:
        """Note `message` as a problem of this element."""
        if self.scan.full:
            return
        self.scan.add(Problem(path=self.path, line=self.element.sourceline, message=message))

    def currencies(self) -> tuple[str, ...]:
        """The currencies that the amounts in this element name, each once, in document order."""
        found = (each.get("currencyID") for each in self.element.iter())
        return tuple(dict.fromkeys(currency.strip() for currency in found if currency is not None))

    @property
    def path(self) -> str:
        """Local names from the root to this element, with positions among siblings of the same name."""
        steps = []
        for element in (self.element, *self.element.iterancestors()):
            before = sum(1 for _ in element.itersiblings(element.tag, preceding=True))
            several = before or next(element.itersiblings(element.tag), None) is not None
            name = etree.QName(element).localname
            steps.append(f"{name}[{before + 1}]" if several else name)
        return "/".join(reversed(steps))


def iso_date(text: str) -> date | None:
    """`text` as a calendar date YYYY-MM-DD, with or without a time zone; None when it is not one."""
    day, zone = text[:10], text[10:]
    if zone not in {"", "Z"} and not (len(zone) == 6 and zone[0] in "+-" and zone[3] == ":"):
        return None
    try:
        return date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        return None
