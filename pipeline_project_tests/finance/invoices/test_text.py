"""Invoices in running text: fields with evidence and confidence, nothing that the text does not say."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.invoices import read_text
from pipeline_project.finance.invoices.text import KEY_FIELDS

ENGLISH = """ACME Widgets Ltd
12 Park Lane, London W1K 1AB
VAT No: GB980780684

INVOICE

Bill to:
Northwind Traders GmbH
Hauptstr. 5
10115 Berlin

Invoice number: INV-2024-0042
Invoice date: 14 March 2024
Due date: 13 April 2024
PO Number: PO-7781

Description                Qty    Unit price    Amount
Widget, blue                10         12.50    125.00
Widget, red                  4         20.00     80.00

Subtotal                                        205.00
VAT 20%                                          41.00
Total due                                   GBP 246.00

IBAN: GB82 WEST 1234 5698 7654 32  BIC: WESTGB2L
"""
GERMAN = """Muster & Söhne GmbH · Industriestr. 4 · 70565 Stuttgart

Firma
Beispiel AG
Am Markt 1
50667 Köln

Rechnung Nr. 2024-0815                     Datum: 05.02.2024
Kundennummer: 10023                        Lieferdatum: 01.02.2024
Ihre Bestellung: 4500012345

Pos. Bezeichnung             Menge  Einheit  Einzelpreis  Gesamtpreis
1    Schrauben M8 (100 Stk)     12  Pkg          8,90 EUR    106,80 EUR
2    Muttern M8                  5  Pkg          6,40 EUR     32,00 EUR

Zwischensumme netto                                         138,80 EUR
zzgl. 19% MwSt.                                              26,37 EUR
Gesamtbetrag                                                165,17 EUR

