"""Proves what the invoice_processing step reads, finds, asks and posts, and that reading changes nothing."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import structlog
from pydantic import ValidationError
from sqlalchemy import func, select

from pipeline_project.errors import Conflict, InvalidDocument, NotFound, StepFailed
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables.finance import budget_reservations, posted_invoices
from pipeline_project.workflows.steps import budget_check
from pipeline_project.workflows.steps.base import StepContext
from pipeline_project.workflows.steps.invoice_processing import Config, InvoiceProcessing, Result

FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures"
IBAN, OTHER_IBAN = "DE02120300000000202051", "DE02500105170137075030"


def party(name, tax_id):
    address = {"line_1": "Hauptstraße 1", "city": "Berlin", "postcode": "10115", "country": "DE"}
    return {"name": name, "tax_id": tax_id, "address": address}


def document(number="R-1", *, quantity=10, day="2025-03-03", iban=IBAN, order=None, **changes):
    """A valid invoice over paper at 10.00 each and 19 % tax, as plain JSON."""
    net = Decimal(10 * quantity).quantize(Decimal("0.01"))
    tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
    category = {"code": "S", "rate": Decimal(19), "scheme": "VAT"}
    ordinary = {
        "number": number,
        "type": "invoice",
        "type_code": "380",
        "issue_date": day,
        "due_date": "2025-04-02",
        "currency": "EUR",
        "specification": "urn:cen.eu:en16931:2017",
        "seller": party("Papier Müller GmbH", "DE136695976"),
        "buyer": party("Kunde AG", "DE811569869"),
        "payment": {"means": [{"code": "58", "account": {"id": iban}}]},
        "references": {"order": order},
        "totals": {"lines": net, "net": net, "tax": tax, "gross": net + tax, "payable": net + tax},
        "tax_totals": [{"value": tax, "currency": "EUR"}],
        "tax_breakdown": [{"taxable": net, "tax": tax, "category": category}],
        "lines": [
            {
                "id": "1",
                "name": "Paper",
                "quantity": Decimal(quantity),
                "unit": "C62",
                "net": net,
                "unit_price": Decimal("10.00"),
                "tax": category,
            }
        ],
    }
    return ordinary | changes


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    yield database
    database.dispose()


def context(database, execution, step):
    key = f"{execution}/{step}/"

    @asynccontextmanager
    async def effect(*, repeatable, name=""):
        assert repeatable
        yield key

    return StepContext(
        execution_id=execution,
        workflow_id="invoices",
        step_id=step,
        attempt=1,
        idempotency_key=key,
        requested_by="user:ada",
        log=structlog.get_logger(),
        database=database,
        effect=effect,
    )


def run(database, execution="run", step="step", **config):
    """The result as later steps see it: through the journal's JSON."""
    step_context = context(database, execution, step)
    result = asyncio.run(InvoiceProcessing().execute(Config.model_validate(config), step_context))
    return json.loads(json.dumps(result))


def read(database, given, **config):
    return run(database, document=given, **config)


def post(database, result, execution="run", **config):
    return run(database, execution, "post", action="post", invoice=result, **config)


def rows(database, table=posted_invoices):
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(table))


APPROVED = {"decision": "approve", "by": "user:ada", "via": "cli", "comment": "checked"}


def test_a_valid_invoice_is_read_with_its_figures_and_no_question(database):
    result = read(database, document())
    assert result["findings"] == []
    assert (result["valid"], result["errors"], result["warnings"], result["needs_approval"]) == (True, 0, 0, False)
    assert (result["number"], result["seller_name"], result["currency"]) == ("R-1", "Papier Müller GmbH", "EUR")
    assert str(result["payable"]) == "119.00"
    assert (result["duplicate_of"], result["match"], result["posted"]) == (None, None, False)
    assert InvoiceProcessing.summarize(result) == (
        "invoice R-1 of Papier Müller GmbH, 119.00 EUR: no errors, no warnings"
    )


def test_what_breaks_a_rule_is_invalid_and_a_question_for_a_person(database):
    wrong = document()
    wrong["totals"] = wrong["totals"] | {"gross": Decimal("119.01")}
    result = read(database, wrong)
    assert (result["valid"], result["needs_approval"]) == (False, True)
    assert "BR-CO-15" in {finding["rule"] for finding in result["findings"]}
    assert "BR-CO-15" in result["approval_reasons"][0]


def test_identifiers_that_cannot_exist_are_warnings_and_a_question(database):
    result = read(database, document(iban="DE02120300000000202052", buyer=party("Kunde AG", "DE123456789")))
    assert [(each["rule"], each["severity"]) for each in result["findings"]] == [
        ("vat.checksum", "warning"),
        ("iban.checksum", "warning"),
    ]
    assert (result["valid"], len(result["approval_reasons"])) == (True, 2)


