"""Functions on dates: ISO 8601 texts in, ISO 8601 texts out, always UTC.

A time without a zone is taken as UTC. Texts in these two forms sort as time does, so `<` compares them.
"""

from datetime import UTC, date, datetime
from typing import Any

from pipeline_project import clock
from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.functions.base import expect, function
from pipeline_project.workflows.expressions.limits import Budget
from pipeline_project.workflows.expressions.values import TEXT


def moment(text: str) -> date | datetime:
    """The date, or the time in UTC, that an ISO 8601 text names. Raises Failure for any other text."""
    try:
        if not text.isascii():
            raise ValueError("digits of another script")
        if "T" not in text and ":" not in text:
            return date.fromisoformat(text)
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Failure("the text is no date", "Write 2025-01-31 or 2025-01-31T14:30:00+01:00 (ISO 8601)") from error


def _now(_: Budget) -> str:
    return clock.now().isoformat()


def _date(_: Budget, text: Any) -> str:
    return moment(expect(text, TEXT, "the argument of date")).isoformat()


def _days_between(_: Budget, start: Any, end: Any) -> int:
    first = moment(expect(start, TEXT, "the first argument of days_between"))
    last = moment(expect(end, TEXT, "the second argument of days_between"))
    return last.toordinal() - first.toordinal()


FUNCTIONS = (
    function("now() -> text", "The current time in UTC, such as 2025-01-31T13:30:00.000000+00:00.", _now),
    function(
        "date(text) -> text",
        "An ISO 8601 date or time in one form: a date stays a date, a time becomes UTC (no zone means UTC).",
        _date,
    ),
    function(
        "days_between(start, end) -> number",
        "Calendar days (UTC) from start to end: 1 from today to tomorrow, negative when end is earlier.",
        _days_between,
    ),
)
