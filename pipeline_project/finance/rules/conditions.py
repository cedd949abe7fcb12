"""The rules that tie fields to each other: prices, periods, payment, accounting currency, identification.

A condition that does not arise is no breach: what must be there at all is judged in `mandatory`. Source: EN
16931-1:2017 with A1:2019, 6.4.
"""

from collections.abc import Iterator

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules.categories import is_vat
from pipeline_project.finance.rules.code_lists import codes
from pipeline_project.finance.rules.places import PARTIES, each
from pipeline_project.finance.rules.rule import Breach, Rule, rule, stated

CREDIT_TRANSFERS = frozenset({"30", "58"})  # UNTDID 4461: credit transfer, SEPA credit transfer
OTHER_VAT_PREFIXES = frozenset({"EL", "XI"})  # Greece, Northern Ireland
CARD_DIGITS = 10  # PCI DSS lets the first six and the last four be shown


@rule(
    "BR-17",
    "A payee has a name and is not the seller",
    terms=("BT-59", "BG-10"),
    remedy="name the payee, or leave it out when the seller is paid",
)
def payee_differs(invoice: Invoice) -> Iterator[Breach]:
    payee, seller = invoice.payee, invoice.seller
    if payee is None:
        return
    if not stated(payee.name):
        yield Breach("payee.name", "the payee has no name", expected="name")
    elif seller is not None:
        shared = {one.value for one in payee.identifiers} & {one.value for one in seller.identifiers}
        if payee.name in (seller.name, seller.trading_name) or shared - {""}:
            yield Breach("payee", "the payee is the seller", found=payee.name)


def _not_negative(rule_id: str, field: str, what: str, term: str) -> Rule:
    def breaches(invoice: Invoice) -> Iterator[Breach]:
        for path, line in each(invoice, "lines[]"):
            amount = getattr(line, field)
            if amount is not None and amount < 0:
                problem = f"the {what} {amount} is negative"
                yield Breach(f"{path}.{field}", problem, expected="0 or more", found=str(amount))

    remedy = "make the price positive and the quantity negative"
    return Rule(rule_id, f"The {what} is not negative", (term,), remedy, breaches)


def _in_order(rule_id: str, what: str, terms: tuple[str, ...], where: str) -> Rule:
    def breaches(invoice: Invoice) -> Iterator[Breach]:
        for path, period in each(invoice, where):
            if period.start is not None and period.end is not None and period.end < period.start:
                problem = f"the {what} ends on {period.end}, before it starts on {period.start}"
                expected = f"{period.start} or later"
                yield Breach(f"{path}.end", problem, expected=expected, found=str(period.end))

    return Rule(rule_id, f"The {what} does not end before it starts", terms, "correct the dates", breaches)


def _dated(rule_id: str, what: str, terms: tuple[str, ...], where: str) -> Rule:
    def breaches(invoice: Invoice) -> Iterator[Breach]:
        for path, period in each(invoice, where):
            if period.start is None and period.end is None:
                yield Breach(path, f"the {what} has neither start nor end", expected="a date")

    remedy = "state one of the dates or leave the period out"
    return Rule(rule_id, f"The {what} has a start, an end or both", terms, remedy, breaches)


def _categorised(rule_id: str, what: str, term: str, where: str, *, field: str = "tax") -> Rule:
    def breaches(invoice: Invoice) -> Iterator[Breach]:
        for path, group in each(invoice, where):
            category = getattr(group, field)
            if not is_vat(category) or not stated(category.code):
                yield Breach(f"{path}.{field}.code", f"{what} has no VAT category", expected="VAT category")

    remedy = f"state the category code with the tax scheme VAT ({term})"
    return Rule(rule_id, f"Mandatory on {what}: VAT category", (term,), remedy, breaches)


@rule(
    "BR-48",
    "A row of the VAT breakdown has a rate unless it is not subject to VAT",
    terms=("BT-119",),
    remedy="state the VAT rate",
)
def breakdown_rates(invoice: Invoice) -> Iterator[Breach]:
    for path, row in each(invoice, "tax_breakdown[]"):
        category = row.category
        rated = category is not None and is_vat(category) and category.rate is not None
        if not rated and not is_vat(category, "O"):
            yield Breach(f"{path}.category.rate", "a row of the VAT breakdown has no rate", expected="VAT rate")


@rule(
    "BR-50",
    "The account of a credit transfer has an identifier",
    terms=("BT-84",),
    remedy="state the IBAN or account number",
)
def account_identified(invoice: Invoice) -> Iterator[Breach]:
    for path, means in each(invoice, "payment.means[]"):
        account = means.account
        if means.code in CREDIT_TRANSFERS and account is not None and not stated(account.id):
            yield Breach(f"{path}.account.id", "the account of a credit transfer has no identifier")


@rule(
    "BR-51",
    "At most the first six and the last four digits of a card number are shown",
    terms=("BT-87",),
    remedy="mask the card number",
    severity="warning",
)
def card_masked(invoice: Invoice) -> Iterator[Breach]:
    for path, card in each(invoice, "payment.means[].card"):
        if len(" ".join((card.number or "").split())) > CARD_DIGITS:
            yield Breach(f"{path}.number", f"more than {CARD_DIGITS} digits of a card number are shown")


