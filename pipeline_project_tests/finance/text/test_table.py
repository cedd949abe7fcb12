"""Tables of goods in running text: columns by their headings, rows by their arithmetic."""

import pytest

from pipeline_project.finance.text.listing import find_listing
from pipeline_project.finance.text.page import Page
from pipeline_project.finance.text.table import CERTAIN, find_table


def rows(text):
    return [
        (
            row.words.get("sku"),
            row.words.get("description"),
            *(str(row.numbers.get(role)) for role in ("quantity", "price", "net")),
        )
        for row in find_table(Page(text)).rows
    ]


HEAD = "Description   Qty   Price   Total"
PEN = ("P-1", "Pen", "2", "3.00", "6.00")


@pytest.mark.parametrize(
    "text",
    [
        "Item no.   Description    Qty   Unit price   Total\nP-1        Pen              2         3.00    6.00",
        "Qty   Item no.   Description      Price   Amount\n2     P-1        Pen              3.00     6.00",
        "Artikelnr.  Bezeichnung   Menge   Preis    Gesamt\nP-1         Pen               2  3,00 €   6,00 €",
        "Art.-Nr.\tBezeichnung\tMenge\tPreis\tBetrag\nP-1\tPen\t2\t3,00\t6,00",
        "SKU Description Qty Price Total\nP-1 Pen 2 3.00 6.00",
        "Qty Part no Description Unit price Total\n2 P-1 Pen 3.00 6.00",
        "Réf.    Désignation    Quantité   Prix unitaire   Montant\nP-1     Pen            2          3,00 €    6,00 €",
    ],
)
def test_columns_are_found_in_any_order_and_language(text):
    assert rows(text) == [PEN]


def test_quantity_and_unit_in_one_cell_are_told_apart():
    row = find_table(Page("Description   Qty     Price   Total\nPen           2 pcs    3.00    6.00")).rows[0]
    assert (row.numbers["quantity"], row.unit, row.confidence) == (2, "H87", CERTAIN)


def test_a_row_whose_arithmetic_fails_is_less_sure():
    row = find_table(Page(f"{HEAD}\nPen             2    3.00    7.00")).rows[0]
    assert row.confidence < CERTAIN


def test_a_discount_in_percent_is_part_of_the_arithmetic():
    row = find_table(Page("Description   Qty   Price   Disc.   Total\nPen             2    5.00    10%     9.00")).rows[
        0
    ]
    assert (row.confidence, row.numbers["discount"]) == (CERTAIN, 10)


def test_further_lines_continue_the_description():
    text = f"{HEAD}\nPen             2    3.00    6.00\nblue, fine\n\nTotal  6.00"
    assert rows(text)[0][1] == "Pen blue, fine"


def test_the_sums_below_end_the_table():
    text = f"{HEAD}\nPen             2    3.00    6.00\nShipping               5.00\nTotal   11.00"
    table = find_table(Page(text))
    assert (len(table.rows), table.lines) == (1, frozenset({0, 1}))


def test_an_article_called_total_is_a_row_when_its_arithmetic_holds():
    text = f"{HEAD}\nPen             2    3.00    6.00\nTotal Clean     1    4.00    4.00"
    assert len(rows(text)) == 2


def test_text_without_a_heading_has_no_table():
    assert rows("Pen  2  3.00  6.00\nTotal  6.00") == []


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("- 10 pcs A4 paper (PAP-80) at 4.50 EUR", ("PAP-80", "A4 paper", "10", "4.50", "None")),
        ("2 x Lamp, 30.00 each", (None, "Lamp", "2", "30.00", "None")),
        ("* 3 Stk Toner, Art. 4711, je 79,00 €", ("4711", "Toner", "3", "79.00", "None")),
        ("2 x VPS @ $40.00 = $80.00", (None, "VPS", "2", "40.00", "80.00")),
        ("A4 paper, 10 boxes, 4.50 EUR each", (None, "A4 paper", "10", "4.50", "None")),
        ("5 pcs Bolt M8 [B-100]", ("B-100", "Bolt M8", "5", "None", "None")),
    ],
)
def test_goods_listed_without_a_table(line, row):
    found = find_listing(Page(line))
    assert [
        (
            each.words.get("sku"),
            each.words["description"],
            *(str(each.numbers.get(r)) for r in ("quantity", "price", "net")),
        )
        for each in found
    ] == [row]


@pytest.mark.parametrize("line", ["Please pay within 30 days", "2 Main Street", "14 days net", "10 years of service"])
def test_other_lines_with_numbers_are_no_goods(line):
    assert find_listing(Page(line)) == ()
