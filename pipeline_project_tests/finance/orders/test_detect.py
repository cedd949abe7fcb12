"""Which messages are purchase orders: told by signs with evidence; what only looks like one is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.orders import detect

TABLE = "Item no.   Description     Qty   Unit price    Total\nA-100      Copy paper       20         3.90    78.00\n"
ORDERS = {
    "classic": (
        "Purchase Order PO-2024-117",
        f"Please deliver the following goods.\n\nOrder date: 2024-05-02\n\n{TABLE}",
    ),
    "german": (
        "Bestellung 4500098765",
        "hiermit bestellen wir gemäß Ihrem Angebot Nr. A-55:\n\n"
        "Pos  Artikelnr.  Bezeichnung   Menge   Einzelpreis   Gesamt\n"
        "1    4711        Toner         2 Stk       79,00 €   158,00 €\n\n"
        "Bitte senden Sie uns eine Auftragsbestätigung.\n"
        "Rechnung bitte an buchhaltung@kunde.example\nIBAN: DE89 3704 0044 0532 0130 00",
    ),
    "listed": ("Order for next week", "We would like to order:\n- 10 x Widget (WID-A1) at 12.50 EUR\nPO number 88123"),
    "attached": ("PO 77120", "Please find attached our purchase order 77120."),
    "reply": ("Re: Quote Q-8812", f"thanks for the quote. Please process our purchase order PO-5511:\n\n{TABLE}"),
    "french": ("Bon de commande 4512", "Nous vous passons commande n° 4512:\n- 10 pcs Lampe (L-10) à 30,00 EUR"),
    "form": ("", f"PURCHASE ORDER\nPO Number: 4501\nVendor: Foo Ltd\nShip to: Bar Inc\n\n{TABLE}"),
}
OTHERS = {
    "quote": (
        "Quotation Q-88",
        f"We are pleased to offer:\n\n{TABLE}\nPrices are valid until 30 June. We look forward to your order.",
    ),
    "quote_german": ("Angebot A-5512", f"gerne bieten wir Ihnen an:\n{TABLE}\nDas Angebot ist gültig bis 31.05.2024."),
    "quote_asked": ("RFQ 5512", "Could you please send us a quotation for 100 pcs Bolt (B-100)? Delivery to: Berlin"),
    "quote_asked_german": ("Anfrage", "bitte unterbreiten Sie uns ein Angebot für 20 Stk Toner (T-100)."),
    "invoice": (
        "Invoice INV-991",
        f"Invoice number: INV-991\nYour order: PO-7781\n\n{TABLE}\nAmount due 78.00 EUR. Please pay.",
    ),
    "invoice_german": (
        "Rechnung 2024-77",
        f"Rechnungsnummer: 2024-77\nBestellnummer: 4500098765\n{TABLE}\nRechnungsbetrag 78,00",
    ),
    "confirmation": (
        "Order confirmation 123456",
        f"Thank you for your order!\nOrder number: 123456\n\n{TABLE}\nShip to: Jane",
    ),
    "confirmation_german": (
        "Auftragsbestätigung",
        f"Vielen Dank für Ihre Bestellung 4500098765.\n{TABLE}\nLiefertermin: KW 16",
    ),
    "shipment": ("Your order 12345 has shipped", "Tracking number: 1Z999. Your package was shipped today."),
    "cancellation": ("Cancellation of purchase order PO-1", "Please cancel our purchase order PO-1."),
    "newsletter": ("Spring sale: 20% off", "Order now! 2 x Widget 10.00 EUR each. Unsubscribe here."),
    "newsletter_german": ("Neuigkeiten", "Unser Newsletter im Mai. Jetzt bestellen! Abmelden"),
    "other_question": ("Question about order 7781", "When will our order 7781 arrive? We ordered it two weeks ago."),
    "other_minutes": ("Meeting", "We discussed the purchase order process and the order number format."),
    "other_lunch": ("Lunch?", "Shall we have lunch on Friday?"),
    "other_nothing": ("", ""),
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_is_told_and_its_draft_comes_with_it(name):
    subject, text = ORDERS[name]
    found = detect(text, subject=subject)
    assert (found.is_purchase_order, found.kind) == (True, "order")
    assert found.draft is not None
    assert found.confidence > 0.8


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_order_is_told_by_its_kind(name):
    subject, text = OTHERS[name]
    found = detect(text, subject=subject)
    assert (found.is_purchase_order, found.kind, found.draft) == (False, name.split("_")[0], None)
    assert found.confidence > 0.8


def test_a_clear_order_needs_nobody_and_a_bare_hint_does():
    complete = f"Purchase order number: PO-1\nCustomer: Bar AG\nPlease deliver:\n\n{TABLE}\nTotal EUR 78.00"
    assert not detect(complete, subject="Purchase order PO-1").needs_review
    assert detect("Please ship 3 of these.", subject="").needs_review


def test_an_order_without_lines_needs_review():
    subject, text = ORDERS["attached"]
    assert detect(text, subject=subject).needs_review


def test_every_signal_shows_its_evidence_where_it_says():
    for subject, text in [*ORDERS.values(), *OTHERS.values()]:
        for signal in detect(text, subject=subject).signals:
            source = subject if signal.where == "subject" else text
            assert " ".join(source[signal.start : signal.end].split())[:120] == signal.evidence
            assert 0 < abs(signal.weight) < 1


def test_a_document_that_is_only_mentioned_is_no_sign_of_being_one():
    text = (
        f"Please deliver according to your quotation Q-1. Send the invoice to us, and an order confirmation.\n\n{TABLE}"
    )
    assert [signal.name for signal in detect(text, subject="Purchase order 77-1").signals if signal.weight < 0] == []


def test_too_much_text_is_refused():
    with pytest.raises(InvalidDocument, match="more than the"):
        detect("order\n" * 30_000, name="mail.txt")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40))
def test_any_text_is_decided(text, subject):
    found = detect(text, subject=subject)
    assert 0.5 <= found.confidence <= 0.99
    assert (found.draft is not None) == found.is_purchase_order
