"""invoice_processing: reads an invoice and checks it, or posts one that was read into the ledger."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipeline_project.errors import StepFailed
from pipeline_project.finance import register
from pipeline_project.finance.assessment import Assessment, Ordered, Threshold, assess
from pipeline_project.finance.budgets.limits import Currency, Money
from pipeline_project.finance.duplicates import DAYS, Duplicate, claim_of
from pipeline_project.finance.elements import Problem
from pipeline_project.finance.findings import Finding
from pipeline_project.finance.invoices.models import Invoice, Party, Totals
from pipeline_project.finance.invoices.read import read
from pipeline_project.finance.matching import NO_VARIANCE, Match, Receipt, Tolerances
from pipeline_project.finance.orders import read as read_order
from pipeline_project.finance.rules import RULES
from pipeline_project.persistence import json
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult

_MOST_DIGITS = 40


def _computable(invoice: Invoice) -> Invoice:
    # a typed invoice has passed no reader, and 1E+999999 takes a million digits to add to anything
    pending: list[Any] = [json.to_json(invoice)]
    while pending:
        value = pending.pop()
        if isinstance(value, dict | list):
            pending.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, Decimal) and abs(value.adjusted()) > _MOST_DIGITS:
            raise ValueError(f"{value} is no number of an invoice; at most {_MOST_DIGITS} digits are")
    return invoice


class Approval(BaseModel):
    """The result of an approval_required step."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    decision: Literal["approve", "reject"]
    by: str = Field(min_length=1)
    comment: str = ""


