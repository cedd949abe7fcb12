"""Check digits of VAT identifiers and bank accounts: what is wrong with one, in words.

Says whether a number can exist, not whether it does: no registry is asked. A country whose numbers have no
known rule gives no problem.
"""

import re

import stdnum
from stdnum import iban
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

_SEPARATORS = re.compile(r"[\s.\-/\u00a0\u202f]")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
# Greece writes EL, not its ISO code; Switzerland writes three letters.
_OTHER_PREFIXES = {"GR": "EL"}


def vat_problem(value: str, country: str | None = None) -> str | None:
    """What is wrong with a VAT identifier, or None.

    `country` is the ISO 3166-1 alpha-2 code to assume when `value` has no country prefix; with neither, the
    missing prefix is the problem. Separators and case do not matter. Rules: python-stdnum, by country.
    """
    number = _SEPARATORS.sub("", value).upper()
    if not number:
        return "is empty"
    if not number[:2].isalpha():
        if not country:
            return "has no country prefix such as DE"
        number = f"{country.upper()}{number}"
    prefix = _OTHER_PREFIXES.get(number[:2], number[:2])
    number = f"{prefix}{number[2:]}"
    european = prefix.lower() in {*eu_vat.MEMBER_STATES, "el", "xi"}
    rules = eu_vat if european else stdnum.get_cc_module(prefix.lower(), "vat")
    if rules is None:
        return None
    try:
        rules.validate(number)
    except ValidationError as error:
        return _told(error, number)
    return None


def iban_problem(value: str) -> str | None:
    """What is wrong with an IBAN (ISO 13616: country, length, check digits, structure), or None."""
    number = _SEPARATORS.sub("", value).upper()
    if not number:
        return "is empty"
    if not _IBAN.fullmatch(number):
        return "is not two letters, two digits and 11 to 30 letters or digits"
    try:
        iban.validate(number)
    except ValidationError as error:
        return _told(error, number)
    return None


def _told(error: ValidationError, number: str) -> str:
    if isinstance(error, InvalidChecksum):
        return "has wrong check digits: a digit is mistyped or made up"
    if isinstance(error, InvalidLength):
        return f"has {len(number)} characters, which is not the length its country uses"
    if isinstance(error, InvalidComponent):
        return f"begins with {number[:2]}, which is no country that issues such numbers"
    return "does not have the form its country uses"
