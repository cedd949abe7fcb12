"""The evidence that gathers while a document is put together from running text.

Refuses to average: the confidence of the whole is that of the weakest field that matters, 0 when it is missing.
"""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from pipeline_project.finance.elements import Problem
from pipeline_project.finance.text.page import Found, Page, Span, Value

_LONGEST_EVIDENCE = 200


class Extracted(BaseModel):
    """One field that was found in running text, with the evidence for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = Field(description="path in the document, such as totals.gross or lines[2].net")
    confidence: float = Field(ge=0, le=1)
    evidence: str = Field(description="the words it was read from")
    start: int = Field(description="offset of the evidence in the text")
    end: int


class Notes:
    """Evidence and problems of one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.fields: list[Extracted] = []
        self.problems: list[Problem] = []

    def take(self, field: str, found: Found[Value] | None) -> Value | None:
        """The value of a finding, its evidence noted under `field`; None for no finding."""
        if found is None:
            return None
        span, evidence = found.span, found.span.text[:_LONGEST_EVIDENCE]
        sure = found.confidence
        self.fields.append(Extracted(field=field, confidence=sure, evidence=evidence, start=span.start, end=span.end))
        return found.value

    def problem(self, field: str, span: Span, message: str) -> None:
        """Note what is wrong with a field."""
        line = self.page.text.count("\n", 0, span.start) + 1
        self.problems.append(Problem(path=field, line=line, message=message))

    def confidence(self, key_fields: Iterable[str]) -> float:
        """The confidence of the weakest of `key_fields`; 0 when one was not found."""
        surest: dict[str, float] = {}
        for each in self.fields:
            surest[each.field] = max(each.confidence, surest.get(each.field, 0.0))
        return min(surest.get(field, 0.0) for field in key_fields)
