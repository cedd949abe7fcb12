"""What single VAT categories ask for beyond the common ten rules: BR-IC-11, 12, BR-O-11 to 14, BR-B-01, 02.

Source: EN 16931-1:2017 with A1:2019, 6.4.3; split payment (category B) is Italian law.
"""

from collections.abc import Iterator

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules.categories import USES, is_vat, rows, uses
from pipeline_project.finance.rules.places import ADDRESSES, each
from pipeline_project.finance.rules.rule import Breach, Rule, rule, stated


@rule(
    "BR-IC-11",
    "An intra-community supply states its delivery date or invoicing period",
    terms=("BT-72", "BG-14"),
    remedy="state the actual delivery date or the invoicing period",
)
def delivery_date(invoice: Invoice) -> Iterator[Breach]:
    delivered = invoice.delivery is not None and invoice.delivery.date is not None
    period = invoice.period
    covered = period is not None and (period.start is not None or period.end is not None)
    if any(rows(invoice, "K")) and not (delivered or covered or stated(invoice.tax_point_code)):
        yield Breach("delivery.date", "an intra-community supply has neither delivery date nor invoicing period")


@rule(
    "BR-IC-12",
    "An intra-community supply states the country it is delivered to",
    terms=("BT-80",),
    remedy="state the deliver-to country code",
)
def delivery_country(invoice: Invoice) -> Iterator[Breach]:
    address = invoice.delivery.address if invoice.delivery is not None else None
    if any(rows(invoice, "K")) and (address is None or not stated(address.country)):
        yield Breach("delivery.address.country", "an intra-community supply has no deliver-to country")


def _alone(rule_id: str, term: str, what: str, where: str) -> Rule:
    """Category O in the breakdown suffers no other category at `where`."""

    def breaches(invoice: Invoice) -> Iterator[Breach]:
        if any(rows(invoice, "O")):
            for path, category in each(invoice, where):
                if is_vat(category) and not is_vat(category, "O"):
                    problem = f"{what} has category {category.code} on an invoice not subject to VAT"
                    yield Breach(f"{path}.code", problem, expected="O", found=category.code)

    text = f"On an invoice not subject to VAT, no {what.removeprefix('a ')} has another VAT category"
    return Rule(rule_id, text, ("BT-118", term), "invoice the two separately or correct the category", breaches)


@rule(
    "BR-B-01",
    "Split payment is for domestic Italian invoices",
    terms=("BT-151", "BT-95", "BT-102", "BT-118"),
    remedy="use another VAT category",
)
def split_payment_is_italian(invoice: Invoice) -> Iterator[Breach]:
    if _has(invoice, "B"):
        for path, address in each(invoice, ADDRESSES):
            if address.country not in ("IT", None):
                problem = f"split payment is used with an address in {address.country}"
                yield Breach(f"{path}.country", problem, expected="IT", found=address.country)


@rule(
    "BR-B-02",
    "Split payment and the standard rate are not on one invoice",
    terms=("BT-151", "BT-95", "BT-102", "BT-118"),
    remedy="invoice the two separately",
)
def split_payment_alone(invoice: Invoice) -> Iterator[Breach]:
    if _has(invoice, "B") and _has(invoice, "S"):
        yield Breach("tax_breakdown", "split payment (B) stands beside the standard rate (S)")


def _has(invoice: Invoice, code: str) -> bool:
    used = any(True for kind in USES for _ in uses(invoice, code, kind))
    return used or any(rows(invoice, code))


CATEGORY_EXTRAS: tuple[Rule, ...] = (
    delivery_date,
    delivery_country,
    _alone("BR-O-11", "BT-118", "a row of the VAT breakdown", "tax_breakdown[].category"),
    _alone("BR-O-12", "BT-151", "a line", "lines[].tax"),
    _alone("BR-O-13", "BT-95", "a document level allowance", "allowances[].tax"),
    _alone("BR-O-14", "BT-102", "a document level charge", "charges[].tax"),
    split_payment_is_italian,
    split_payment_alone,
)
