"""The fields that every business document has: numbers, dates, a currency, beside their labels.

Refuses a number without digits, and dates that are not of the calendar.
"""

import re
from collections.abc import Iterable
from datetime import date

from pipeline_project.finance.text.page import Found, Page, Value
from pipeline_project.finance.text.values import DATE, Order, currency_of, parse_date, slash_order

# How labels abbreviate "number".
NO = r"(?:(?:no|nr|num|number|nummer|id)\b\.?|n[°º]\.?|#|№)"

_NUMBER = re.compile(r"(?:[A-Z]{1,5} )?(?=[\w./-]*\d)[A-Za-z0-9][\w./-]*[A-Za-z0-9]|\d")
_CURRENCY = re.compile(r"\b(?:rechnungs)?(?:währung|currency|devise)|\b(?:beträge|amounts) in", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]{3}\b")
_RIVALLED = 0.85  # another place, as sure, says something else
_GUESSED_ORDER = 0.75  # a date that could be read both ways


def number(page: Page, label: re.Pattern[str]) -> Found[str] | None:
    """The document number beside `label`."""
    return best(page.labelled(label, _NUMBER, _numeral))


def currency(page: Page) -> Found[str] | None:
    """The currency that is stated, else the one whose code or sign stands in the text most often."""
    stated = best(page.labelled(_CURRENCY, _CODE, str))
    if stated is not None:
        return stated
    counted = currency_of(page.text)
    if counted is None:
        return None
    code, sure, span = counted
    return Found(code, sure, span)


class Days:
    """Reads the dates of one page in the order of day and month that the page itself uses.

    Where no date shows the order, 03/04/2024 is month first beside US dollars and day first otherwise, less sure.
    """

    def __init__(self, page: Page, currency_code: str | None) -> None:
        self._page = page
        shown = slash_order(page.text)
        guess: Order = "month" if currency_code == "USD" else "day"
        self._doubtful = shown == "unknown"
        self._order: Order = guess if self._doubtful else shown

    def parse(self, text: str) -> date | None:
        """`text` as a date; None when it is none."""
        return parse_date(text, self._order)

    def labelled(self, label: re.Pattern[str]) -> Found[date] | None:
        """The date beside `label`."""
        found = best(self._page.labelled(label, DATE, self.parse))
        return self.weighed(found) if found else None

    def weighed(self, found: Found[date]) -> Found[date]:
        """A finding, less sure when its date could be read both ways."""
        return found.weighed(_GUESSED_ORDER) if self._doubtful and "/" in found.span.text else found


def best(found: Iterable[Found[Value]]) -> Found[Value] | None:
    """The surest finding, the first among equals; less sure when an equally sure one says something else."""
    ranked = sorted(found, key=lambda each: -each.confidence)
    if not ranked:
        return None
    rivals = [each for each in ranked if each.confidence == ranked[0].confidence and each.value != ranked[0].value]
    return ranked[0].weighed(_RIVALLED) if rivals else ranked[0]


def _numeral(text: str) -> str | None:
    return None if DATE.fullmatch(text) else text
