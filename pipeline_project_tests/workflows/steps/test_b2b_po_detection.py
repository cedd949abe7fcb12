"""Proves that the b2b_po_detection step tells orders from other business mail and drafts them with evidence."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
import structlog
from pydantic import ValidationError

from pipeline_project.errors import InvalidDocument, NotFound
from pipeline_project.persistence import json
from pipeline_project.persistence.engine import Database
from pipeline_project.workflows.steps.b2b_po_detection import B2bPoDetection, Config, Result
from pipeline_project.workflows.steps.base import StepContext

FIXTURES = Path(__file__).parents[4] / "shared" / "fixtures"

MAIL = """Hello,

please deliver the following under our purchase order PO-2025-117 of 2025-03-03:

Item     Description        Qty   Unit price   Total
P-100    Copier paper A4    10    4.50         45.00
T-9      Toner black        2     80.00        160.00

Total: 205.00 EUR

Ship to: Kunde AG, Hauptstr. 1, 10115 Berlin
Delivery by: 2025-03-20
"""


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'pipeline.db'}")
    yield database
    database.dispose()


@asynccontextmanager
async def effect(*, repeatable, name=""):
    yield "key"


@pytest.fixture
def run(database):
    def look(**config):
        context = StepContext(
            execution_id="run",
            workflow_id="orders",
            step_id="detect",
            attempt=1,
            idempotency_key="run/detect/",
            requested_by="user:ada",
            log=structlog.get_logger(),
            database=database,
            effect=effect,
        )
        result = asyncio.run(B2bPoDetection().execute(Config.model_validate(config), context))
        return json.loads(json.dumps(result))

    return look


def test_an_order_by_mail_is_drafted_with_the_signals_it_was_told_by(run):
    result = run(text=MAIL, subject="Purchase order PO-2025-117")
    assert (result["is_purchase_order"], result["kind"], result["po"]["number"]) == (True, "order", "PO-2025-117")
    assert [(line["sku"], line["quantity"], str(line["net"])) for line in result["po"]["lines"]] == [
        ("P-100", 10, "45.00"),
        ("T-9", 2, "160.00"),
    ]
    assert result["draft_order"]["lines"][0]["unit_price"] == Decimal("4.50")
    assert {"order_subject", "line_table"} <= {signal["name"] for signal in result["signals"]}
    for signal in result["signals"]:
        if signal["where"] == "text":
            assert signal["evidence"].split()[0] in MAIL[signal["start"] : signal["end"]]


def test_a_whole_e_mail_is_taken_apart(run, tmp_path):
    whole = f"From: a@example.com\nTo: b@example.com\nSubject: Purchase order PO-2025-117\n\n{MAIL}"
    path = tmp_path / "mail.eml"
    path.write_text(whole)
    for result in (run(text=whole), run(path=str(path))):
        assert (result["is_purchase_order"], result["po"]["number"]) == (True, "PO-2025-117")
        assert "order_subject" in {signal["name"] for signal in result["signals"]}


def test_sums_that_do_not_add_up_go_to_a_person(run):
    result = run(text=MAIL.replace("160.00", "170.00"), subject="Purchase order PO-2025-117")
    assert result["findings"]
    assert result["needs_review"]


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("Quote 2025-17", "Please find our quote below. This offer is valid until 2025-04-01.", "quote"),
        ("Invoice 4711", "Invoice number: 4711\nInvoice date: 2025-03-03\nTotal due: 119.00 EUR", "invoice"),
        ("Order confirmation", "Thank you for your order PO-1. We confirm your order as follows.", "confirmation"),
        ("March newsletter", "Order now and save 20 %! Click here to unsubscribe from this newsletter.", "newsletter"),
    ],
)
def test_other_business_mail_is_no_order_and_says_what_it_is(run, subject, text, kind):
    result = run(text=text, subject=subject)
    assert (result["is_purchase_order"], result["kind"]) == (False, kind)
    assert (result["po"], result["draft_order"]) == (None, None)
    assert B2bPoDetection.summarize(result).startswith(f"no purchase order but {kind}")


@pytest.mark.parametrize(
    ("name", "kind", "summary"),
    [
        ("orders/UC1_Order.xml", "order", "purchase order 1 of City Hospital 345433, 3 lines, confidence 1.0"),
        ("invoices/ubl/EN16931_Einfach.xml", "invoice", "no purchase order but invoice, confidence 1.0"),
        ("invoices/facturx/EN16931_Einfach.pdf", "invoice", "no purchase order but invoice, confidence 1.0"),
    ],
)
def test_structured_documents_say_themselves_what_they_are(run, name, kind, summary):
    path = FIXTURES / name
    if not path.exists():
        pytest.skip("the public example documents are not beside this repository")
    result = run(path=str(path))
    assert (result["kind"], result["needs_review"]) == (kind, False)
    assert B2bPoDetection.summarize(result) == summary
    assert json.loads(json.dumps(Result.model_validate(result))) == result


def test_other_xml_is_no_order(run):
    assert run(text="<a/>")["kind"] == "other"


def test_what_cannot_be_read_is_an_error_and_no_answer(run, tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.pdf"):
        run(path=str(tmp_path / "nowhere.pdf"))
    for broken in ("<Order", "", "%PDF-1.7 broken"):
        with pytest.raises(InvalidDocument):
            run(text=broken)


@pytest.mark.parametrize("config", [{}, {"path": "a", "text": "b"}, {"text": "a", "email": "b"}])
def test_what_does_not_say_clearly_what_to_look_at_is_refused(config):
    with pytest.raises(ValidationError):
        Config.model_validate(config)
