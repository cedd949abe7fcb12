"""Who a vendor is across documents: by tax number or IBAN, and by name where those do not speak against it.

Refuses to guess: two parties whose tax numbers of the same kind differ are never one vendor by name alone,
and a national account number identifies nobody, since two banks may both have issued it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline_project.finance.invoices.models import Account, Party

Kind = Literal["vat", "tax", "iban", "name"]

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_LEGAL_FORMS = re.compile(
    "ab|ag|aps|asa?|bv|bvba|co|company|corp|corporation|e[gv]|gbr|gmbh|hf|inc|incorporated|kft|kg|kgaa|limited|ll[cp]"
    "|ltd|mbh|nv|ohg|oo|oyj?|plc|sa|sarl|sas|se|sl|sp|spa|srl|sro|ug|z|zoo"
)
_WORDS = {
    "vat": "VAT identifier",
    "tax": "tax registration",
    "iban": "IBAN",
    "name": "name",
}


@dataclass(frozen=True, slots=True)
class Vendor:
    """The normalised marks of one seller; `kind` and value of each."""

    marks: frozenset[tuple[Kind, str]] = frozenset()

    def of(self, *kinds: Kind) -> frozenset[tuple[Kind, str]]:
        """The marks of these kinds."""
        return frozenset(mark for mark in self.marks if mark[0] in kinds)

    @property
    def key(self) -> str | None:
        """One stable key, from the strongest kind there is: `vat:DE123456789`; None for an unknown vendor."""
        for kind in _WORDS:
            values = sorted(value for found, value in self.marks if found == kind)
            if values:
                return f"{kind}:{values[0]}"
        return None


def vendor_of(party: Party | None, accounts: tuple[Account, ...] = ()) -> Vendor:
    """The marks of a seller and the accounts it wants to be paid on."""
    marks: set[tuple[Kind, str]] = set()
    if party is not None:
        marks |= set(_marks(party))
    marks |= {("iban", number) for number in map(account_number, accounts) if _IBAN.fullmatch(number)}
    return Vendor(frozenset(marks))


def shared_marks(one: Vendor, other: Vendor, *, accounts: bool = True) -> tuple[str, ...]:
    """Why two vendors are one, in words, strongest first; empty when they are not.

    Without `accounts` an IBAN proves nothing: for the question whether the IBAN changed.
    """
    hard: tuple[Kind, ...] = ("vat", "tax", "iban") if accounts else ("vat", "tax")
    shared = one.of(*hard) & other.of(*hard)
    if not shared and not _contradict(one, other):
        shared = one.of("name") & other.of("name")
    order = list(_WORDS)
    return tuple(f"same {_WORDS[kind]} {value}" for kind, value in sorted(shared, key=lambda m: (order.index(m[0]), m)))


def account_number(account: Account) -> str:
    """An account number as it is compared: capitals and digits only."""
    return _alphanumeric(account.id or "")


def name_key(name: str) -> str:
    """A name as it is compared: no accents, punctuation, case or legal form."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # G.m.b.H., S.p.A. and A/S lose their dots before the words are told apart
    words = re.sub(r"[^\w\s&+,;-]|_", "", plain)
    kept = [word for word in re.split(r"[\W_]+", words) if word]
    meaning = [word for word in kept if not _LEGAL_FORMS.fullmatch(word)]
    return " ".join(meaning or kept)


def _marks(party: Party) -> Iterator[tuple[Kind, str]]:
    if tax_id := _alphanumeric(party.tax_id or ""):
        yield "vat", tax_id
    if registration := _alphanumeric(party.tax_registration or ""):
        yield "tax", registration
    for name in (party.name, party.trading_name):
        if name and (key := name_key(name)):
            yield "name", key


def _contradict(one: Vendor, other: Vendor) -> bool:
    kinds: tuple[Kind, ...] = ("vat", "tax")
    return any(one.of(kind) and other.of(kind) and not one.of(kind) & other.of(kind) for kind in kinds)


def _alphanumeric(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if letter.isalnum()).upper()
