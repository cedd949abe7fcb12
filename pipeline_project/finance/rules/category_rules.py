"""BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF and BR-AG 01 to 10: one family for every VAT category.

Rule 01 is about the rows of the breakdown, 02 to 04 about identifiers and 05 to 07 about rates (of a line,
an allowance, a charge), 08 and 09 about the amounts of a row and 10 about its exemption reason. What only
one category has stands in `category_extras`. Source: EN 16931-1:2017, 6.4.3.
"""

from collections.abc import Iterator
from decimal import Decimal

from pipeline_project.finance.invoices.models import Invoice, Party, TaxCategory
from pipeline_project.finance.rules.arithmetic import ZERO, total
from pipeline_project.finance.rules.categories import (
    CATEGORIES,
    USES,
    Category,
    category_tax,
    rows,
    uses,
)
from pipeline_project.finance.rules.rule import Breach, Rule, stated

Breaches = Iterator[Breach]


def _breakdown_rule(category: Category) -> Rule:
    """Rule 01: the breakdown has the category when, and as often as, it should."""
    wanted = "at least one row" if category.per_rate else "exactly one row"

    def breaches(invoice: Invoice) -> Breaches:
        count = len(list(rows(invoice, category.code)))
        used = any(True for kind in USES for _ in uses(invoice, category.code, kind))
        right = (count > 0) == used if category.per_rate else count == 1 or not (used or count)
        if not right:
            problem = f"{count} VAT breakdown rows are {category.name} ({category.code})"
            yield Breach("tax_breakdown", problem, expected=wanted if used else "none", found=str(count))

    text = f"Where a line, allowance or charge is {category.name}, {wanted} of the VAT breakdown is"
    remedy = f"state {wanted} of it exactly when a line, allowance or charge uses it (BG-23)"
    return Rule(f"{category.prefix}-01", text, ("BT-118", "BT-151", "BT-95", "BT-102"), remedy, breaches)


_SELLER = {
    "tax": "a VAT or tax identifier of the seller or a VAT identifier of its tax representative",
    "VAT": "a VAT identifier of the seller or of its tax representative",
    "no VAT": "no VAT identifier of the seller or of its tax representative",
}
_BUYER = {
    "VAT": "a VAT identifier of the buyer",
    "VAT or registration": "a VAT identifier or legal registration of the buyer",
    "no VAT": "no VAT identifier of the buyer",
}


def _identified(invoice: Invoice, category: Category) -> bool:
    seller, buyer = invoice.seller or Party(), invoice.buyer or Party()
    representative = invoice.tax_representative or Party()
    seller_vat = stated(seller.tax_id) or stated(representative.tax_id)
    buyer_vat = stated(buyer.tax_id)
    of_seller = {
        "tax": seller_vat or stated(seller.tax_registration),
        "VAT": seller_vat,
        "no VAT": not seller_vat,
    }
    of_buyer = {
        "any": True,
        "VAT": buyer_vat,
        "VAT or registration": buyer_vat or buyer.registration is not None,
        "no VAT": not buyer_vat,
    }
    return of_seller[category.seller] and of_buyer[category.buyer]


def _identifier_rule(category: Category, number: str, kind: str) -> Rule:
    """Rules 02 to 04: who must be identified where a line, an allowance or a charge has the category."""
    owner, term, _ = USES[kind]
    wanted = " and ".join(filter(None, (_SELLER[category.seller], _BUYER.get(category.buyer))))

    def breaches(invoice: Invoice) -> Breaches:
        first = next(uses(invoice, category.code, kind), None)
        if first is not None and not _identified(invoice, category):
            problem = f"{owner} is {category.name} ({category.code}), but its tax identifiers are not as needed"
            yield Breach(f"{first[0]}.code", problem, expected=wanted)

    text = f"Where {owner} is {category.name}, the invoice has {wanted}"
    terms = (term, "BT-31", "BT-32", "BT-63", "BT-47", "BT-48")
    return Rule(f"{category.prefix}-{number}", text, terms, f"state {wanted}", breaches)


def _right_rate(category: Category, rate: Decimal | None) -> bool:
    if rate is None or category.rate == "none":
        return rate is None and category.rate == "none"
    if category.rate == "0":
        return rate == 0
    return rate > 0 if category.rate == "above 0" else rate >= 0


