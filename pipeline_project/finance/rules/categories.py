"""The VAT categories of EN 16931 and what sets each apart: rate, identifiers, exemption, breakdown rows.

Sees VAT only: a category of another tax scheme, or of none, is passed over. Source: EN 16931-1:2017, 6.4.3;
the codes are those of UNTDID 5305.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline_project.finance.invoices.models import Invoice, TaxCategory, TaxSubtotal
from pipeline_project.finance.rules.arithmetic import cents
from pipeline_project.finance.rules.places import each


@dataclass(frozen=True, slots=True)
class Category:
    """What the rules ask of one VAT category."""

    prefix: str
    code: str
    name: str
    rate: Literal["above 0", "0 or more", "0", "none"]
    seller: Literal["tax", "VAT", "no VAT"]
    buyer: Literal["any", "VAT", "VAT or registration", "no VAT"]
    exemption: Literal["required", "refused"]
    exact_in: frozenset[str]

    @property
    def per_rate(self) -> bool:
        """Whether the breakdown has one row per rate, rather than exactly one row."""
        return self.rate in ("above 0", "0 or more")


# The published rule 08 compares the taxable amount exactly in one syntax, within one unit in the other.
_UBL, _CII, _BOTH = frozenset({"ubl"}), frozenset({"cii"}), frozenset({"ubl", "cii"})

CATEGORIES: tuple[Category, ...] = (
    Category("BR-S", "S", "standard rated", "above 0", "tax", "any", "refused", _CII),
    Category("BR-Z", "Z", "zero rated", "0", "tax", "any", "refused", _UBL),
    Category("BR-E", "E", "exempt from VAT", "0", "tax", "any", "required", _UBL),
    Category("BR-AE", "AE", "under reverse charge", "0", "tax", "VAT or registration", "required", _UBL),
    Category("BR-IC", "K", "an intra-community supply", "0", "VAT", "VAT", "required", _UBL),
    Category("BR-G", "G", "an export outside the EU", "0", "VAT", "any", "required", _UBL),
    Category("BR-O", "O", "not subject to VAT", "none", "no VAT", "no VAT", "required", _BOTH),
    Category("BR-AF", "L", "taxed with IGIC", "0 or more", "tax", "any", "refused", _CII),
    Category("BR-AG", "M", "taxed with IPSI", "0 or more", "tax", "any", "refused", _CII),
)


def is_vat(category: TaxCategory | None, code: str | None = None) -> bool:
    """Whether a category is one of VAT, and the one with this code when a code is given."""
    if category is None or (category.scheme or "").strip().upper() != "VAT":
        return False
    return code is None or (category.code or "").strip() == code


def category_tax(taxable: Decimal | None, rate: Decimal | None) -> Decimal | None:
    """The tax on an amount at a percentage, rounded as without its sign; None when one is missing."""
    if taxable is None or rate is None:
        return None
    exact = taxable * rate / 100
    return cents(abs(exact)).copy_sign(exact)


def rows(invoice: Invoice, code: str) -> Iterator[tuple[str, TaxSubtotal]]:
    """The rows of the VAT breakdown with this category."""
    return ((path, row) for path, row in each(invoice, "tax_breakdown[]") if is_vat(row.category, code))


# What uses a category: what it is, the term of its code, where it is.
USES: dict[str, tuple[str, str, str]] = {
    "line": ("an invoice line", "BT-151", "lines[].tax"),
    "allowance": ("a document level allowance", "BT-95", "allowances[].tax"),
    "charge": ("a document level charge", "BT-102", "charges[].tax"),
}


def uses(invoice: Invoice, code: str, kind: str) -> Iterator[tuple[str, TaxCategory]]:
    """The lines, allowances or charges with this category."""
    return ((path, category) for path, category in each(invoice, USES[kind][2]) if is_vat(category, code))
