"""Check digits: identifiers that can exist have no problem, mistyped ones have one in words."""

import pytest

from pipeline_project.finance.checksums import iban_problem, vat_problem

RIGHT = (
    "DE136695976, de 136 695 976, ATU13585627, BE0428759497, FR11999999998, IT00743110157, NL004495445B01, EL094259216,"
    " GR094259216, XI980780684, GB980780684, CHE-107.787.577 IVA, NO 977 187 761 MVA"
)


@pytest.mark.parametrize("number", RIGHT.split(", "))
def test_an_identifier_with_right_check_digits_has_no_problem(number):
    assert vat_problem(number) is None


@pytest.mark.parametrize("number", ["DE136695977", "ATU13585628", "FR12999999998", "GB980780685"])
def test_a_mistyped_identifier_has_one(number):
    assert vat_problem(number) == "has wrong check digits: a digit is mistyped or made up"


def test_the_country_stands_in_for_a_missing_prefix():
    assert vat_problem("136695976", "DE") is None
    assert vat_problem("136695976") == "has no country prefix such as DE"


def test_length_form_and_emptiness_are_told_apart():
    assert "characters" in str(vat_problem("DE1366959"))
    assert "form" in str(vat_problem("DE13669597X"))
    assert vat_problem(" . ") == "is empty"


def test_a_country_without_known_rules_is_not_judged():
    assert vat_problem("ZZ123") is None


@pytest.mark.parametrize(
    "number", ["DE89 3704 0044 0532 0130 00", "gb82west12345698765432", "FR1420041010050500013M02606"]
)
def test_a_right_iban_has_no_problem(number):
    assert iban_problem(number) is None


@pytest.mark.parametrize("number", ["DE89370400440532013001", "DE8937040044053201300", "12345678", "", "IBAN"])
def test_a_wrong_iban_has_one(number):
    assert iban_problem(number)
