"""What may be spent: limits, their periods, the rate table, and what an amount does to them.

Pure. Refuses a currency that the rate table does not know: an unknown rate is not 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline_project.errors import InvalidInput
from pipeline_project.finance.money import rounded

Period = Literal["month", "quarter", "year", "total"]
Verdict = Literal["approved", "needs_approval", "rejected"]

WARN_PERCENT = 80
APPROVAL_PERCENT = 90


def category_key(category: str) -> str:
    """A category as it is compared: case and white space do not matter."""
    return " ".join(category.casefold().split())


def _category(text: str) -> str:
    if not category_key(text):
        raise ValueError("a category is missing; name one")
    return text.strip()


def _currency(text: object) -> object:
    return text.strip().upper() if isinstance(text, str) else text


Category = Annotated[str, Field(max_length=200), AfterValidator(_category)]
Currency = Annotated[str, BeforeValidator(_currency), Field(pattern="^[A-Z]{3}$")]
Money = Annotated[Decimal, Field(max_digits=22, decimal_places=6)]


class Limit(BaseModel):
    """What may be spent in a category within each calendar month, quarter or year, or in all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: Category = Field(description="What the money is for")
    period: Period = Field(description="month, quarter, year or total")
    limit: Annotated[Money, Field(ge=0)] = Field(description="The most that may be spent")
    currency: Currency = Field(description="ISO 4217 code of the limit")


def _each_once(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    seen: set[tuple[str, str]] = set()
    for limit in limits:
        key = (category_key(limit.category), limit.period)
        if key in seen:
            raise ValueError(f"{limit.category} has two limits per {limit.period}; keep one")
        seen.add(key)
    return limits


Table = Annotated[tuple[Limit, ...], AfterValidator(_each_once)]
Rates = dict[Currency, Annotated[Decimal, Field(gt=0)]]


class Limits(BaseModel):
    """All limits, and the rates that bring other currencies to theirs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limits: Table = Field(default=(), description="One per category and period")
    rates: Rates = Field(
        default={}, description="What a unit of each currency is worth, all in one: {EUR: 1, USD: 0.92}"
    )

    def of(self, category: str, period: Period | None) -> tuple[Limit, ...]:
        """The limits of a category: the one of `period`, or all."""
        wanted = category_key(category)
        same = (limit for limit in self.limits if category_key(limit.category) == wanted)
        return tuple(limit for limit in same if period in (None, limit.period))

    def convert(self, amount: Decimal, currency: str, to: str) -> Decimal:
        """`amount` in another currency, to the cent. Raises InvalidInput when the table lacks one."""
        if currency == to:
            return amount
        unknown = [name for name in (currency, to) if name not in self.rates]
        if unknown:
            raise InvalidInput(
                f"no rate for {' and '.join(unknown)}, needed to compare {currency} with {to}",
                where="budget rates",
                remedy="Add what one unit is worth to `rates`, such as {EUR: 1, USD: 0.92}.",
            )
        return rounded(amount * self.rates[currency] / self.rates[to])


def bounds(period: Period, day: date) -> tuple[date, date]:
    """First and last day of the calendar period that `day` is in."""
    if period == "total":
        return date.min, date.max
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    first_month = (day.month - 1) // months * months + 1
    first = date(day.year, first_month, 1)
    if (day.year, first_month + months) == (date.max.year, 13):
        return first, date.max
    next_year, next_month = divmod(first_month + months - 1, 12)
    after = date(day.year + next_year, next_month + 1, 1)
    return first, date.fromordinal(after.toordinal() - 1)


def label(period: Period, day: date) -> str:
    """The period in words: 2025-03, 2025-Q1, 2025, in total."""
    written = day.isoformat()
    names = {"month": written[:7], "quarter": f"{written[:4]}-Q{(day.month + 2) // 3}", "year": written[:4]}
    return names.get(period, "in total")


@dataclass(frozen=True, slots=True)
class Use:
    """A limit on a day, what is committed and spent of it by others, and what this request would add."""

    limit: Limit
    day: date
    committed: Decimal
    spent: Decimal
    added: Decimal

    @property
    def before(self) -> Decimal:
        """Committed and spent without this request."""
        return self.committed + self.spent

    @property
    def after(self) -> Decimal:
        """Committed and spent with it."""
        return self.before + self.added

    @property
    def percent(self) -> Decimal | None:
        """The part of the limit used with it, to two decimals; None for a limit of nothing.

        Cut off below 100 and rounded up above, so that it never names a threshold that was not reached.
        """
        if not self.limit.limit:
            return None
        percent = self.after * 100 / self.limit.limit
        return percent.quantize(Decimal("0.01"), ROUND_UP if percent > 100 else ROUND_DOWN)

    @property
    def verdict(self) -> Verdict:
        """Above the limit rejected, from 90 % to exactly 100 % a person's; giving money back is approved."""
        if self.added <= 0:
            return "approved"
        if self.after > self.limit.limit:
            return "rejected"
        return "needs_approval" if self._reaches(APPROVAL_PERCENT) else "approved"

    @property
    def warns(self) -> bool:
        """From 80 % on."""
        return self.added > 0 and self._reaches(WARN_PERCENT)

    def _reaches(self, percent: int) -> bool:
        return self.after * 100 >= self.limit.limit * percent


def tightest(uses: Sequence[Use]) -> Use:
    """The use that decides: the worst verdict, then the least room left in proportion."""
    order: tuple[Verdict, ...] = ("approved", "needs_approval", "rejected")
    return max(uses, key=lambda use: (order.index(use.verdict), _full if use.percent is None else use.percent))


_full = Decimal("Infinity")