@pytest.mark.parametrize(
    ("config", "asks"),
    [
        ({"approval_threshold": "119.00"}, False),
        ({"approval_threshold": "118.99"}, True),
        ({"approval_threshold": 1000, "threshold_currency": "eur"}, False),
        ({"approval_threshold": 1000, "threshold_currency": "USD"}, True),
    ],
)
def test_above_the_threshold_or_where_it_cannot_be_applied_a_person_is_asked(database, config, asks):
    assert read(database, document(), **config)["needs_approval"] == asks


def test_ten_runs_tell_the_same_story_until_one_is_posted(database):
    stories = [read(database, document(), execution=f"run{number}") for number in range(10)]
    assert all(story == stories[0] for story in stories)
    assert rows(database) == 0
    posted = post(database, stories[3], "run3")
    again = read(database, document())
    assert (again["duplicate_of"]["kind"], again["duplicate_of"]["ledger_id"]) == ("same_document", posted["ledger_id"])
    assert (again["valid"], again["needs_approval"]) == (False, True)
    with pytest.raises(Conflict, match="may repeat invoice R-1"):
        post(database, stories[4], "run4")
    with pytest.raises(Conflict, match="may repeat invoice R-1"):
        post(database, stories[4], "run4", decision=APPROVED)
    assert rows(database) == 1


def test_posting_is_once_per_key_and_a_second_attempt_gives_the_same_row(database):
    result = read(database, document())
    first, second = post(database, result), post(database, result)
    assert (first["posted"], first["already_posted"], second["already_posted"]) == (True, False, True)
    assert (second["ledger_id"], second["posted_at"]) == (first["ledger_id"], first["posted_at"])
    assert InvoiceProcessing.summarize(first).endswith(f"posted as {first['ledger_id']}")


def test_a_duplicate_is_posted_only_with_an_approval_of_the_evidence_it_was_read_with(database):
    post(database, read(database, document()), "first")
    seen = read(database, document("r/1"))
    assert seen["duplicate_of"]["kind"] == "same_number"
    with pytest.raises(Conflict):
        post(database, seen, "second")
    with pytest.raises(Conflict):
        post(database, seen["invoice"], "second", decision=APPROVED)
    assert post(database, seen, "second", decision=APPROVED)["posted"]
    assert rows(database) == 2


def test_a_rejected_invoice_is_never_posted(database):
    with pytest.raises(StepFailed, match=r"rejected by user:ada.*on_reject"):
        post(database, read(database, document()), decision={**APPROVED, "decision": "reject"})
    assert rows(database) == 0


def test_the_invoice_alone_can_be_posted_too(database):
    assert post(database, read(database, document())["invoice"])["posted"]


def test_posting_spends_what_budget_check_held_for_the_invoice(database):
    result = read(database, document())
    config = budget_check.Config.model_validate(
        {
            "category": "office",
            "amount": result["gross"],
            "currency": result["currency"],
            "holder": result["holder"],
            "limits": [{"category": "office", "period": "total", "limit": 1000, "currency": "EUR"}],
        }
    )
    check = budget_check.BudgetCheck()
    held = asyncio.run(check.execute(config, context(database, "run", "budget")))
    assert (held.decision, held.remaining) == ("approved", 881)
    settled = post(database, result)["settled"]
    assert [(each["category"], str(each["amount"])) for each in settled] == [("office", "119.00")]
    with database.read() as connection:
        assert connection.execute(select(budget_reservations.c.state)).scalars().all() == ["spent"]


def test_changed_bank_details_are_a_warning_with_both_accounts(database):
    post(database, read(database, document()))
    result = read(database, document("R-2", quantity=3, iban=OTHER_IBAN))
    [finding] = result["findings"]
    assert (finding["rule"], finding["expected"], finding["found"]) == ("bank.details_changed", IBAN, OTHER_IBAN)
    assert result["approval_reasons"] == ["The checks found changed bank details."]


def test_a_credit_note_is_no_duplicate_of_its_invoice_and_no_question_of_amount(database):
    post(database, read(database, document()))
    credit = document(type="credit_note", type_code="381")
    result = read(database, credit, approval_threshold=1)
    assert (result["type"], result["duplicate_of"], result["needs_approval"]) == ("credit_note", None, False)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"path": "a", "text": "b"},
        {"path": "a", "invoice": document()},
        {"action": "post"},
        {"action": "post", "invoice": document(), "path": "a"},
        {"action": "post", "invoice": {"invoice": {"nummer": "1"}}},
        {"action": "post", "invoice": document(), "decision": {"decision": "approve", "by": ""}},
        {"document": document(totals={"gross": Decimal("1E+999999")})},
        {"path": "a", "tolerances": {"price": 5}},
        {"path": "a", "duplicate_days": -1},
    ],
)
def test_what_does_not_say_clearly_what_to_do_is_refused(config):
    with pytest.raises(ValidationError):
        Config.model_validate(config)


