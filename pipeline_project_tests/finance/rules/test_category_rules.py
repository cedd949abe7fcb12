"""The ten rules of every VAT category: each is satisfied by a consistent invoice and broken by one change."""

from decimal import Decimal

import pytest

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules import check, check_rules
from pipeline_project.finance.rules.categories import CATEGORIES, category_tax

RATES = {"above 0": "19", "0 or more": "7", "0": "0", "none": None}
WRONG_RATES = {
    "above 0": ("0", "-19", None),
    "0 or more": ("-7", None),
    "0": ("19", None),
    "none": ("0", "19"),
}
ADDRESS = {"country": "DE"}
KINDS = {"02": "lines.0", "03": "allowances.0", "04": "charges.0"}
EXACT_ROW = [category for category in CATEGORIES if not category.per_rate]
RATED = [category for category in CATEGORIES if category.per_rate]

by_category = pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.prefix)


def consistent(category, *, syntax="ubl"):
    """An invoice whose line, allowance and charge all have one category, with everything it asks for."""
    rate = RATES[category.rate]
    tax = {"code": category.code, "rate": rate, "scheme": "VAT"}
    amount = category_tax(Decimal("90.00"), Decimal(rate or 0))
    vat = category.seller != "no VAT"
    return Invoice.model_validate(
        {
            "syntax": syntax,
            "seller": {"tax_id": "DE123456789" if vat else None},
            "buyer": {"tax_id": "SE556677889901" if category.buyer in ("VAT", "VAT or registration") else None},
            "tax_representative": {},
            "delivery": {"date": "2025-03-01", "address": ADDRESS},
            "lines": [{"net": "100.00", "tax": tax}],
            "allowances": [{"amount": "20.00", "tax": tax}],
            "charges": [{"amount": "10.00", "tax": tax}],
            "tax_breakdown": [
                {
                    "taxable": "90.00",
                    "tax": amount,
                    "category": tax,
                    "exemption_reason": "for a reason" if category.exemption == "required" else None,
                }
            ],
        }
    )


def broken_rules(invoice, category):
    return {finding.rule for finding in check(invoice) if finding.rule.startswith(f"{category.prefix}-")}


@by_category
@pytest.mark.parametrize("syntax", ["ubl", "cii", None])
def test_a_consistent_invoice_breaks_no_rule_of_its_category(category, syntax):
    assert broken_rules(consistent(category, syntax=syntax), category) == set()


@by_category
def test_a_category_that_is_not_used_is_not_judged(category):
    other = CATEGORIES[0] if category is not CATEGORIES[0] else CATEGORIES[1]
    assert broken_rules(consistent(other), category) == set()


@by_category
def test_a_category_of_another_tax_is_not_judged(category, change):
    foreign = consistent(category)
    for place in ("lines.0.tax", "allowances.0.tax", "charges.0.tax", "tax_breakdown.0.category"):
        foreign = change(foreign, {f"{place}.scheme": "GST"})
    assert broken_rules(foreign, category) == set()


@by_category
def test_01_a_category_in_use_is_missing_from_the_breakdown(category, change):
    broken = change(consistent(category), {"tax_breakdown": ()})
    assert broken_rules(broken, category) == {f"{category.prefix}-01"}


@by_category
def test_01_only_categories_with_one_rate_stand_once_in_the_breakdown(category, change):
    invoice = consistent(category)
    twice = change(invoice, {"tax_breakdown": invoice.tax_breakdown * 2})
    assert (f"{category.prefix}-01" in broken_rules(twice, category)) is not category.per_rate


@pytest.mark.parametrize("category", RATED, ids=lambda category: category.prefix)
def test_01_a_row_per_rate_needs_something_it_taxes(category, change):
    broken = change(consistent(category), {"lines": (), "allowances": (), "charges": ()})
    assert f"{category.prefix}-01" in broken_rules(broken, category)


@by_category
@pytest.mark.parametrize("number", KINDS)
def test_02_to_04_wrong_identifiers_break_the_rule_of_what_is_there(category, number, change):
    alone = {place.split(".")[0]: () for key, place in KINDS.items() if key != number}
    vat = "DE123456789" if category.seller == "no VAT" else None
    broken = change(consistent(category), {**alone, "seller.tax_id": vat})
    findings = {rule for rule in broken_rules(broken, category) if rule[-2:] in KINDS}
    assert findings == {f"{category.prefix}-{number}"}


@by_category
def test_02_the_tax_representative_identifies_the_seller(category, change):
    invoice = change(consistent(category), {"seller.tax_id": None, "tax_representative.tax_id": "NL123456782B90"})
    assert (f"{category.prefix}-02" in broken_rules(invoice, category)) is (category.seller == "no VAT")


@by_category
def test_02_a_tax_number_identifies_the_seller_where_no_vat_identifier_is_asked_for(category, change):
    invoice = change(consistent(category), {"seller.tax_id": None, "seller.tax_registration": "13/815/08"})
    assert (f"{category.prefix}-02" in broken_rules(invoice, category)) is (category.seller == "VAT")


