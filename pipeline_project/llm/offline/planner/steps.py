# ruff: noqa: ARG001, ARG005 - every config is made from the same three values, needed or not
"""Each action as the type and the config of a step, and the input that it asks for."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline_project.llm.offline import recognise
from pipeline_project.llm.offline.planner import wording
from pipeline_project.llm.offline.planner.sentence import Action, NotUnderstood, Subject

TYPES = {
    "approval": "approval_required",
    "slack": "slack_notification",
    "mail": "email_send",
    "task": "task_creation",
    "budget": "budget_check",
    "delay": "delay",
    "tool": "tool_call",
    "tool_file": "tool_call",
    "tool_search": "tool_call",
    "tool_write": "tool_call",
    "fetch": "api_call",
    "push": "api_call",
    "book": "invoice_processing",
    "summarize": "llm_completion",
    "write": "llm_completion",
    "rows": "data_transformation",
}
READERS = {"analyse": "analyse", "detect": "detect"}
"""Actions that are a reading step of their own, put first."""

_INPUTS: dict[str, dict[str, Any]] = {
    "path": {"type": "string", "description": "The file, relative to where Dagster runs"},
    "text": {"type": "string", "description": "The text it is about"},
    "amount": {"type": "number", "description": "How much"},
    "currency": {"type": "string", "description": "ISO 4217 code of the amount", "default": "EUR"},
    "sender": {"type": "string", "description": "Who wrote: a mail address"},
    "rows": {"type": "array", "items": {"type": "object"}, "description": "The records"},
}
_COMPARISONS = {
    **dict.fromkeys(("over", "above", "more than", "greater than", ">"), ">"),
    **dict.fromkeys(("under", "below", "less than", "<"), "<"),
    **dict.fromkeys(("at least", ">="), ">="),
    **dict.fromkeys(("at most", "<="), "<="),
    **dict.fromkeys(("equal to", "equals", "=", "is"), "=="),
    **dict.fromkeys(("is not", "isn't", "isn\u2019t", "!="), "!="),
}
_CATEGORY = re.compile(r"[a-z][a-z0-9_]*")


@dataclass
class Scene:
    """What the request is about, and what gathers while its steps are built."""

    subject: Subject
    budget: str | None = None
    source: str | None = None
    """The expression of the text it is about, where it was fetched or read first."""
    _asked: list[str] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)

    def ask(self, *names: str) -> None:
        """Inputs that a step reads."""
        self._asked.extend(names)

    def note(self, text: str) -> None:
        """A sentence for the explanation."""
        self._notes.append(text)

    def take_notes(self) -> list[str]:
        """The notes since the last time."""
        taken, self._notes = self._notes, []
        return taken

    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of what was asked for."""
        asked = list(dict.fromkeys(self._asked))
        required = [name for name in asked if "default" not in _INPUTS[name]]
        return {"type": "object", "required": required, "properties": {name: _INPUTS[name] for name in asked}}

    def reader(self, name: str) -> tuple[str, dict[str, Any], str]:
        """(type, config, words) of a reading step."""
        if name == "read":
            return "invoice_processing", self._document(), "read and check the invoice"
        if name == "detect":
            return "b2b_po_detection", self._document(), "look for a purchase order"
        if self.subject not in ("text", "", "expense"):
            raise NotUnderstood(f"analyze the {self.subject.replace('_', ' ')}", "only a text can be analyzed")
        return "nlu_analysis", {"text": f"${{{self.text()}}}"}, "analyze the text"

    def _document(self) -> dict[str, Any]:
        """What a document is read from: a file that is given, or a text."""
        if self.source is not None or self.subject == "text":
            return {"text": f"${{{self.text()}}}"}
        self.ask("path")
        return {"path": "${input.path}"}

    def text(self) -> str:
        """The expression of the text it is about."""
        if self.source is None:
            self.ask("text")
        return self.source or "input.text"

    def about(self, known: list[str]) -> str:
        """One line on the subject, asking for what it names."""
        said = wording.about(self.subject, known)
        self.ask(*re.findall(r"input\.(\w+)", said))
        return said

    def title(self) -> str:
        """A subject line."""
        said = wording.title(self.subject)
        self.ask(*re.findall(r"input\.(\w+)", said))
        return said


def id_of(action: Action) -> str:
    """An id from what the action does and for whom."""
    values = action.values
    detail = {
        "approval": "_".join(values.get("approvers") or ["approval"]),
        "slack": values["channels"][0][1:] if action.kind == "slack" else "",
        "mail": (values.get("to") or ["sender"])[0].partition("@")[0],
        "task": values.get("assignee") or "",
    }.get(action.kind, "")
    verb = {
        **{"approval": "ask", "slack": "post", "task": "task", "budget": "check_budget", "delay": "wait"},
        **{
            "tool": "call_tool",
            "tool_file": "read_file",
            "tool_write": "write_file",
            "tool_search": "search",
            "push": "push",
            "rows": "arrange",
            "book": "book",
        },
    }.get(action.kind, action.kind)
    return re.sub(r"[^a-z0-9]+", "_", f"{verb}_{detail}".casefold())[:40].strip("_")


