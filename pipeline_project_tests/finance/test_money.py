"""Numbers as documents write them: read with their scale, refused rather than guessed."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.finance.money import rounded, strict_decimal, written_decimal


@pytest.mark.parametrize("text", ["100.00", "-5", "+0.10", ".5", "7."])
def test_xml_decimals_are_read(text):
    assert strict_decimal(text) == Decimal(text)


@pytest.mark.parametrize("text", ["", "1,5", "1e3", "NaN", "1 000", "0x10", "\u0663", "9" * 41])
def test_what_xml_calls_no_decimal_is_none(text):
    assert strict_decimal(text) is None


def test_the_scale_is_kept():
    assert str(strict_decimal("100.000")) == "100.000"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1'234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1234,5", "1234.5"),
        ("1.234", "1234"),
        ("0.025", "0.025"),
        ("1.234.567,89", "1234567.89"),
        ("-3,20", "-3.20"),
        ("3,20-", "-3.20"),
        ("\u22123,20", "-3.20"),
        ("12,-", "12"),
        ("12,--", "12"),
    ],
)
def test_numbers_with_the_separators_of_any_locale_are_read(text, value):
    assert str(written_decimal(text)) == value


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "1.23.456", "12.345.67", "1" * 60, "."])
def test_what_fits_no_pattern_is_not_guessed(text):
    assert written_decimal(text) is None


@settings(max_examples=150)
@given(st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2))
def test_german_and_english_spellings_are_the_same_number(value):
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert written_decimal(english) == written_decimal(german) == value


def test_halves_are_rounded_away_from_zero_and_hostile_numbers_do_not_break_it():
    assert [rounded(Decimal(text)) for text in ("0.125", "-0.125", "2.004")] == [
        Decimal("0.13"),
        Decimal("-0.13"),
        Decimal("2.00"),
    ]
    assert rounded(Decimal("9" * 40))