Zahlbar innerhalb von 14 Tagen ohne Abzug.
USt-IdNr.: DE136695976   Steuernummer: 99/123/45678
Bank: Musterbank  IBAN: DE89 3704 0044 0532 0130 00  BIC: COBADEFFXXX
"""


def confidences(reading):
    return {each.field: each.confidence for each in reading.fields}


def test_an_english_invoice():
    reading = read_text(ENGLISH)
    invoice = reading.invoice
    assert (invoice.type, invoice.number, invoice.currency) == ("invoice", "INV-2024-0042", "GBP")
    assert (invoice.issue_date, invoice.due_date) == (datetime.date(2024, 3, 14), datetime.date(2024, 4, 13))
    assert (invoice.seller.name, invoice.seller.tax_id) == ("ACME Widgets Ltd", "GB980780684")
    assert (invoice.buyer.name, invoice.buyer.address.city) == ("Northwind Traders GmbH", "Berlin")
    assert invoice.references.order == "PO-7781"
    totals = invoice.totals
    assert [str(value) for value in (totals.net, totals.tax, totals.gross, totals.payable)] == [
        "205.00",
        "41.00",
        "246.00",
        "246.00",
    ]
    assert [(line.name, line.quantity, line.unit_price, line.net) for line in invoice.lines] == [
        ("Widget, blue", 10, Decimal("12.50"), 125),
        ("Widget, red", 4, 20, 80),
    ]
    assert (invoice.payment.accounts[0].id, invoice.payment.accounts[0].provider) == (
        "GB82WEST12345698765432",
        "WESTGB2L",
    )


def test_a_german_invoice():
    reading = read_text(GERMAN)
    invoice = reading.invoice
    assert (invoice.number, invoice.issue_date, invoice.currency) == ("2024-0815", datetime.date(2024, 2, 5), "EUR")
    assert (invoice.delivery.date, invoice.references.order) == (datetime.date(2024, 2, 1), "4500012345")
    assert (invoice.seller.name, invoice.seller.address.postcode) == ("Muster & Söhne GmbH", "70565")
    assert (invoice.seller.tax_id, invoice.seller.tax_registration) == ("DE136695976", "99/123/45678")
    assert (invoice.buyer.name, invoice.buyer.address.city) == ("Beispiel AG", "Köln")
    assert (invoice.totals.net, invoice.totals.gross) == (Decimal("138.80"), Decimal("165.17"))
    assert [(line.id, line.unit, line.net) for line in invoice.lines] == [
        ("1", "XPK", Decimal("106.80")),
        ("2", "XPK", 32),
    ]
    assert reading.problems == ()


def test_a_term_in_days_gives_the_due_date_less_surely():
    reading = read_text(GERMAN)
    assert reading.invoice.due_date == datetime.date(2024, 2, 19)
    assert confidences(reading)["due_date"] < confidences(reading)["issue_date"]


def test_the_days_of_a_cash_discount_are_not_the_term():
    text = "Rechnung Nr. 7-1 vom 01.02.2024\n3% Skonto innerhalb 10 Tagen, netto innerhalb 30 Tagen\nSumme 5,00 EUR"
    assert read_text(text).invoice.due_date == datetime.date(2024, 3, 2)


def test_every_field_says_where_it_was_read():
    reading = read_text(ENGLISH)
    for each in reading.fields:
        assert ENGLISH[each.start : each.end].startswith(each.evidence[:20])
    assert {"number", "totals.gross", "seller.name", "lines[0].net"} <= confidences(reading).keys()


def test_the_confidence_is_that_of_the_weakest_key_field():
    reading = read_text(ENGLISH)
    found = confidences(reading)
    assert reading.confidence == min(found[field] for field in KEY_FIELDS)


def test_a_missing_key_field_makes_it_zero():
    assert read_text("Invoice\nTotal: 12.00").confidence == 0


def test_sums_that_fit_are_surer_than_sums_that_do_not():
    wrong = read_text(ENGLISH.replace("41.00", "44.00"))
    assert confidences(wrong)["totals.gross"] < 0.6 < confidences(read_text(ENGLISH))["totals.gross"]


def test_lines_that_do_not_add_up_are_kept_less_sure_with_a_problem():
    reading = read_text(ENGLISH.replace("80.00", "85.00"))
    assert "lines add up to 210.00" in reading.problems[0].message
    assert confidences(reading)["lines[0].net"] <= 0.6


def test_a_credit_note_names_the_invoice_it_corrects_and_its_amounts_are_positive():
    reading = read_text(
        "CREDIT NOTE\nCredit note no: CN-77\nDate: 2024-03-02\nOriginal invoice no: INV-9001\nSupplier: Foo Ltd\n\n"
        "Item            Qty    Price    Total\nReturned lamp    -2    30.00   -60.00\n\n"
        "Total net  -60.00 EUR\nVAT 21%  -12.60 EUR\nTotal  -72.60 EUR\n"
    )
    invoice = reading.invoice
    assert (invoice.type, invoice.number, invoice.references.preceding[0].number) == (
        "credit_note",
        "CN-77",
        "INV-9001",
    )
    assert (invoice.totals.gross, invoice.lines[0].net, invoice.lines[0].quantity) == (Decimal("72.60"), 60, 2)
    assert reading.problems == ()


def test_an_ambiguous_date_is_read_by_the_order_the_text_shows_else_less_surely():
    shown = read_text("Invoice no: 1-1\nInvoice date: 03/04/2024\nDue date: 13/05/2024\nTotal: 5.00 EUR")
    assert shown.invoice.issue_date == datetime.date(2024, 4, 3)
    guessed = read_text("Invoice no: 1-1\nInvoice date: 03/04/2024\nTotal: $5.00")
    assert guessed.invoice.issue_date == datetime.date(2024, 3, 4)
    assert confidences(guessed)["issue_date"] < confidences(shown)["issue_date"]


def test_an_account_with_wrong_check_digits_is_kept_unsure_with_a_problem():
    reading = read_text("Invoice no: 1-1\nTotal: 5.00 EUR\n\nIBAN: DE89 3704 0044 0532 0130 01")
    assert reading.invoice.payment.accounts[0].id == "DE89370400440532013001"
    assert confidences(reading)["payment.means[0].account.id"] < 0.5
    assert (reading.problems[0].path, reading.problems[0].line) == ("payment.means[0].account.id", 4)


def test_the_vat_identifier_of_the_customer_is_not_the_sellers():
    reading = read_text(
        "Acme GmbH  USt-IdNr. DE136695976\nRechnung Nr. 1-1\nIhre USt-IdNr. ATU13585627\nSumme 5,00 EUR"
    )
    assert (reading.invoice.seller.tax_id, reading.invoice.buyer.tax_id) == ("DE136695976", "ATU13585627")


def test_goods_listed_without_a_table_are_lines():
    text = "Invoice #883412 dated 2024-05-01\n2 x VPS Large @ $40.00 = $80.00\nTotal: $80.00\nCloudHost Inc."
    line = read_text(text).invoice.lines[0]
    assert (line.name, line.quantity, line.unit_price, line.net) == ("VPS Large", 2, 40, 80)


@pytest.mark.parametrize("text", ["", "Shall we have lunch?", "The weather is fine today.\n" * 50])
def test_other_text_is_no_invoice(text):
    with pytest.raises(InvalidDocument, match="does not look like an invoice"):
        read_text(text)


@pytest.mark.parametrize("text", ["Invoice " * 80_000, "Invoice\n" * 21_000])
def test_too_much_text_is_refused(text):
    with pytest.raises(InvalidDocument, match="more than the"):
        read_text(text, name="bill.txt")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ENGLISH.splitlines() + GERMAN.splitlines()) | st.text(max_size=60), max_size=40))
def test_any_lines_give_a_reading_or_one_sentence(lines):
    try:
        reading = read_text("\n".join(lines))
    except InvalidDocument:
        return
    assert 0 <= reading.confidence <= 1
