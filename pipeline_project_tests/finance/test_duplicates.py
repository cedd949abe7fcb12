"""Proves which invoices are taken for duplicates of posted ones, which are not, and that each comes with evidence."""

import string
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline_project.finance.duplicates import Posted, claim_of, find, finding, number_key
from pipeline_project.finance.invoices.models import (
    Account,
    Delivery,
    Identifier,
    Invoice,
    Line,
    Party,
    Payment,
    PaymentMeans,
    Period,
    References,
    Totals,
)

NOW = datetime(2025, 6, 1, tzinfo=UTC)
LINES = (
    Line(id="1", name="Copier paper", quantity=Decimal(10), unit_price=Decimal("4.50"), net=Decimal("45.00")),
    Line(id="2", name="Toner", seller_item="T-9", quantity=Decimal(2), net=Decimal("155.00")),
)
SELLER = Party(name="Papier Müller GmbH", tax_id="DE123456789")


def invoice(number="INV-2025-0042", gross="238.00", day=date(2025, 3, 3), iban="DE02120300000000202051", **changes):
    """An ordinary invoice, changed as the test wants it."""
    account = PaymentMeans(account=Account(id=iban)) if iban else PaymentMeans()
    ordinary = {
        "number": number,
        "type": "invoice",
        "issue_date": day,
        "currency": "EUR",
        "seller": SELLER,
        "payment": Payment(means=(account,)),
        "totals": Totals(gross=Decimal(gross), payable=Decimal(gross)),
        "lines": LINES,
    }
    return Invoice(**(ordinary | changes))


def duplicates(new, *old, **options):
    """What `new` repeats of `old`, every document having its own content."""
    posted = [
        Posted(f"row{index}", "earlier", NOW, claim_of(each, digest=f"old{index}")) for index, each in enumerate(old)
    ]
    return find(claim_of(new, digest="new"), posted, **options)


def kinds(new, *old, **options):
    return [duplicate.kind for duplicate in duplicates(new, *old, **options)]


@pytest.mark.parametrize(
    "spelling",
    [
        "INV-2025-0042",
        "inv 2025 0042",
        "INV/2025/OO42",
        "1NV.2025.0042",
        "00INV20250042",
        "\u0130NV-2025-0042",
        "\uff29\uff2e\uff3620250042",
    ],
)
def test_spellings_of_one_number_are_one_number(spelling):
    assert kinds(invoice(spelling, gross="1.00", lines=()), invoice()) == ["same_number"]


@pytest.mark.parametrize("number", ["INV-2025-0043", "INV-2025-42", "2025-0042", "", None, "---"])
def test_other_or_absent_numbers_are_not(number):
    assert kinds(invoice(number, gross="1.00", lines=()), invoice(number="INV-2025-0042")) == []
    assert kinds(invoice(number="--", gross="1", lines=()), invoice(number="...", gross="2", lines=())) == []


@given(st.text(max_size=30))
@example("0O0o")
@example("\u0131-\u2163\u00b2")
def test_normalising_a_number_twice_changes_nothing(number):
    key = number_key(number)
    assert key is None or number_key(key) == key


@given(st.text(string.ascii_letters + string.digits, min_size=1, max_size=20), st.sampled_from(" -./_#"))
def test_separators_and_leading_zeros_never_tell_numbers_apart(number, separator):
    assert number_key(f"00{separator}" + separator.join(number)) == number_key(number)


def test_the_seller_is_known_by_tax_number_whatever_it_calls_itself():
    renamed = invoice(seller=Party(name="PM Handel", tax_id="de 123 456 789"), iban=None)
    found = duplicates(renamed, invoice())
    assert [duplicate.kind for duplicate in found] == ["same_number"]
    assert "same VAT identifier DE123456789" in found[0].evidence


def test_the_seller_is_known_by_iban_when_no_tax_number_is_there():
    assert kinds(invoice(seller=Party(name="Somebody else")), invoice(seller=Party(name="Papier Müller"))) == [
        "same_number"
    ]


@pytest.mark.parametrize("name", ["PAPIER MULLER", "Papier-Müller G.m.b.H.", "Papier Müller GmbH & Co. KG"])
def test_the_seller_is_known_by_name_when_nothing_else_is_there(name):
    assert kinds(invoice(seller=Party(name=name), iban=None), invoice()) == ["same_number"]


def test_two_sellers_of_one_name_with_different_tax_numbers_are_two():
    namesake = Party(name=SELLER.name, tax_id="ATU12345678")
    assert kinds(invoice(seller=namesake, iban="AT611904300234573201"), invoice()) == []


def test_a_national_account_number_identifies_nobody():
    old = invoice(seller=Party(name="One"), iban="12345678")
    assert kinds(invoice(seller=Party(name="Two"), iban="12345678"), old) == []


def test_the_same_document_is_found_even_where_nothing_in_it_can_be_compared():
    empty = claim_of(Invoice(), digest="d")
    found = find(empty, [Posted("row", "earlier", NOW, claim_of(Invoice(), digest="d"))])
    assert [duplicate.kind for duplicate in found] == ["same_document"]
    assert find(empty, [Posted("row", "earlier", NOW, claim_of(Invoice(), digest="e"))]) == ()


