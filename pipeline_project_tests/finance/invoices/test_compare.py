"""Two readings of one invoice: only what both state and state differently is a difference."""

from decimal import Decimal

from pipeline_project.finance.invoices.compare import Difference, differences
from pipeline_project.finance.invoices.models import Invoice, Line, Party


def test_absent_and_empty_agree_with_anything():
    assert differences(Invoice(number="1", currency=""), Invoice(currency="EUR")) == ()


def test_numbers_are_compared_by_value():
    one, other = (Invoice(lines=(Line(net=Decimal(text)),)) for text in ("5.00", "5"))
    assert differences(one, other) == ()


def test_what_differs_is_named_with_its_path():
    one = Invoice(number="1", seller=Party(name="A"), lines=(Line(id="1"), Line(id="2")))
    other = Invoice(number="1", seller=Party(name="B"), lines=(Line(id="1"), Line(id="3")))
    assert differences(one, other) == (
        Difference(field="seller.name", first="A", second="B"),
        Difference(field="lines[1].id", first="2", second="3"),
    )


def test_what_is_about_the_document_is_left_out():
    assert differences(Invoice(syntax="ubl", specification="a"), Invoice(syntax="cii", specification="b")) == ()
