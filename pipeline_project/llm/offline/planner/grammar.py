# ruff: noqa: E501, RUF001 - a pattern is read whole, and people type curly quotes
"""Fragments of patterns that clauses share: things that arrive, people, channels, addresses, amounts, connectors.

Every pattern is matched against a whole clause: a word that no pattern has a place for makes the clause unknown.
"""

import re
from typing import Final

from pipeline_project.llm.offline import recognise
from pipeline_project.llm.offline.planner.missing import PRODUCT
from pipeline_project.llm.offline.planner.sentence import Subject

_NOUNS: Final[dict[Subject, str]] = {
    "invoice": r"(?:e-?)?invoices?|bills?|(?:eingangs)?rechnung(?:en)?",
    "purchase_order": r"purchase orders?|pos?|orders?|bestellung(?:en)?|aufträge?|auftrag",
    "expense": r"expenses?(?: reports?| claims?)?|claims?|spesen(?:abrechnung(?:en)?)?|expense|purchases?|anschaffung",
    "data": r"rows|records|list|table|data|items|entries|lines|zeilen|daten(?:sätze)?|liste|tabelle|einträge",
    "text": r"e-?mails?|mails?|messages?|texts?|tickets?|support (?:tickets?|requests?)|requests?|inquir(?:y|ies)|enquir(?:y|ies)"
    r"|complaints?|leads?|documents?|contracts?|agreements?|reports?|letters?|notes?|meeting notes|reviews?|feedback"
    r"|nachricht(?:en)?|(?:kunden-?)?anfragen?|beschwerden?|dokumente?|verträge?|vertrag|bericht|protokoll|support-?anfragen?",
}
NOUN: Final = "(?:" + "|".join(_NOUNS.values()) + ")"
_ARTICLE: Final = (
    r"(?:the|this|that|these|those|each|every|an?|any|all|its?|their|incoming|new|der|die|das|den|dem|des|eine?[nrms]?"
    r"|jede[nrs]?|diese[nrs]?|alle)"
)
_ADJECTIVE: Final = r"(?:new|incoming|open|customer|support|sales|whole|full|neue[nrs]?|eingehende[nrs]?)"
_OWNER: Final = rf"(?:(?:{_ARTICLE}|our|my|your)\s+)?[\w-]+(?:['’]s|s['’])\s+"
IT: Final = rf"(?:it|them|this|that|everything|es|sie|ihn|(?:{_OWNER}|{_ARTICLE}\s+)?(?:{_ADJECTIVE}\s+)*{NOUN}(?:'s)?)"
"""What a clause is about, as a pronoun or with its noun."""

THING: Final = (
    rf"(?:{IT}|(?:the\s+|an?\s+|die\s+|das\s+|eine\s+|den\s+)?(?:short\s+|kurze\s+)?(?P<made>summary|analysis|results?|answer|draft|"
    r"reply|response|decision|tasks|outcome|translation|text|letter|übersetzung|zusammenfassung|analyse|ergebnis|antwort|entwurf)(?:\s+of\s+"
    rf"{IT})?|(?:an?\s+|eine\s+)?(?:short\s+|kurze\s+)?(?:slack\s+)?(?:message|note|notification|alert|mail|e-?mail|nachricht|meldung|notiz))"
)
"""What is posted, mailed or sent."""

CHANNELS: Final = r"(?P<channels>#[\w-]+(?:(?:\s*,\s*|\s+(?:and|und)\s+)#[\w-]+)*)"
ADDRESS: Final = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
ADDRESSES: Final = rf"(?P<addresses>{ADDRESS}(?:(?:\s*,\s*|\s+(?:and|und)\s+){ADDRESS})*)"
SENDER: Final = (
    r"(?P<sender>(?:the\s+|dem\s+|den\s+|der\s+)?(?:sender|customer|writer|author|requester|absender|kunden?))"
)
URL: Final = r"(?P<url>https?://[^\s,;]+[^\s,;.])"
SAYING: Final = r"(?:\s*(?:,\s*)?(?:saying|that says|with the (?:text|message|words)|stating|mit dem (?:text|inhalt)|:)\s*:?\s*(?P<text>\S.*))?"
QUOTED: Final = r"[\"“”„'‘’](?P<quoted>[^\"“”„]+)[\"“”'’]"
QUOTES: Final = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”\"]*[“”\"]|(?<!\w)'[^']*'(?!\w)")
UNIT: Final = r"(?P<unit>seconds?|secs?|minutes?|mins?|hours?|days?|sekunden?|minuten?|stunden?|tage?n?)"
_ROLE: Final = (
    r"(?:(?:product|project|account|sales|managing|office|shift|store|plant|warehouse|hr|it|finance|support|marketing)\s+(?:owner|director|head)|"
    r"head\s+of\s+\w+)"
)
PERSON: Final = rf"(?:(?:the|our|my|an?|der|die|das|dem|den|eine?[nm]?|unsere?[nm]?)\s+)?(?:{_ROLE}|(?:(?:frau|herrn?|mr|mrs|ms|dr)\.?\s+)?[A-Za-zÄÖÜäöüß][\w.äöüß-]*)"
_GROUP: Final = r"(?:team|department|dept|desk|group|manager|lead|abteilung)"
WHO: Final = rf"{PERSON}(?:\s+{_GROUP})?"
"""One person or one group: anna, the CFO, the support team."""

