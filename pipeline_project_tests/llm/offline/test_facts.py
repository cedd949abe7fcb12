"""Structured answers from running text: what ties a value to a property's name, and what does not."""

from datetime import date

import jsonschema
import pytest

from pipeline_project.llm.offline.shaped import shape_of

LEAD = """Hi, I'm Elena Marković from Volta Motors d.o.o. We need 250 licences, our budget is around 40k USD, and we
decide by 4 December 2026. Phone +385 1 555 0192, elena@volta.example."""
INVOICE = """INVOICE
Greenfield Catering Ltd
Invoice number: GC-4471
Date: 18 November 2026
Bill to: Northgate College
120 lunches @ £8.50  £1,020.00
2 waiters  £100.00  £200.00
VAT 20 %  £244.00
Total due  £1,464.00
Weight: 12.5 kg"""
STRING, NUMBER, INTEGER, BOOLEAN = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
DAY = {"type": "string", "format": "date"}


def shaped(text, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    value = shape_of(schema, text, where="$", today=date(2026, 11, 20))
    jsonschema.validate(value, schema)
    return value


def test_a_lead_fills_its_record():
    wanted = {"name": STRING, "company": STRING, "phone": STRING, "budget": NUMBER, "seats": INTEGER, "deadline": DAY}
    assert shaped(LEAD, **wanted) == {
        "name": "Elena Marković",
        "company": "Volta Motors d.o.o.",
        "phone": "+38515550192",
        "budget": 40000,
        "seats": 250,
        "deadline": "2026-12-04",
    }


def test_an_invoice_fills_its_record_and_its_lines():
    line = {"description": STRING, "quantity": INTEGER, "unit_price": NUMBER, "total": NUMBER}
    items = {"type": "array", "items": {"type": "object", "properties": line, "required": list(line)}}
    wanted = {"vendor": STRING, "customer": STRING, "invoice_number": STRING, "total": NUMBER, "vat_rate": NUMBER}
    assert shaped(INVOICE, **wanted, weight_kg=NUMBER, line_items=items) == {
        "vendor": "Greenfield Catering Ltd",
        "customer": "Northgate College",
        "invoice_number": "GC-4471",
        "total": 1464.0,
        "vat_rate": 20,
        "weight_kg": 12.5,
        "line_items": [
            {"description": "lunches", "quantity": 120, "unit_price": 8.5, "total": 1020.0},
            {"description": "waiters", "quantity": 2, "unit_price": 100.0, "total": 200.0},
        ],
    }


@pytest.mark.parametrize(
    ("text", "name", "schema", "value"),
    [
        ("The test took 45 minutes.", "duration_minutes", INTEGER, 45),
        ("The fridge runs at 9,5 °C.", "temperature", NUMBER, 9.5),
        ("The parcel was not delivered.", "delivered", BOOLEAN, False),
        ("The parcel was delivered to a neighbour.", "delivered", BOOLEAN, True),
        ("The bill is still unpaid.", "paid", BOOLEAN, False),
        ("The server is down, nobody can work, please help at once!", "is_urgent", BOOLEAN, True),
        ("I return order 55-20918 because the lamp is broken.", "reason", STRING, "the lamp is broken"),
        ("I return order 55-20918 because the lamp is broken.", "order_number", STRING, "55-20918"),
        ("I could join from 1 February 2027.", "start_date", DAY, "2027-02-01"),
        ("Away from 3 December 2026 until 9 January 2027.", "end_date", DAY, "2027-01-09"),
        ("We paid 1.250 EUR on 3.12.2026.", "amount", NUMBER, 1250),
        ("Our IBAN is GB29 NWBK 6016 1331 9268 19.", "iban", STRING, "GB29NWBK60161331926819"),
        ("Send it to 27 Station Road, York YO1 6GD.", "address", STRING, "27 Station Road, York YO1 6GD"),
        ("It is governed by the laws of England.", "governing_law", STRING, "England"),
        ("Ask Anna Weber and Tom Baker.", "people", {"type": "array", "items": STRING}, ["Anna Weber", "Tom Baker"]),
        ("The food was horrible, never again!", "customer_sentiment", {"enum": ["positive", "negative"]}, "negative"),
    ],
)
def test_a_value_is_tied_to_the_name_that_asks_for_it(text, name, schema, value):
    assert shaped(text, **{name: schema}) == {name: value}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Call +385 1 555 0192 about our budget.", "budget"),
        ("Invoice of 18 November 2026, order 55-1.", "paid_on"),
        ("Order 4471 has left.", "age"),
    ],
)
def test_a_figure_or_a_day_of_something_else_is_not_taken(text, name):
    schema = {"type": ["number", "null"]} if name != "paid_on" else {"anyOf": [DAY, {"type": "null"}]}
    assert shaped(text, **{name: schema}) == {name: None}


def test_digits_without_end_are_read_in_linear_time():
    assert shaped("1" * 100_000, seats={"type": ["integer", "null"]}) == {"seats": None}
