"""BR-DEC: money is written with at most two decimals, so 100.000 is refused although it equals 100.

Prices and quantities are not money in this sense and may have more. Source: EN 16931-1:2017, 6.4.
"""

from collections.abc import Iterator
from decimal import Decimal

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.rules.places import each
from pipeline_project.finance.rules.rule import Breach, Rule

MAXIMUM = 2

# id, where, field, what it is, term
_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("BR-DEC-01", "allowances[]", "amount", "document level allowance amount", "BT-92"),
    ("BR-DEC-02", "allowances[]", "base", "document level allowance base amount", "BT-93"),
    ("BR-DEC-05", "charges[]", "amount", "document level charge amount", "BT-99"),
    ("BR-DEC-06", "charges[]", "base", "document level charge base amount", "BT-100"),
    ("BR-DEC-09", "totals", "lines", "sum of line net amounts", "BT-106"),
    ("BR-DEC-10", "totals", "allowances", "sum of document level allowances", "BT-107"),
    ("BR-DEC-11", "totals", "charges", "sum of document level charges", "BT-108"),
    ("BR-DEC-12", "totals", "net", "total without VAT", "BT-109"),
    ("BR-DEC-13", "totals", "tax", "VAT total", "BT-110"),
    ("BR-DEC-14", "totals", "gross", "total with VAT", "BT-112"),
    ("BR-DEC-15", "totals", "tax_in_accounting_currency", "VAT total in accounting currency", "BT-111"),
    ("BR-DEC-16", "totals", "prepaid", "paid amount", "BT-113"),
    ("BR-DEC-17", "totals", "rounding", "rounding amount", "BT-114"),
    ("BR-DEC-18", "totals", "payable", "amount due for payment", "BT-115"),
    ("BR-DEC-19", "tax_breakdown[]", "taxable", "VAT category taxable amount", "BT-116"),
    ("BR-DEC-20", "tax_breakdown[]", "tax", "VAT category tax amount", "BT-117"),
    ("BR-DEC-23", "lines[]", "net", "line net amount", "BT-131"),
    ("BR-DEC-24", "lines[].allowances[]", "amount", "line allowance amount", "BT-136"),
    ("BR-DEC-25", "lines[].allowances[]", "base", "line allowance base amount", "BT-137"),
    ("BR-DEC-27", "lines[].charges[]", "amount", "line charge amount", "BT-141"),
    ("BR-DEC-28", "lines[].charges[]", "base", "line charge base amount", "BT-142"),
)


def written_decimals(amount: Decimal) -> int:
    """Digits after the point as written, trailing zeros included."""
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _limited(row: tuple[str, str, str, str, str]) -> Rule:
    rule_id, where, field, what, term = row

    def breaches(invoice: Invoice) -> Iterator[Breach]:
        for path, group in each(invoice, where):
            amount: Decimal | None = getattr(group, field)
            if amount is not None and written_decimals(amount) > MAXIMUM:
                yield Breach(
                    f"{path}.{field}",
                    f"the {what} {amount} has more than {MAXIMUM} decimals",
                    expected=f"at most {MAXIMUM} decimals",
                    found=str(amount),
                )

    return Rule(
        id=rule_id,
        text=f"The {what} has at most {MAXIMUM} decimals",
        terms=(term,),
        remedy=f"round it to {MAXIMUM} decimals ({term})",
        breaches=breaches,
    )


DECIMALS: tuple[Rule, ...] = tuple(map(_limited, _ROWS))
