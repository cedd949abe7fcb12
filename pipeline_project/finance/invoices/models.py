"""The invoice as EN 16931 sees it: one typed, frozen value per business group, whatever syntax it came in.

Every field is optional: being mandatory is a rule, judged elsewhere. Three states are told apart, because the
rules do: a text or a group is `None` when its element is absent, "" (or a group of Nones) when the element is
there and empty, a value otherwise; a number or date that is empty or unreadable is None, with a reading
problem. Amounts keep the scale they were written with (100.00 is not 100), identifiers their scheme, text its
inner line breaks. Refuses to hold what the standard has no term for, and the bytes of attachments: their size
and digest stand for them.

Terms (BT) and groups (BG) are those of EN 16931-1:2017 with A1:2019.
"""

import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Identifier(Value):
    """A value with the scheme that issued it."""

    value: str = ""
    scheme: str | None = Field(default=None, description="code of the scheme or list; None when not stated")
    scheme_version: str | None = Field(default=None, description="version of the scheme or list")


class Amount(Value):
    """Money in a currency named beside it."""

    value: Decimal
    currency: str | None = Field(default=None, description="ISO 4217 code as written; None when not stated")


class Address(Value):
    """A postal address: BG-5 seller, BG-8 buyer, BG-12 tax representative, BG-15 delivery."""

    line_1: str | None = Field(default=None, description="BT-35, BT-50, BT-64, BT-75 street and number")
    line_2: str | None = Field(default=None, description="BT-36, BT-51, BT-65, BT-76")
    line_3: str | None = Field(default=None, description="BT-162, BT-163, BT-164, BT-165")
    city: str | None = Field(default=None, description="BT-37, BT-52, BT-66, BT-77")
    postcode: str | None = Field(default=None, description="BT-38, BT-53, BT-67, BT-78")
    region: str | None = Field(default=None, description="BT-39, BT-54, BT-68, BT-79 country subdivision")
    country: str | None = Field(default=None, description="BT-40, BT-55, BT-69, BT-80 ISO 3166-1 alpha-2 code")


class Contact(Value):
    """A person or department to ask: BG-6 seller, BG-9 buyer."""

    name: str | None = Field(default=None, description="BT-41, BT-56")
    telephone: str | None = Field(default=None, description="BT-42, BT-57")
    email: str | None = Field(default=None, description="BT-43, BT-58")


class Party(Value):
    """BG-4 seller, BG-7 buyer, BG-10 payee, BG-11 seller's tax representative."""

    name: str | None = Field(default=None, description="BT-27, BT-44, BT-59, BT-62 registered name")
    trading_name: str | None = Field(default=None, description="BT-28, BT-45 name the party is known by")
    identifiers: tuple[Identifier, ...] = Field(default=(), description="BT-29, BT-46, BT-60")
    registration: Identifier | None = Field(default=None, description="BT-30, BT-47, BT-61 legal registration")
    tax_id: str | None = Field(default=None, description="BT-31, BT-48, BT-63 VAT identifier")
    tax_registration: str | None = Field(default=None, description="BT-32 local tax number, not for VAT")
    legal_information: str | None = Field(default=None, description="BT-33 additional legal information")
    endpoint: Identifier | None = Field(default=None, description="BT-34, BT-49 electronic address")
    address: Address | None = Field(default=None, description="BG-5, BG-8, BG-12")
    contact: Contact | None = Field(default=None, description="BG-6, BG-9")


class Period(Value):
    """BG-14 invoicing period, BG-26 line period."""

    start: datetime.date | None = Field(default=None, description="BT-73, BT-134")
    end: datetime.date | None = Field(default=None, description="BT-74, BT-135")


class Delivery(Value):
    """BG-13: where and when the goods or services were delivered."""

    party_name: str | None = Field(default=None, description="BT-70 deliver-to party")
    location: Identifier | None = Field(default=None, description="BT-71 deliver-to location")
    date: datetime.date | None = Field(default=None, description="BT-72 actual delivery date")
    address: Address | None = Field(default=None, description="BG-15")


class TaxCategory(Value):
    """A tax category with its rate."""

    code: str | None = Field(default=None, description="BT-95, BT-102, BT-118, BT-151 UNTDID 5305")
    rate: Decimal | None = Field(default=None, description="BT-96, BT-103, BT-119, BT-152 percent")
    scheme: str | None = Field(default=None, description="tax it belongs to; the rules judge only VAT")


class AllowanceCharge(Value):
    """BG-20 and BG-21 on the document (with tax), BG-27 and BG-28 on a line (without)."""

    amount: Decimal | None = Field(default=None, description="BT-92, BT-99, BT-136, BT-141 without VAT, not negated")
    base: Decimal | None = Field(default=None, description="BT-93, BT-100, BT-137, BT-142")
    percent: Decimal | None = Field(default=None, description="BT-94, BT-101, BT-138, BT-143")
    reason: str | None = Field(default=None, description="BT-97, BT-104, BT-139, BT-144")
    reason_code: str | None = Field(default=None, description="BT-98, BT-105, BT-140, BT-145: UNTDID 5189 or 7161")
    tax: TaxCategory | None = Field(default=None, description="BT-95 and BT-96, BT-102 and BT-103")


