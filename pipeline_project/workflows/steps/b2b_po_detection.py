"""b2b_po_detection: tells whether a document or message is a purchase order, and drafts the order from it."""

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree
from pydantic import Field, model_validator

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.documents import Document, open_document
from pipeline_project.finance.elements import Problem
from pipeline_project.finance.findings import Finding
from pipeline_project.finance.invoices.pdf import embedded_xml, page_text
from pipeline_project.finance.mail import open_mail
from pipeline_project.finance.orders import Detection, Order, Signal, detect, read
from pipeline_project.finance.orders.reading import Kind
from pipeline_project.finance.text.notes import Extracted
from pipeline_project.security import xml
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult

_INVOICES = frozenset({"Invoice", "CreditNote", "CrossIndustryInvoice", "CrossIndustryDocument"})


class Config(StepConfig):
    """The message or document to look at."""

    path: str | None = Field(
        None, description="A file (UBL order, e-mail, PDF, text), relative to the working directory"
    )
    text: str | None = Field(None, description="The text of a message, or a whole e-mail, instead of a file")
    subject: str = Field("", description="Subject of the mail that the text came in")

    @model_validator(mode="after")
    def _one_source(self) -> "Config":
        if (self.path is None) == (self.text is None):
            raise ValueError("give exactly one of path and text")
        return self


class OrderedLine(StepResult):
    """What is ordered, in short."""

    sku: str | None
    description: str | None
    quantity: Decimal | None
    unit: str | None
    price: Decimal | None
    net: Decimal | None


class PurchaseOrder(StepResult):
    """The order in short."""

    number: str | None
    customer: str | None
    issue_date: date | None
    delivery_date: date | None = Field(description="The last day on which delivery is wanted")
    currency: str | None
    net: Decimal | None
    gross: Decimal | None
    lines: tuple[OrderedLine, ...]


class Result(StepResult):
    """What it is, how sure that is and why, and the order in it."""

    is_purchase_order: bool
    kind: Kind = Field(description="What it is most likely")
    confidence: float = Field(description="How sure that is; for an order, and how surely it was read")
    needs_review: bool = Field(description="Below 0.9, or something in it does not add up: a person looks at it")
    signals: tuple[Signal, ...] = Field(description="What in the text speaks for or against an order, and where")
    po: PurchaseOrder | None = Field(default=None, description="The order in short; null for anything else")
    draft_order: Order | None = Field(default=None, description="All that was read of the order")
    findings: tuple[Finding, ...] = Field(default=(), description="Sums that do not add up")
    problems: tuple[Problem, ...] = Field(default=(), description="Values that could not be read")
    fields: tuple[Extracted, ...] = Field(default=(), description="For text: where each value was read, how surely")


class B2bPoDetection(BaseStepExecutor[Config, Result]):
    """Books nothing: the draft is for the steps that follow."""

    type = "b2b_po_detection"
    config = Config
    result = Result

    async def execute(self, config: Config, context: StepContext) -> Result:
        """Look at it. Raises NotFound, InvalidInput or InvalidDocument for what cannot be read at all."""
        return await asyncio.to_thread(_look, config)

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """What it is, and how sure."""
        sure = f"confidence {result['confidence']}" + (", needs review" if result["needs_review"] else "")
        if not result["is_purchase_order"]:
            return f"no purchase order but {result['kind']}, {sure}"
        order = result["po"]
        return f"purchase order {order['number']} of {order['customer']}, {len(order['lines'])} lines, {sure}"


def _look(config: Config) -> Result:
    if config.text is not None:
        document = open_document(config.text.encode(), name="text")
    else:
        document = open_document(Path(config.path or ""))
    return _result(_detection(document, config.subject))


def _detection(document: Document, subject: str) -> Detection:
    if document.kind == "text":
        return detect(document.text, subject=subject, name=document.name)
    kinds = _kinds_of_xml(document)
    if kinds and "order" not in kinds:
        return Detection(is_purchase_order=False, kind="invoice" if "invoice" in kinds else "other", confidence=1)
    try:
        reading = read(document.data, name=document.name, subject=subject)
    except InvalidDocument:
        if "order" in kinds:
            raise
        return _by_text(document, subject)  # nothing in it is an order; what it is instead, its text says
    signals = _by_text(document, subject).signals if reading.format == "text" else ()
    return Detection(
        is_purchase_order=True, kind="order", confidence=reading.confidence, signals=signals, draft=reading
    )


def _kinds_of_xml(document: Document) -> set[Kind]:
    """What the document says itself to be by its root element; of a PDF, what the orders and invoices in it are."""
    if document.kind == "xml":
        return {_kind_of_xml(document.data, document.name)}
    if document.kind != "pdf":
        return set()
    embedded = embedded_xml(document.data, name=document.name)
    return {kind for name, data in embedded if (kind := _kind_of_xml(data, name)) != "other"}


def _kind_of_xml(data: bytes, name: str) -> Kind:
    local = etree.QName(xml.parse(data, name=name)).localname
    return "order" if local == "Order" else "invoice" if local in _INVOICES else "other"


def _by_text(document: Document, subject: str) -> Detection:
    if document.kind == "pdf":
        return detect(page_text(document.data, name=document.name), subject=subject, name=document.name)
    mail = open_mail(document)
    return detect(mail.text, subject=mail.subject or subject, name=document.name)


def _result(found: Detection) -> Result:
    draft = found.draft
    if draft is None:
        return Result(
            is_purchase_order=found.is_purchase_order,
            kind=found.kind,
            confidence=found.confidence,
            needs_review=found.needs_review,
            signals=found.signals,
        )
    return Result(
        is_purchase_order=found.is_purchase_order,
        kind=found.kind,
        confidence=min(found.confidence, draft.confidence),
        needs_review=found.needs_review,
        signals=found.signals,
        po=_short(draft.order),
        draft_order=draft.order,
        findings=draft.findings,
        problems=draft.problems,
        fields=draft.fields,
    )


def _short(order: Order) -> PurchaseOrder:
    wanted = order.delivery.requested if order.delivery else None
    return PurchaseOrder(
        number=order.number,
        customer=(order.customer.name or order.customer.trading_name) if order.customer else None,
        issue_date=order.issue_date,
        delivery_date=(wanted.end or wanted.start) if wanted else None,
        currency=order.currency,
        net=order.totals.net if order.totals else None,
        gross=order.totals.gross if order.totals else None,
        lines=tuple(
            OrderedLine(
                sku=line.sku,
                description=line.name or line.description,
                quantity=line.quantity,
                unit=line.unit,
                price=line.unit_price,
                net=line.net,
            )
            for line in order.lines
        ),
    )
