"""Validation of Anthropic Messages requests, responses and conversations: find everything, repair on request.

Knows the rules of the vendors' public documentation, each with its page. Refuses to know how a request is
converted or sent, and never refuses a block type or key for being new.
"""

from pipeline_project.validation.check import validate_conversation, validate_request, validate_response
from pipeline_project.validation.registry import rules_as_markdown
from pipeline_project.validation.repair import repair_request
from pipeline_project.validation.report import Finding, Repair, Report, ValidationFailed

__all__ = [
    "Finding",
    "Repair",
    "Report",
    "ValidationFailed",
    "repair_request",
    "rules_as_markdown",
    "validate_conversation",
    "validate_request",
    "validate_response",
]
