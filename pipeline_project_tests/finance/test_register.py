"""Proves that the ledger holds each posted invoice once, finds its twins again, and refuses to pay them unasked."""

import subprocess
import sys
import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from pipeline_project.errors import Conflict, InvalidDocument
from pipeline_project.finance.bank_changes import bank_change
from pipeline_project.finance.budgets import Limits, Request, reserve
from pipeline_project.finance.duplicates import claim_of, find
from pipeline_project.finance.invoices.models import (
    Account,
    Invoice,
    Line,
    Party,
    Payment,
    PaymentMeans,
    References,
    Totals,
)
from pipeline_project.finance.register import Override, candidates, of_order, of_seller, post
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables.finance import budget_reservations, posted_invoices

IBAN, OTHER_IBAN = "DE02120300000000202051", "DE02500105170137075030"


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    yield database
    database.dispose()


def invoice(number="R-1", gross="119.00", day=date(2025, 3, 3), iban=IBAN, order=None, **changes):
    ordinary = {
        "number": number,
        "type": "invoice",
        "issue_date": day,
        "currency": "EUR",
        "seller": Party(name="Papier Müller GmbH", tax_id="DE123456789"),
        "payment": Payment(means=(PaymentMeans(account=Account(id=iban)),)),
        "totals": Totals(gross=Decimal(gross), payable=Decimal(gross)),
        "references": References(order=order),
        "lines": (Line(id="1", name="Paper", quantity=Decimal(2), net=Decimal(gross)),),
    }
    return Invoice(**(ordinary | changes))


def posted(database, document, key="run/post/", *, digest=None, run="run", **options):
    with database.write() as connection:
        digest = digest or f"digest of {document.number} {key}"
        return post(connection, document, digest=digest, key=key, execution_id=run, **options)


def twins(database, document, digest="new"):
    claim = claim_of(document, digest=digest)
    with database.read() as connection:
        return [duplicate.kind for duplicate in find(claim, candidates(connection, claim))]


def rows(database):
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(posted_invoices))


def test_a_posted_invoice_is_found_again_and_reads_back_to_the_cent(database):
    document = invoice(gross="1000000.10")
    posting = posted(database, document)
    with database.read() as connection:
        row = connection.execute(select(posted_invoices)).one()
    assert (posting.new, row.id, row.posted_at) == (True, posting.ledger_id, posting.posted_at)
    assert Invoice.model_validate(row.invoice) == document
    assert str(row.amount) == "1000000.10"
    assert twins(database, invoice("r 1", gross="5")) == ["same_number"]


def test_reading_a_document_any_number_of_times_makes_it_no_duplicate(database):
    assert [twins(database, invoice()) for _ in range(10)] == [[]] * 10
    posted(database, invoice())
    assert twins(database, invoice()) == ["same_number"]


def test_posting_again_under_the_same_key_gives_the_same_row(database):
    first, second = posted(database, invoice()), posted(database, invoice())
    assert (second.ledger_id, second.posted_at, second.new) == (first.ledger_id, first.posted_at, False)
    assert rows(database) == 1


def test_one_key_never_posts_two_invoices(database):
    posted(database, invoice())
    with pytest.raises(Conflict, match="has posted invoice R-1 already, and is now asked to post R-2"):
        posted(database, invoice("R-2"))
    with pytest.raises(Conflict, match="with other contents"):
        posted(database, invoice(gross="120.00"))


def test_a_duplicate_is_refused_with_its_evidence_and_nothing_is_written(database):
    posted(database, invoice())
    with pytest.raises(Conflict, match=r"r/1 may repeat invoice R-1.*same_number.*VAT identifier DE123456789"):
        posted(database, invoice("r/1"), "k")
    with pytest.raises(Conflict, match="same_document"):
        posted(
            database, invoice("Z", seller=Party(name="Other"), iban=OTHER_IBAN), "k", digest="digest of R-1 run/post/"
        )
    assert rows(database) == 1


def test_a_duplicate_that_a_person_approved_is_posted_and_says_who_approved(database):
    first = posted(database, invoice())
    override = Override(by="user:ada", comment="second delivery", ledger_ids=frozenset({first.ledger_id}))
    second = posted(database, invoice(), "again", override=override)
    with database.read() as connection:
        row = connection.execute(select(posted_invoices).where(posted_invoices.c.id == second.ledger_id)).one()
    assert row.override == {"by": "user:ada", "comment": "second delivery", "ledger_ids": [first.ledger_id]}


def test_an_approval_given_before_a_twin_was_posted_does_not_cover_it(database):
    approved_unseen = Override(by="user:ada", comment="", ledger_ids=frozenset())
    posted(database, invoice(), "first run", override=approved_unseen)
    with pytest.raises(Conflict, match="Read it again"):
        posted(database, invoice(), "second run", override=approved_unseen)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"number": None}, "number"),
        ({"number": " - "}, "number"),
        ({"totals": None}, "amount"),
        ({"currency": None}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"seller": None, "payment": None}, "seller"),
    ],
)
def test_what_could_not_be_found_again_is_not_posted(database, changes, missing):
    with pytest.raises(InvalidDocument, match=f"without {missing} cannot be posted"):
        posted(database, invoice(**changes), digest="d")
    assert rows(database) == 0


def test_values_longer_than_any_column_are_kept_and_found(database):
    long = invoice("9" * 5000, seller=Party(name="N" * 5000), iban="x" * 5000)
    posted(database, long, digest="d")
    assert twins(database, long) == ["same_number"]


