"""Every rule outside the VAT category families: the complete invoice satisfies it, one change breaks it."""

import pytest

from pipeline_project.errors import NotFound
from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules import NOT_IMPLEMENTED, RULES, check, check_rules
from pipeline_project.finance.rules.categories import CATEGORIES

OTHER_TAX = {"code": "S", "rate": "19", "scheme": "GST"}

BREAKING = {
    "BR-01": {"specification": " "},
    "BR-02": {"number": ""},
    "BR-03": {"issue_date": None},
    "BR-04": {"type_code": None},
    "BR-05": {"currency": None},
    "BR-06": {"seller.name": None},
    "BR-07": {"buyer": None},
    "BR-08": {"seller.address": None},
    "BR-09": {"seller.address.country": ""},
    "BR-10": {"buyer.address": None},
    "BR-11": {"buyer.address.country": None},
    "BR-12": {"totals.lines": None},
    "BR-13": {"totals.net": None},
    "BR-14": {"totals.gross": None},
    "BR-15": {"totals.payable": None},
    "BR-16": {"lines": ()},
    "BR-17": {"payee.name": "Seller"},
    "BR-18": {"tax_representative.name": None},
    "BR-19": {"tax_representative.address": None},
    "BR-20": {"tax_representative.address.country": None},
    "BR-21": {"lines.0.id": None},
    "BR-22": {"lines.0.quantity": None},
    "BR-23": {"lines.0.unit": None},
    "BR-24": {"lines.0.net": None},
    "BR-25": {"lines.0.name": ""},
    "BR-26": {"lines.0.unit_price": None},
    "BR-27": {"lines.0.unit_price": "-0.01"},
    "BR-28": {"lines.0.gross_price": "-0.01"},
    "BR-29": {"period.end": "2025-01-31"},
    "BR-30": {"lines.0.period.end": "2025-01-31"},
    "BR-31": {"allowances.0.amount": None},
    "BR-32": {"allowances.0.tax": OTHER_TAX},
    "BR-33": {"allowances.0.reason_code": None},
    "BR-36": {"charges.0.amount": None},
    "BR-37": {"charges.0.tax": None},
    "BR-38": {"charges.0.reason_code": None},
    "BR-41": {"lines.0.allowances.0.amount": None},
    "BR-42": {"lines.0.allowances.0.reason_code": None},
    "BR-43": {"lines.0.charges.0.amount": None},
    "BR-44": {"lines.0.charges.0.reason_code": None},
    "BR-45": {"tax_breakdown.0.taxable": None},
    "BR-46": {"tax_breakdown.0.tax": None},
    "BR-47": {"tax_breakdown.0.category.code": None},
    "BR-48": {"tax_breakdown.0.category.rate": None},
    "BR-49": {"payment.means.0.code": None},
    "BR-50": {"payment.means.0.account.id": None},
    "BR-51": {"payment.means.1.card.number": "12345678901"},
    "BR-52": {"attachments.0.id": None},
    "BR-53": {"tax_totals": [{"value": "36.10", "currency": "EUR"}]},
    "BR-54": {"lines.0.attributes.0.value": None},
    "BR-55": {"references.preceding.0.number": None},
    "BR-56": {"tax_representative.tax_id": None},
    "BR-57": {"delivery.address.country": None},
    "BR-61": {"payment.means.0.account": None},
    "BR-62": {"seller.endpoint.scheme": None},
    "BR-63": {"buyer.endpoint.scheme": None},
    "BR-64": {"lines.0.standard_item.scheme": None},
    "BR-65": {"lines.0.classifications.0.scheme": None},
    "BR-CO-03": {"tax_point_date": "2025-02-28"},
    "BR-CO-04": {"lines.0.tax": None},
    "BR-CO-09": {"seller.tax_id": "123456789"},
    "BR-CO-10": {"totals.lines": "200.01"},
    "BR-CO-11": {"totals.allowances": "20.01"},
    "BR-CO-12": {"totals.charges": None},
    "BR-CO-13": {"totals.net": "190.01"},
    "BR-CO-14": {"totals.tax": "36.11"},
    "BR-CO-15": {"totals.gross": "226.11"},
    "BR-CO-16": {"totals.payable": "200.00"},
    "BR-CO-17": {"tax_breakdown.0.tax": "37.10"},
    "BR-CO-18": {"tax_breakdown": ()},
    "BR-CO-19": {"period": {}},
    "BR-CO-20": {"lines.0.period": {}},
    "BR-CO-21": {"allowances.0.reason_code": None},
    "BR-CO-22": {"charges.0.reason_code": None},
    "BR-CO-23": {"lines.0.allowances.0.reason_code": None},
    "BR-CO-24": {"lines.0.charges.0.reason_code": None},
    "BR-CO-25": {"due_date": None},
    "BR-CO-26": {"seller.identifiers": (), "seller.registration": None, "seller.tax_id": None},
    "BR-B-01": {"lines.0.tax.code": "B"},
    "BR-B-02": {"lines.0.tax.code": "B"},
    "BR-CL-01": {"type_code": "381"},
    "BR-CL-03": {"amount_currencies": ("EUR", "EXR")},
    "BR-CL-04": {"currency": "euro"},
    "BR-CL-05": {"tax_currency": "SKR"},
    "BR-CL-06": {"tax_point_code": "31"},
    "BR-CL-07": {"lines.0.object.scheme": "XXX"},
    "BR-CL-08": {"notes.0.subject": "XXX"},
    "BR-CL-10": {"payee.identifiers.0.scheme": "9901"},
    "BR-CL-11": {"seller.registration.scheme": "9901"},
    "BR-CL-13": {"lines.0.classifications.0.scheme": "XXX"},
    "BR-CL-14": {"tax_representative.address.country": "EL"},
    "BR-CL-15": {"lines.0.origin_country": "XX"},
    "BR-CL-16": {"payment.means.1.code": "99"},
    "BR-CL-17": {"tax_breakdown.0.category.code": "X"},
    "BR-CL-18": {"lines.0.tax.code": "X"},
    "BR-CL-19": {"lines.0.allowances.0.reason_code": "FC"},
    "BR-CL-20": {"charges.0.reason_code": "95"},
    "BR-CL-21": {"lines.0.standard_item.scheme": "9901"},
    "BR-CL-22": {"tax_breakdown.0.exemption_reason_code": "VATEX-XX"},
    "BR-CL-23": {"lines.0.base_quantity_unit": "piece"},
    "BR-CL-24": {"attachments.0.mime_type": "application/zip"},
    "BR-CL-25": {"seller.endpoint.scheme": "0001"},
    "BR-CL-26": {"delivery.location.scheme": "9901"},
    "BR-DEC-01": {"allowances.0.amount": "20.000"},
    "BR-DEC-02": {"allowances.0.base": "200.000"},
    "BR-DEC-05": {"charges.0.amount": "10.000"},
    "BR-DEC-06": {"charges.0.base": "200.000"},
    "BR-DEC-09": {"totals.lines": "200.000"},
    "BR-DEC-10": {"totals.allowances": "20.000"},
    "BR-DEC-11": {"totals.charges": "10.000"},
    "BR-DEC-12": {"totals.net": "190.000"},
    "BR-DEC-13": {"totals.tax": "36.100"},
    "BR-DEC-14": {"totals.gross": "226.100"},
    "BR-DEC-15": {"totals.tax_in_accounting_currency": "400.000"},
    "BR-DEC-16": {"totals.prepaid": "26.100"},
    "BR-DEC-17": {"totals.rounding": "0.500"},
    "BR-DEC-18": {"totals.payable": "200.500"},
    "BR-DEC-19": {"tax_breakdown.0.taxable": "190.000"},
    "BR-DEC-20": {"tax_breakdown.0.tax": "36.100"},
    "BR-DEC-23": {"lines.0.net": "200.000"},
    "BR-DEC-24": {"lines.0.allowances.0.amount": "5.000"},
    "BR-DEC-25": {"lines.0.allowances.0.base": "200.000"},
    "BR-DEC-27": {"lines.0.charges.0.amount": "5.000"},
    "BR-DEC-28": {"lines.0.charges.0.base": "200.000"},
}


