"""The draft of an order from a mail: its fields, its lines, its sums, and when a person must look."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline_project.errors import InvalidDocument, NotFound
from pipeline_project.finance.orders import read, read_text

EXAMPLES = Path(__file__).parents[3] / "examples" / "orders"
MAIL = """Dear Ms Weber,

please deliver the following goods as offered in your quotation Q-8812.

Purchase order number: PO-2024-117
Order date: 2024-05-02
Customer: Beispiel AG
Supplier: Lindner GmbH

Pos  Item no.   Description            Qty       Unit price    Total
1    A-100      Copy paper A4          20 pcs          3.90    78.00
2    B-220      Ball pen blue          50 pcs          0.60    30.00

Net total                                                     108.00
VAT 19%                                                        20.52
Total                                                     EUR 128.52

Ship to:
Beispiel AG, warehouse
Lagerstrasse 2
10115 Berlin

Delivery date: 2024-05-10
Payment terms: 30 days net
"""


def test_the_fields_of_a_mail():
    order = read_text(MAIL, subject="Purchase order PO-2024-117").order
    assert (order.number, order.issue_date, order.currency) == ("PO-2024-117", datetime.date(2024, 5, 2), "EUR")
    assert (order.customer.name, order.seller.name, order.quotation) == ("Beispiel AG", "Lindner GmbH", "Q-8812")
    assert (order.delivery.party_name, order.delivery.address.city) == ("Beispiel AG, warehouse", "Berlin")
    assert (order.delivery.requested.end, order.payment_terms) == (datetime.date(2024, 5, 10), "30 days net")
    assert (order.totals.net, order.totals.tax, order.totals.gross) == (108, Decimal("20.52"), Decimal("128.52"))


def test_the_lines_of_a_mail():
    lines = read_text(MAIL).order.lines
    assert [(line.sku, line.name, line.quantity, line.unit, line.unit_price, line.net) for line in lines] == [
        ("A-100", "Copy paper A4", 20, "H87", Decimal("3.90"), 78),
        ("B-220", "Ball pen blue", 50, "H87", Decimal("0.60"), 30),
    ]


def test_a_complete_draft_needs_no_review():
    reading = read_text(MAIL)
    assert (reading.findings, reading.problems, reading.needs_review) == ((), (), False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Customer: Beispiel AG\n", ""),
        ("Purchase order number: PO-2024-117", ""),
        ("3.90    78.00", "3.90    79.00"),
        ("EUR 128.52", "EUR 129.52"),
    ],
    ids=["customer", "number", "line", "total"],
)
def test_what_is_missing_or_does_not_add_up_needs_review(old, new):
    assert old in MAIL
    assert read_text(MAIL.replace(old, new).replace("Beispiel AG, warehouse", "")).needs_review


def test_the_evidence_counts_from_the_subject():
    reading = read_text(MAIL, subject="Order")
    whole = f"Order\n{MAIL}"
    for each in reading.fields:
        assert whole[each.start : each.end].startswith(each.evidence[:20])


def test_the_example_mail_is_read_from_its_file():
    reading = read(EXAMPLES / "purchase-order.txt")
    order = reading.order
    assert (order.number, order.customer.name, len(order.lines)) == ("PO-26-0093", "Nordlicht Café GmbH", 3)
    assert not reading.needs_review


def test_the_example_order_is_read_from_its_file():
    reading = read(EXAMPLES / "office-supplies-order.xml")
    assert (reading.format, reading.findings, reading.needs_review) == ("ubl", (), False)
    assert len(reading.order.lines) >= 10


def test_a_draft_is_never_surer_than_that_the_text_is_an_order():
    text = f"PURCHASE ORDER\nQuote no: Q-17\n{MAIL.replace('please deliver', 'here are')}"
    assert read(text.encode()).confidence <= 0.9


def test_plain_text_is_an_order_by_the_subject_it_came_under():
    goods = "Customer: Bar AG\n- 10 pcs Paper (P-1) at 4.50 EUR each\n"
    assert read(goods.encode(), subject="Purchase order 77-1").order.number == "77-1"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Invoice number: 5\nAmount due: 5.00 EUR", "kind invoice.*'Invoice number'"),
        (b"From: a@b.example\nSubject: Quotation Q-1\n\nWe are pleased to offer 5 lamps.", "kind quote"),
        (b"Shall we have lunch?", "nothing says so"),
        (b"<Invoice/>", "read it as one"),
    ],
)
def test_what_is_no_order_is_refused_with_its_evidence(data, words):
    with pytest.raises(InvalidDocument, match=words):
        read(data, name="mail")


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        read(tmp_path / "order.xml")
