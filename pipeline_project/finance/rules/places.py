"""Where things are in an invoice: the groups at a path of the model, each with the place it was found at.

Refuses nothing and judges nothing: what is absent has no place.
"""

from collections.abc import Iterator
from typing import Any

from pipeline_project.finance.invoices.models import Invoice

PARTIES = "seller|buyer|payee|tax_representative"
ADDRESSES = "seller.address|buyer.address|tax_representative.address|delivery.address"


def each(invoice: Invoice, paths: str) -> Iterator[tuple[str, Any]]:
    """What is at `paths`, in order: "lines[].tax" gives ("lines[0].tax", its category) and so on.

    "[]" goes into every element of a tuple, "|" separates paths, the empty path is the invoice itself.
    """
    for path in paths.split("|"):
        yield from _descend("", invoice, path.split(".") if path else [])


def _descend(place: str, group: Any, steps: list[str]) -> Iterator[tuple[str, Any]]:
    if group is None:
        return
    if not steps:
        yield place, group
        return
    name = steps[0].removesuffix("[]")
    here, found = f"{place}.{name}".removeprefix("."), getattr(group, name)
    if name == steps[0]:
        yield from _descend(here, found, steps[1:])
        return
    for index, element in enumerate(found):
        yield from _descend(f"{here}[{index}]", element, steps[1:])
