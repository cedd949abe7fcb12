"""A purchase order as UBL Order and Peppol BIS 3 Ordering see it, whatever it was read from.

Its lines have the field names of invoice lines, so that the two compare. Every field is optional; absent is None,
present and empty is "". Refuses to hold what an invoice could never be matched with, such as transport details.
"""

import datetime
from decimal import Decimal

from pydantic import Field

from pipeline_project.finance.invoices.models import (
    Address,
    AllowanceCharge,
    Attachment,
    Identifier,
    ItemAttribute,
    Party,
    Period,
    TaxCategory,
    Totals,
    Value,
)


class OrderLine(Value):
    """What is ordered, at which price."""

    id: str | None = None
    note: str | None = None
    quantity: Decimal | None = None
    unit: str | None = Field(default=None, description="UN/ECE Rec. 20 or 21 code")
    net: Decimal | None = Field(default=None, description="line amount without tax")
    unit_price: Decimal | None = Field(default=None, description="net price of `base_quantity` items")
    base_quantity: Decimal | None = Field(default=None, description="items one price pays for; None means 1")
    base_quantity_unit: str | None = None
    allowances: tuple[AllowanceCharge, ...] = ()
    charges: tuple[AllowanceCharge, ...] = ()
    tax: TaxCategory | None = None
    name: str | None = None
    description: str | None = None
    seller_item: str | None = Field(default=None, description="seller's article number")
    buyer_item: str | None = Field(default=None, description="buyer's article number")
    standard_item: Identifier | None = Field(default=None, description="registered article number, such as a GTIN")
    classifications: tuple[Identifier, ...] = ()
    attributes: tuple[ItemAttribute, ...] = ()
    requested: Period | None = Field(default=None, description="days on which delivery is wanted")
    buyer_accounting: str | None = None

    @property
    def sku(self) -> str | None:
        """The article number to order by: the seller's, else the registered one, else the buyer's."""
        registered = self.standard_item.value if self.standard_item else None
        return self.seller_item or registered or self.buyer_item


class OrderDelivery(Value):
    """Where, to whom and when to deliver."""

    party_name: str | None = None
    location: Identifier | None = None
    address: Address | None = None
    requested: Period | None = Field(default=None, description="days on which delivery is wanted")


class Order(Value):
    """A purchase order."""

    number: str | None = None
    type_code: str | None = Field(default=None, description="UNTDID 1001")
    issue_date: datetime.date | None = None
    valid_until: datetime.date | None = None
    currency: str | None = Field(default=None, description="ISO 4217")
    process: str | None = Field(default=None, description="business process the order belongs to")
    specification: str | None = Field(default=None, description="specification the order claims to follow")
    notes: tuple[str, ...] = ()
    buyer_reference: str | None = None
    contract: str | None = None
    quotation: str | None = Field(default=None, description="the seller's offer that is ordered from")
    buyer_accounting: str | None = None
    customer: Party | None = None
    seller: Party | None = None
    invoicee: Party | None = Field(default=None, description="who is to be invoiced, when not the customer")
    delivery: OrderDelivery | None = None
    payment_terms: str | None = None
    allowances: tuple[AllowanceCharge, ...] = ()
    charges: tuple[AllowanceCharge, ...] = ()
    totals: Totals | None = Field(default=None, description="the sums that the customer expects")
    attachments: tuple[Attachment, ...] = ()
    lines: tuple[OrderLine, ...] = ()
