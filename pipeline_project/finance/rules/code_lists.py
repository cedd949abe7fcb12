"""The code lists that EN 16931 closes: which codes are in a list.

The codes are data: one file a list in `lists/`, a header and one code a line, as the standards' owners
publish them, as of the validation artefacts of April 2026 (1.3.16). Refuses case folding and trimming: "
EUR" and "eur" are not codes.
"""

from functools import cache
from importlib import resources
from typing import Literal

CodeList = Literal[
    "attachment-types",
    "allowance-reasons",
    "charge-reasons",
    "countries",
    "currencies",
    "credit-note-types",
    "electronic-addresses",
    "exemption-reasons",
    "identifier-schemes",
    "invoice-types",
    "item-classifications",
    "note-subjects",
    "object-schemes",
    "payment-means",
    "tax-points",
    "units",
    "vat-categories",
]


@cache
def codes(name: CodeList) -> frozenset[str]:
    """The codes of one list."""
    file = resources.files("pipeline_project.finance.rules") / "lists" / f"{name}.csv"
    return frozenset(file.read_text(encoding="utf-8").split()[1:])
