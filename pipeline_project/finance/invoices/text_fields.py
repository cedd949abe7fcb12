"""The single fields of an invoice in running text: kind, number, dates, references, by their labels.

Labels are those of English and German invoices, and the common ones in French, Italian, Spanish and Dutch.
Refuses to decide between two documents: a credit note's own number comes before that of the invoice it names.
"""

import re
from datetime import date, timedelta
from typing import Literal

from pipeline_project.finance.text import fields
from pipeline_project.finance.text.fields import NO, Days, best
from pipeline_project.finance.text.page import Found, Page, Span, cells
from pipeline_project.finance.text.values import DATE

_INVOICE_NUMBER = re.compile(
    rf"\b(?:tax )?(?:invoice|inv\.?|bill)[ -]?(?:{NO}|ref(?:erence)?)"
    r"|\b\w*rechnungs?[ .-]{0,2}(?:nummer|nr\b\.?|no\b\.?|id\b)"
    rf"|\bre\.?-?nr\b\.?|\bfacture\s?{NO}|\b(?:n[°º]|num[ée]ro)\s?(?:de\s)?(?:la\s)?facture"
    r"|\bfactuurnummer|\bn[úu]mero de factura|\bfactura\s?(?:n[°ºo.]+|núm\.?)|\bfattura\s?n(?:[°º.]|umero)+",
    re.IGNORECASE,
)
_CREDIT_NUMBER = re.compile(
    rf"\bcredit (?:note|memo)[ -]?{NO}|\bgutschrifts?[ .-]{{0,2}}(?:nummer|nr\b\.?)"
    rf"|\bkorrekturrechnung\w*[ .-]{{0,2}}nr\.?|\bavoir\s?{NO}|\bcreditnotanummer",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^\W*(?:(?:tax|commercial|sales|proforma) )?(?:invoice|(?:handels)?rechnung|facture|fattura|factura|factuur"
    r"|credit note|gutschrift|avoir|rechnungskorrektur)\b[\s:#-]*(?:nr\.?|no\.?|n[°º])?\s*",
    re.IGNORECASE,
)
# Places where the number stands when no label names it, each with how much less sure it is.
_OTHER_NUMBERS = (
    (re.compile(rf"\b(?:beleg|dokument|document)[ .-]{{0,2}}{NO}", re.IGNORECASE), 0.9),
    (_HEADING, 0.8),
    (re.compile(r"rechnung\b.*?\bNr\.?\s*", re.IGNORECASE), 0.85),
    (re.compile(r"^\s*(?:number|nummer|no|nr)\.?(?=\s*:)", re.IGNORECASE), 0.7),
)
_CREDIT = re.compile(
    r"(?:\w+ )?(?:credit (?:note|memo)|gutschrift|rechnungs-?korrektur|storno(?:rechnung)?|avoir|nota di credito"
    r"|nota de crédito|creditnota)\b",
    re.IGNORECASE,
)
_GERMAN_CREDIT = re.compile(r"gutschrift|korrektur", re.IGNORECASE)
_INVOICE_WORDS = (
    (re.compile(r"\b\w*(?:invoice|rechnung|facture|factuur|fattura|factura)\b", re.IGNORECASE), 0.95),
    (re.compile(r"invoic|rechnung|factur|fattur", re.IGNORECASE), 0.8),
)
_ISSUED = re.compile(
    r"\b(?:invoice|issue|bill(?:ing)?|document|credit note) date|\bdate (?:of )?(?:issue|invoice)|\bdated"
    r"|\bissued(?: (?:on|at))?|\b(?:rechnungs|ausstellungs|beleg|gutschrifts)-?datum"
    r"|\b\w*rechnung\s+(?:nr\.?\s*\S+\s+)?vom|\bdate (?:de )?(?:la )?factur\w*|\bdata (?:fattura|documento)"
    r"|\bfecha (?:de )?(?:factura|emisión)|\bfactuurdatum",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?:^|(?<=\s\s)|(?<=,\s))(?:date|datum|data|fecha|den|le)\b", re.IGNORECASE)
_DUE = re.compile(
    r"\b(?:payment )?due(?: date| on| by)?|\bpay(?:able|ment)?[^\n]{0,40}?(?:by|until|before|no later than)"
    r"|\bremit (?:by|until)|\bfällig(?:keit)?(?:sdatum)?(?: am| bis)?|\bzahlbar[^\n]{0,40}?bis(?: zum)?"
    r"|\bzahlungsziel|\bzahlbar am|\bdate d.échéance|\béchéance|\bvencimiento|\bscadenza|\bvervaldatum",
    re.IGNORECASE,
)
_DELIVERED = re.compile(
    r"\b(?:delivery date|date of (?:delivery|supply)|supply date|service date)|\b(?:liefer|leistungs)-?datum"
    r"|\bliefer-? (?:und|bzw\.|/) ?leistungsdatum|\bdate de livraison",
    re.IGNORECASE,
)
_DAYS = re.compile(
    r"(?:within|in|innerhalb(?: von)?|binnen|sous|à)\s(\d{1,3})\s?(?:days|tage|jours|j\b)"
    r"|\bnet[ -](10|14|15|20|21|30|45|60|90)\b(?![.,]?\d|\s?(?:[€$£]|EUR|USD|GBP))|\b(\d{1,3}) days net",
    re.IGNORECASE,
)
_DISCOUNT = re.compile(r"skonto|discount|%\s*$|escompte", re.IGNORECASE)
_ORDER = re.compile(
    rf"\b(?:P\.?O\.?|purchase order|(?:your |customer )?order)[ -]?(?:{NO}|ref(?:erence)?)|\byour order"
    r"|\bP\.?O\.?(?=\s*[:#])|\b(?:ihre |kunden)?-?bestell(?:ung|nummer|nr)\b\.?(?: ?nr\.?)?"
    r"|\bvotre (?:commande|référence)|\bbon de commande",
    re.IGNORECASE,
)
_LOCAL_TAX = re.compile(r"\b(?:steuer-?(?:nummer|nr\b)|st\.?-?nr\b|tax (?:number|no\b))\.?", re.IGNORECASE)
_LOCAL_TAX_VALUE = re.compile(r"\d{2,3}[/ ]\d{3,4}[/ ]\d{4,5}|\d{10,13}")
_THEIRS = re.compile(r"(?:your|customer|client|buyer|ihre|kunden|käufer|empfänger|votre)[^\n]{0,30}$", re.IGNORECASE)
_TITLE_LINES = 40


def kind(page: Page) -> Found[Literal["invoice", "credit_note"]] | None:
    """Whether the text calls itself a credit note or an invoice.

    The German Gutschrift is less sure: it also names an invoice that the buyer writes for the seller.
    """
    for cell in _titles(page):
        match = _CREDIT.match(cell.text)
        if match is not None:
            return Found("credit_note", 0.7 if _GERMAN_CREDIT.search(match[0]) else 0.9, cell)
    for pattern, sure in _INVOICE_WORDS:
        for line in page.lines:
            match = pattern.search(line.text)
            if match is not None:
                return Found("invoice", sure, line.cut(*match.span()))
    return None


def number(page: Page, *, credit: bool) -> Found[str] | None:
    """The number of the document: by its label, else behind its title."""
    labelled = fields.number(page, _CREDIT_NUMBER if credit else _INVOICE_NUMBER)
    if labelled is not None:
        return labelled
    for label, factor in _OTHER_NUMBERS:
        found = fields.number(page, label)
        if found is not None:
            return found.weighed(factor)
    return preceding(page) if credit else None


def preceding(page: Page) -> Found[str] | None:
    """The number of the invoice that a credit note corrects."""
    return fields.number(page, _INVOICE_NUMBER)


def order_number(page: Page) -> Found[str] | None:
    """The number of the buyer's order."""
    return fields.number(page, _ORDER)


def local_tax_number(page: Page) -> Found[str] | None:
    """The seller's number at the tax office, which is no VAT identifier."""
    return best(page.labelled(_LOCAL_TAX, _LOCAL_TAX_VALUE, str))


def dates(page: Page, currency_code: str | None) -> dict[str, Found[date]]:
    """The dates of issue, due and delivery, those that are stated."""
    days = Days(page, currency_code)
    issued = days.labelled(_ISSUED) or _dated(page, days)
    due = days.labelled(_DUE) or (_term(page, issued.value) if issued else None)
    found = {"issue_date": issued, "due_date": due, "delivery": days.labelled(_DELIVERED)}
    return {name: each for name, each in found.items() if each is not None}


def is_theirs(page: Page, span: Span) -> bool:
    """Whether the words before a VAT identifier make it the buyer's."""
    return _THEIRS.search(page.text[max(span.start - 40, 0) : span.start]) is not None


def _dated(page: Page, days: Days) -> Found[date] | None:
    """A date by its bare label, in the line of the title, or alone in a cell near the top: each less sure."""
    found = days.labelled(_DATED)
    if found is not None:
        return found.weighed(0.9)
    for line in page.lines[:_TITLE_LINES]:
        for match in DATE.finditer(line.text) if _HEADING.match(line.text) else ():
            day = days.parse(match[0])
            if day is not None:
                return days.weighed(Found(day, 0.8, line.cut(*match.span())))
    for cell in _titles(page):
        day = days.parse(cell.text) if DATE.fullmatch(cell.text) else None
        if day is not None:
            return days.weighed(Found(day, 0.5, cell))
    return None


def _term(page: Page, issued: date) -> Found[date] | None:
    """The due date from a term in days; the days of a cash discount are not it."""
    for line in page.lines:
        for match in _DAYS.finditer(line.text):
            if not _DISCOUNT.search(line.text[max(match.start() - 25, 0) : match.start()]):
                days = timedelta(days=int(match[1] or match[2] or match[3]))
                return Found(issued + days, 0.75, line.cut(*match.span()))
    return None


def _titles(page: Page) -> list[Span]:
    """The cells in which a document says what it is."""
    return [cell for line in page.lines[:_TITLE_LINES] for cell in cells(line)]
