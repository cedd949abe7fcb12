"""Dates, amounts, currencies, units in running text."""

import datetime

import pytest

from pipeline_project.finance.text.page import Span
from pipeline_project.finance.text.values import DATE, amounts, currency_of, is_unit, parse_date, slash_order, unit_code

LAST_DAYS = (
    "2024-12-31|31.12.2024|31.12.24|31/12/2024|12/31/2024|31 December 2024|December 31, 2024"
    "|31. Dezember 2024|31-Dec-2024|31 décembre 2024|31 de diciembre de 2024|31 dicembre 2024"
)


@pytest.mark.parametrize("text", LAST_DAYS.split("|"))
def test_dates_as_people_write_them(text):
    assert DATE.fullmatch(text)
    assert parse_date(text) == datetime.date(2024, 12, 31)


@pytest.mark.parametrize("text", ["31.02.2024", "2024-13-01", "yesterday", "32/32/2024"])
def test_what_is_no_day_of_the_calendar_is_none(text):
    assert parse_date(text) is None


def test_the_order_of_day_and_month_is_the_callers_or_the_documents():
    assert parse_date("03/04/2024", "day") == datetime.date(2024, 4, 3)
    assert parse_date("03/04/2024", "month") == datetime.date(2024, 3, 4)
    assert [slash_order(text) for text in ("on 13/04/2024", "on 04/13/2024", "on 03/04/2024")] == [
        "day",
        "month",
        "unknown",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Total 1.234,56 €", [("1234.56", True)]),
        ("EUR 12.50 and 19 % of 100,00", [("12.50", True), ("100.00", True)]),
        ("1 234,50", [("1234.50", True)]),
        ("due 12.03.2024: 100,00", [("100.00", True)]),
        ("-5,00", [("-5.00", True)]),
        ("12 pieces", [("12", False)]),
        ("SKU-100 A4", []),
        ("19%", []),
    ],
)
def test_amounts_are_told_from_percentages_dates_and_codes(text, found):
    assert [(str(value), money) for value, _, money in amounts(Span(0, len(text), text))] == found


def test_the_currency_named_most_often_wins_and_a_dollar_sign_is_less_sure():
    assert currency_of("5 € and 6 EUR, not 7 USD")[:1] == ("EUR",)
    code, sure, span = currency_of("pay $5")
    assert (code, span.text) == ("USD", "$")
    assert sure < currency_of("pay 5 USD")[1]
    assert currency_of("pay 5") is None


def test_units_get_their_codes_and_unknown_ones_stay():
    assert [unit_code(word) for word in ("Stk.", "hours", "kg", "Faden")] == ["C62", "HUR", "KGM", "Faden"]
    assert is_unit("Stk.")
    assert not is_unit("Faden")
