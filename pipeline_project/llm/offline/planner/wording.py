"""What messages, mails and questions say when the request does not word them: from what the workflow knows by then."""

from pipeline_project.llm.offline.planner.sentence import Subject

_INVOICE = (
    "Invoice ${default(read.number, 'without a number')} of ${default(read.seller_name, 'an unknown seller')} over "
    "${default(read.payable, '?')} ${default(read.currency, '')}"
)
_ORDER = (
    "Purchase order ${default(detect.po.number, 'without a number')} of "
    "${default(detect.po.customer, 'an unknown customer')}"
)
_EXPENSE = "Request over ${input.amount} ${input.currency}: ${input.text}"
_ANALYSED = "${analyse.intent} (${analyse.category}, ${analyse.priority}): ${analyse.summary}"


def about(subject: Subject, known: list[str]) -> str:
    """One line on what it is about. `known`: the steps that have run by then."""
    if subject == "invoice":
        return _INVOICE
    if subject == "purchase_order":
        return _ORDER
    if subject == "expense":
        return _EXPENSE
    if "analyse" in known:
        return _ANALYSED
    return "${len(input.rows)} rows" if subject == "data" else "${input.text}"


def title(subject: Subject) -> str:
    """A subject line or a task's title, without line breaks whatever the text says."""
    return {
        "invoice": "Invoice ${default(read.number, 'without a number')}",
        "purchase_order": "Purchase order ${default(detect.po.number, 'without a number')}",
        "expense": "Request over ${input.amount} ${input.currency}",
        "data": "Data",
    }.get(subject, "Message received")
