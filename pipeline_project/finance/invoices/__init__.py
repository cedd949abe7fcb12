"""Invoices in: UBL, CII, Factur-X, ZUGFeRD, PDF text and e-mails as one typed model with its evidence."""

from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.invoices.read import read, read_cii, read_pdf, read_root, read_ubl, read_xml
from pipeline_project.finance.invoices.reading import Reading
from pipeline_project.finance.invoices.text import read_text

__all__ = [
    "Invoice",
    "Reading",
    "read",
    "read_cii",
    "read_pdf",
    "read_root",
    "read_text",
    "read_ubl",
    "read_xml",
]
