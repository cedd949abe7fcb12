"""What reading a document gives: the invoice, where it came from, what could not be read, how sure we are.

Refuses to judge the invoice: problems are about reading, rules are about content.
"""

from typing import Literal

from pydantic import Field

from pipeline_project.finance.elements import Problem
from pipeline_project.finance.invoices.models import Invoice, Value
from pipeline_project.finance.text.notes import Extracted

Format = Literal["ubl", "cii", "facturx", "text"]

# UNTDID 1001 codes of credit notes that EN 16931 allows (BR-CL-01).
_CREDIT_NOTE_CODES = {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}


class Reading(Value):
    """An invoice as it was read from one document."""

    invoice: Invoice
    format: Format
    source: str = Field(description="file name, or how the caller named the document")
    digest: str = Field(description="SHA-256 of the document's bytes, hexadecimal")
    problems: tuple[Problem, ...] = ()
    confidence: float = Field(default=1.0, description="1 for structured data; for text that of the weakest key field")
    fields: tuple[Extracted, ...] = Field(default=(), description="for text: every field found, with its evidence")


def kind_of(type_code: str | None) -> Literal["invoice", "credit_note"] | None:
    """Whether a UNTDID 1001 code means a credit note; None without a code."""
    if not type_code:
        return None
    return "credit_note" if type_code in _CREDIT_NOTE_CODES else "invoice"
