"""Public invoices that exist as UBL, CII and hybrid PDF: their readings agree on every field that both state."""

import itertools
from pathlib import Path

import pytest

from pipeline_project.finance.invoices import read
from pipeline_project.finance.invoices.compare import differences

FOLDER = Path(__file__).parents[4] / "shared" / "fixtures" / "invoices"
NAMES = sorted({path.stem for path in FOLDER.glob("*/*")})

pytestmark = pytest.mark.skipif(not NAMES, reason="the public invoices are not beside the repository")


def readings(name):
    paths = [FOLDER / "ubl" / f"{name}.xml", FOLDER / "cii" / f"{name}.xml", FOLDER / "facturx" / f"{name}.pdf"]
    return [read(path) for path in paths if path.exists()]


@pytest.mark.parametrize("name", NAMES)
def test_the_readings_agree(name):
    found = readings(name)
    assert len(found) > 1
    for one, other in itertools.combinations(found, 2):
        assert differences(one.invoice, other.invoice) == (), (one.source, other.source)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_unread(name):
    for reading in readings(name):
        invoice = reading.invoice
        assert reading.problems == ()
        assert all((invoice.number, invoice.issue_date, invoice.currency, invoice.seller.name, invoice.lines))
        assert invoice.totals.payable is not None