class ItemAttribute(Value):
    """BG-32: a named property of the item."""

    name: str | None = Field(default=None, description="BT-160")
    value: str | None = Field(default=None, description="BT-161")


class Line(Value):
    """BG-25 with its price (BG-29), tax (BG-30) and item (BG-31)."""

    id: str | None = Field(default=None, description="BT-126")
    note: str | None = Field(default=None, description="BT-127")
    object: Identifier | None = Field(default=None, description="BT-128 invoiced object")
    quantity: Decimal | None = Field(default=None, description="BT-129")
    unit: str | None = Field(default=None, description="BT-130 UN/ECE Rec. 20 or 21 code")
    net: Decimal | None = Field(default=None, description="BT-131 line net amount")
    order_line: str | None = Field(default=None, description="BT-132 line of the purchase order")
    buyer_accounting: str | None = Field(default=None, description="BT-133")
    period: Period | None = Field(default=None, description="BG-26")
    allowances: tuple[AllowanceCharge, ...] = Field(default=(), description="BG-27")
    charges: tuple[AllowanceCharge, ...] = Field(default=(), description="BG-28")
    unit_price: Decimal | None = Field(default=None, description="BT-146 net price of `base_quantity` items")
    price_discount: Decimal | None = Field(default=None, description="BT-147 gross price less net price")
    gross_price: Decimal | None = Field(default=None, description="BT-148 price before the discount, without VAT")
    base_quantity: Decimal | None = Field(default=None, description="BT-149 items one price pays for; None means 1")
    base_quantity_unit: str | None = Field(default=None, description="BT-150")
    tax: TaxCategory | None = Field(default=None, description="BG-30: BT-151 category, BT-152 rate")
    name: str | None = Field(default=None, description="BT-153 item name")
    description: str | None = Field(default=None, description="BT-154 item description")
    seller_item: str | None = Field(default=None, description="BT-155 seller's item identifier")
    buyer_item: str | None = Field(default=None, description="BT-156 buyer's item identifier")
    standard_item: Identifier | None = Field(default=None, description="BT-157 registered, such as a GTIN")
    classifications: tuple[Identifier, ...] = Field(default=(), description="BT-158; the scheme is its list")
    origin_country: str | None = Field(default=None, description="BT-159")
    attributes: tuple[ItemAttribute, ...] = Field(default=(), description="BG-32")


class TaxSubtotal(Value):
    """BG-23: one row of the VAT breakdown."""

    taxable: Decimal | None = Field(default=None, description="BT-116")
    tax: Decimal | None = Field(default=None, description="BT-117")
    category: TaxCategory | None = Field(default=None, description="BT-118 and BT-119")
    exemption_reason: str | None = Field(default=None, description="BT-120")
    exemption_reason_code: str | None = Field(default=None, description="BT-121")


class Totals(Value):
    """BG-22."""

    lines: Decimal | None = Field(default=None, description="BT-106 sum of line net amounts")
    allowances: Decimal | None = Field(default=None, description="BT-107")
    charges: Decimal | None = Field(default=None, description="BT-108")
    net: Decimal | None = Field(default=None, description="BT-109 total without VAT")
    tax: Decimal | None = Field(default=None, description="BT-110 VAT total in the invoice currency")
    tax_in_accounting_currency: Decimal | None = Field(default=None, description="BT-111")
    gross: Decimal | None = Field(default=None, description="BT-112 total with VAT")
    prepaid: Decimal | None = Field(default=None, description="BT-113")
    rounding: Decimal | None = Field(default=None, description="BT-114")
    payable: Decimal | None = Field(default=None, description="BT-115")


class Account(Value):
    """BG-17: an account to pay into."""

    id: str | None = Field(default=None, description="BT-84 IBAN or national account number")
    name: str | None = Field(default=None, description="BT-85")
    provider: str | None = Field(default=None, description="BT-86 BIC of the bank")


class Card(Value):
    """BG-18."""

    number: str | None = Field(default=None, description="BT-87 last digits of the card number")
    holder: str | None = Field(default=None, description="BT-88")


class PaymentMeans(Value):
    """BG-16, once for every account or card, as both syntaxes write it."""

    code: str | None = Field(default=None, description="BT-81 UNTDID 4461")
    text: str | None = Field(default=None, description="BT-82")
    account: Account | None = Field(default=None, description="BG-17")
    card: Card | None = Field(default=None, description="BG-18")