def test_a_twin_is_found_among_many_invoices_of_one_seller(database):
    for index in range(60):
        day = date(2025, 1, 1) + timedelta(days=index)
        posted(database, invoice(f"R-{index}", gross=f"{100 + index}.00", day=day), f"key{index}")
    assert twins(database, invoice("NEW", gross="130.00", day=date(2025, 2, 3))) == ["resubmission"]
    assert twins(database, invoice("NEW", gross="131.50", day=date(2025, 2, 3))) == []


@pytest.mark.parametrize("day", [date.min, date.max, None])
def test_dates_at_the_ends_of_the_calendar_are_looked_up(database, day):
    posted(database, invoice(day=day))
    assert twins(database, invoice("NEW", day=day)) == ["resubmission"]


def test_an_invoice_of_more_lines_than_a_statement_takes_is_posted_and_found(database):
    lines = tuple(Line(id=str(n), name=f"Item {n}", net=Decimal(n + 1)) for n in range(3000))
    posted(database, invoice(lines=lines))
    assert twins(database, invoice("NEW", lines=lines)) == ["resubmission"]


def test_posting_spends_what_the_seller_and_number_held(database):
    document = invoice()
    holder = claim_of(document, digest="d").holder
    request = Request(holder=holder, category="office", amount=Decimal("119.00"), currency="EUR", day=date(2025, 3, 3))
    with database.write() as connection:
        reserve(connection, request, limits=Limits(), execution_id="run", policy="approve")
    posting = posted(database, document)
    assert [(each.category, each.amount, each.state) for each in posting.settled] == [
        ("office", Decimal("119.00"), "spent")
    ]
    assert posted(database, document).settled == ()
    with database.read() as connection:
        assert connection.execute(select(budget_reservations.c.state)).scalars().all() == ["spent"]


def test_a_refused_posting_leaves_the_reservation_held(database):
    document = invoice()
    posted(database, document)
    holder = claim_of(document, digest="d").holder
    request = Request(holder=holder, category="office", amount=Decimal(119), currency="EUR", day=date(2025, 3, 3))
    with database.write() as connection:
        reserve(connection, request, limits=Limits(), execution_id="run", policy="approve")
    with pytest.raises(Conflict):
        posted(database, document, "another key")
    with database.read() as connection:
        assert connection.execute(select(budget_reservations.c.state)).scalars().all() == ["held"]


def change(database, document):
    claim = claim_of(document, digest="new")
    with database.read() as connection:
        return bank_change(claim, of_seller(connection, claim))


def test_another_account_than_last_time_is_a_warning_with_both(database):
    posted(database, invoice())
    finding = change(database, invoice("R-2", iban=OTHER_IBAN))
    assert (finding.severity, finding.expected, finding.found) == ("warning", IBAN, OTHER_IBAN)
    assert "same VAT identifier DE123456789" in finding.evidence


@pytest.mark.parametrize("account", [IBAN, "de02 1203 0000 0000 2020 51", None, ""])
def test_the_same_account_or_none_is_no_change(database, account):
    assert change(database, invoice(iban=OTHER_IBAN)) is None, "a first invoice changes nothing"
    posted(database, invoice())
    assert change(database, invoice("R-2", iban=account)) is None


def test_a_swapped_account_is_seen_when_the_tax_number_is_left_out_too(database):
    posted(database, invoice())
    assert change(database, invoice("R-2", iban=OTHER_IBAN, seller=Party(name="Papier Müller"))) is not None


def test_going_back_to_an_older_account_says_that_it_was_used_before(database):
    posted(database, invoice())
    posted(database, invoice("R-2", gross="5", iban=OTHER_IBAN), "two")
    assert "used before, in the last 2 posted invoices" in change(database, invoice("R-3")).evidence


def test_the_invoices_of_an_order_are_those_of_the_seller_on_it(database):
    posted(database, invoice("R-1", order="PO-0007"), "1")
    posted(database, invoice("R-2", gross="7", order="po 0007"), "2")
    posted(database, invoice("R-3", gross="8", order="PO-0008"), "3")
    stranger = Party(name="Stranger", tax_id="FR12345678901")
    posted(database, invoice("R-4", gross="9", order="PO-0007", seller=stranger, iban=OTHER_IBAN), "4")
    with database.read() as connection:
        claim = claim_of(invoice("R-9", order="PO-0007"), digest="new")
        assert [each.number for each in of_order(connection, claim)] == ["R-1", "R-2"]
        assert of_order(connection, claim_of(invoice(), digest="new")) == ()


def test_of_many_threads_posting_one_invoice_one_succeeds(database):
    results, go = [], threading.Barrier(6)

    def one(number):
        go.wait()
        try:
            results.append(posted(database, invoice(), f"run{number}/post/", run=f"run{number}").new)
        except Conflict:
            results.append("refused")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(True) == 1
    assert results.count("refused") == 5


_POST = """
import sys
from pipeline_project.errors import Conflict
from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.register import post
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
database = Database(sys.argv[1])
invoice = Invoice.model_validate(json.loads(sys.argv[2]))
sys.stdin.readline()
try:
    with database.write() as connection:
        print(post(connection, invoice, digest=sys.argv[3], key=sys.argv[3], execution_id=sys.argv[3]).new)
except Conflict:
    print("refused")
"""


def test_of_several_processes_posting_one_invoice_one_succeeds(database):
    assert rows(database) == 0
    command = [sys.executable, "-c", _POST, database.url, json.dumps(invoice())]
    pipe = subprocess.PIPE
    posting = [subprocess.Popen([*command, f"p{n}"], stdin=pipe, stdout=pipe, text=True) for n in range(3)]
    for each in posting:
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [each.communicate(timeout=60)[0].strip() for each in posting]
    assert sorted(answers) == ["True", "refused", "refused"]
