# ruff: noqa: E501, RUF001 - a pattern is read whole, and people type curly quotes
"""The clauses that order something, each a pattern for the whole clause, and what they say.

Refuses half a match: "ask finance for approval by pigeon" is no approval.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from pipeline_project.llm.offline.planner import grammar
from pipeline_project.llm.offline.planner.grammar import (
    ADDRESS,
    CHANNELS,
    IT,
    PEOPLE,
    QUOTED,
    RECIPIENT,
    SAYING,
    SENDER,
    THING,
    UNIT,
    URL,
    WHO,
    whole,
)
from pipeline_project.llm.offline.planner.missing import PRODUCT
from pipeline_project.llm.offline.planner.sentence import Action

Values = dict[str, Any]
_LONGEST: Final = 600
_APPROVAL: Final = r"(?:approval|sign-?off|permission|consent|a decision)"
_FREIGABE: Final = r"(?:freigabe|genehmigung|zustimmung|erlaubnis)"
_POST: Final = r"(?:post|send|write|share|publish|put|log|forward|route|escalate|announce|poste|schreibe?|sende?|schicke?|melde|teile|leite?)"
_TELL: Final = r"(?:notify|tell|inform|alert|ping|message|warn|update|benachrichtige|informiere|warne)"
_MAKE: Final = r"(?:create|add|open|make|file|raise|erstelle|erzeuge|lege|öffne|eröffne)"
_TASK: Final = r"(?:task|to-?do|ticket|reminder|follow-up|aufgabe|todo|erinnerung)"
_READ: Final = (
    r"(?:analy[sz]e|classify|categori[sz]e|triage|understand|tag|label|assess|analysiere|klassifiziere|kategorisiere)"
)
_PROCESS: Final = r"(?:read|check|validate|verify|process|extract|review|inspect|look at|look over|go through|take a look at|lies|prüfe|validiere|verarbeite)"
_WRITE: Final = (
    r"(?:draft|write|compose|generate|prepare|translate|rewrite|rephrase|entwirf|verfasse|formuliere|übersetze)"
)
_SECONDS: Final = {"sec": 1, "sek": 1, "min": 60, "hou": 3600, "stu": 3600, "day": 86400, "tag": 86400}
_TOPIC: Final = r"(?P<topic>summary|analysis|result|details|tasks|zusammenfassung|findings)"
_ABOUT: Final = rf"(?: (?:about|regarding|with|containing|mit|über) (?:the |der |die |das |a |an )?(?:{_TOPIC}|{IT}))?"
_VIA: Final = r"(?: (?:on|in|via|auf|in|per) slack)?"
_ASPECT: Final = (
    r"(?:intent|priority|urgency|category|sentiment|mood|language|tasks|action items|entities|names|amounts|dates|"
    r"key data|absicht|priorität|kategorie|stimmung|sprache|aufgaben)"
)
_FIELD: Final = r"(?P<field>[a-z_]\w*)"
_OPERATOR: Final = r"(?P<operator>(?:over|above|more than|greater than|under|below|less than|at least|at most|equal to|equals)(?=\s)|>=|<=|=|>|<)"
_QUOTED_VALUE: Final = r"[\"“][^\"“”']+[\"”]|'[^']+'"
_DUE: Final = r"(?: due (?:on |by )?(?P<due>\d{4}-\d\d-\d\d))?"
_SUBJECT: Final = rf"(?: with (?:the )?subject {QUOTED.replace('quoted', 'subject')})?"


_NO_COLLEAGUE: Final = frozenset(
    [
        "sender",
        "customer",
        "client",
        "writer",
        "author",
        "requester",
        "slack",
        "email",
        "mail",
        "inbox",
        "trash",
        "spam",
        "archive",
        "folder",
        "he",
        "she",
        "they",
    ]
)
"""Nobody who works off a task: what goes to them is a message, or not understood."""


def _who(match: re.Match[str]) -> Values | None:
    said = match.groupdict().get("who")
    names = grammar.names_of(said) if said else []
    if names is None:
        return None
    joined = {word.casefold() for word in re.findall(r"\b(?:and|und|or|oder)\b", said or "", re.IGNORECASE)}
    every = len(names) > 1 and not joined.isdisjoint(("and", "und"))
    if every and not joined.isdisjoint(("or", "oder")):
        return None  # "a and b or c" can be read in two ways
    return {"approvers": names, "every": every}


def _both(match: re.Match[str]) -> Values | None:
    names = [*(grammar.names_of(match["first"]) or ()), *(grammar.names_of(match["second"]) or ())]
    return {"approvers": names, "every": True} if len(names) == 2 else None


def _given(match: re.Match[str]) -> Values | None:
    """An approval that is spoken of as a fact: the one asked for right before, else one to be asked for."""
    values = _who(match)
    return None if values is None else {**values, "given": True, "named": bool(match["who"])}


def _slack(match: re.Match[str]) -> Values:
    return {"channels": re.findall(r"#[\w-]+", match["channels"]), **_said(match)}


_REPLY: Final = re.compile(r"\s*(?:reply|answer|respond|antworte|write back)\b", re.IGNORECASE)


def _mail(match: re.Match[str]) -> Values:
    groups = match.groupdict()
    found = re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", groups.get("addresses") or "")
    subject, copies = groups.get("subject"), re.findall(ADDRESS, groups.get("cc") or "")
    return {
        "to": found,
        "sender": not found,
        "reply": _REPLY.match(match[0]) is not None,
        **_said(match),
        **({"subject": subject} if subject else {}),
        **({"cc": copies} if copies else {}),
    }


def _said(match: re.Match[str]) -> Values:
    """What shall be said in words, or which result."""
    groups = match.groupdict()
    text = (groups.get("text") or groups.get("quoted") or "").strip()
    if len(text) > 2 and text[0] in "\"“„'" and text[-1] in "\"”“'":
        text = text[1:-1]
    made = (groups.get("made") or groups.get("topic") or "").casefold()
    return {**({"text": text} if text else {}), **({"made": made} if made else {})}


def _task(match: re.Match[str]) -> Values | None:
    groups = match.groupdict()
    names = grammar.names_of(groups["who"]) if groups.get("who") else []
    if names is None or not _NO_COLLEAGUE.isdisjoint(names):
        return None
    title = (groups.get("title") or groups.get("quoted") or "").strip().strip('"“”„').strip()
    who = re.sub(r"^(?:the|our|an?|eine?n?|der|die|das|den)\s+", "", groups["who"]) if names else None
    return {"title": title, "assignee": who, "due": groups.get("due")}


def _budget(match: re.Match[str]) -> Values:
    category = (match["cat"] or match["cat2"] or "general").casefold()
    return {"category": re.sub(r"[^a-z0-9_]+", "_", category)}


def _delay(match: re.Match[str]) -> Values:
    count = Decimal(1) if match["count"].casefold() in ("a", "an", "one", "eine") else Decimal(match["count"])
    seconds = count * _SECONDS[match["unit"].casefold()[:3]]
    return {"minutes": f"{seconds / 60:f}"} if seconds % 60 == 0 else {"seconds": f"{seconds:f}"}


def _length(match: re.Match[str]) -> Values:
    return {"length": match["length"]} if match["length"] else {}


_ORDERS_MORE: Final = re.compile(
    r"(?:[,;.]|\b(?:and|und|then|dann)\b)\s+(?:and\s+|then\s+|und\s+|dann\s+)?(?:let|have|ask|get|wait|create|open|book|check|approve|assign|remind|"
    r"reply|answer|move|copy|delete|update|call|run|fetch|lass|lasse|frage?|hole?|warte|erstelle|verbuche|prüfe|antworte|send|e?-?mail|post|forward|notify|tell|inform|fax|call|share|upload|"
    r"publish|print|save|store|file|add|put|deliver|submit|schicke?|sende|poste|maile|leite|informiere|benachrichtige|speichere?)\b",
    re.IGNORECASE,
)


def _prompt(match: re.Match[str]) -> Values | None:
    words = match[0].strip().rstrip(".")
    if _ORDERS_MORE.search(words):
        return None  # "write a summary and send it to the boss": the second half is no part of what is written
    if PRODUCT.search(words):
        return None
    # an address, a channel or a link says that something is to be sent, which this is not
    return (
        None
        if re.search(r"#\w|@\w|https?://|\bfile\b|\bdatei\b", words)
        else {"prompt": words[0].upper() + words[1:] + "."}
    )


_NOT_QUOTED: Final = r"(?=(?:[^\"']*(?:\"[^\"]*\"|'[^']*'))*[^\"']*$)"


def _tool(match: re.Match[str]) -> Values | None:
    given: Values = {}
    for part in filter(None, re.split(rf"(?:\s*,\s*|\s+and\s+)(?=\w+=){_NOT_QUOTED}", match["arguments"] or "")):
        name, equals, value = part.partition("=")
        if not equals or not re.fullmatch(r"\w+", name):
            return None
        given[name] = value.strip("\"'“”")
    return {"tool": match["tool"], "input": given}


def _written(match: re.Match[str]) -> Values:
    return {"path": match["path"], **_said(match)}


def _rows(operation: str) -> Callable[[re.Match[str]], Values]:
    def values(match: re.Match[str]) -> Values:
        return {"operation": operation, **{key: value for key, value in match.groupdict().items() if value}}

    return values


def _aspects(match: re.Match[str]) -> Values:
    """What is to be taken out of the text; both kinds are lists."""
    tasks = re.search(r"tasks|action items|aufgaben", match[0].partition(" of ")[0], re.IGNORECASE)
    entities = re.search(r"entities|names|amounts|dates|key data", match[0], re.IGNORECASE)
    return {"aspects": [*(["tasks"] if tasks else []), *(["entities"] if entities else [])]}


def _nothing(_: re.Match[str]) -> Values:
    return {}


_Clause = tuple[str, str, Callable[[re.Match[str]], Values | None]]
# fmt: off
_PEOPLE_CLAUSES: Final[tuple[_Clause, ...]] = (
    ("approval", rf"(?:ask|get|request|obtain|seek|wait for|require|need) (?:for )?(?P<who>{PEOPLE})(?:['’]s?)? (?:for |to give )?(?:an? |its? |their |the )?{_APPROVAL}(?: (?:of|for|to|on) {IT})?", _who),
    ("approval", rf"(?:ask for|get|request|obtain|seek|wait for|require|need) (?:an? |the )?{_APPROVAL}(?: (?:from|by|of) (?P<who>{PEOPLE}))?(?: (?:for|of) {IT})?", _who),
    ("approval", rf"(?:ask|let|have|get) (?P<who>{PEOPLE}) (?:to )?(?:approve|sign off(?: on)?|release|confirm|decide|review|check|prüfen)(?: (?:on )?(?:{IT}|{THING}))?", _who),
    ("approval", rf"(?:require|get|need|request|obtain) (?:two|both|2) approvals,? (?:one )?(?:from|by) (?P<first>{WHO}),? and (?:one )?(?:from |by )?(?P<second>{WHO})", _both),
    ("approval", rf"(?P<who>{PEOPLE}) (?:must|has to|have to|should|needs to|shall|muss|soll) (?:{IT} )?(?:approve|sign off(?: on)?|freigeben|genehmigen)(?: {IT})?", _who),
    ("approval", rf"(?:frage?|bitte?|ersuche) (?P<who>{PEOPLE}) (?:um|nach) (?:die |eine |ihre |der )?{_FREIGABE}", _who),
    ("approval", rf"(?:hole?|fordere|erbitte) (?:die |eine )?{_FREIGABE} (?:von|bei|durch) (?P<who>{PEOPLE})(?: (?:ein|an))?", _who),
    ("approval", rf"lasse? (?:{IT} )?(?:von )?(?P<who>{PEOPLE}) (?:{IT} )?(?:freigeben|genehmigen)", _who),
    ("task", rf"{_MAKE} (?:an? |the |eine? |einen )?(?:new |neue |follow-?up )?{_TASK}(?: (?:for|für) (?P<who>{WHO}))?(?: an)?{_DUE}(?:(?: (?:to|about|called|titled|zum|saying)|\s*:|,? (?:um)) (?P<title>\S.*))?", _task),
    ("task", rf"{_MAKE} (?:an? |the |eine |einen )?(?:new |neue )?{_TASK} {QUOTED}(?: (?:for|für) (?P<who>{WHO}))?(?: an)?{_DUE}", _task),
    ("task", rf"(?:assign|give|delegate|escalate|hand|pass|route|forward) (?:{IT}|a task|the task) (?:over |on )?to (?P<who>{WHO})", _task),
    ("task", rf"escalate to (?P<who>{WHO})", _task),
    ("task", rf"(?:hand|pass) over {IT} to (?P<who>{WHO})", _task),
    ("task", rf"remind (?P<who>{WHO}) to (?P<title>[a-z].*)", _task),
    ("approval", rf"(?P<given>once|after|as soon as|sobald|nachdem) (?:(?:(?:{IT}|he|she|they|both|er)(?: has| have)?|(?P<who>{PEOPLE})(?: has| have)?) )?(?:is |was |has been )?(?:approved?s?|agree[ds]?|signed off(?: on)?|signs? off(?: on)?|confirm(?:ed|s)?)(?: {IT})?", _given),
    ("approval", rf"(?:an? )?{_APPROVAL} (?:by|from|of) (?P<who>{PEOPLE})", _who),
    ("approval", rf"(?:once|after|when|as soon as) {IT} (?:has been|have been|is|was|are) (?:approved|signed off|released|confirmed) by (?P<who>{PEOPLE})", _who),
    ("approval", rf"(?:after|nach) (?:the |an? |der )?(?:{_APPROVAL}|{_FREIGABE}) (?:by|of|from|von|durch) (?P<who>{PEOPLE})", _who),
)
_SENDING_CLAUSES: Final[tuple[_Clause, ...]] = (
    ("slack", rf"{_POST} (?:{THING} )?(?:to|in|into|on|nach|an|auf|zu) (?:the |den |dem )?(?:slack )?(?:channel |kanal |slack-kanal )?{CHANNELS}(?: channel)?{_VIA}{_ABOUT}{SAYING}", _slack),
    ("slack", rf"{_POST} {QUOTED} (?:to|in|into|on|nach|an) (?:the |den )?(?:slack )?(?:channel |kanal )?{CHANNELS}(?: channel)?{_VIA}", _slack),
    ("slack", rf"let {CHANNELS} know{_ABOUT}(?: (?:that |: ?)(?P<text>\S.*))?", _slack),
    ("slack", rf"{_TELL} {CHANNELS} (?:about )?{THING}", _slack),
    ("slack", rf"{_TELL} (?:(?:{WHO}|everyone|us) (?:in|on|via) )?(?:the |den )?(?:channel |kanal )?{CHANNELS}{_VIA}{_ABOUT}(?:\s*(?:that|dass|saying|:|,(?!\s*(?:else|if|then|otherwise|and|or|unless|before|please|bitte|sonst|wenn|dann|und|oder|falls|bevor)\b))\s*(?P<text>\S.*))?", _slack),
    ("mail", rf"(?:reply|answer|respond|antworte|write back) (?:to )?(?:dem |den |der )?{RECIPIENT}{_ABOUT}{SAYING}", _mail),
    ("mail", rf"{_TELL} {RECIPIENT}(?: that| dass|,? dass) (?P<text>\S.*)", _mail),
    ("mail", rf"(?:send|schicke?|sende|mail|give|write) {RECIPIENT} (?:an? |the |eine? |die )?(?:short )?(?P<made>acknowledge?ment|confirmation|summary|reply|answer|draft|translation|bestätigung|zusammenfassung)", _mail),
    ("mail", rf"thank {SENDER}(?: (?:by|per|via) (?:e-?)?mail)?", lambda _: {"to": [], "sender": True, "made": "confirmation"}),
    ("mail", rf"(?:acknowledge|confirm) (?:receipt|{IT})(?: (?:to|with) {RECIPIENT})?{SAYING}", _mail),
    ("mail", rf"send (?:an? )?(?P<made>acknowledge?ment|confirmation) to {RECIPIENT}{SAYING}", _mail),
    ("mail", rf"(?:(?:e-?)?mail|maile|forward|return|send|write|escalate|route|schreibe?|sende|schicke?|leite?|{_TELL}) (?:{THING} )?(?:to |an |zu )?{RECIPIENT}(?: weiter)?(?: (?:by|via|per) e-?mail)?(?:,? (?:and )?(?:cc|with (?:a )?copy to|in kopie an):? (?P<cc>{ADDRESS}(?:(?:, | and ){ADDRESS})*))?{_SUBJECT}{_ABOUT}{SAYING}", _mail),
    ("mail", rf"(?:(?:e-?)?mail|send|schicke|sende) {QUOTED} (?:to|an) {RECIPIENT}", _mail),
    ("mail", rf"(?:(?:e-?)?mail|maile|send|schicke?|sende|schreibe?|write|tell|answer|antworte|reply)(?: to)? {RECIPIENT}:? {QUOTED}", _mail),
    ("fetch", rf"(?:fetch|get|download|load|pull|grab|read|call|query|request|check|poll|rufe?|hole?|lade)(?: (?:the |die |an? )?(?:data|page|api|url|site|website|endpoint|json|list|records|rows|content|daten|seite)(?: (?:from|at|of|von))?| from| von)? {URL}(?: (?:ab|auf|herunter))?", lambda match: {"url": match["url"]}),
    ("push", rf"(?:post|send|push|submit|put|sende|schicke?) (?:{THING} )?(?:to|an) {URL}", lambda match: {"url": match["url"], **_said(match)}),
)
_WORKING_CLAUSES: Final[tuple[_Clause, ...]] = (
    ("budget", rf"(?:check|verify|test|reserve|hold|prüfe|reserviere)(?: {IT} against)? (?:(?:the|das|our|im) )?(?:(?P<cat>(?!budget)\w+?)[ -]?)?budgets?(?: (?:for|of|für|von) (?P<cat2>\w+))?", _budget),
    ("delay", rf"(?:wait|pause|sleep|warte) (?:for )?(?P<count>\d+(?:\.\d+)?|an?|one|eine) {UNIT}", _delay),
    ("tool", r"(?:run|use|call|execute) (?:the )?tool (?P<tool>\w+)(?: (?:with|on) (?P<arguments>\S.*))?", _tool),
    ("tool", r"(?:run|use|call|execute) (?:the )?(?P<tool>\w+) tool(?: (?:with|on) (?P<arguments>\S.*))?", _tool),
    ("tool_file", r"(?:read|open|lies) (?:the |die )?(?:file|datei) (?P<path>[\w./-]+)", lambda match: {"path": match["path"]}),
    ("tool_write", rf"(?:write|save|put|store|schreibe|speichere) (?:{QUOTED}|{THING}) (?:to|into|in|as|nach|als) (?:the |a |die )?(?:file |datei )?(?P<path>[\w/-]+(?:\.\w+)+)", _written),
    ("tool_search", rf"(?:search|grep|durchsuche) (?:the )?(?:workspace|files|folder|dateien|den ordner) (?:for|nach) {QUOTED}", lambda match: {"tool": "Grep", "input": {"pattern": re.escape(match["quoted"]), "output_mode": "content"}}),
    ("tool_search", r"(?:list|find) (?:all )?(?:the )?files (?:matching|named|like) (?P<pattern>[\w*?./-]+)", lambda match: {"tool": "Glob", "input": {"pattern": match["pattern"]}}),
    ("push", rf"(?:send|make) (?:a |an )?(?:post|http post)(?: request)? to {URL}", lambda match: {"url": match["url"]}),
    ("book", rf"(?:post|book|record|enter|buche|verbuche) {IT}(?: (?:in|into|to|im) (?:the |das )?(?:ledger|books|accounts|accounting|hauptbuch))?", _nothing),
    ("book", rf"(?:(?:{IT} )?(?:ver)?buchen|book|verbuche)", _nothing),
    ("detect", rf"(?:check|detect|find out|see) (?:whether|if) {IT} (?:is|contains|holds) (?:an? )?(?:purchase order|order)", _nothing),
    ("detect", rf"prüfe,? ob {IT} (?:eine )?bestellung ist", _nothing),
    ("detect", r"(?:detect|recogni[sz]e|find) (?:the )?purchase orders?(?: in (?:it|the \w+))?", _nothing),
    ("analyse", rf"{_READ} {IT}(?: (?:by|for|nach) {_ASPECT}(?:(?:,| and|, and| und) {_ASPECT})*)?", _nothing),
    ("analyse", rf"(?:detect|determine|find|extract|get|erkenne|bestimme|ermittle|extrahiere) (?:the |its |all |die |das |alle )?{_ASPECT}(?:(?:,| and|, and| und) (?:the |its |die )?{_ASPECT})*(?: (?:of|from|in|out of|aus|von) {IT})?", _aspects),
    ("summarize", rf"(?:summari[sz]e|sum up) {IT}(?: in (?P<length>(?:an?|one|two|three|\d+|a few) (?:short )?(?:sentences?|lines?|words|bullet points|paragraphs?)))?", _length),
    ("summarize", rf"fasse? {IT} (?:in (?P<length>\w+ (?:sätzen|satz|worten|zeilen)) )?zusammen", _length),
    ("rows", rf"sort(?: {IT})? by {_FIELD}(?:,? (?P<order>(?:in )?(?:descending|ascending)(?: order)?|largest first|highest first|newest first|smallest first))?", _rows("sort")),
    ("rows", rf"(?:filter out|remove|drop|discard|leave out)(?: all)? {IT} (?:where|with|whose) (?:the |an? )?{_FIELD} (?:is )?{_OPERATOR}\s*(?P<value>[\w.,-]+)", _rows("remove")),
    ("rows", rf"(?:filter out|remove|drop|discard|leave out)(?: all)? {IT} (?:where|with|whose) (?:the |an? )?{_FIELD} (?P<operator>is not|isn['’]t|!=|is|=|contains) (?P<value>[\w-]+|{_QUOTED_VALUE})", _rows("remove")),
    ("rows", rf"(?:filter|keep)(?: only)? {IT} (?:where|with|whose) (?:the |an? )?{_FIELD} (?:is )?{_OPERATOR}\s*(?P<value>[\w.,-]+)", _rows("filter")),
    ("rows", rf"(?:filter|keep)(?: only)? (?:{IT} )?(?:where|whose|by) (?:the |an? )?{_FIELD} (?P<operator>is not|isn['’]t|!=|is|=|contains) (?P<value>[\w-]+|{_QUOTED_VALUE})", _rows("filter")),
    ("rows", rf"(?:take|keep|limit {IT} to)(?: only)? (?:the )?(?:first |top )?(?P<count>\d+)(?: {IT})?", _rows("limit")),
    ("rows", rf"(?:remove|drop) (?:the )?duplicates(?: (?:in|from) {IT})? by {_FIELD}", _rows("distinct")),
    ("rows", rf"(?:select|keep)(?: only)? (?:the )?(?:fields?|columns?) (?P<fields>[a-z_]\w*(?:(?:,| and|, and) [a-z_]\w*)*)(?: (?:of|from) {IT})?", _rows("select")),
    ("process", rf"{_PROCESS} {IT}(?: for (?:errors|mistakes|problems|completeness|findings|duplicates))?(?: auf fehler)?", _nothing),
    ("nothing", r"(?:do nothing|stop|end|ignore (?:it|them|this)|tue nichts|nichts tun|ende|ignoriere (?:es|sie))", _nothing),
    ("write", rf"{_WRITE} \S.*", _prompt),
)
# fmt: on
_COMPILED: Final = tuple(
    (kind, whole(pattern), values) for kind, pattern, values in (*_PEOPLE_CLAUSES, *_SENDING_CLAUSES, *_WORKING_CLAUSES)
)


def action_of(clause: str) -> Action | None:
    """The action a clause orders; None when no pattern covers all of it."""
    words = clause.strip()
    while polite := grammar.POLITE.match(words):
        words = words[polite.end() :]
    words = grammar.imperative(words)
    if not words or len(words) > _LONGEST:
        return None
    found = next(_readings(words), None)
    if found is None and (plain := grammar.MANNER.sub("", words)) != words:
        return next(_readings(plain), None)
    return found


def _readings(words: str) -> Iterator[Action]:
    for kind, pattern, values in _COMPILED:
        match = pattern.fullmatch(words)
        if match is not None and not _swallows(match) and (found := values(match)) is not None:
            yield Action(kind, words, found)


_ENDED: Final = re.compile(r"['’](?:\s|$)")
"""Where words in single quotes end: what stands behind is no part of them."""


def _swallows(match: re.Match[str]) -> bool:
    """Whether words to be passed on, without quotes, hold what could be the next order."""
    groups = match.groupdict()
    if (quoted := groups.get("quoted")) and match.string[match.start("quoted") - 1] in "'‘’" and _ENDED.search(quoted):
        return True
    said = (groups.get("text") or groups.get("title") or "").strip()
    return bool(said) and said[0] not in "\"“„'" and grammar.STRONG.search(said) is not None
