"""Forms in which people write money, days, phones, accounts, numbers, names and addresses, and what is none of them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from pipeline_project.llm.offline.nlu.entities import entities

TODAY = date(2026, 11, 20)
FORMS = yaml.safe_load(Path(__file__).with_name("forms.yaml").read_text(encoding="utf-8"))


def named(text):
    return {
        f"money={Decimal(entity.value).normalize():f} {entity.currency}"
        if entity.type == "money"
        else f"{entity.type}={entity.value}"
        for entity in entities(text, TODAY)
        if entity.value
    }


@pytest.mark.parametrize("row", FORMS, ids=[row["text"] for row in FORMS])
def test_a_form_is_read_and_nothing_else_in_it(row):
    assert named(row["text"]) == set(row["entities"])


def test_an_iban_with_wrong_check_digits_is_neither_an_account_nor_a_phone():
    assert named("Please use DE89 3704 0044 0532 0130 01.") == set()


def test_money_has_no_thousandths():
    assert named("1.250 EUR") == {"money=1250 EUR"}
    assert named("0.125 EUR") == {"money=0.125 EUR"}


@pytest.mark.parametrize("piece", ["O'", "12 Aa Bb ", "DE89 3704 ", "6 to 9 November ", "1 234 ", "1"])
def test_a_long_hostile_text_is_read_to_its_end(piece):
    assert isinstance(entities(piece * (60_000 // len(piece)), TODAY), tuple)
