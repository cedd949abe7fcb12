"""The sums below a table: net, tax, gross, what was paid, what is left, and the tax by rate.

A sum is believed by its label and by arithmetic: net + tax = gross lifts the confidence of the three, sums that
do not fit lower it. Refuses to compute a sum that is not stated.
"""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from pipeline_project.finance.money import rounded, written_decimal
from pipeline_project.finance.text.page import Found, Page, Span, cells
from pipeline_project.finance.text.values import PERCENT, amounts

_CENTS = Decimal("0.02")  # two roundings apart
_TRIED = 20  # amounts of one kind, the last of a text, that are tried against each other
_FITS, _ALONE, _CONTRADICTED = 0.97, 0.8, 0.55

# What the words before an amount make it; the first pattern that is found among them decides.
_ROLES: tuple[tuple[str, str], ...] = (
    (
        "none",
        r"skonto|cash discount|early payment|carried forward|übertrag|weight|gewicht|you save|ersparnis"
        r"|(?:vat|ust|mwst|tva|iva|btw|tax|steuer)[ .-]*(?:id\b|ident|no\b|nr|num|n°|reg|date|point)",
    ),
    (
        "prepaid",
        r"deposit|prepaid|prepayment|amount paid|payments? received|advance payment|already paid"
        r"|anzahlung(?:en)?|bereits (?:be|ge)zahlt|acomptes?\b|déjà payé|virement",
    ),
    (
        "payable",
        r"(?:amount|balance|total|payment)s? (?:now )?(?:due|payable)|balance|due payable|(?:is|are) due\b"
        r"|zahlbetrag|zu zahlen|offener betrag|restbetrag|zu überweisen|à payer|te betalen|da pagare|a pagar",
    ),
    (
        "charges",
        r"shipping|freight|delivery (?:charge|fee|cost)s?|postage|handling|surcharge|versand(?:kosten)?"
        r"|fracht(?:kosten)?|porto\b|lieferkosten|frais de|der zuschläge|zuschlag",
    ),
    ("allowances", r"discount|rabatt|nachlass|remise|der abschläge|abschlag|sconto|descuento"),
    (
        "net",
        r"sub-? ?total|total[ -](?:net\b|ex|before|without|HT\b)|net(?:to)? ?-?(?:total|amount|value|sum|price)|\bnet\b"
        r"|(?:excl|ohne|before|without|exkl|zzgl|hors)[^0-9]{0,12}(?:vat|tax|ust|mwst|steuer|tva|iva|btw)"
        r"|netto|zwischensumme|\bHT\b|base imponible|imponibile|subtotaal|positionssumme|warenwert",
    ),
    (
        "gross",
        r"grand total|gross|brutto|(?:incl|inc\b|inkl|including|with|einschl)[^0-9]{0,12}(?:vat|tax|ust|mwst"
        r"|steuer|iva)|(?:invoice|order|purchase) (?:total|amount|value)|total (?:of )?(?:invoice|order|TTC)"
        r"|\bTTC\b|(?:rechnungs|auftrags|bestell|end|gesamt)-?(?:betrag|beitrag|summe|wert|preis)"
        r"|totale (?:documento|fattura)|importe total|totaalbedrag",
    ),
    (
        "tax",
        r"\b(?:vat|gst|hst|(?:sales )?tax(?:es)?|value added tax)\b|mwst|mehrwertsteuer|\bust\b|umsatzsteuer"
        r"|steuerbetrag|versicherungs?steuer|\btaxe\b|\btva\b|\biva\b|\bbtw\b",
    ),
    ("gross", r"\btotal\b|gesamt\b|\bsumme\b|\btotale\b|\btotaal\b|\bamount\b"),
)
_PATTERNS = tuple((role, re.compile(rf"(?<![\w])(?:{pattern})", re.IGNORECASE)) for role, pattern in _ROLES)


@dataclasses.dataclass(frozen=True)
class TaxRow:
    """The tax at one rate, with what it is charged on where that is stated."""

    rate: Decimal
    taxable: Found[Decimal] | None
    tax: Found[Decimal]


