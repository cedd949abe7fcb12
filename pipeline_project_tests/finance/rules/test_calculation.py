"""A computed invoice is consistent; whatever amount of it is then changed, the right rule says so."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.finance.invoices.models import (
    AllowanceCharge,
    Amount,
    Invoice,
    Line,
    TaxCategory,
    TaxSubtotal,
    Totals,
)
from pipeline_project.finance.rules import RULES, check_rules
from pipeline_project.finance.rules.arithmetic import cents

CENT = Decimal("0.01")
ARITHMETIC = [f"BR-CO-{number}" for number in range(10, 18)]
CHECKED = [
    *ARITHMETIC,
    "BR-S-01",
    "BR-S-08",
    "BR-S-09",
    *(rule for rule in RULES if rule.startswith("BR-DEC")),
]

money = st.decimals("-99999.99", "99999.99", places=2)
rates = st.sampled_from([Decimal(rate) for rate in ("5.5", "7", "19", "21.0", "25.00")])
parts = st.lists(st.tuples(money, rates), max_size=3)


@st.composite
def invoices(draw):
    """An invoice at standard rates with its totals computed from its parts."""
    lines, allowances, charges = (
        draw(st.lists(st.tuples(money, rates), min_size=1, max_size=5)),
        draw(parts),
        draw(parts),
    )
    rows = []
    for rate in {rate for _, rate in (*lines, *allowances, *charges)}:
        of_rate = [
            sum((each for each, its in part if its == rate), Decimal(0)) for part in (lines, allowances, charges)
        ]
        taxable = of_rate[0] - of_rate[1] + of_rate[2]
        tax = (taxable * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)
        rows.append(TaxSubtotal(taxable=taxable.quantize(CENT), tax=tax, category=_category(rate)))
    return _assembled(lines, allowances, charges, rows, draw(st.none() | money), draw(st.none() | money))


def _category(rate):
    return TaxCategory(code="S", rate=rate, scheme="VAT")


def _assembled(lines, allowances, charges, rows, prepaid, rounding):
    sums = [sum((each for each, _ in part), Decimal("0.00")) for part in (lines, allowances, charges)]
    tax = sum((row.tax for row in rows), Decimal("0.00"))
    net = sums[0] - sums[1] + sums[2]
    return Invoice(
        currency="EUR",
        lines=tuple(Line(net=each, tax=_category(rate)) for each, rate in lines),
        allowances=tuple(AllowanceCharge(amount=each, tax=_category(rate)) for each, rate in allowances),
        charges=tuple(AllowanceCharge(amount=each, tax=_category(rate)) for each, rate in charges),
        tax_breakdown=tuple(rows),
        tax_totals=(Amount(value=tax, currency="EUR"),),
        totals=Totals(
            lines=sums[0],
            allowances=sums[1] if allowances else None,
            charges=sums[2] if charges else None,
            net=net,
            tax=tax,
            gross=net + tax,
            prepaid=prepaid,
            rounding=rounding,
            payable=net + tax - (prepaid or 0) + (rounding or 0),
        ),
    )


@given(invoices())
def test_a_computed_invoice_is_consistent(invoice):
    assert check_rules(invoice, CHECKED) == []


@given(invoices(), st.sampled_from(["lines", "net", "tax", "gross", "payable"]), money.filter(bool))
def test_a_changed_total_breaks_the_rule_that_computes_it(invoice, field, off):
    rules = {
        "lines": "BR-CO-10",
        "net": "BR-CO-13",
        "tax": "BR-CO-14",
        "gross": "BR-CO-15",
        "payable": "BR-CO-16",
    }
    totals = invoice.totals.model_copy(update={field: getattr(invoice.totals, field) + off})
    findings = check_rules(invoice.model_copy(update={"totals": totals}), [rules[field]])
    assert [finding.field for finding in findings] == [f"totals.{field}"]


@given(invoices(), st.integers(0, 4), money.filter(bool))
def test_a_changed_line_breaks_the_sum_of_lines(invoice, index, off):
    index %= len(invoice.lines)
    line = invoice.lines[index].model_copy(update={"net": invoice.lines[index].net + off})
    lines = (*invoice.lines[:index], line, *invoice.lines[index + 1 :])
    assert check_rules(invoice.model_copy(update={"lines": lines}), ["BR-CO-10"])


@given(invoices(), st.sampled_from(["allowances", "charges"]), money.filter(bool))
def test_a_surplus_allowance_or_charge_breaks_its_sum(invoice, field, amount):
    more = (*getattr(invoice, field), AllowanceCharge(amount=amount))
    rule = {"allowances": "BR-CO-11", "charges": "BR-CO-12"}[field]
    assert check_rules(invoice.model_copy(update={field: more}), [rule])


@given(invoices(), st.decimals("1", "99999", places=2), st.booleans())
def test_a_tax_amount_that_is_a_unit_off_breaks_the_tax_of_its_category(invoice, off, up):
    row = invoice.tax_breakdown[0]
    wrong = row.model_copy(update={"tax": row.tax + (off if up else -off)})
    broken = invoice.model_copy(update={"tax_breakdown": (wrong, *invoice.tax_breakdown[1:])})
    assert {finding.rule for finding in check_rules(broken, ["BR-CO-17", "BR-S-09"])} == {
        "BR-CO-17",
        "BR-S-09",
    }


def test_cii_lets_a_category_tax_be_a_whole_unit_off_and_ubl_does_not():
    for syntax, fired in (("ubl", True), ("cii", False)):
        row = TaxSubtotal(taxable=Decimal(-72), tax=Decimal("-12.68"), category=_category(Decimal(19)))
        invoice = Invoice(syntax=syntax, tax_breakdown=(row,))
        assert bool(check_rules(invoice, ["BR-CO-17"])) is fired


def test_a_category_without_a_rate_has_no_tax():
    for tax, fired in (("0.49", False), ("0.50", True), ("-0.50", True)):
        row = TaxSubtotal(taxable=Decimal(100), tax=Decimal(tax), category=TaxCategory(code="O", scheme="VAT"))
        assert bool(check_rules(Invoice(tax_breakdown=(row,)), ["BR-CO-17"])) is fired


def test_two_totals_in_the_invoice_currency_are_one_too_many():
    totals = Totals(net=Decimal(100), gross=Decimal(119))
    taxes = (Amount(value=Decimal(19), currency="EUR"), Amount(value=Decimal(19), currency="EUR"))
    [finding] = check_rules(Invoice(currency="EUR", totals=totals, tax_totals=taxes), ["BR-CO-15"])
    assert finding.found == "2"


def test_only_cii_may_leave_out_a_vat_total_of_nothing():
    for syntax, gross, fired in (("cii", 100, False), ("cii", 119, True), ("ubl", 100, True)):
        totals = Totals(net=Decimal(100), gross=Decimal(gross))
        invoice = Invoice(syntax=syntax, currency="EUR", totals=totals)
        assert bool(check_rules(invoice, ["BR-CO-15"])) is fired


def test_a_missing_amount_is_not_taken_for_zero():
    invoice = Invoice(totals=Totals(net=Decimal(0), gross=Decimal(0)))
    assert {finding.rule for finding in check_rules(invoice, ["BR-CO-10", "BR-CO-13", "BR-CO-16"])} == {
        "BR-CO-10",
        "BR-CO-13",
        "BR-CO-16",
    }


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.125", "0.13"), ("-0.125", "-0.12"), ("0.124", "0.12"), ("-0.126", "-0.13"), ("7", "7.00")],
)
def test_halves_are_rounded_towards_plus_infinity(amount, rounded):
    assert str(cents(Decimal(amount))) == rounded