_BETWEEN: Final = r"\s*(?:,\s*(?:and|or|und|oder)\b|,|\b(?:and|or|und|oder)\b)\s*"
RECIPIENT: Final = rf"(?:(?:{WHO}\s+(?:at|via|under|unter)\s+)?{ADDRESSES}|{SENDER})"
PEOPLE: Final = rf"{WHO}(?:{_BETWEEN}{WHO})*"
ANYBODY: Final = frozenset(
    [
        "someone",
        "somebody",
        "anyone",
        "anybody",
        "person",
        "human",
        "people",
        "me",
        "us",
        "manager",
        "boss",
        "jemand",
        "jemanden",
        "mensch",
        "menschen",
        "mich",
        "uns",
    ]
)
_NOT_PEOPLE: Final = frozenset(
    [
        "it",
        "them",
        "this",
        "that",
        "he",
        "she",
        "they",
        "both",
        "er",
        "sie",
        "for",
        "to",
        "the",
        "a",
        "an",
        "for",
        "approval",
        "permission",
        "um",
    ]
)
MONEY: Final = (
    rf"(?:(?P<code1>{recognise.CURRENCY})\s?(?P<number1>{recognise.NUMBER})(?P<kilo1>\s?k\b)?"
    rf"|(?P<number2>{recognise.NUMBER})(?P<kilo2>\s?(?:k|tsd\.?)\b)?\s?(?P<code2>{recognise.CURRENCY}|euros?|dollars?|pounds?)?)"
)
_CODES: Final = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pound": "GBP", "pounds": "GBP"}

BREAK: Final = re.compile(
    r"^\s*(?:-{1,2}>|=>|→)\s*(?:then\s+)?|^\s*(?:[,;.:]\s*)?(?:and\s+|und\s+)?(?:then|after that|afterwards|next|finally|in the end|dann|danach|anschließend|"
    r"zum schluss|schließlich|zuletzt|before(?=\s+[a-z-]+ing\b)|bevor(?=\s+(?:du|man|wir|ihr)\b))\b\s*[,:]?\s*",
    re.IGNORECASE,
)
"""Between actions that follow one another; "before posting …" puts what it names last."""

STRONG: Final = re.compile(
    r"(?:[,;.]\s*(?:and\s+|und\s+)?|\s(?:and|und)\s+)(?:then|after that|afterwards|otherwise|else|dann|danach|anschließend|sonst|"
    r"ansonsten|andernfalls|if|unless|falls|wenn|at the same time|in parallel|gleichzeitig)\b",
    re.IGNORECASE,
)
"""What begins another clause for sure, so that it is no part of words that are passed on."""

WEAK: Final = re.compile(
    r"^\s*(?:[,;.]\s*)?(?:and also|and|also|plus|as well as|sowie|und auch|und)\b\s*,?\s*|^\s*[,;.]\s*", re.IGNORECASE
)
ELSE: Final = re.compile(
    r"^\s*(?:[,;.]\s*)?(?:(?:or|and|oder|und|but|aber)\s+)?(?:otherwise|else|if not|in all other cases|(?:everything|everyone|anything) else|"
    r"all (?:the )?(?:others?|rest)(?: ones)?|the (?:rest|others?)(?: ones)?|(?:for|für|bei) (?:all )?(?:the |den |die |allen )?(?:others?|rest|anderen)|if no\b|wenn nein|falls nein|alles andere|alle anderen|der rest|die anderen|ansonsten|sonst|andernfalls|"
    r"wenn nicht|falls nicht)\b\s*[,:]?\s*",
    re.IGNORECASE,
)
TOGETHER: Final = re.compile(
    r"^\s*(?:[,;.]\s*)?(?:and\s+|und\s+)?(?:at the same time|in parallel|simultaneously|meanwhile|concurrently|gleichzeitig|"
    r"parallel dazu|parallel|zeitgleich|zur gleichen zeit)\b\s*[,:]?\s*",
    re.IGNORECASE,
)
IF: Final = re.compile(
    r"^\s*(?:only\s+|but\s+|nur\s+|aber\s+)?(?P<word>if|in case|whenever|when|provided|unless|falls|wenn|sofern|außer wenn)\b\s*(?:that\s+)?",
    re.IGNORECASE,
)
FOR_A_KIND: Final = re.compile(
    rf"^\s*(?:for|für|bei)\s+(?:all\s+|any\s+|allen\s+)?(?P<word>)(?={NOUN}\s)", re.IGNORECASE
)
"""Before a kind of things as a condition: "for invoices above 1000 EUR: …"."""
NEGATIVE: Final = frozenset({"unless", "außer wenn"})
POLITE: Final = re.compile(
    r"^\s*(?:please|pls|plz|kindly|just|always|automatically|i want (?:you )?to|i'd like (?:you )?to|we want to|bitte|immer|automatisch|to)\b\s*,?\s*",
    re.IGNORECASE,
)


