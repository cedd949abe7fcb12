"""Typed looks at elements: absent is None, wrong is a problem with its place, never an exception."""

import datetime
from decimal import Decimal

import pytest
from lxml import etree

from pipeline_project.finance.elements import MAX_PROBLEMS, Node, Scan, iso_date


def node(xml):
    return Node(etree.fromstring(xml), Scan({}))


def test_absent_empty_and_stated_are_told_apart():
    root = node("<a><b/><c> x </c></a>")
    assert (root.text("d"), root.text("b"), root.text("c")) == (None, "", "x")


def test_the_first_path_with_content_wins():
    assert node("<a><b/><c>x</c></a>").text("b", "c") == "x"
    assert node("<a><b/></a>").text("b", "c") == ""
    assert node("<a><b>1</b><b>2</b></a>").joined("b") == "1\n2"


def test_a_bad_number_is_a_problem_with_path_and_line():
    root = node("<a>\n<b><c>1</c></b>\n<b><c>12,50</c></b></a>")
    assert [each.decimal("c") for each in root.nodes("b")] == [Decimal(1), None]
    assert [str(problem) for problem in root.scan.problems] == [
        "a/b[2]/c, line 3: found '12,50', expected a decimal number such as 1250.00"
    ]


def test_an_amount_in_another_currency_is_a_problem_and_no_amount():
    root = node('<a><b currencyID="USD">5</b></a>')
    root.scan.currency = "EUR"
    assert root.money("b") is None
    assert "not in USD" in root.scan.problems[0].message


def test_a_bad_date_is_a_problem():
    root = node("<a><b>31.12.2024</b></a>")
    assert root.date("b") is None
    assert len(root.scan.problems) == 1


@pytest.mark.parametrize("text", ["2024-12-31", "2024-12-31Z", "2024-12-31+01:00"])
def test_iso_dates_are_read_with_and_without_a_zone(text):
    assert iso_date(text) == datetime.date(2024, 12, 31)


@pytest.mark.parametrize("text", ["", "2024-02-30", "20241231", "2024-12-31T10:00:00", "24-12-31"])
def test_other_dates_are_none(text):
    assert iso_date(text) is None


def test_an_absent_group_gives_nothing_and_no_problem():
    absent = node("<a/>").child("b")
    assert (absent.text("c"), absent.decimal("c"), absent.nodes("c")) == (None, None, [])
    assert not absent.scan.problems


def test_problems_are_bounded_and_each_noted_once():
    root = node(f"<a>{'<b>x</b>' * 500}</a>")
    for each in root.nodes("b"):
        each.number()
    assert len(root.scan.problems) == MAX_PROBLEMS