def config_of(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    """The step's config. Raises NotUnderstood for what the clause leaves open."""
    return _CONFIGS[action.kind](action, scene, known)


_RESULTS: Final = {
    "summarize": (("summary", "zusammenfassung", "result", "ergebnis"), "text"),
    "write": (
        ("draft", "reply", "answer", "response", "translation", "text", "result", "entwurf", "antwort", "übersetzung"),
        "text",
    ),
    "tasks": (("tasks", "result", "results", "details", "findings"), "tasks"),
    "entities": (("result", "results", "details", "findings"), "entities"),
    "rows": (("result", "results", "ergebnis"), "data"),
    "fetch": (("result", "answer", "response", "results", "ergebnis"), "body"),
    "tool": (("result", "results", "output", "ergebnis"), "text"),
    "tool_file": (("result", "results", "content", "ergebnis"), "text"),
    "tool_search": (("result", "results", "ergebnis"), "text"),
}
"""What the result of a kind of step may be called, and the field that holds it."""


def _made(known: list[str]) -> list[tuple[str, str]]:
    """(kind, step) of what was made so far, in order."""
    return [(kind, step) for kind, mark, step in (name.partition(":") for name in known) if mark]


def _approval(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    who = action.values["approvers"]
    if who:
        scene.note(
            f"Only {' or '.join(who)} may decide, by user name; whoever starts it may not. Rejected, nothing follows."
        )
    else:
        scene.note("Anybody but whoever starts it may decide. Rejected, nothing of what follows runs.")
    written = [f"${{{step}.text}}" for kind, step in _made(known) if kind in ("summarize", "write")]
    shown = {"show": {"text": written[-1]}} if written else {}  # what is approved is what was written
    return {"message": f"Approve? {scene.about(known)}"[:4000], **shown, **({"approvers": who} if who else {})}


def _body(action: Action, scene: Scene, known: list[str]) -> str:
    """What is said: the words of the request, a result that it names, else what is known."""
    values = action.values
    if text := values.get("text"):
        return text
    made = values.get("made", "")
    for prefix, step in reversed(_made(known)):
        words, field_name = _RESULTS[prefix]
        if made in words or not made:
            value = f"{step}.{field_name}"
            return f"${{json({value})}}" if field_name != "text" else f"${{{value}}}"
    if made == "tasks" and "analyse" in known:
        return "${json(analyse.tasks)}"
    if made in ("summary", "zusammenfassung", "analysis", "analyse", "tasks") and "analyse" not in known:
        raise NotUnderstood(action.words, f"there is no {made} by then; say “analyze it” or “summarize it” before")
    if made in ("draft", "reply", "entwurf"):
        raise NotUnderstood(action.words, f"there is no {made} by then; say what to write before")
    if values.get("reply") and not made:
        scene.note(
            f"What the reply says is not in the request (“{action.words}”): it says that the message has arrived."
        )
        made = "confirmation"
    if made in ("acknowledgement", "acknowledgment", "confirmation", "bestätigung"):
        return "Thank you, your message has arrived."
    return scene.about(known)


def _slack(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    channels = action.values["channels"]
    if len(channels) > 1:
        raise NotUnderstood(action.words, "one message goes to one channel; say it once for each")
    return {"channel": channels[0], "message": _body(action, scene, known)}


def _mail(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    if action.values["sender"]:
        scene.ask("sender")
    to = action.values["to"] or ["${input.sender}"]
    subject = action.values.get("subject") or scene.title()
    copies = {"cc": action.values["cc"]} if action.values.get("cc") else {}
    return {"to": to, **copies, "subject": subject, "body": _body(action, scene, known)}


def _task(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    values = action.values
    optional = {key: values[key] for key in ("assignee", "due") if values.get(key)}
    return {"title": (values.get("title") or scene.title())[:500], "description": scene.about(known), **optional}


def _budget(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    category = action.values["category"]
    if not _CATEGORY.fullmatch(category):
        raise NotUnderstood(action.words, "a budget's category is a plain word")
    scene.note("No limit is set: add `limits` to the budget's config; until then the answer is needs_approval.")
    if scene.subject == "invoice":
        return {
            "category": category,
            "amount": "${read.payable}",
            "currency": "${read.currency}",
            "holder": "${read.holder}",
        }
    scene.ask("amount", "currency")
    return {"category": category, "amount": "${input.amount}", "currency": "${input.currency}"}


def _tool(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    return {"tool": action.values["tool"], "input": dict(action.values["input"])}


def _file(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    return {"tool": "Read", "input": {"file_path": action.values["path"]}}


def _search(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    return {"tool": action.values["tool"], "input": dict(action.values["input"])}


def _write_file(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    return {"tool": "Write", "input": {"file_path": action.values["path"], "content": _body(action, scene, known)}}


def _push(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    return {"method": "POST", "url": action.values["url"], "json": {"text": _body(action, scene, known)}}


def _book(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    if scene.subject != "invoice":
        raise NotUnderstood(action.words, "only an invoice can be booked")
    gates = [name for name in known if name.startswith("ask_")]
    return {
        "action": "post",
        "invoice": "${read}",
        **({"decision": f"${{default({gates[-1]}, null)}}"} if gates else {}),
    }


def _material(scene: Scene, known: list[str]) -> str:
    """What a model works on: what was fetched or read, else the text."""
    found = [(kind, step) for kind, step in _made(known) if kind in ("fetch", "tool_file")]
    if found:
        kind, step = found[-1]
        return f"${{json({step}.body)}}" if kind == "fetch" else f"${{{step}.text}}"
    if scene.subject in ("invoice", "purchase_order", "data"):
        return scene.about(known)
    scene.ask("text")
    return "${input.text}"


def _summarize(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    length = action.values.get("length") or "two sentences"
    return {"prompt": f"Summarize the text in {length}.", "data": {"text": _material(scene, known)}}


_OF_WRITTEN: Final = re.compile(
    r"(?:translate|rewrite|rephrase|übersetze)\s+(?:it|this|the (?:summary|draft|reply|answer|text)|"
    r"die zusammenfassung|den entwurf|sie|es|ihn)\b",
    re.IGNORECASE,
)
"""What is done to what was written right before, and not to the text."""


def _write(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    scene.note("What is written is as good as the model; the offline one only quotes the text.")
    written = [step for kind, step in _made(known) if kind in ("summarize", "write")]
    again = written and _OF_WRITTEN.match(action.values["prompt"])
    text = f"${{{written[-1]}.text}}" if again else _material(scene, known)
    return {"prompt": action.values["prompt"], "data": {"text": text}}


def _rows(action: Action, scene: Scene, known: list[str]) -> dict[str, Any]:
    before = [step for kind, step in _made(known) if kind == "rows"]
    fetched = [step for kind, step in _made(known) if kind == "fetch"]
    if not before and not fetched:
        scene.ask("rows")
    source = f"{before[-1]}.data" if before else f"{fetched[-1]}.body" if fetched else "input.rows"
    data = f"${{{source}}}"
    return {"data": data, "operations": [_operation(action)]}


def _literal(said: str) -> str:
    """A value of the workflow language: true, false, null, a number, else a text; quotes make it a text."""
    quoted = said[0] in "\"“'"
    bare = said.strip("\"“”'") if quoted else said.strip(".,")
    if not quoted and bare.casefold() in ("true", "false", "null"):
        return bare.casefold()
    number = None if quoted or not re.fullmatch(r"[\d.,]+", bare) else next(recognise.numbers(bare), None)
    return f"{number:f}" if number is not None else f"'{bare}'"


def _operation(action: Action) -> dict[str, Any]:
    values = action.values
    kind = values["operation"]
    if kind == "sort":
        falling = re.search(r"desc|largest|highest|newest", values.get("order", ""))
        return {"op": "sort", "by": [{"field": values["field"], "descending": bool(falling)}]}
    if kind == "remove":
        kept = _operation(Action(action.kind, action.words, {**values, "operation": "filter"}))
        return {**kept, "where": f"not ({kept['where']})"}
    if kind == "filter":
        operator = " ".join(values["operator"].split()).casefold()
        value = _literal(values["value"])
        if operator == "contains":
            return {"op": "filter", "where": f"contains(item.{values['field']}, {value})"}
        sign = _COMPARISONS[operator]
        return {"op": "filter", "where": f"item.{values['field']} {sign} {value}"}
    if kind == "limit":
        return {"op": "limit", "count": int(values["count"])}
    if kind == "distinct":
        return {"op": "distinct", "by": [values["field"]]}
    return {"op": "select", "fields": re.split(r",?\s+and\s+|\s*,\s*", values["fields"])}


_CONFIGS: dict[str, Callable[[Action, Scene, list[str]], dict[str, Any]]] = {
    "approval": _approval,
    "slack": _slack,
    "mail": _mail,
    "task": _task,
    "budget": _budget,
    "delay": lambda action, scene, known: dict(action.values),
    "tool": _tool,
    "tool_file": _file,
    "tool_search": _search,
    "tool_write": _write_file,
    "fetch": lambda action, scene, known: {"method": "GET", "url": action.values["url"]},
    "push": _push,
    "book": _book,
    "summarize": _summarize,
    "write": _write,
    "rows": _rows,
}