class Mandate(Value):
    """BG-19 direct debit."""

    reference: str | None = Field(default=None, description="BT-89")
    creditor: str | None = Field(default=None, description="BT-90 bank-assigned creditor identifier")
    account: str | None = Field(default=None, description="BT-91 debited account")


class Payment(Value):
    """How the invoice is to be paid."""

    means: tuple[PaymentMeans, ...] = Field(default=(), description="BG-16")
    reference: str | None = Field(default=None, description="BT-83 remittance information")
    terms: str | None = Field(default=None, description="BT-20")
    mandate: Mandate | None = Field(default=None, description="BG-19")

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Every account to pay into, in the order stated."""
        return tuple(means.account for means in self.means if means.account is not None)


class PrecedingInvoice(Value):
    """BG-3."""

    number: str | None = Field(default=None, description="BT-25")
    issue_date: datetime.date | None = Field(default=None, description="BT-26")


class References(Value):
    """Documents and things this invoice points to."""

    buyer: str | None = Field(default=None, description="BT-10 buyer reference")
    project: str | None = Field(default=None, description="BT-11")
    contract: str | None = Field(default=None, description="BT-12")
    order: str | None = Field(default=None, description="BT-13 purchase order")
    sales_order: str | None = Field(default=None, description="BT-14")
    receipt: str | None = Field(default=None, description="BT-15 receiving advice")
    despatch: str | None = Field(default=None, description="BT-16 despatch advice")
    tender: str | None = Field(default=None, description="BT-17 tender or lot")
    object: Identifier | None = Field(default=None, description="BT-18 invoiced object")
    buyer_accounting: str | None = Field(default=None, description="BT-19")
    preceding: tuple[PrecedingInvoice, ...] = Field(default=(), description="BG-3")


class Attachment(Value):
    """BG-24: a supporting document."""

    id: str | None = Field(default=None, description="BT-122")
    description: str | None = Field(default=None, description="BT-123")
    location: str | None = Field(default=None, description="BT-124 address outside the invoice")
    mime_type: str | None = Field(default=None, description="BT-125 of the embedded document")
    file_name: str | None = Field(default=None, description="BT-125 of the embedded document")
    size: int | None = Field(default=None, description="BT-125 bytes of the embedded document")
    digest: str | None = Field(default=None, description="BT-125 SHA-256 of the embedded document, hexadecimal")


class Note(Value):
    """BG-1."""

    subject: str | None = Field(default=None, description="BT-21 UNTDID 4451")
    text: str | None = Field(default=None, description="BT-22")


class Invoice(Value):
    """An invoice or credit note; the amounts of a credit note are positive when money flows to the buyer."""

    syntax: Literal["ubl", "cii"] | None = Field(default=None, description="it was written in; None for text")
    number: str | None = Field(default=None, description="BT-1")
    type: Literal["invoice", "credit_note"] | None = Field(default=None, description="from root element and BT-3")
    type_code: str | None = Field(default=None, description="BT-3 UNTDID 1001")
    issue_date: datetime.date | None = Field(default=None, description="BT-2")
    due_date: datetime.date | None = Field(default=None, description="BT-9")
    tax_point_date: datetime.date | None = Field(default=None, description="BT-7")
    tax_point_code: str | None = Field(default=None, description="BT-8 UNTDID 2005: 3 issue, 35 delivery, 432 payment")
    currency: str | None = Field(default=None, description="BT-5 ISO 4217")
    tax_currency: str | None = Field(default=None, description="BT-6 accounting currency of the VAT")
    process: str | None = Field(default=None, description="BT-23 business process")
    specification: str | None = Field(default=None, description="BT-24 specification the invoice claims to follow")
    notes: tuple[Note, ...] = Field(default=(), description="BG-1")
    references: References = Field(default=References(), description="BT-10 to BT-19, BG-3")
    seller: Party | None = Field(default=None, description="BG-4")
    buyer: Party | None = Field(default=None, description="BG-7")
    payee: Party | None = Field(default=None, description="BG-10, when it is not the seller")
    tax_representative: Party | None = Field(default=None, description="BG-11")
    delivery: Delivery | None = Field(default=None, description="BG-13")
    period: Period | None = Field(default=None, description="BG-14")
    payment: Payment | None = Field(default=None, description="BG-16 to BG-19, BT-20")
    allowances: tuple[AllowanceCharge, ...] = Field(default=(), description="BG-20")
    charges: tuple[AllowanceCharge, ...] = Field(default=(), description="BG-21")
    totals: Totals | None = Field(default=None, description="BG-22")
    tax_totals: tuple[Amount, ...] = Field(default=(), description="every VAT total as written")
    amount_currencies: tuple[str, ...] = Field(default=(), description="that amounts name, each once, as written")
    tax_breakdown: tuple[TaxSubtotal, ...] = Field(default=(), description="BG-23")
    attachments: tuple[Attachment, ...] = Field(default=(), description="BG-24")
    lines: tuple[Line, ...] = Field(default=(), description="BG-25")