def test_a_resubmission_under_a_new_number_is_found():
    found = duplicates(invoice("INV-2025-0099", day=date(2025, 3, 20)), invoice())
    assert [duplicate.kind for duplicate in found] == ["resubmission"]
    assert "same lines" in found[0].evidence
    assert finding(found[0]).severity == "error"


def test_a_resubmission_months_later_is_found_when_it_names_the_same_delivery():
    delivery = Delivery(date=date(2025, 3, 1))
    old = invoice(delivery=delivery)
    assert kinds(invoice("INV-9", day=date(2025, 9, 1), delivery=delivery), old) == ["resubmission"]


def test_a_monthly_bill_is_not_a_duplicate_of_last_months():
    assert kinds(invoice("INV-2", day=date(2025, 3, 31)), invoice(day=date(2025, 2, 28))) == []


def test_bills_of_different_periods_are_no_duplicates_however_close_they_are():
    april, may = (Period(start=date(2025, month, 1)) for month in (4, 5))
    assert kinds(invoice("INV-2", period=may), invoice(period=april)) == []


def test_the_same_lines_for_other_periods_are_no_resubmission():
    def rent(month):
        period = Period(start=date(2025, month, 1), end=date(2025, month, 28))
        return (Line(id="1", name="Rent", quantity=Decimal(1), net=Decimal("200.00"), period=period),)

    assert kinds(invoice("INV-2", lines=rent(4)), invoice(lines=rent(3))) == []
    assert kinds(invoice("INV-2", lines=rent(3)), invoice(lines=rent(3))) == ["resubmission"]


def test_the_same_amount_within_days_is_a_warning_and_further_apart_nothing():
    other = (Line(id="1", name="Chairs", net=Decimal("200.00")),)
    [found] = duplicates(invoice("INV-7", day=date(2025, 3, 9), lines=other), invoice())
    assert (found.kind, finding(found).severity) == ("same_amount", "warning")
    assert kinds(invoice("INV-7", day=date(2025, 3, 9), lines=other), invoice(), days=5) == []
    assert kinds(invoice("INV-7", gross="238.01", day=date(2025, 3, 9), lines=other), invoice()) == []
    assert kinds(invoice("INV-7", currency="USD", lines=other), invoice()) == []


def test_two_prepaid_invoices_are_not_alike_because_nothing_is_left_to_pay():
    prepaid = Totals(gross=Decimal("99.00"), prepaid=Decimal("99.00"), payable=Decimal(0))
    other = Totals(gross=Decimal("12.00"), prepaid=Decimal("12.00"), payable=Decimal(0))
    assert kinds(invoice("INV-8", totals=prepaid, lines=()), invoice(totals=other, lines=())) == []


def test_one_line_billed_on_two_orders_is_found():
    first = invoice(references=References(order="PO-1"))
    second = invoice("INV-50", gross="184.45", lines=LINES[1:], references=References(order="PO-2"))
    [found] = duplicates(second, first)
    assert found.kind == "line_billed_twice"
    assert any("Toner" in fact for fact in found.evidence)
    assert "order PO-2 here, order PO-1 there" in found.evidence


def test_other_lines_on_two_orders_are_no_duplicates_even_at_the_same_amount():
    first = invoice(references=References(order="PO-1"))
    other = (Line(id="1", name="Chairs", net=Decimal("200.00")),)
    assert kinds(invoice("INV-50", lines=other, references=References(order="PO-2")), first) == []


def test_a_line_for_another_period_or_object_is_another_line():
    def meter(value):
        line = Line(id="1", name="Reading", quantity=Decimal(1), net=Decimal("20.00"), object=Identifier(value=value))
        return (line,)

    first = invoice(lines=meter("A"), references=References(order="PO-1"))
    assert kinds(invoice("N", lines=meter("B"), references=References(order="PO-2")), first) == []
    assert kinds(invoice("N", lines=meter("A"), references=References(order="PO-2")), first) == ["line_billed_twice"]


@pytest.mark.parametrize("credit", [{"type": "credit_note"}, {"gross": "-238.00"}])
def test_a_credit_note_is_no_duplicate_of_its_invoice(credit):
    assert kinds(invoice(**credit), invoice()) == []
    assert kinds(invoice("CN-2", **credit), invoice("CN-1", **credit)) == []


def test_the_same_credit_note_again_is_one():
    assert kinds(invoice("CN-1", type="credit_note"), invoice("CN 1", type="credit_note")) == ["same_number"]


def test_the_strongest_duplicate_comes_first():
    weak = invoice("X-1", lines=(), day=date(2025, 3, 1))
    assert kinds(invoice(), weak, invoice("X-2"), invoice()) == ["same_number", "resubmission", "same_amount"]


def test_an_invoice_that_says_nothing_is_a_duplicate_of_nothing():
    assert kinds(Invoice(), Invoice(), invoice()) == []
