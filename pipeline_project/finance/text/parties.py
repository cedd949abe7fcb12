"""Who wrote a document and to whom, in running text: names and addresses.

Refuses to choose a name without a reason: each has the confidence of the rule that found it, from a label (0.9)
down to being the first line of the text (0.4).
"""

import dataclasses
import re
from collections.abc import Iterator
from typing import Literal

from pipeline_project.finance.text.page import Found, Page, Span, blocks

Side = Literal["seller", "buyer", "delivery"]
Label = Literal["seller", "buyer", "delivery", "author", "reader"]

_BLOCK = 9  # lines of an address block, at most
_LONGEST_NAME = 60

_LEGAL = re.compile(
    r"\b(?:GmbH|g?UG|AG|KG|OHG|GbR|e\. ?K\.?|e\.V\.|SE|Ltd\.?|Limited|LLP|PLC|Inc\.?|LLC|Corp\.?|SARL|SAS|S\.A\."
    r"|SA|S\.?p\.?A\.?|S\.?r\.?l\.?|S\.L\.|SL|B\.?V\.?|N\.V\.|NV|Oy|AB|A/S|ApS|AS)(?!\w)"
)
_LABELS: tuple[tuple[Label, str], ...] = (
    ("author", r"from|absender|von"),
    ("reader", r"to|an"),
    (
        "seller",
        r"seller|supplier|vendor|remit to|verkäufer|lieferant|rechnungs(?:steller|ersteller)|vendeur|fournisseur"
        r"|proveedor|fornitore",
    ),
    (
        "buyer",
        r"(?:bill(?:ed)?|invoiced?|sold)[ -]to|(?:billing|invoice) address|buyer|customer|client|ordered by|purchaser"
        r"|company|rechnung an|rechnungs(?:empfänger|adresse|anschrift)|käufer(?:/leistungsempfänger)?|kunde"
        r"|auftraggeber|besteller|acheteur|adresse de facturation|facturé à|cliente|destinatario",
    ),
    (
        "delivery",
        r"(?:ship(?:ped|ping)?|deliver)[ -]to|(?:ship(?:ping)?|delivery) address|liefer(?:adresse|anschrift)"
        r"|lieferung an|warenempfänger|adresse de livraison",
    ),
)
_SIDES: tuple[tuple[Label, re.Pattern[str]], ...] = tuple(
    (side, re.compile(rf"(?:{names})\s*(?::\s*|$)", re.IGNORECASE)) for side, names in _LABELS
)
_SALUTATION = re.compile(r"(?:firma|company|herrn?|frau|mrs?|ms|m(?:onsieur|adame))\.?", re.IGNORECASE)
_KEY = re.compile(r"(?P<key>[A-Za-zÄÖÜäöü.\s-]{2,20}?)\s*:\s*(?P<value>.*)")
_NAME_KEYS, _ADDRESS_KEYS = {"name", "company", "firma", "nom"}, {"address", "anschrift", "adresse"}
_NOT_A_NAME = re.compile(
    r".*(?:\d{4}|[:@]|www\.|https?)|\W*\d|\W*$|.*\b(?!Ltd|Inc|Corp)\w{3,}\.\s*$"
    r"|\W*(?:tax )?(?:invoice|rechnung|facture|fattura|factura|page|seite|tel|fax|phone|date|datum|e-?mail|nr\b|no\b"
    r"|nummer|gln|dear|sehr|hello|hallo|hi\b|subject|betreff|purchase|bestellung|order|credit note|gutschrift|original"
    r"|copy|kopie|summe|total|netto|brutto|betrag|amount|please|bitte|kind regards|best regards|regards"
    r"|mit freundlichen|viele|vielen|thank)",
    re.IGNORECASE,
)
_VEHICLE_CODES = {"D": "DE", "A": "AT", "F": "FR", "I": "IT"}  # as in D-80333 München
# A letterhead's return address: name, street and town in one line.
_RETURN = re.compile(r"\s*+(?P<name>[^|·•●\d]{3,60}?)\s*(?:[|·•●*/,]|\s[-\u2013]\s)[^\n]*\d{4,5}\s+[A-ZÄÖÜÉ]")
_TOWN = re.compile(
    r"(?:(?P<country>[A-Z]{1,2})[ -]+)?(?P<postcode>\d{4,5})\s+(?P<city>[A-ZÄÖÜÉ][\w .'/()-]{1,40}?)"
    r"\s*(?:$|\s{2,}|[,|·•●])"
)
_COUNTRIES = {
    "deutschland": "DE", "germany": "DE", "österreich": "AT", "austria": "AT", "schweiz": "CH", "france": "FR",
    "switzerland": "CH", "frankreich": "FR", "united kingdom": "GB", "netherlands": "NL", "nederland": "NL",
    "italia": "IT", "italy": "IT", "españa": "ES", "spain": "ES", "belgium": "BE", "belgië": "BE", "usa": "US",
    "united states": "US", "ireland": "IE", "poland": "PL", "denmark": "DK", "sweden": "SE", "norway": "NO",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class AddressText:
    """A postal address; the country is its ISO 3166-1 alpha-2 code where the text names one."""

    street: str | None
    postcode: str
    city: str
    country: str | None


@dataclasses.dataclass(frozen=True)
class PartyText:
    """A party as far as the text shows it."""

    name: Found[str] | None = None
    address: Found[AddressText] | None = None


def find_parties(page: Page, *, author: Side = "seller") -> dict[Side, PartyText]:
    """Seller, buyer and place of delivery of a document, each with the name and address the text gives.

    `author` is the side that wrote it, whose letterhead it bears: the seller of an invoice, the buyer of an order.
    """
    found: dict[Side, PartyText] = {}
    reader: Side = "buyer" if author == "seller" else "seller"
    for label, block in _labelled_blocks(page):
        side = author if label == "author" else reader if label == "reader" else label
        party = _party(block, 0.9)
        if party.name is not None:
            found.setdefault(side, party)
    for number, line in enumerate(page.lines):
        match = _RETURN.match(line.text)
        if match is not None and _could_be_name(match["name"]):
            name = Found(_plain(match["name"]), 0.85, line.cut(*match.span("name")))
            found.setdefault(author, PartyText(name, _address([line])))
            found.setdefault(reader, _party(_block_below(page, number, 0), 0.65))
            break
    if author not in found:
        found[author] = PartyText(_letterhead(page, found.get(reader)))
    return found


def _labelled_blocks(page: Page) -> Iterator[tuple[Label, list[Span]]]:
    """The lines behind or below each label of a side."""
    for number, line in enumerate(page.lines):
        for cell in blocks(line):
            for side, label in _SIDES:
                match = label.match(cell.text)
                if match is None:
                    continue
                rest = cell.cut(match.end(), len(cell.text))
                left = cell.start - line.start
                below = _block_below(page, number, left)
                beside = [each for each in blocks(line) if each.start > cell.end][:1] if not rest.text else [rest]
                if rest.text and _TOWN.search(rest.text):
                    yield side, _parts(rest)
                else:
                    yield side, [*(beside if ":" in match[0] else []), *below]


def _parts(line: Span) -> list[Span]:
    """The parts of an address that is written in one line."""
    return [line.cut(match.start(), match.end()) for match in re.finditer(r"[^\s,;][^,;]*", line.text)]


def _block_below(page: Page, number: int, left: int) -> list[Span]:
    """The cells below line `number` that stand at column `left`, down to the first gap."""
    block: list[Span] = []
    for line in page.lines[number + 1 : number + 1 + 2 * _BLOCK]:
        if not line.text.strip():
            if len(block) > 1:
                break
            continue
        under = [cell for cell in blocks(line) if cell.start - line.start >= left - 12]
        if not under or any(label.match(under[0].text) for _, label in _SIDES):
            break
        aside = under[0].start - line.start > left + 12
        if aside and not (block and _KEY.fullmatch(block[-1].text)):
            break
        keyed = under[0].text.endswith(":") and len(under) > 1
        both = Span(under[0].start, under[1].end, f"{under[0].text} {under[1].text}") if keyed else under[0]
        block.append(both)
        if len(block) == _BLOCK:
            break
    return block


def _party(block: list[Span], sure: float) -> PartyText:
    names: list[Span] = []
    lines: list[Span] = []
    for line in block:
        if _SALUTATION.fullmatch(line.text):
            continue
        keyed = _KEY.fullmatch(line.text)
        key = keyed["key"].strip().lower() if keyed else ""
        value = Span(line.start, line.end, keyed["value"].strip()) if keyed else line
        if key in _NAME_KEYS or (not key and not names and _could_be_name(value.text)):
            names.append(value)
        elif not key or key in _ADDRESS_KEYS:
            lines.append(value)
    name = names[0] if names else None
    return PartyText(Found(_plain(name.text), sure, name) if name else None, _address(lines))


def _could_be_name(words: str) -> bool:
    return len(words) <= _LONGEST_NAME and _NOT_A_NAME.match(words) is None


def _plain(words: str) -> str:
    return " ".join(words.split())


def _address(lines: list[Span]) -> Found[AddressText] | None:
    """The address in the lines of a block: the town by its postal code, the street above it."""
    for position, line in enumerate(lines):
        town = _TOWN.search(line.text)
        if town is None:
            continue
        before = re.split(r"\s*[|·•●,]\s*|\s[-\u2013]\s", line.text[: town.start()].strip(" |·•●,-\u2013"))
        street = before[-1] if before[-1] else lines[position - 1].text if position else None
        named = (_COUNTRIES.get(each.text.strip().lower()) for each in lines)
        country = next(filter(None, named), None) or _VEHICLE_CODES.get(town["country"] or "", town["country"])
        return Found(AddressText(street and _plain(street), town["postcode"], _plain(town["city"]), country), 0.8, line)
    return None


def _letterhead(page: Page, other: PartyText | None) -> Found[str] | None:
    """The author by its legal form, else by the first line that could be a name."""
    first: Found[str] | None = None
    named: dict[str, list[Span]] = {}
    for line in page.lines:
        for cell in blocks(line):
            text = re.split(r"\s*[|·•●,;]\s*", cell.text)[0]
            if not _could_be_name(text):
                continue
            span = cell.cut(0, len(text))
            first = first or Found(text, 0.4, span)
            if _LEGAL.search(text) and not (other and other.name and other.name.value == text):
                named.setdefault(text, []).append(span)
    if not named:
        return first
    spans = max(named.values(), key=len)
    on_top = first is not None and first.span == spans[0]
    return Found(spans[0].text, 0.85 if on_top else 0.8 if len(spans) > 1 else 0.7, spans[0])