_GERUND: Final = re.compile(r"(?P<stem>[a-z][a-z-]*?)ing\b", re.IGNORECASE)
_VERB_LAST: Final = re.compile(
    r"(?:du|man|wir|ihr)\s+(?P<what>\S.*\S)\s+(?P<stem>post|schick|send|schreib|buch|verbuch|informier|benachrichtig|meld)"
    r"(?:e?st|e?t|en)[.!]?",
    re.IGNORECASE,
)
_ADVERB: Final = re.compile(
    r"(?P<verb>\w+)\s+(?:dann|danach|anschließend|bitte|auch|noch|außerdem|zusätzlich|sofort)\b", re.IGNORECASE
)


def imperative(clause: str) -> str:
    """The clause as an order: "posting to #x" as "post to #x", "poste dann in #x" as "poste in #x"."""
    if (gerund := _GERUND.match(clause)) and gerund[0].casefold() not in ("ping", "bring"):
        stem = gerund["stem"]
        if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] in "gnpt":
            stem = stem[:-1]  # getting, tagging
        elif re.fullmatch(r"(?:writ|creat|updat|rout|escalat|mak|fil|rais|shar|stor|analy[sz]|summari[sz]|categori[sz]|"
                          r"messag|releas|reserv|generat|validat|prepar|compos)", stem, re.IGNORECASE):  # fmt: skip
            stem += "e"
        return stem + clause[gerund.end() :]
    if last := _VERB_LAST.fullmatch(clause):
        return f"{last['stem']}e {last['what']}"
    clause = _second_person(clause)
    return _ADVERB.sub(r"\g<verb>", clause, count=1) if _ADVERB.match(clause) else clause


_BASES: Final = (
    "post|send|write|share|publish|forward|route|escalate|announce|notify|tell|inform|alert|ping|message|ask|request|"
    "create|add|open|make|file|raise|assign|remind|analyze|analyse|classify|categorize|summarize|draft|translate|read|"
    "check|validate|verify|process|extract|book|record|wait|fetch|download|load|sort|filter|keep|take|mail|email|reply|"
    "answer|get|let|confirm|acknowledge|detect"
)
_THIRD: Final = re.compile(
    rf"(?P<base>{_BASES.replace('notify', 'notif').replace('classify', 'classif')}|repl)(?P<s>ies|es|s)\b",
    re.IGNORECASE,
)
MANNER: Final = re.compile(
    r"\s+(?:straight ?away|right away|immediately|at once|directly|instantly|automatically|also|sofort|direkt|automatisch|"
    r"umgehend|unverzüglich|auch)(?=[\s.!]|$)|^(?:also|just|auch|directly|immediately)\s+",
    re.IGNORECASE,
)
"""Words on the manner of an action that change nothing about it."""


def _second_person(clause: str) -> str:
    """ "posts to #x", as of a workflow that does so, as "post to #x"."""
    match = _THIRD.match(clause)
    if match is None:
        return clause
    base = match["base"] + ("y" if match["s"].casefold() == "ies" else "")
    return base + clause[match.end() :]


def whole(pattern: str) -> re.Pattern[str]:
    """A pattern for a whole clause; a space stands for any white space."""
    return re.compile(rf"\s*{pattern.replace(' ', chr(92) + 's+')}\s*[.!?]*\s*", re.IGNORECASE)


def subject_of(words: str) -> Subject:
    """What kind of thing words name; '' when none is named."""
    for subject, nouns in _NOUNS.items():
        if re.search(rf"(?<!\w)(?:{nouns})(?!\w)", words, re.IGNORECASE):
            return subject
    return ""


def money_of(match: re.Match[str]) -> tuple[str, str | None]:
    """(the amount as a plain number, the ISO 4217 code if one was said)."""
    said = match["code1"] or match["code2"]
    amount = recognise.amount(match["number1"] or match["number2"])
    code = None if said is None else recognise.SIGNS.get(said) or _CODES.get(said.casefold()) or said.upper()
    if match["kilo1"] or match["kilo2"]:
        amount *= 1000
    return f"{amount.normalize() if amount == amount.to_integral() else amount:f}", code


def names_of(words: str) -> list[str] | None:
    """The approvers that are named, lower case; none for anybody; None where the words name nobody."""
    found: list[str] = []
    for part in re.split(_BETWEEN, words.strip(), flags=re.IGNORECASE):
        bare = re.sub(
            r"^(?:the|our|my|an?|der|die|das|dem|den|eine?[nm]?|unsere?[nm]?)\s+", "", part.strip(), flags=re.IGNORECASE
        )
        bare = re.sub(r"^(?:frau|herrn?|mr|mrs|ms|dr)\.?\s+", "", bare, flags=re.IGNORECASE)
        person, bare = bare, re.sub(rf"\s+{_GROUP}$", "", bare, flags=re.IGNORECASE)
        if person.casefold() in _NOT_PEOPLE or not bare or PRODUCT.fullmatch(bare):  # "it" is nobody, "the IT team" is
            return None
        if bare.casefold() not in ANYBODY:
            found.append(bare.casefold())
    return found
