"""Who wrote a document and to whom: by label, letterhead or legal form, each as sure as its rule."""

import pytest

from pipeline_project.finance.text.identifiers import bics, ibans, vat_numbers
from pipeline_project.finance.text.page import Page
from pipeline_project.finance.text.parties import find_parties


def names(text, **options):
    return {side: party.name.value for side, party in find_parties(Page(text), **options).items() if party.name}


def test_labels_name_the_parties_beside_and_below_them():
    below = "Bill to:                 Ship to:\nBar GmbH                 Bar warehouse\nMarkt 1\n50667 Köln"
    text = f"Seller: Foo Ltd\n{below}"
    assert names(text) == {"seller": "Foo Ltd", "buyer": "Bar GmbH", "delivery": "Bar warehouse"}


def test_an_address_is_taken_apart():
    address = find_parties(Page("Seller: Foo Ltd\n\nBuyer:\nBar GmbH\nMarkt 1\nD-50667 Köln\nDeutschland"))[
        "buyer"
    ].address.value
    assert (address.street, address.postcode, address.city, address.country) == ("Markt 1", "50667", "Köln", "DE")


def test_an_address_in_one_line_is_taken_apart():
    found = find_parties(Page("Ship to: Works 2, Industriestr. 5, 70565 Stuttgart"))["delivery"]
    assert (found.name.value, found.address.value.street, found.address.value.city) == (
        "Works 2",
        "Industriestr. 5",
        "Stuttgart",
    )


def test_the_return_address_of_a_letter_names_its_author_and_what_follows_the_reader():
    text = "Foo GmbH · Ring 4 · 70565 Stuttgart\n\nFirma\nBar AG\nMarkt 1\n50667 Köln"
    assert names(text) == {"seller": "Foo GmbH", "buyer": "Bar AG"}
    assert names(text, author="buyer") == {"buyer": "Foo GmbH", "seller": "Bar AG"}


def test_a_legal_form_makes_a_name_and_the_top_of_the_page_makes_it_surer():
    top = find_parties(Page("Foo GmbH\nHello"))["seller"].name
    below = find_parties(Page("Welcome to us\nFoo GmbH"))["seller"].name
    assert (top.value, below.value) == ("Foo GmbH", "Foo GmbH")
    assert below.confidence < top.confidence < 0.9


def test_without_any_sign_the_first_line_is_a_guess():
    assert find_parties(Page("The Corner Shop\nHello"))["seller"].name.confidence == 0.4


@pytest.mark.parametrize("text", ["", "Invoice 5\nDate: 3.4.2024\nTotal 5,00", "12345"])
def test_labels_and_numbers_are_no_names(text):
    assert names(text) == {}


def test_vat_identifiers_are_believed_by_label_and_check_digits():
    page = Page("VAT ID: DE 136 695 976\nATU13585627\nUSt-IdNr. DE123456789\nDE999999999")
    assert [(found.value, found.confidence) for found in vat_numbers(page)] == [
        ("DE136695976", 0.97),
        ("ATU13585627", 0.8),
        ("DE123456789", 0.5),
    ]


def test_accounts_are_believed_by_label_and_check_digits():
    page = Page(
        "DE89 3704 0044 0532 0130 00 IBAN: DE89 3704 0044 0532 0130 01\n"
        "FR20 1242 1242 1242 1242 1242 124 - BIC : FIDCFR21XXX"
    )
    assert [(found.value, found.confidence) for found in ibans(page)] == [
        ("DE89370400440532013000", 0.97),
        ("DE89370400440532013001", 0.4),
        ("FR2012421242124212421242124", 0.97),
    ]
    assert [found.value for found in bics(page)] == ["FIDCFR21XXX"]
