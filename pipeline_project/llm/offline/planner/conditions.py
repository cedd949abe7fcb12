# ruff: noqa: E501, RUF001 - a pattern is read whole, and people type curly quotes
"""The conditions a clause can set: amounts, urgency, kind, mood, words, language, budgets, decisions.

A condition is matched from the beginning of a text, and what stands behind it is given back.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from pipeline_project.llm.offline import recognise
from pipeline_project.llm.offline.planner.grammar import IT, MONEY, money_of
from pipeline_project.llm.offline.planner.sentence import Condition

_END: Final = r"(?=\s*[,;:.]|\s|$)"
_IS: Final = r"(?:is|are|was|looks|seems|sounds|ist|sind|klingt)"
_NOT: Final = r"(?:(?P<not>not|n['’]t|nicht|keine?)\s+)?"
_ABOVE: Final = (
    r"over|above|more than|greater than|higher than|larger than|exceeds?|exceeding|über|mehr als|größer als|höher als|>"
)
_LEAST: Final = r"at least|from|mindestens|ab|>=|or more"
_BELOW: Final = r"under|below|less than|lower than|smaller than|unter|weniger als|kleiner als|<"
_MOST: Final = r"at most|up to|no more than|höchstens|bis zu|maximal|<="
_OPERATORS: Final = {">": _ABOVE, ">=": _LEAST, "<": _BELOW, "<=": _MOST}
_OPERATOR: Final = rf"(?P<operator>>=|<=|{_ABOVE}|{_LEAST}|{_BELOW}|{_MOST})"
_WHAT: Final = r"(?:(?:the|its|der|die|das) )?(?:amount|total|sum|value|price|cost|invoice amount|betrag|summe|preis|wert)(?: of IT)?"
_CATEGORIES: Final = {
    "technical": "technical|tech|technisch",
    "billing": "billing|payment|rechnungs",
    "sales": "sales|vertriebs",
    "legal": "legal|rechtlich",
    "logistics": "logistics|shipping|delivery|liefer",
    "hr": "hr|personal",
    "general": "general|allgemein",
}
_INTENTS: Final = {
    "complain": "complaint|beschwerde",
    "request_refund": "refund(?: request)?|rückerstattung",
    "report_problem": "bug(?: report)?|outage|problem report|störung",
    "ask_question": "question|frage",
    "sales_inquiry": "quote request|request for (?:a )?quote|lead|sales (?:lead|inquiry|enquiry|request)|angebotsanfrage",
    "data_request": "data request|privacy request|gdpr request|datenschutzanfrage",
    "remind_payment": "payment reminder|mahnung|zahlungserinnerung",
    "advertise": "spam|newsletter|advertisement|werbung",
    "apply": "(?:job )?application|bewerbung",
    "cancel": "cancellation|kündigung",
    "praise": "praise|lob",
}
_LANGUAGES: Final = {
    "en": "english|englisch",
    "de": "german|deutsch",
    "fr": "french|französisch",
    "es": "spanish|spanisch",
}
_MOODS: Final = {
    "negative": "angry|unhappy|negative|upset|annoyed|verärgert|unzufrieden|negativ",
    "positive": "happy|positive|satisfied|zufrieden|positiv",
}


def _one_of(table: Mapping[str, str], group: str) -> str:
    return rf"(?P<{group}>{'|'.join(table.values())})"


def _key(table: Mapping[str, str], said: str) -> str:
    return next(key for key, words in table.items() if re.fullmatch(words, said, re.IGNORECASE))


def _amount(match: re.Match[str]) -> dict[str, Any]:
    amount, currency = money_of(match)
    return {"operator": _key(_OPERATORS, " ".join(match["operator"].split())), "amount": amount, "currency": currency}


def _between(match: re.Match[str]) -> dict[str, Any]:
    upper, currency = money_of(match)
    lower = recognise.amount(match["number0"]) * (1000 if match["kilo0"] else 1)
    return {"lower": f"{lower:f}", "upper": upper, "currency": currency}


def _priority(match: re.Match[str]) -> dict[str, Any]:
    said = match["priority"].casefold()
    strict = re.match(r"urgent|critical|dringend|eilig|kritisch", said)
    return {"levels": ["low"] if said.startswith(("low", "niedrig")) else ["urgent"] if strict else ["high", "urgent"]}


def _words(match: re.Match[str]) -> dict[str, Any]:
    parts = re.split(r"\s+(?:or|oder)\s+", match["words"])
    return {"words": [part.strip("\"'“”„‘’ ").casefold() for part in parts]}


_FIRST_MONEY: Final = rf"(?:{recognise.CURRENCY}\s?)?(?P<number0>{recognise.NUMBER})(?P<kilo0>\s?k\b)?(?:\s?(?:{recognise.CURRENCY}|euros?|dollars?|pounds?))?"
_PRIORITY: Final = (
    r"(?P<priority>urgent|critical|important|high[- ]priority|low[- ]priority|high|low|dringend|eilig|wichtig|kritisch|"
    r"hoch|niedrig)"
)
_WORD: Final = r"(?:[\"“„'][^\"“”]+[\"”“']|[\w-]+)"
_PATTERNS: Final[tuple[tuple[str, str, Callable[[re.Match[str]], dict[str, Any]]], ...]] = (
    (
        "amount",
        rf"(?:(?:IT|{_WHAT})(?:['’]s)? )?(?:IS )?(?:(?:costs?|amounts to|comes to|totals?|kostet|liegt|beträgt) )?{_NOT}(?:(?:IS|mit|for|of|worth|totall?ing|with (?:a total|an amount|a value) of|von|in höhe von|die|that IS|which IS) )?{_OPERATOR}\s*{MONEY}(?: (?:ist|sind|liegt|beträgt|kostet))?",
        _amount,
    ),
    (
        "between",
        rf"(?:(?:IT|{_WHAT})(?:['’]s)? )?(?:IS )?(?:(?:costs?|of|for|kostet|liegt) )?(?:between|zwischen) {_FIRST_MONEY} (?:and|und) {MONEY}(?: (?:ist|liegt|kostet))?",
        _between,
    ),
    (
        "budget",
        r"(?:the|our|das|dem) budget (?P<bad>(?:überschritten|ausgeschöpft|aufgebraucht) ist|IS exceeded|IS used up|IS not enough|does not allow (?:it|this)|reicht nicht(?: aus)?|ist überschritten|is gone)",
        lambda _: {"approved": False},
    ),
    (
        "budget",
        r"(?:the|our|das) budget (?:allows (?:it|this)|IS sufficient|IS enough|is approved|has room|reicht(?: aus)?)",
        lambda _: {"approved": True},
    ),
    (
        "rejected",
        r"(?:er |sie )?(?:ablehnt|lehnt ab)|(?:(?:IT|they|he|she|finance|\w+) )?(?:(?:IS|gets|wird) )?(?:rejected|declined|rejects?(?: it)?|declines?(?: it)?|refused?s?(?: it)?|abgelehnt)(?: wird)?",
        lambda _: {},
    ),
    (
        "approved",
        r"(?:er |sie )?(?:zustimmt|freigibt|genehmigt)|(?:(?:IT|they|he|she|\w+) )?(?:(?:IS|gets|wird) )?(?:approved|approves?(?: it)?|agrees?|genehmigt|freigegeben)(?: wird)?",
        lambda _: {},
    ),
    (
        "priority",
        rf"(?:(?:IT|(?:the |its )?(?:priority|urgency)|die priorität)(?:['’](?:s|re))? )?(?:IS )?{_NOT}{_PRIORITY}(?: ist)?",
        _priority,
    ),
    (
        "category",
        rf"(?:(?:IT|(?:the |its )?category|die kategorie) IS )?{_NOT}(?:about )?(?:an? |eine? )?{_one_of(_CATEGORIES, 'category')}(?:e[nrs]?)?(?:[ -]?(?:issue|question|problem|matter|request|ticket|frage|anfrage|thema))?",
        lambda match: {"category": _key(_CATEGORIES, match["category"])},
    ),
    (
        "intent",
        rf"(?:IT IS |IT )?{_NOT}(?:an? |eine? )?{_one_of(_INTENTS, 'intent')}(?: (?:message|mail|e-?mail))?(?: ist)?",
        lambda match: {"intent": _key(_INTENTS, match["intent"])},
    ),
    (
        "sentiment",
        rf"(?:IT|(?:the|an?|our) (?:customer|sender|writer|client)|(?:the |its )?(?:mood|sentiment|tone)|(?:der|ein) kunde|die stimmung|das sentiment)(?:['’](?:s|re))? (?:IS )?{_NOT}{_one_of(_MOODS, 'mood')}(?: ist)?",
        lambda match: {"sentiment": _key(_MOODS, match["mood"])},
    ),
    (
        "language",
        rf"(?:IT|(?:the |its )?language) IS {_NOT}(?:written )?(?:in |auf )?{_one_of(_LANGUAGES, 'language')}",
        lambda match: {"language": _key(_LANGUAGES, match["language"])},
    ),
    (
        "words",
        rf"(?:IT )?(?P<verb>mentions?|contains?|includes?|says|erwähnt|enthält|does(?: not|n['’]t) (?:mention|contain|include)) (?:the words? |das wort |an? )?(?P<words>{_WORD}(?: (?:or|oder) {_WORD})*)(?: (?:erwähnt|enthält))?",
        _words,
    ),
    ("order", rf"IT (?:IS|contains|holds) {_NOT}(?:an? |eine )?(?:purchase order|order|bestellung)", lambda _: {}),
    ("duplicate", rf"IT IS {_NOT}(?:a |an |ein )?(?:duplicate|duplikat|paid already|already paid)", lambda _: {}),
    ("valid", rf"IT IS {_NOT}(?P<valid>valid|correct|complete|gültig|korrekt)", lambda _: {"valid": True}),
    ("valid", r"IT (?P<not>nicht )?(?:gültig|korrekt|fehlerfrei|vollständig) ist", lambda _: {"valid": True}),
    (
        "valid",
        r"IT (?:has (?:errors|findings|mistakes)|is (?:invalid|faulty)|hat fehler|ist ungültig)",
        lambda _: {"valid": False},
    ),
    (
        "confidence",
        r"(?:the |its )?confidence IS (?:below|under|less than|lower than) (?P<number>\d+(?:[.,]\d+)?)\s*(?P<percent>%|percent)?",
        lambda match: {"below": _fraction(match)},
    ),
)  # fmt: skip - one pattern a line is a table


def _fraction(match: re.Match[str]) -> str:
    number = match["number"].replace(",", ".")
    return f"{float(number) / 100:.4f}".rstrip("0").rstrip(".") if match["percent"] else number


def _compiled(pattern: str) -> re.Pattern[str]:
    # German puts the verb last: "wenn es dringend ist"; so it may stand before and after
    # "it's", "it isn't": a contraction stands without a space before it
    short = pattern.replace(" IS ", r"(?: IS|['’](?:s|re))(?: |(?=n['’]t))")
    short = short.replace("(?:IS )?", r"(?:IS(?: |(?=n['’]t)))?")
    filled = short.replace("IT", IT).replace("IS", _IS).replace(" ", r"\s+")
    return re.compile(rf"\s*{filled}{_END}", re.IGNORECASE)


_COMPILED: Final = tuple((kind, _compiled(pattern), values) for kind, pattern, values in _PATTERNS)
_JOINED: Final = re.compile(r"\s*,?\s*(?P<how>and|or|und|oder)\s+(?:if\s+|wenn\s+)?", re.IGNORECASE)


def condition_at(text: str) -> tuple[Condition, str] | None:
    """The condition that a text begins with and the rest of the text; None when it begins with none."""
    first = _single(text)
    if first is None:
        return None
    condition, rest = first
    while joined := _JOINED.match(rest):
        further = _single(rest[joined.end() :])
        if further is None:
            break
        how = "all" if joined["how"].casefold() in ("and", "und") else "any"
        if condition.kind in ("all", "any") and condition.kind != how:
            break  # a and b or c can be read in two ways
        parts = (*condition.parts, further[0]) if condition.kind == how else (condition, further[0])
        condition, rest = Condition(how, " ".join(part.words for part in parts), parts=parts), further[1]
    return condition, rest


def _single(text: str) -> tuple[Condition, str] | None:
    best: tuple[Condition, str] | None = None
    for kind, pattern, values in _COMPILED:
        match = pattern.match(text)
        if match is None or (best is not None and match.end() <= len(text) - len(best[1])):
            continue
        found = dict(values(match))
        groups = match.groupdict()
        if groups.get("not") or (groups.get("verb") or "").casefold().startswith("does"):
            found["negated"] = True
        best = _made(kind, match[0].strip(), found), text[match.end() :]
    return best


def _made(kind: str, words: str, values: dict[str, Any]) -> Condition:
    if kind != "between":
        return Condition(kind, words, values)
    limits = ((">=", values["lower"]), ("<=", values["upper"]))
    parts = (
        Condition("amount", words, {"operator": sign, "amount": limit, "currency": values["currency"]})
        for sign, limit in limits
    )
    return Condition("all", words, parts=tuple(parts))
