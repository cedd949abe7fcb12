"""One invoice that states everything and breaks nothing, and a way to change one thing in it."""

import pytest

from pipeline_project.finance.invoices.models import Invoice

ADDRESS = {"line_1": "Hauptstr. 1", "city": "Berlin", "postcode": "10115", "country": "DE"}
STANDARD = {"code": "S", "rate": "19", "scheme": "VAT"}

COMPLETE = {
    "number": "R-1",
    "type": "invoice",
    "type_code": "380",
    "issue_date": "2025-03-01",
    "due_date": "2025-03-31",
    "tax_point_code": "35",
    "currency": "EUR",
    "tax_currency": "SEK",
    "specification": "urn:cen.eu:en16931:2017",
    "notes": [{"subject": "REG", "text": "registered in Berlin"}],
    "references": {
        "object": {"value": "AB-1", "scheme": "AAJ"},
        "preceding": [{"number": "R-0"}],
    },
    "seller": {
        "name": "Seller GmbH",
        "trading_name": "Seller",
        "identifiers": [{"value": "4000001000005", "scheme": "0088"}],
        "registration": {"value": "HRB 1", "scheme": "0204"},
        "tax_id": "DE123456789",
        "endpoint": {"value": "seller@example.org", "scheme": "EM"},
        "address": ADDRESS,
    },
    "buyer": {
        "name": "Buyer AB",
        "tax_id": "SE556677889901",
        "endpoint": {"value": "buyer@example.org", "scheme": "EM"},
        "address": {**ADDRESS, "country": "SE"},
    },
    "payee": {"name": "Factor SA", "identifiers": [{"value": "F-1"}]},
    "tax_representative": {"name": "Agent BV", "tax_id": "NL123456782B90", "address": ADDRESS},
    "delivery": {
        "location": {"value": "4000001000012", "scheme": "0088"},
        "date": "2025-02-28",
        "address": {**ADDRESS, "country": "SE"},
    },
    "period": {"start": "2025-02-01", "end": "2025-02-28"},
    "payment": {
        "means": [
            {"code": "58", "account": {"id": "DE02120300000000202051"}},
            {"code": "48", "card": {"number": "1234"}},
        ],
    },
    "allowances": [{"amount": "20.00", "base": "200.00", "reason_code": "95", "tax": STANDARD}],
    "charges": [{"amount": "10.00", "base": "200.00", "reason_code": "FC", "tax": STANDARD}],
    "totals": {
        "lines": "200.00",
        "allowances": "20.00",
        "charges": "10.00",
        "net": "190.00",
        "tax": "36.10",
        "tax_in_accounting_currency": "400.00",
        "gross": "226.10",
        "prepaid": "26.10",
        "rounding": "0.50",
        "payable": "200.50",
    },
    "tax_totals": [{"value": "36.10", "currency": "EUR"}, {"value": "400.00", "currency": "SEK"}],
    "amount_currencies": ["EUR", "SEK"],
    "tax_breakdown": [{"taxable": "190.00", "tax": "36.10", "category": STANDARD}],
    "attachments": [{"id": "A-1", "mime_type": "application/pdf"}],
    "lines": [
        {
            "id": "1",
            "object": {"value": "AB-1", "scheme": "AAJ"},
            "quantity": "10",
            "unit": "C62",
            "net": "200.00",
            "period": {"start": "2025-02-01", "end": "2025-02-28"},
            "allowances": [{"amount": "5.00", "base": "200.00", "reason_code": "95"}],
            "charges": [{"amount": "5.00", "base": "200.00", "reason_code": "FC"}],
            "unit_price": "20.0000",
            "gross_price": "22.0000",
            "base_quantity_unit": "C62",
            "tax": STANDARD,
            "name": "Chair",
            "standard_item": {"value": "4000001000029", "scheme": "0160"},
            "classifications": [{"value": "56112104", "scheme": "TST"}],
            "origin_country": "SE",
            "attributes": [{"name": "colour", "value": "blue"}],
        }
    ],
}


def _change(invoice, changes):
    """`invoice` with the values at some paths, such as "lines.0.net", replaced."""
    data = invoice.model_dump()
    for path, value in changes.items():
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
        target = data
        for step in steps:
            target[step] = list(target[step]) if isinstance(target[step], tuple) else target[step]
            target = target[step]
        target[last] = value
    return Invoice.model_validate(data)


@pytest.fixture
def complete():
    return Invoice.model_validate(COMPLETE)


@pytest.fixture
def change():
    return _change
