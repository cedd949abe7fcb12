"""Proves which invoices fit their order and receipts, where each tolerance ends, and what is never guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline_project.finance.invoices.models import (
    AllowanceCharge,
    Identifier,
    Invoice,
    Line,
    Party,
    References,
    TaxCategory,
    Totals,
)
from pipeline_project.finance.matching import NO_VARIANCE, Receipt, ReceiptLine, Tolerances, finding, match
from pipeline_project.finance.orders.models import Order, OrderLine

VAT = TaxCategory(code="S", rate=Decimal(19))
SELLER = Party(name="Papier Müller GmbH", tax_id="DE123456789")
ORDER = Order(
    number="PO-7",
    currency="EUR",
    seller=SELLER,
    lines=(
        OrderLine(
            id="1",
            name="Paper",
            seller_item="P-1",
            quantity=Decimal(10),
            unit="C62",
            unit_price=Decimal("4.00"),
            net=Decimal("40.00"),
            tax=VAT,
        ),
        OrderLine(
            id="2",
            name="Toner",
            seller_item="T-9",
            quantity=Decimal(5),
            unit="C62",
            unit_price=Decimal("20.00"),
            net=Decimal("100.00"),
            tax=VAT,
        ),
    ),
)


def billed(quantity="10", price="4.00", **changes):
    """A line of paper, by its item number."""
    ordinary = {
        "id": "1",
        "name": "Copy paper A4",
        "seller_item": "P-1",
        "quantity": Decimal(quantity),
        "unit": "C62",
        "unit_price": Decimal(price),
        "net": Decimal(quantity) * Decimal(price),
        "tax": VAT,
    }
    return Line(**(ordinary | changes))


def invoice(*lines, tax=None, **changes):
    """An invoice of these lines with the totals they come to."""
    net = sum((line.net for line in lines if line.net is not None), Decimal(0))
    net += sum((each.amount for each in changes.get("charges", ())), Decimal(0))
    net -= sum((each.amount for each in changes.get("allowances", ())), Decimal(0))
    vat = Decimal(tax) if tax is not None else round(net * Decimal("0.19"), 2)
    ordinary = {
        "number": "R-1",
        "type": "invoice",
        "currency": "EUR",
        "seller": SELLER,
        "references": References(order="PO-7"),
        "lines": lines,
        "totals": Totals(net=net, tax=vat, gross=net + vat, payable=net + vat),
    }
    return Invoice(**(ordinary | changes))


def kinds(document, order=ORDER, **options):
    outcome = match(document, order, **options)
    assert outcome.matched == (not outcome.exceptions)
    return [exception.kind for exception in outcome.exceptions]


def test_what_was_ordered_at_the_price_ordered_matches_without_any_variance():
    toner = billed("5", "20.00", id="2", name="Toner", seller_item=None)
    outcome = match(invoice(billed(), toner), ORDER)
    assert outcome.matched
    assert outcome.complete
    assert not outcome.three_way
    assert outcome.unchecked == ()
    assert [(line.ordered, line.billed) for line in outcome.lines] == [(10, 10), (5, 5)]


def test_less_or_cheaper_than_ordered_is_no_variance():
    outcome = match(invoice(billed("3", "3.99")), ORDER)
    assert outcome.matched
    assert not outcome.complete


@pytest.mark.parametrize(("quantity", "expected"), [("10", []), ("11", []), ("11.001", ["quantity_ordered"])])
def test_the_quantity_tolerance_ends_exactly_where_it_says(quantity, expected):
    assert kinds(invoice(billed(quantity)), tolerances=Tolerances(ordered_percent=Decimal(10))) == expected


@pytest.mark.parametrize(("price", "expected"), [("4.00", []), ("4.20", []), ("4.2001", ["price"])])
def test_the_price_tolerance_ends_exactly_where_it_says(price, expected):
    assert kinds(invoice(billed("10", price)), tolerances=Tolerances(price_percent=Decimal(5))) == expected


@pytest.mark.parametrize(("price", "expected"), [("4.10", []), ("4.11", ["amount"])])
def test_of_a_percentage_and_an_amount_the_one_that_is_hit_first_decides(price, expected):
    tolerances = Tolerances(price_percent=Decimal(50), amount=Decimal(1))
    assert kinds(invoice(billed("10", price)), tolerances=tolerances) == expected


@pytest.mark.parametrize("name", list(Tolerances.model_fields))
@pytest.mark.parametrize("empty", [None, "", " "])
def test_an_empty_tolerance_limits_nothing(name, empty):
    tolerances = Tolerances.model_validate(NO_VARIANCE.model_dump() | {name: empty})
    document = invoice(billed("12", "5.00"), tax="99")
    receipts = [Receipt(lines=(ReceiptLine(item="P-1", quantity=Decimal(10)),))]
    found = kinds(document, tolerances=tolerances, receipts=receipts)
    by_tolerance = {
        "ordered_percent": "quantity_ordered",
        "received_percent": "quantity_received",
        "price_percent": "price",
        "amount": "amount",
        "tax": "tax",
    }
    assert found == [kind for key, kind in by_tolerance.items() if key != name]


@pytest.mark.parametrize("value", ["-1", "NaN", "Infinity", "x", True and [1]])
def test_what_is_no_tolerance_is_refused(value):
    with pytest.raises(ValidationError):
        Tolerances.model_validate({"amount": value})
    with pytest.raises(ValidationError):
        Tolerances.model_validate({"ammount": 1})


def test_quantities_count_over_all_invoices_of_the_order_less_its_credit_notes():
    first, second = invoice(billed("6")), invoice(billed("4"))
    back = invoice(billed("2"), type="credit_note")
    assert kinds(invoice(billed("1")), previous=[first, second]) == ["quantity_ordered"]
    assert kinds(invoice(billed("2")), previous=[first, second, back]) == []
    [exception] = match(invoice(billed("3")), ORDER, previous=[first, second, back]).exceptions
    assert exception.found == "3 here and 8 on earlier invoices"


def test_one_ordered_line_billed_in_several_lines_is_added_up():
    assert kinds(invoice(billed("6"), billed("5", id="2")), tolerances=Tolerances(ordered_percent=Decimal(0))) == [
        "quantity_ordered"
    ]


def test_amounts_count_over_all_invoices_too():
    service = Order(number="PO-7", currency="EUR", lines=(OrderLine(id="1", name="Consulting", net=Decimal(1000)),))
    half = invoice(Line(id="1", name="Consulting", net=Decimal(600)))
    assert kinds(half, service) == []
    assert kinds(half, service, previous=[half]) == ["amount"]
    assert kinds(half, service, previous=[half], tolerances=Tolerances(amount=Decimal(200))) == []


def test_only_what_was_received_may_be_billed():
    def received(*quantities):
        return [Receipt(lines=(ReceiptLine(order_line="1", quantity=Decimal(each)),)) for each in quantities]

    assert kinds(invoice(billed("10")), receipts=received(6, 4)) == []
    assert kinds(invoice(billed("10")), receipts=received(6, 4, -1)) == ["quantity_received"]
    assert kinds(invoice(billed("10")), receipts=[]) == ["quantity_received"]
    assert kinds(invoice(billed("10")), receipts=None) == []
    loose = Tolerances(received_percent=Decimal(25))
    assert kinds(invoice(billed("10")), receipts=received(8), tolerances=loose) == []


@pytest.mark.parametrize("item", ["P-1", "p1", "Paper", "PAPER"])
def test_goods_received_are_told_by_item_number_or_name(item):
    receipts = [Receipt(lines=(ReceiptLine(item=item, quantity=Decimal(10)),))]
    assert match(invoice(billed()), ORDER, receipts=receipts).lines[0].received == 10


def test_a_line_is_told_by_the_ordered_line_it_names_then_item_number_then_name():
    by_reference = billed(seller_item=None, name="something else", order_line="1")
    by_name = billed(seller_item=None, name="PAPER")
    for line in (by_reference, billed(), by_name):
        assert match(invoice(line), ORDER).lines[0].billed == 10


def test_a_line_that_belongs_to_no_ordered_line_was_not_ordered():
    fee = Line(id="9", name="Handling fee", quantity=Decimal(1), net=Decimal("9.90"), tax=VAT)
    assert kinds(invoice(billed(), fee)) == ["not_ordered", "amount"]
    assert kinds(invoice(billed(), fee), tolerances=Tolerances(amount=Decimal("9.90"))) == ["not_ordered"]


def test_the_same_name_with_another_item_number_is_another_item():
    assert kinds(invoice(billed(name="Paper", seller_item="X-1")), tolerances=Tolerances()) == ["not_ordered"]


def test_an_ordered_line_named_for_another_item_is_an_exception():
    assert kinds(invoice(billed(seller_item="T-9", order_line="1"))) == ["item"]


def test_several_ordered_lines_of_one_item_are_filled_one_after_the_other():
    twice = ORDER.model_copy(update={"lines": (ORDER.lines[0], ORDER.lines[0].model_copy(update={"id": "3"}))})
    outcome = match(invoice(billed("10"), billed("10", id="2")), twice)
    assert outcome.matched
    assert [line.billed for line in outcome.lines] == [10, 10]


@pytest.mark.parametrize(("unit", "expected"), [("EA", []), (None, []), ("KGM", ["unit"])])
def test_another_unit_is_an_exception_and_another_word_for_a_piece_is_not(unit, expected):
    assert kinds(invoice(billed(unit=unit))) == expected


def test_another_order_currency_or_seller_is_an_exception():
    assert kinds(invoice(billed(), references=References(order="PO-8"))) == ["order_number"]
    assert kinds(invoice(billed(), references=References(order="po 7"))) == []
    assert kinds(invoice(billed(price="999"), currency="USD")) == ["currency"]
    assert kinds(invoice(billed(), seller=Party(name="Papier Müller GmbH", tax_id="ATU12345678"))) == ["seller"]


def test_sellers_are_one_by_electronic_address_too():
    endpoint = Identifier(value="7300010000001", scheme="0088")
    ordered = ORDER.model_copy(update={"seller": Party(name="Short name", endpoint=endpoint)})
    assert kinds(invoice(billed(), seller=Party(name="Long name", identifiers=(endpoint,))), ordered) == []


def test_what_is_not_stated_is_not_compared_and_said_to_be_so():
    bare = Invoice(lines=(Line(id="1", name="Paper"),))
    outcome = match(bare, Order(lines=(OrderLine(id="1", name="Paper"),)))
    assert outcome.matched
    assert {reason.split(":")[0] for reason in outcome.unchecked} == {
        "order number",
        "currency",
        "seller",
        "quantity",
        "price",
        "amount",
        "tax",
    }


@pytest.mark.parametrize(("tax", "expected"), [("7.60", []), ("7.65", []), ("7.66", ["tax"]), ("7.54", ["tax"])])
def test_tax_may_differ_from_the_ordered_rates_in_neither_direction(tax, expected):
    assert kinds(invoice(billed(), tax=tax), tolerances=Tolerances(tax=Decimal("0.05"))) == expected


def test_prices_are_compared_for_one_whatever_they_are_stated_for():
    dozen = billed("10", unit_price=Decimal("400.00"), base_quantity=Decimal(100), net=Decimal("40.00"))
    assert kinds(invoice(dozen)) == []
    without_price = billed("10", unit_price=None, net=Decimal("41.00"))
    assert kinds(invoice(without_price)) == ["price", "amount"]


def test_a_discount_agreed_on_a_line_is_due_on_it():
    line = ORDER.lines[0].model_copy(update={"net": Decimal("36.00")})
    agreed = ORDER.model_copy(update={"lines": (line,)})
    assert kinds(invoice(billed(net=Decimal("36.00"))), agreed) == []
    assert kinds(invoice(billed("5", net=Decimal("20.00"))), agreed) == ["amount"]


def test_a_charge_that_was_not_agreed_counts_as_amount_and_an_agreed_one_does_not():
    freight = AllowanceCharge(amount=Decimal("15.00"), tax=VAT)
    agreed = ORDER.model_copy(update={"charges": (freight,)})
    assert kinds(invoice(billed(), charges=(freight,))) == ["amount"]
    assert kinds(invoice(billed(), charges=(freight,)), agreed) == []
    assert kinds(invoice(billed(price="5.50")), agreed, tolerances=Tolerances(amount=Decimal(0))) == ["amount"]


def test_a_part_of_the_order_bears_its_part_of_the_discount():
    discount = AllowanceCharge(amount=Decimal("14.00"), tax=VAT)
    agreed = ORDER.model_copy(update={"allowances": (discount,)})
    part = AllowanceCharge(amount=Decimal("4.00"), tax=VAT)
    assert kinds(invoice(billed(), allowances=(part,)), agreed) == []
    assert kinds(invoice(billed()), agreed) == ["amount"]


def test_a_credit_note_takes_nothing_beyond_the_order():
    assert kinds(invoice(billed("100", "99"), type="credit_note")) == []
    assert kinds(invoice(billed(seller_item="X", name="X"), type="credit_note")) == ["not_ordered"]


def test_an_exception_as_a_finding_says_what_was_expected_and_found():
    [exception] = match(invoice(billed("11")), ORDER, tolerances=Tolerances(ordered_percent=Decimal(5))).exceptions
    as_finding = finding(exception)
    assert (as_finding.rule, as_finding.severity, as_finding.field) == (
        "order.quantity_ordered",
        "error",
        "lines[0].quantity",
    )
    assert (as_finding.expected, as_finding.found) == ("at most 10 ordered", "11 here")
    assert as_finding.evidence == ("ordered line 1", "tolerance 5 %")


numbers = st.decimals("-1e30", "1e30", allow_nan=False, allow_infinity=False)


@given(st.none() | numbers, st.none() | numbers, st.none() | numbers, st.none() | numbers)
def test_no_numbers_break_it(quantity, price, base, net):
    line = billed(quantity=quantity or 0, unit_price=price, base_quantity=base, net=net)
    document = invoice().model_copy(update={"lines": (line,), "totals": Totals(net=net, tax=price)})
    ordered = OrderLine(id="1", seller_item="P-1", quantity=base, unit_price=net, base_quantity=quantity, tax=VAT)
    order = ORDER.model_copy(update={"lines": (ordered,)})
    match(document, order, previous=[document], receipts=[])


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_invoices_that_match_one_after_another_never_bill_more_than_was_ordered(quantities):
    accepted = []
    for quantity in quantities:
        document = invoice(billed(str(quantity)))
        if match(document, ORDER, previous=accepted).matched:
            accepted.append(document)
    assert sum(document.lines[0].quantity for document in accepted) <= 10