@by_category
def test_02_the_buyer_is_identified_as_the_category_asks(category, change):
    unknown = change(consistent(category), {"buyer": None})
    registered = change(unknown, {"buyer": {"registration": {"value": "HRB 1"}}})
    rule = f"{category.prefix}-02"
    assert (rule in broken_rules(unknown, category)) is (category.buyer in ("VAT", "VAT or registration"))
    assert (rule in broken_rules(registered, category)) is (category.buyer == "VAT")


@by_category
@pytest.mark.parametrize(("number", "place"), [("05", "lines.0"), ("06", "allowances.0"), ("07", "charges.0")])
def test_05_to_07_wrong_rates(category, number, place, change):
    for rate in WRONG_RATES[category.rate]:
        broken = change(consistent(category), {f"{place}.tax.rate": rate})
        findings = check_rules(broken, [f"{category.prefix}-{number}"])
        assert [finding.field for finding in findings] == [f"{place.replace('.0', '[0]')}.tax.rate"]


@by_category
@pytest.mark.parametrize("syntax", ["ubl", "cii", None])
def test_08_the_taxable_amount_is_exact_only_where_its_syntax_is(category, syntax, change):
    broken = change(consistent(category, syntax=syntax), {"tax_breakdown.0.taxable": "90.99"})
    found = check_rules(broken, [f"{category.prefix}-08"])
    assert bool(found) is (syntax in category.exact_in)


@by_category
@pytest.mark.parametrize("off", ["1.00", "-1.00"])
def test_08_a_whole_unit_is_always_too_much(category, off, change):
    broken = change(consistent(category), {"tax_breakdown.0.taxable": Decimal("90.00") + Decimal(off)})
    assert f"{category.prefix}-08" in broken_rules(broken, category)


@pytest.mark.parametrize("category", RATED, ids=lambda category: category.prefix)
def test_08_what_has_another_rate_is_in_another_row(category, change):
    invoice = consistent(category)
    assert f"{category.prefix}-08" in broken_rules(change(invoice, {"lines.0.tax.rate": "5"}), category)
    same = change(invoice, {"lines.0.tax.rate": f"{RATES[category.rate]}.00"})
    assert broken_rules(same, category) == set()


@by_category
def test_09_the_tax_amount_of_a_row(category, change):
    invoice = consistent(category)
    tax = invoice.tax_breakdown[0].tax
    rule = f"{category.prefix}-09"
    assert rule in broken_rules(change(invoice, {"tax_breakdown.0.tax": tax + 1}), category)
    assert rule in broken_rules(change(invoice, {"tax_breakdown.0.tax": None}), category)
    near = change(invoice, {"tax_breakdown.0.tax": tax + Decimal("0.99")})
    assert (rule in broken_rules(near, category)) is not category.per_rate


@by_category
def test_10_an_exemption_reason_is_there_when_and_only_when_it_should(category, change):
    invoice = consistent(category)
    rule = f"{category.prefix}-10"
    none = change(invoice, {"tax_breakdown.0.exemption_reason": None})
    code = change(none, {"tax_breakdown.0.exemption_reason_code": "VATEX-EU-O"})
    assert (rule in broken_rules(none, category)) is (category.exemption == "required")
    assert (rule in broken_rules(code, category)) is (category.exemption == "refused")


def test_an_intra_community_supply_needs_a_date_and_a_country(change):
    supply = consistent(next(category for category in CATEGORIES if category.code == "K"))
    nowhere = change(supply, {"delivery": None})
    assert {finding.rule for finding in check_rules(nowhere, ["BR-IC-11", "BR-IC-12"])} == {
        "BR-IC-11",
        "BR-IC-12",
    }
    for dated in ({"period": {"end": "2025-03-01"}}, {"tax_point_code": "35"}):
        assert check_rules(change(nowhere, dated), ["BR-IC-11"]) == []
    assert check_rules(supply, ["BR-IC-11", "BR-IC-12"]) == []


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("BR-O-11", "tax_breakdown"),
        ("BR-O-12", "lines"),
        ("BR-O-13", "allowances"),
        ("BR-O-14", "charges"),
    ],
)
def test_nothing_else_stands_on_an_invoice_not_subject_to_vat(rule, place, change):
    rules = ["BR-O-11", "BR-O-12", "BR-O-13", "BR-O-14"]
    outside, standard = (
        consistent(next(category for category in CATEGORIES if category.code == code)) for code in ("O", "S")
    )
    assert check_rules(outside, rules) == []
    mixed = change(outside, {place: (*getattr(outside, place), *getattr(standard, place))})
    assert [finding.rule for finding in check_rules(mixed, rules)] == [rule]


def test_split_payment_is_italian_and_alone(change):
    invoice = consistent(CATEGORIES[0])
    split = change(
        invoice,
        {
            "seller.address": {"country": "IT"},
            "delivery": None,
            **{f"{place}.0.tax.code": "B" for place in ("lines", "allowances", "charges")},
            "tax_breakdown.0.category.code": "B",
        },
    )
    assert check_rules(split, ["BR-B-01", "BR-B-02"]) == []
    assert check_rules(change(split, {"buyer.address": {"country": "DE"}}), ["BR-B-01"])
    assert check_rules(change(split, {"lines.0.tax.code": "S"}), ["BR-B-02"])
