"""Sums in running text: believed by label and arithmetic, never computed."""

from decimal import Decimal

import pytest

from pipeline_project.finance.text.page import Page
from pipeline_project.finance.text.totals import find_sums


def sums(text):
    found = find_sums(Page(text))
    names = ("lines", "allowances", "charges", "net", "tax", "gross", "prepaid", "payable")
    return {name: str(getattr(found, name).value) for name in names if getattr(found, name)}


@pytest.mark.parametrize(
    "text",
    [
        "Subtotal  100.00\nVAT 19%  19.00\nTotal  119.00",
        "Net total: 100,00 EUR\nplus 19% VAT: 19,00 EUR\nGrand total: 119,00 EUR",
        "Zwischensumme netto 100,00 €\nzzgl. 19% MwSt. 19,00 €\nRechnungsbetrag 119,00 €",
        "Total HT 100,00 €\nTVA 19% 19,00 €\nTotal TTC 119,00 €",
        "Total excl. VAT  100.00\nVAT  19.00\nTotal incl. VAT  119.00",
        "Imponibile 100,00\nIVA 19% 19,00\nTotale fattura 119,00",
        "Net         VAT        Total\n100.00      19.00      119.00",
        "Tax  Base  Amount        Total excl. 100.00\nVAT 19%  100.00  19.00\n              Total 119.00",
    ],
)
def test_labels_of_many_kinds(text):
    found = sums(text)
    assert (found["net"], found["tax"], found["gross"], found["payable"]) == ("100.00", "19.00", "119.00", "119.00")


def test_the_tax_is_told_by_rate_and_added_up():
    found = find_sums(Page("Net 300.00\nVAT 7% on 100.00: 7.00\nVAT 19% on 200.00: 38.00\nTotal 345.00"))
    assert [(row.rate, row.taxable.value, row.tax.value) for row in found.rates] == [(7, 100, 7), (19, 200, 38)]
    assert (found.tax.value, found.tax.confidence > 0.9) == (Decimal("45.00"), True)


def test_charges_and_discounts_lead_from_the_lines_to_the_net():
    found = sums("Sum of items net 100.00\nDiscount 10.00\nShipping 5.00\nNet total 95.00\nVAT 19% 18.05\nTotal 113.05")
    assert (found["lines"], found["allowances"], found["charges"], found["net"]) == ("100.00", "10.00", "5.00", "95.00")


def test_what_was_paid_leaves_the_rest():
    found = sums("Total 119.00\nDeposit paid 50.00\nBalance due 69.00")
    assert (found["gross"], found["prepaid"], found["payable"]) == ("119.00", "50.00", "69.00")


def test_sums_that_contradict_each_other_are_unsure():
    found = find_sums(Page("Net 100.00\nVAT 19.00\nTotal 120.00"))
    assert {found.net.confidence, found.tax.confidence, found.gross.confidence} == {0.55}


def test_a_sum_that_is_not_stated_is_not_computed():
    assert sums("Net 100.00\nVAT 19% 19.00").keys() == {"net", "tax"}


@pytest.mark.parametrize("text", ["VAT ID: 123456.00", "2% Skonto 2.40", "Weight 12.50", "Page 1 of 2", "nothing here"])
def test_other_amounts_are_no_sums(text):
    assert sums(text) == {}