def _rate_rule(category: Category, number: str, kind: str) -> Rule:
    """Rules 05 to 07: the rate a line, an allowance or a charge of the category has."""
    owner, term, _ = USES[kind]
    wanted = "no VAT rate" if category.rate == "none" else f"a VAT rate of {category.rate}"

    def breaches(invoice: Invoice) -> Breaches:
        for path, tax in uses(invoice, category.code, kind):
            if not _right_rate(category, tax.rate):
                rate = "no VAT rate" if tax.rate is None else f"a VAT rate of {tax.rate}"
                problem = f"{owner} that is {category.name} ({category.code}) has {rate}"
                yield Breach(f"{path}.rate", problem, expected=wanted, found=rate)

    text = f"{owner} that is {category.name} has {wanted}"
    remedy = f"state {wanted} or another category"
    return Rule(f"{category.prefix}-{number}", text, (term,), remedy, breaches)


def _taxable(invoice: Invoice, category: Category, rate: Decimal | None) -> Decimal:
    """What the lines and charges less the allowances of the category (and the rate) add up to."""

    def counts(tax: TaxCategory | None) -> bool:
        # Unlike elsewhere the tax scheme is not asked for: the published sums go by the code alone.
        return tax is not None and tax.code == category.code and (not category.per_rate or tax.rate == rate)

    net = total(line.net for line in invoice.lines if counts(line.tax))
    added = total(charge.amount for charge in invoice.charges if counts(charge.tax))
    return net + added - total(item.amount for item in invoice.allowances if counts(item.tax))


def _near(found: Decimal, expected: Decimal, *, exact: bool) -> bool:
    return found == expected if exact else abs(found - expected) < 1


def _taxable_rule(category: Category) -> Rule:
    """Rule 08: the taxable amount of a row is the sum of what it taxes."""
    each = " and rate" if category.per_rate else ""

    def breaches(invoice: Invoice) -> Breaches:
        for path, row in rows(invoice, category.code):
            rate = row.category.rate if row.category else None
            if category.per_rate and rate is None:
                continue
            expected = _taxable(invoice, category, rate)
            if row.taxable is None or not _near(row.taxable, expected, exact=invoice.syntax in category.exact_in):
                problem = f"the taxable amount of {category.code} is {row.taxable} but should be {expected}"
                yield Breach(f"{path}.taxable", problem, expected=str(expected), found=str(row.taxable))

    text = f"The taxable amount of {category.name} is what lines, charges and allowances of it{each} add up to"
    remedy = f"correct the taxable amount or the categories{each} of the lines, allowances and charges"
    return Rule(f"{category.prefix}-08", text, ("BT-116", "BT-131", "BT-92", "BT-99"), remedy, breaches)


def _tax_rule(category: Category) -> Rule:
    """Rule 09: the tax amount of a row, zero where nothing is taxed."""

    def breaches(invoice: Invoice) -> Breaches:
        for path, row in rows(invoice, category.code):
            rate = row.category.rate if row.category else None
            expected = category_tax(row.taxable, rate) if category.per_rate else ZERO
            near = (
                row.tax is not None and expected is not None and _near(row.tax, expected, exact=not category.per_rate)
            )
            if not near:
                problem = f"the tax amount of category {category.code} is {row.tax} but should be {expected}"
                yield Breach(f"{path}.tax", problem, expected=str(expected), found=str(row.tax))

    wanted = "taxable amount times rate, within one unit of currency" if category.per_rate else "zero"
    text = f"The tax amount of {category.name} is {wanted}"
    remedy = "correct the tax amount, the taxable amount or the rate"
    return Rule(f"{category.prefix}-09", text, ("BT-117", "BT-116", "BT-119"), remedy, breaches)


def _exemption_rule(category: Category) -> Rule:
    """Rule 10: a reason for charging no VAT, where and only where there is one to give."""
    required = category.exemption == "required"

    def breaches(invoice: Invoice) -> Breaches:
        for path, row in rows(invoice, category.code):
            given = row.exemption_reason is not None or row.exemption_reason_code is not None
            if given != required:
                problem = f"category {category.code} has {'no' if required else 'an'} exemption reason"
                yield Breach(f"{path}.exemption_reason", problem, expected=category.exemption)

    text = f"An exemption reason is {category.exemption} for {category.name}"
    remedy = "state the reason or its code" if required else "remove the reason or use another category"
    return Rule(f"{category.prefix}-10", text, ("BT-120", "BT-121"), remedy, breaches)


def _family(category: Category) -> Iterator[Rule]:
    yield _breakdown_rule(category)
    for number, kind in enumerate(USES, start=2):
        yield _identifier_rule(category, f"{number:02}", kind)
        yield _rate_rule(category, f"{number + 3:02}", kind)
    yield _taxable_rule(category)
    yield _tax_rule(category)
    yield _exemption_rule(category)


CATEGORY_RULES: tuple[Rule, ...] = tuple(rule for category in CATEGORIES for rule in _family(category))