@dataclasses.dataclass(frozen=True)
class Sums:
    """The sums stated in a text; None where a sum is not stated."""

    lines: Found[Decimal] | None = None
    allowances: Found[Decimal] | None = None
    charges: Found[Decimal] | None = None
    net: Found[Decimal] | None = None
    tax: Found[Decimal] | None = None
    gross: Found[Decimal] | None = None
    prepaid: Found[Decimal] | None = None
    payable: Found[Decimal] | None = None
    rates: tuple[TaxRow, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Chunk:
    """Some words of a line and the amounts that follow them."""

    words: str
    amounts: tuple[tuple[Decimal, Span, bool], ...]
    span: Span

    @property
    def role(self) -> str | None:
        """What the words make the amounts; None when they name no sum."""
        return next((role for role, pattern in _PATTERNS if pattern.search(self.words)), None)


def find_sums(page: Page, *, skip: frozenset[int] = frozenset()) -> Sums:
    """The sums of a text; the lines whose numbers are in `skip` (the rows of a table) are not looked at."""
    stated: dict[str, list[Found[Decimal]]] = {}
    rows: list[TaxRow] = []
    for number, line in enumerate(page.lines):
        if number in skip:
            continue
        for chunk in _chunks(line):
            row = _tax_row(chunk)
            if row is not None:
                rows.append(row)
            if chunk.role not in {None, "none"} and (row is None or row.taxable is None):
                stated.setdefault(str(chunk.role), []).append(_sum_of(chunk))
        for role, found in _below_headings(page, number, skip):
            stated.setdefault(role, []).append(found)
    return _reconciled(stated, tuple({(row.rate, row.tax.value): row for row in rows}.values()))


def negated(sums: Sums) -> Sums:
    """The same sums with the other sign."""
    names = [field.name for field in dataclasses.fields(sums) if field.name != "rates"]
    turned = {name: _turned(getattr(sums, name)) for name in names}
    rows = tuple(TaxRow(row.rate, _turned(row.taxable), _turned(row.tax) or row.tax) for row in sums.rates)
    return Sums(**turned, rates=rows)


def _turned(found: Found[Decimal] | None) -> Found[Decimal] | None:
    return found.with_value(-found.value) if found else None


def _chunks(line: Span) -> Iterator[_Chunk]:
    """The line cut behind each run of amounts, where words begin again."""
    found = [entry for entry in amounts(line) if entry[2] or _ends_cell(line, entry[1])]
    start = 0
    for position, (_, span, _) in enumerate(found):
        end = span.end - line.start
        following = found[position + 1][1].start - line.start if position + 1 < len(found) else len(line.text)
        words_between = re.search(r"[^\W\d_]{3,}", re.sub(r"\b[A-Z]{3}\b", "", line.text[end:following]))
        if words_between or position + 1 == len(found):
            inside = tuple(entry for entry in found if start <= entry[1].start - line.start < end)
            words = line.text[start : inside[0][1].start - line.start]
            yield _Chunk(" ".join(words.split()), inside, line.cut(start, end))
            start = end


def _ends_cell(line: Span, span: Span) -> bool:
    """Whether a bare number stands by itself, as amounts without decimals do."""
    behind = line.text[span.end - line.start :]
    before = line.text[: span.start - line.start]
    return (not behind.strip() or behind.startswith("  ")) and (before.endswith("  ") or before.rstrip().endswith(":"))


def _sum_of(chunk: _Chunk) -> Found[Decimal]:
    money = [entry for entry in chunk.amounts if entry[2]]
    value, span, is_money = (money or list(chunk.amounts))[-1]
    return Found(value, _ALONE if is_money else 0.6, span)


def _tax_row(chunk: _Chunk) -> TaxRow | None:
    """The tax at a rate, where the words name a rate and the amounts agree with it."""
    if chunk.role not in {"tax", None, "net", "gross"}:
        return None
    numbers = [Found(value, _FITS, span) for value, span, _ in chunk.amounts[:_TRIED]]
    stated = [written_decimal(found) for found in PERCENT.findall(chunk.span.text)]
    rates = [rate for rate in stated if rate is not None]
    if not rates and chunk.role == "tax" and len(numbers) > 2:
        rates = [number.value for number in numbers if 0 < number.value <= 30]
    for rate, base, tax in itertools.product(rates, numbers, numbers):
        agrees = abs(rounded(base.value * rate / 100) - tax.value) <= _CENTS
        if agrees and base is not tax and base.value and (tax.value or not rate):
            return TaxRow(rate, base, tax)
    if len(rates) == 1 and chunk.role == "tax" and len([entry for entry in chunk.amounts if entry[2]]) == 1:
        return TaxRow(rates[0], None, _sum_of(chunk))
    return None


def _below_headings(page: Page, number: int, skip: frozenset[int]) -> Iterator[tuple[str, Found[Decimal]]]:
    """Sums that stand below their labels: a line of two labels or more, without amounts, then their amounts."""
    line = page.lines[number]
    headings = [(cell, _Chunk(cell.text, (), cell).role) for cell in cells(line)]
    headings = [(cell, role) for cell, role in headings if role in {"net", "tax", "gross", "payable"}]
    below = next((n for n in range(number + 1, min(number + 4, len(page.lines))) if page.lines[n].text.strip()), None)
    if len(headings) < 2 or below is None or below in skip or any(money for *_, money in amounts(line)):
        return
    values = [entry for entry in amounts(page.lines[below]) if entry[2]]
    for cell, role in headings:
        column = cell.start - line.start + len(cell.text) / 2
        near = [(abs((v.start + v.end) / 2 - page.lines[below].start - column), n, v) for n, v, _ in values]
        if near and min(near)[0] < 25:
            _, value, span = min(near, key=lambda entry: entry[0])
            yield str(role), Found(value, _ALONE, span)


def _reconciled(stated: dict[str, list[Found[Decimal]]], rows: tuple[TaxRow, ...]) -> Sums:
    """The sums that agree with each other, else the best of each."""
    nets, taxes = stated.get("net", [])[-_TRIED:], [*stated.get("tax", [])[-_TRIED:], *_sum_of_rows(rows)]
    grosses = [*stated.get("gross", [])[-_TRIED:], *stated.get("payable", [])[-_TRIED:]]
    charges, allowances = _extra(stated.get("charges", [])), _extra(stated.get("allowances", []))
    for net, tax, gross in itertools.product([*reversed(nets), *grosses], taxes, grosses):
        fits = abs(net.value + tax.value - gross.value) <= _CENTS
        if fits and net.value and net is not gross and abs(gross.value) >= abs(net.value):
            lines = _line_sum(nets, net.value, charges, allowances)
            fitting = Sums(
                lines=lines,
                allowances=allowances if lines else None,
                charges=charges if lines else None,
                net=_sure(net, _FITS),
                tax=_sure(tax, _FITS),
                gross=_sure(gross, _FITS),
                rates=rows,
            )
            return _with_payment(fitting, stated)
    first = Sums(net=_last(nets), tax=_last(taxes), gross=_largest(grosses), rates=rows)
    return _with_payment(_weighed(first), stated)


def _weighed(sums: Sums) -> Sums:
    """The same sums, less sure where net and tax contradict the gross, surer where net and gross are one."""
    if sums.net and sums.gross and not sums.tax and sums.net.value == sums.gross.value:
        return dataclasses.replace(sums, net=_sure(sums.net, 0.9), gross=_sure(sums.gross, 0.9))
    if sums.net and sums.gross and sums.tax:
        doubtful = {name: _sure(getattr(sums, name), _CONTRADICTED) for name in ("net", "tax", "gross")}
        return dataclasses.replace(sums, **doubtful)
    return sums


def _with_payment(sums: Sums, stated: dict[str, list[Found[Decimal]]]) -> Sums:
    """The same sums with what was paid and what is left; if nothing else is said, the gross is to be paid."""
    paid = _last(stated.get("prepaid", []))
    prepaid = paid.with_value(abs(paid.value)) if paid else None
    payable = _last(stated.get("payable", []))
    if prepaid and payable and sums.gross and abs(sums.gross.value - prepaid.value - payable.value) <= _CENTS:
        return dataclasses.replace(sums, prepaid=_sure(prepaid, _FITS), payable=_sure(payable, _FITS))
    if payable is None or (sums.gross and payable.value == sums.gross.value):
        owed = sums.gross if prepaid is None or not prepaid.value else payable
        return dataclasses.replace(sums, payable=owed, prepaid=prepaid)
    return dataclasses.replace(sums, payable=payable, prepaid=prepaid)


def _line_sum(
    nets: list[Found[Decimal]],
    net: Decimal,
    charges: Found[Decimal] | None,
    allowances: Found[Decimal] | None,
) -> Found[Decimal] | None:
    """The sum of the lines: another net amount that charges and allowances lead from to `net`."""
    extra = (charges.value if charges else 0) - (allowances.value if allowances else 0)
    for found in nets:
        if abs(found.value + extra - net) <= _CENTS:
            return _sure(found, _FITS)
    return None


def _sum_of_rows(rows: tuple[TaxRow, ...]) -> list[Found[Decimal]]:
    if not rows:
        return []
    return [Found(sum((row.tax.value for row in rows), Decimal(0)), _FITS, rows[0].tax.span)]


def _extra(found: list[Found[Decimal]]) -> Found[Decimal] | None:
    return found[-1].with_value(abs(found[-1].value)) if found and found[-1].value else None


def _last(found: list[Found[Decimal]]) -> Found[Decimal] | None:
    return found[-1] if found else None


def _largest(found: Iterable[Found[Decimal]]) -> Found[Decimal] | None:
    return max(found, key=lambda entry: (entry.confidence, entry.value), default=None)


def _sure(found: Found[Decimal], confidence: float) -> Found[Decimal]:
    return dataclasses.replace(found, confidence=confidence)