def test_the_complete_invoice_breaks_no_rule(complete):
    assert check(complete) == []


@pytest.mark.parametrize("rule", BREAKING)
def test_one_change_breaks_the_rule(rule, complete, change):
    broken = change(complete, BREAKING[rule])
    findings = check_rules(broken, [rule])
    assert findings, f"{rule} does not see {BREAKING[rule]}"
    assert {finding.rule for finding in findings} == {rule}
    assert all(finding in check(broken) for finding in findings)


@pytest.mark.parametrize("rule", [rule for rule in BREAKING if rule.startswith("BR-DEC")])
def test_written_zeros_break_only_the_rule_about_decimals(rule, complete, change):
    assert {finding.rule for finding in check(change(complete, BREAKING[rule]))} == {rule}


def test_every_rule_has_a_breaking_document_here_or_in_a_category_family():
    families = tuple(f"{category.prefix}-" for category in CATEGORIES)
    assert {rule for rule in RULES if not rule.startswith(families)} == set(BREAKING)


def test_an_empty_invoice_breaks_only_what_must_always_be_there():
    broken = {finding.rule for finding in check(Invoice())}
    assert broken == {
        *("BR-01", "BR-02", "BR-03", "BR-04", "BR-05", "BR-06", "BR-07", "BR-08", "BR-10", "BR-16"),
        "BR-CO-18",
    }


def test_every_finding_is_one_sentence_with_a_place_and_a_remedy(complete, change):
    for rule, changes in BREAKING.items():
        for finding in check_rules(change(complete, changes), [rule]):
            problem, _, remedy = finding.message.partition(": ")
            assert problem
            assert remedy == RULES[rule].remedy
            assert finding.field
            assert "\n" not in finding.message


def test_a_finding_names_the_place_it_is_about(complete, change):
    broken = change(complete, {"lines.0.allowances.0.reason_code": "XX"})
    assert [finding.field for finding in check_rules(broken, ["BR-CL-19"])] == ["lines[0].allowances[0].reason_code"]


def test_warnings_are_no_errors(complete, change):
    shown = change(complete, {"payment.means.1.card.number": "12345678901"})
    assert [finding.severity for finding in check(shown)] == ["warning"]


def test_rules_are_in_the_order_of_their_ids():
    ids = list(RULES)
    assert ids == sorted(ids, key=lambda rule: (rule.count("-"), rule))
    assert [rule.id for rule in RULES.values()] == ids


def test_every_rule_says_what_it_is_about():
    for rule in RULES.values():
        assert rule.text
        assert rule.terms
        assert all(term.startswith(("BT-", "BG-")) for term in rule.terms)


def test_rules_that_are_not_implemented_have_a_reason_and_cannot_be_checked(complete):
    assert not set(NOT_IMPLEMENTED) & set(RULES)
    for rule, reason in NOT_IMPLEMENTED.items():
        with pytest.raises(NotFound, match=reason):
            check_rules(complete, [rule])


def test_a_rule_of_a_family_that_is_not_implemented_gets_the_reason_of_its_family(complete):
    with pytest.raises(NotFound, match="XML syntax"):
        check_rules(complete, ["UBL-SR-12"])
    with pytest.raises(NotFound, match="not a rule of EN 16931"):
        check_rules(complete, ["BR-DE-1"])