class ReadInvoice(BaseModel):
    """What posting takes over from the result of reading."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    invoice: Annotated[Invoice, AfterValidator(_computable)]
    digest: str | None = Field(default=None, max_length=80)
    order_number: str | None = None
    duplicates: tuple[Duplicate, ...] = ()


def _as_read(value: Any) -> Any:
    return {"invoice": value} if isinstance(value, Mapping) and "invoice" not in value else value


class Config(StepConfig):
    """What to read and what to check it against, or what to post."""

    action: Literal["read", "post"] = Field(
        "read", description="Read and check, which writes nothing; or post into the ledger"
    )
    path: str | None = Field(
        None, description="To read: a file (UBL, CII, Factur-X, PDF, e-mail, text), relative to the working directory"
    )
    text: str | None = Field(None, description="To read: the text of an invoice, instead of a file")
    document: Annotated[Invoice, AfterValidator(_computable)] | None = Field(
        None, description="To read: an invoice that is typed already, instead of a file"
    )
    order: str | None = Field(None, description="To read: the file of the purchase order to match it with")
    receipts: tuple[Receipt, ...] | None = Field(
        None, description="To read: everything received on the order, for a three-way match"
    )
    tolerances: Tolerances = Field(
        NO_VARIANCE,
        description="To read: how far it may go beyond the order (ordered_percent, received_percent, price_percent, "
        "amount, tax): 0 is no variance, one left out is unlimited; without `tolerances` nothing may vary",
    )
    approval_threshold: Money | None = Field(
        None, description="To read: a person approves an invoice above this amount"
    )
    threshold_currency: Currency | None = Field(
        None, description="To read: currency of the threshold; none: the invoice's, whichever it is"
    )
    duplicate_days: int = Field(
        DAYS, ge=0, le=366, description="Within how many days the same amount of a seller is taken for a duplicate"
    )
    invoice: Annotated[ReadInvoice | None, BeforeValidator(_as_read)] = Field(
        None, description="To post: the result of the step that read it (or its `invoice` only)"
    )
    decision: Approval | None = Field(
        None,
        description="To post: the result of an approval; approved, it lets the duplicates pass that were found "
        "when the invoice was read, and no others",
    )

    @model_validator(mode="after")
    def _one_source(self) -> "Config":
        given = [name for name in ("path", "text", "document") if getattr(self, name) is not None]
        if self.action == "post" and (self.invoice is None or given):
            raise ValueError("to post, give invoice: ${<the step that read it>}, and no path, text or document")
        if self.action == "read" and (len(given) != 1 or self.invoice is not None):
            raise ValueError("to read, give exactly one of path, text and document, and no invoice")
        return self


class Settled(StepResult):
    """Money of a budget that posting turned from held to spent."""

    category: str
    amount: Decimal
    currency: str


class Result(StepResult):
    """The invoice in short and in full; then what the checks found, or where it was posted."""

    action: Literal["read", "post"]
    type: Literal["invoice", "credit_note"]
    number: str | None
    issue_date: date | None
    due_date: date | None
    currency: str | None
    seller_name: str | None
    seller_tax_id: str | None
    buyer_name: str | None
    net: Decimal | None
    tax: Decimal | None
    gross: Decimal | None
    payable: Decimal | None
    order_number: str | None = Field(description="The order it names, or was matched with")
    line_count: int
    holder: str = Field(description="Seller and number: the holder for budget_check")
    digest: str = Field(description="Content hash of the document")
    invoice: Invoice = Field(description="All of it, by the terms of EN 16931")
    # reading
    format: str | None = Field(default=None, description="ubl, cii, facturx, text or typed")
    source: str | None = Field(default=None, description="File name")
    confidence: float = Field(default=1, description="1 for structured data, less for running text")
    valid: bool | None = Field(default=None, description="No finding is an error")
    errors: int | None = None
    warnings: int | None = None
    findings: tuple[Finding, ...] = ()
    needs_approval: bool | None = Field(default=None, description="Whether there are approval_reasons")
    approval_reasons: tuple[str, ...] = ()
    duplicate_of: Duplicate | None = Field(default=None, description="The posted invoice it most likely repeats")
    duplicates: tuple[Duplicate, ...] = Field(default=(), description="Every posted invoice it may repeat")
    match: Match | None = Field(default=None, description="Against the order, if one was given")
    # posting
    posted: bool = False
    already_posted: bool = Field(default=False, description="An earlier attempt of this step had posted it")
    ledger_id: str | None = None
    posted_at: datetime | None = None
    settled: tuple[Settled, ...] = ()


class InvoiceProcessing(BaseStepExecutor[Config, Result]):
    """Reading any number of times changes nothing; posting writes one ledger row per idempotency key."""

    config = Config
    result = Result

    async def execute(self, config: Config, context: StepContext) -> Result:
        """Read or post.

        Raises NotFound, InvalidDocument and their like for files; Conflict for a duplicate that nobody
        approved; StepFailed when the decision given is a rejection.
        """
        if config.action == "read":
            return await asyncio.to_thread(_read, config, context)
        _refuse_rejected(config, context)
        async with context.effect(repeatable=True) as key:
            return await asyncio.to_thread(_post, config, context, key)

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """Number, seller, amount, and what was found or done."""
        name = "credit note" if result["type"] == "credit_note" else "invoice"
        what = f"{name} {result['number']} of {result['seller_name']}, {result['payable']} {result['currency']}"
        if result["posted"]:
            return f"{what}: posted as {result['ledger_id']}"
        repeated = result["duplicate_of"]
        duplicate = f", may repeat {repeated['number']} ({repeated['kind']})" if repeated else ""
        return f"{what}: {_count(result['errors'], 'error')}, {_count(result['warnings'], 'warning')}{duplicate}"

    @classmethod
    def explain(cls, result: Mapping[str, Any]) -> list[str]:
        """How many lines were read and checks made, every finding, and why a person has to look."""
        if result["action"] == "post":
            return []
        findings = [
            f"{finding['severity']} {finding['rule']} at {finding['field']}: {finding['message']}"
            for finding in result["findings"]
        ]
        passed = "" if result["errors"] else ", none is broken"
        checked = f"{result['line_count']} lines, {len(RULES)} rules of EN 16931 checked{passed}"
        match = result["match"]
        matched = [f"matches purchase order {match['order']}"] if match is not None and match["matched"] else []
        return [checked, *matched, *findings, *(f"asks a person: {reason}" for reason in result["approval_reasons"])]


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class _Source:
    """A document as it was read, or given."""

    invoice: Invoice
    digest: str
    format: str
    name: str
    confidence: float = 1
    problems: tuple[Problem, ...] = ()


def _read(config: Config, context: StepContext) -> Result:
    source = _source(config)
    ordered = None
    if config.order is not None:
        ordered = Ordered(read_order(Path(config.order)), tolerances=config.tolerances, receipts=config.receipts)
    threshold = None
    if config.approval_threshold is not None:
        threshold = Threshold(config.approval_threshold, config.threshold_currency)
    with context.database.read() as connection:
        assessment = assess(
            connection,
            source.invoice,
            digest=source.digest,
            confidence=source.confidence,
            problems=source.problems,
            ordered=ordered,
            threshold=threshold,
            days=config.duplicate_days,
        )
    return _read_result(source, assessment)


def _source(config: Config) -> _Source:
    if config.document is not None:
        return _Source(config.document, json.digest(config.document), "typed", "document")
    # text may as well be pasted XML or a whole e-mail
    reading = read(Path(config.path or "")) if config.text is None else read(config.text.encode(), name="text")
    return _Source(
        reading.invoice, reading.digest, reading.format, reading.source, reading.confidence, reading.problems
    )


def _read_result(source: _Source, assessment: Assessment) -> Result:
    match, duplicates = assessment.match, assessment.duplicates
    return Result(
        **_summary(source.invoice, source.digest, match.order if match else None),
        action="read",
        format=source.format,
        source=source.name,
        confidence=source.confidence,
        valid=assessment.errors == 0,
        errors=assessment.errors,
        warnings=assessment.warnings,
        findings=assessment.findings,
        needs_approval=bool(assessment.reasons),
        approval_reasons=assessment.reasons,
        duplicate_of=duplicates[0] if duplicates else None,
        duplicates=duplicates,
        match=match,
    )


def _post(config: Config, context: StepContext, key: str) -> Result:
    given = config.invoice
    assert given is not None
    digest = given.digest or json.digest(given.invoice)
    override = None
    if config.decision is not None:
        seen = frozenset(duplicate.ledger_id for duplicate in given.duplicates)
        override = register.Override(config.decision.by, config.decision.comment, seen)
    with context.database.write() as connection:
        posting = register.post(
            connection,
            given.invoice,
            digest=digest,
            key=key,
            execution_id=context.execution_id,
            order=given.order_number,
            override=override,
            days=config.duplicate_days,
        )
    if not posting.new:
        context.log.info("invoice_posted_before", ledger_id=posting.ledger_id)
    return Result(
        **_summary(given.invoice, digest, given.order_number),
        action="post",
        posted=True,
        already_posted=not posting.new,
        ledger_id=posting.ledger_id,
        posted_at=posting.posted_at,
        settled=tuple(Settled(category=s.category, amount=s.amount, currency=s.currency) for s in posting.settled),
    )


def _refuse_rejected(config: Config, context: StepContext) -> None:
    if config.decision is not None and config.decision.decision == "reject":
        raise StepFailed(
            f"the invoice was rejected by {config.decision.by}, so it is not posted",
            where=f"steps.{context.step_id}",
            remedy="Let the rejection lead elsewhere (`on_reject`), or start anew with a corrected invoice.",
        )


def _summary(invoice: Invoice, digest: str, order: str | None) -> dict[str, Any]:
    totals, seller, buyer = invoice.totals or Totals(), invoice.seller or Party(), invoice.buyer or Party()
    return {
        "type": invoice.type or "invoice",
        "number": invoice.number,
        "issue_date": invoice.issue_date,
        "due_date": invoice.due_date,
        "currency": invoice.currency,
        "seller_name": seller.name or seller.trading_name,
        "seller_tax_id": seller.tax_id or seller.tax_registration,
        "buyer_name": buyer.name or buyer.trading_name,
        "net": totals.net,
        "tax": totals.tax,
        "gross": totals.gross,
        "payable": totals.payable,
        "order_number": order or invoice.references.order,
        "line_count": len(invoice.lines),
        "holder": claim_of(invoice, digest=digest).holder,
        "digest": digest,
        "invoice": invoice,
    }
