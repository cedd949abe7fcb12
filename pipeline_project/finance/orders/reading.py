"""What reading an order gives: the order, where it came from, what does not add up, how sure we are.

Refuses to accept an order: below REVIEW_BELOW, or with a finding, a person looks at the draft.
"""

from typing import Literal

from pydantic import Field

from pipeline_project.finance.elements import Problem
from pipeline_project.finance.findings import Finding
from pipeline_project.finance.invoices.models import Value
from pipeline_project.finance.orders.models import Order
from pipeline_project.finance.text.notes import Extracted

REVIEW_BELOW = 0.9

Kind = Literal["order", "quote", "invoice", "confirmation", "shipment", "cancellation", "newsletter", "other"]


class OrderReading(Value):
    """A draft order as it was read from one document."""

    order: Order
    format: Literal["ubl", "text"]
    source: str = Field(description="file name, or how the caller named the document")
    digest: str = Field(description="SHA-256 of the document's bytes, hexadecimal")
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = Field(default=(), description="sums that do not add up")
    confidence: float = Field(default=1.0, description="1 for structured data; for text that of the weakest key field")
    fields: tuple[Extracted, ...] = Field(default=(), description="for text: every field found, with its evidence")

    @property
    def needs_review(self) -> bool:
        """Whether a person must look before anything is ordered or booked."""
        errors = any(finding.severity == "error" for finding in self.findings)
        return self.confidence < REVIEW_BELOW or errors or bool(self.problems)


class Signal(Value):
    """One sign for or against a purchase order, with the words it was seen in."""

    name: str
    weight: float = Field(description="how much the sign tells, 0 to 1; negative when it tells against an order")
    where: Literal["subject", "text"]
    evidence: str
    start: int = Field(description="offset of the evidence in the subject or the text")
    end: int


class Detection(Value):
    """Whether a message is a purchase order."""

    is_purchase_order: bool
    kind: Kind = Field(description="what it is most likely")
    confidence: float = Field(description="how sure that is, 0.5 to 1")
    signals: tuple[Signal, ...] = ()
    draft: OrderReading | None = Field(default=None, description="the order in it, when it is one")

    @property
    def needs_review(self) -> bool:
        """Whether a person must decide what this is, or complete the draft."""
        return self.confidence < REVIEW_BELOW or (self.draft is not None and self.draft.needs_review)
