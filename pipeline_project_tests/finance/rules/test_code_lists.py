"""The code lists that ship with the rules are whole, and strict about spelling."""

from typing import get_args

import pytest

from pipeline_project.finance.rules.code_lists import CodeList, codes

KNOWN = {
    "countries": ("DE", "EL"),
    "currencies": ("EUR", "EXR"),
    "invoice-types": ("380", "381"),
    "credit-note-types": ("381", "380"),
    "units": ("C62", "piece"),
    "vat-categories": ("AE", "X"),
    "identifier-schemes": ("0088", "9901"),
    "electronic-addresses": ("EM", "0001"),
}


@pytest.mark.parametrize("name", get_args(CodeList))
def test_every_list_has_codes_without_blanks(name):
    assert codes(name)
    assert all(code == code.strip() != "code" for code in codes(name))


@pytest.mark.parametrize("name", KNOWN)
def test_a_list_tells_its_codes_from_others(name):
    inside, outside = KNOWN[name]
    assert inside in codes(name)
    assert outside not in codes(name)
    assert inside.lower() == inside or inside.lower() not in codes(name)