def test_a_missing_file_is_named_with_its_neighbours(database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "invoice.xml").write_text("<a/>")
    with pytest.raises(NotFound, match=r"invioce\.xml.*invoice\.xml"):
        run(database, path="invioce.xml")
    with pytest.raises(InvalidDocument, match=r"invoice\.xml.*root element a"):
        run(database, path="invoice.xml")


def test_running_text_is_read_with_less_confidence_and_shown_to_a_person(database):
    text = "Invoice no. 4711\nfrom Papier Müller GmbH\nDate: 2025-03-03\nTotal: 119.00 EUR\n"
    result = run(database, text=text)
    assert (result["format"], result["number"]) == ("text", "4711")
    assert result["confidence"] < 0.9
    assert any("confidence" in reason for reason in result["approval_reasons"])
    assert result["needs_approval"]


@pytest.mark.parametrize("name", ["ubl/EN16931_Einfach.xml", "cii/EN16931_Einfach.xml", "facturx/EN16931_Einfach.pdf"])
def test_the_public_examples_are_valid_and_one_story_in_every_syntax(database, name):
    path = FIXTURES / "invoices" / name
    if not path.exists():
        pytest.skip("the public example invoices are not beside this repository")
    result = run(database, path=str(path))
    assert (result["valid"], result["number"], result["currency"]) == (True, "471102", "EUR")
    assert (result["payable"], result["line_count"], result["confidence"]) == (Decimal("529.87"), 2, 1)
    assert result["holder"] == "invoice/vat:DE123456789/471102"


ORDER = """<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>PO-7</cbc:ID><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:SellerSupplierParty><cac:Party><cac:PartyName><cbc:Name>Papier Müller</cbc:Name></cac:PartyName></cac:Party>
  </cac:SellerSupplierParty>
  <cac:OrderLine><cac:LineItem><cbc:ID>1</cbc:ID><cbc:Quantity unitCode="C62">10</cbc:Quantity>
    <cac:Price><cbc:PriceAmount currencyID="EUR">10.00</cbc:PriceAmount></cac:Price>
    <cac:Item><cbc:Name>Paper</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
    </cac:ClassifiedTaxCategory></cac:Item></cac:LineItem></cac:OrderLine>
</Order>"""


def test_an_invoice_is_matched_with_its_order_over_everything_billed_on_it(database, tmp_path):
    order = tmp_path / "order.xml"
    order.write_text(ORDER)
    first = read(database, document(quantity=6, order="PO-7"), order=str(order))
    assert (first["match"]["matched"], first["order_number"], first["needs_approval"]) == (True, "PO-7", False)
    post(database, first, "first")
    second = read(database, document("R-2", quantity=5, day="2025-06-01"), order=str(order))
    assert [each["kind"] for each in second["match"]["exceptions"]] == ["quantity_ordered", "amount"]
    assert second["match"]["lines"][0]["billed_before"] == 6
    assert (second["valid"], second["order_number"]) == (False, "PO-7")
    assert second["approval_reasons"] == [
        "The checks found a difference from the order.",
        "Not all could be compared with the order: order number: the invoice or the order states none.",
    ]
    loose = {"ordered_percent": 10, "amount": None}
    assert read(database, second["invoice"], order=str(order), tolerances=loose)["match"]["matched"]
    post(database, second, "second", decision=APPROVED)
    third = read(database, document("R-3", quantity=1, day="2025-09-01", order="PO-7"), order=str(order))
    assert third["match"]["lines"][0]["billed_before"] == 11


def test_only_what_was_received_is_billed_without_a_question(database, tmp_path):
    order = tmp_path / "order.xml"
    order.write_text(ORDER)
    received = [{"number": "L-1", "lines": [{"order_line": "1", "quantity": 9}]}]
    result = read(database, document(), order=str(order), receipts=received)
    assert [each["kind"] for each in result["match"]["exceptions"]] == ["quantity_received"]
    assert result["match"]["three_way"]


def test_an_invoice_is_no_order(database, tmp_path):
    wrong = tmp_path / "order.xml"
    wrong.write_text('<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>')
    with pytest.raises(InvalidDocument, match=r"order\.xml.*not that of a UBL order"):
        read(database, document(), order=str(wrong))


def test_results_read_back_as_their_model(database):
    result = read(database, document())
    assert json.loads(json.dumps(Result.model_validate(result))) == result