@rule(
    "BR-53",
    "An invoice with a VAT accounting currency states its VAT total in that currency",
    terms=("BT-6", "BT-111"),
    remedy="state the VAT total in the accounting currency",
)
def accounting_currency(invoice: Invoice) -> Iterator[Breach]:
    currency = invoice.tax_currency
    if currency is not None and all(tax.currency != currency for tax in invoice.tax_totals):
        problem = f"there is no VAT total in the accounting currency {currency}"
        yield Breach("totals.tax_in_accounting_currency", problem, expected=f"an amount in {currency}")


@rule(
    "BR-54",
    "An item attribute has a name and a value",
    terms=("BT-160", "BT-161"),
    remedy="state both or leave the attribute out",
)
def attributes_complete(invoice: Invoice) -> Iterator[Breach]:
    for path, attribute in each(invoice, "lines[].attributes[]"):
        if not (stated(attribute.name) and stated(attribute.value)):
            yield Breach(path, "an item attribute lacks its name or its value", expected="name and value")


@rule(
    "BR-61",
    "A credit transfer states the account to pay into",
    terms=("BT-81", "BT-84"),
    remedy="state the account or another payment means code",
)
def account_given(invoice: Invoice) -> Iterator[Breach]:
    for path, means in each(invoice, "payment.means[]"):
        account = means.account
        if means.code in CREDIT_TRANSFERS and (account is None or not stated(account.id)):
            yield Breach(f"{path}.account", f"payment means {means.code} has no account", expected="account")


@rule(
    "BR-CO-03",
    "The tax point is given as a date or as a code, not as both",
    terms=("BT-7", "BT-8"),
    remedy="keep one of the two",
)
def tax_point_once(invoice: Invoice) -> Iterator[Breach]:
    if invoice.tax_point_date is not None and invoice.tax_point_code is not None:
        yield Breach("tax_point_code", "the tax point is given as a date and as a code")


@rule(
    "BR-CO-09",
    "A VAT identifier begins with the code of its country",
    terms=("BT-31", "BT-48", "BT-63"),
    remedy="write the identifier with its country prefix, such as DE123456789",
)
def vat_prefix(invoice: Invoice) -> Iterator[Breach]:
    for path, party in each(invoice, PARTIES):
        prefix = (party.tax_id or "")[:2]
        if stated(party.tax_id) and prefix not in codes("countries") and prefix not in OTHER_VAT_PREFIXES:
            problem = f"the VAT identifier {party.tax_id} does not begin with a country code"
            yield Breach(f"{path}.tax_id", problem, expected="country code", found=prefix)


@rule(
    "BR-CO-25",
    "An invoice with something left to pay has a due date or payment terms",
    terms=("BT-9", "BT-20", "BT-115"),
    remedy="state the due date or the payment terms",
    severity="warning",  # the published rule sets dropped it as an error in 2026
)
def due(invoice: Invoice) -> Iterator[Breach]:
    payable = invoice.totals.payable if invoice.totals is not None else None
    terms = invoice.payment.terms if invoice.payment is not None else None
    if invoice.type == "credit_note" or payable is None or payable <= 0:
        return
    if invoice.due_date is None and not stated(terms):
        yield Breach("due_date", f"{payable} is due without a due date or payment terms")


@rule(
    "BR-CO-26",
    "The seller can be told apart by an identifier, a legal registration or a VAT identifier",
    terms=("BT-29", "BT-30", "BT-31"),
    remedy="state at least one of the three",
)
def seller_identified(invoice: Invoice) -> Iterator[Breach]:
    for path, seller in each(invoice, "seller"):
        if not (seller.identifiers or seller.registration is not None or stated(seller.tax_id)):
            yield Breach(path, "the seller has no identifier, legal registration or VAT identifier")


CONDITIONS: tuple[Rule, ...] = (
    payee_differs,
    _not_negative("BR-27", "unit_price", "item net price", "BT-146"),
    _not_negative("BR-28", "gross_price", "item gross price", "BT-148"),
    _in_order("BR-29", "invoicing period", ("BT-73", "BT-74"), "period"),
    _in_order("BR-30", "line period", ("BT-134", "BT-135"), "lines[].period"),
    _categorised("BR-32", "a document level allowance", "BT-95", "allowances[]"),
    _categorised("BR-37", "a document level charge", "BT-102", "charges[]"),
    _categorised("BR-47", "a row of the VAT breakdown", "BT-118", "tax_breakdown[]", field="category"),
    breakdown_rates,
    account_identified,
    card_masked,
    accounting_currency,
    attributes_complete,
    account_given,
    tax_point_once,
    _categorised("BR-CO-04", "an invoice line", "BT-151", "lines[]"),
    vat_prefix,
    _dated("BR-CO-19", "invoicing period", ("BT-73", "BT-74"), "period"),
    _dated("BR-CO-20", "line period", ("BT-134", "BT-135"), "lines[].period"),
    due,
    seller_identified,
)
