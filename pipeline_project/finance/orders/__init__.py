"""Purchase orders in: UBL orders, mails and PDFs as one typed draft with its evidence."""

from pipeline_project.finance.orders.check import check_totals
from pipeline_project.finance.orders.detect import detect
from pipeline_project.finance.orders.models import Order, OrderLine
from pipeline_project.finance.orders.read import read, read_ubl
from pipeline_project.finance.orders.reading import Detection, OrderReading, Signal
from pipeline_project.finance.orders.text import read_text

__all__ = [
    "Detection",
    "Order",
    "OrderLine",
    "OrderReading",
    "Signal",
    "check_totals",
    "detect",
    "read",
    "read_text",
    "read_ubl",
]
