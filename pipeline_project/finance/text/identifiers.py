"""VAT identifiers and bank accounts in running text, believed as far as their check digits agree.

Refuses what only looks like one: without its label an identifier must pass its check.
"""

import re
from collections.abc import Iterator

from pipeline_project.finance.checksums import iban_problem, vat_problem
from pipeline_project.finance.text.page import Found, Page, Span

_VAT = re.compile(
    r"\b(?:ATU ?\d{8}|BE ?[01]?\d{3}[. ]?\d{3}[. ]?\d{3}|CHE[- ]?\d{3}[. ]?\d{3}[. ]?\d{3}(?: (?:MWST|TVA|IVA))?"
    r"|DE ?\d{3} ?\d{3} ?\d{3}|ES ?[A-Z0-9]\d{7}[A-Z0-9]|FR ?[A-Z0-9]{2} ?\d{3} ?\d{3} ?\d{3}"
    r"|GB ?\d{3} ?\d{4} ?\d{2}(?: ?\d{3})?|IE ?\d[A-Z0-9]\d{5}[A-Z]{1,2}|IT ?\d{11}|NL ?\d{9} ?B ?\d{2}"
    r"|LU ?\d{8}|PL ?\d{10}|DK ?\d{8}|SE ?\d{12}|FI ?\d{8}|CZ ?\d{8,10}|PT ?\d{9}|HU ?\d{8}|RO ?\d{2,10})\b"
)
_VAT_LABEL = re.compile(r"vat|ust|uid|umsatzsteuer|mwst|tva|iva|btw|tax id", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_IBAN_LABEL = re.compile(r"iban[\W_]*(?:nr\W*|no\W*)?$", re.IGNORECASE)
_BIC = re.compile(r"\b(?:BIC|SWIFT)(?:[ /-](?:BIC|SWIFT|Code))?[\s.:-]*([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b")
_SHORTEST, _LONGEST = 15, 34  # of an IBAN


def vat_numbers(page: Page) -> Iterator[Found[str]]:
    """Each VAT identifier once, without its separators; a labelled one that fails its check has confidence 0.5."""
    seen: set[str] = set()
    for match in _VAT.finditer(page.text):
        number = re.sub(r"[ .-]", "", match[0])
        line_start = page.text.rfind("\n", 0, match.start()) + 1
        labelled = _VAT_LABEL.search(page.text, max(line_start, match.start() - 120), match.start()) is not None
        valid = vat_problem(number) is None
        if number not in seen and (valid or labelled):
            seen.add(number)
            sure = 0.97 if valid and labelled else 0.8 if valid else 0.5
            yield Found(number, sure, Span(match.start(), match.end(), match[0]))


def ibans(page: Page) -> Iterator[Found[str]]:
    """Each IBAN once, without spaces; a labelled one that fails its check has confidence 0.4."""
    seen: set[str] = set()
    for match in _IBAN.finditer(page.text):
        number = match[0].replace(" ", "")
        lengths = range(min(len(number), _LONGEST), _SHORTEST - 1, -1)
        valid = next((number[:length] for length in lengths if iban_problem(number[:length]) is None), None)
        labelled = _IBAN_LABEL.search(page.text[max(match.start() - 160, 0) : match.start()]) is not None
        chosen = valid or number
        if chosen not in seen and (valid or labelled):
            seen.add(chosen)
            yield Found(chosen, 0.97 if valid else 0.4, Span(match.start(), match.end(), match[0]))


def bics(page: Page) -> Iterator[Found[str]]:
    """Each labelled BIC."""
    for match in _BIC.finditer(page.text):
        yield Found(match[1], 0.95, Span(match.start(1), match.end(1), match[1]))
