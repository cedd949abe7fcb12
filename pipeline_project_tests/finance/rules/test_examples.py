"""Public example invoices, known to be valid, break no rule, whichever syntax they are written in."""

from pathlib import Path

import pytest

from pipeline_project.finance.invoices import read
from pipeline_project.finance.rules import check

EXAMPLES = Path(__file__).parents[4] / "shared" / "fixtures" / "invoices"

pytestmark = pytest.mark.skipif(not EXAMPLES.exists(), reason="no example invoices beside this repository")


@pytest.mark.parametrize("folder", ["ubl", "cii", "facturx"])
def test_valid_examples_have_no_errors(folder):
    files = sorted(file for file in (EXAMPLES / folder).iterdir() if file.suffix in {".xml", ".pdf"})
    assert files
    errors = {
        file.name: [finding for finding in check(read(file).invoice) if finding.severity == "error"] for file in files
    }
    assert {name: found for name, found in errors.items() if found} == {}


@pytest.mark.parametrize("name", ["EN16931_Einfach", "EN16931_Gutschrift", "EN16931_Rabatte"])
def test_the_three_forms_of_one_invoice_are_judged_alike(name):
    files = [EXAMPLES / form for form in (f"ubl/{name}.xml", f"cii/{name}.xml", f"facturx/{name}.pdf")]
    judged = [{finding.rule for finding in check(read(file).invoice)} for file in files]
    assert judged[0] == judged[1] == judged[2]
