"""What a finance check reports: one value for a broken rule, a duplicate, a mismatch or a leak.

A finding says what is wrong, where, and what to do. It decides nothing: whether a finding blocks, asks a
person or is only shown is the caller's policy. Refuses amounts as numbers: `expected` and `found` are texts
for people, the amounts themselves stay in the documents they were read from.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["error", "warning", "info"]


class Finding(BaseModel):
    """One thing a check found, with its evidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str = Field(description="id of the rule or check, such as BR-CO-10")
    severity: Severity = "error"
    field: str = Field(default="", description="path in the document model, such as lines[0].net")
    message: str = Field(description="one sentence: what is wrong and what to do")
    expected: str | None = None
    found: str | None = None
    evidence: tuple[str, ...] = Field(default=(), description="places and values the finding rests on, one each")
