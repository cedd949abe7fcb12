"""Conditions as expressions of the workflow language, and which reading step each of them needs.

Refuses a comparison that could pass unseen: an amount in another currency than the one said counts as over a limit and
never as under it.
"""

from pipeline_project.llm.offline.planner.sentence import Condition, NotUnderstood, Subject

READING = {
    "priority": "analyse",
    "category": "analyse",
    "intent": "analyse",
    "sentiment": "analyse",
    "language": "analyse",
    "confidence": "analyse",
    "order": "detect",
    "duplicate": "read",
    "valid": "read",
}
"""The step whose result a kind of condition looks at."""


def leaves(condition: Condition) -> list[Condition]:
    """The single conditions within one."""
    return [leaf for part in condition.parts for leaf in leaves(part)] if condition.parts else [condition]


def expression(condition: Condition, subject: Subject, budget: str | None, text: str = "input.text") -> str:
    """The expression, bare. `budget`: the step that checks it; `text`: what is searched for words.

    Raises NotUnderstood where nothing can answer it.
    """
    if condition.parts:
        joint = " and " if condition.kind == "all" else " or "
        said = joint.join(f"({expression(part, subject, budget, text)})" for part in condition.parts)
    else:
        said = _single(condition, subject, budget, text)
    return f"not ({said})" if condition.values.get("negated") else said


def _single(condition: Condition, subject: Subject, budget: str | None, text: str) -> str:
    kind, values = condition.kind, condition.values
    if kind == "amount":
        return _amount(condition, subject)
    if kind == "priority":
        return f"analyse.priority in {_listed(values['levels'])}"
    if kind in ("category", "intent", "sentiment", "language"):
        return f"analyse.{kind} == '{values[kind]}'"
    if kind == "confidence":
        return f"analyse.confidence < {values['below']}"
    if kind == "words":
        if subject not in ("text", ""):
            raise NotUnderstood(condition.words, "only a text can be searched for words, and this is about a document")
        return " or ".join(f"contains(lower({text}), '{_plain(word, condition)}')" for word in values["words"])
    if kind == "order":
        return "detect.is_purchase_order"
    if kind == "duplicate":
        return "read.duplicate_of != null"
    if kind == "valid":
        return "read.valid" if values["valid"] else "not read.valid"
    if kind == "budget":
        if budget is None:
            raise NotUnderstood(condition.words, "say “check the budget” before a condition on it")
        return f"{budget}.decision {'==' if values['approved'] else '!='} 'approved'"
    raise NotUnderstood(condition.words, "an approval has to be asked for right before")


def _amount(condition: Condition, subject: Subject) -> str:
    values = condition.values
    amount, currency = {
        "invoice": ("read.payable", "read.currency"),
        "purchase_order": ("detect.po.gross", "detect.po.currency"),
    }.get(subject, ("input.amount", "input.currency"))
    compared = f"{amount} {values['operator']} {values['amount']}"
    if values["currency"] is None:
        return compared
    if values["operator"] in (">", ">="):
        return f"{currency} != '{values['currency']}' or {compared}"
    return f"{currency} == '{values['currency']}' and {compared}"


def _listed(values: list[str]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def _plain(word: str, condition: Condition) -> str:
    if "'" in word or "\\" in word:
        raise NotUnderstood(condition.words, "a quote or backslash inside a word cannot be searched for")
    return word
