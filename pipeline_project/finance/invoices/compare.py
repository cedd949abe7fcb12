"""Where two readings of one invoice disagree: UBL against CII, the PDF's text against its XML.

Compares what both state; absent and empty are alike, and a number is its value, not its scale. Leaves out what is
about the document and not about the invoice: its syntax, its specification and business process (BG-2).
"""

from collections.abc import Iterator

from pydantic import BaseModel

from pipeline_project.finance.invoices.models import Invoice, Value

_ABOUT_THE_DOCUMENT = {"syntax", "specification", "process", "amount_currencies"}


class Difference(Value):
    """A field that two readings state differently."""

    field: str
    first: str
    second: str


def differences(first: Invoice, second: Invoice) -> tuple[Difference, ...]:
    """Every field that both state and that differs, in the order of the model."""
    one, other = dict(_stated(first)), dict(_stated(second))
    return tuple(
        Difference(field=field, first=str(value), second=str(other[field]))
        for field, value in one.items()
        if field in other and value != other[field]
    )


def _stated(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each field that is neither absent nor empty, with its path."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if path or name not in _ABOUT_THE_DOCUMENT:
                yield from _stated(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            yield from _stated(entry, f"{path}[{index}]")
    elif value is not None and value != "":
        yield path, value
