"""Values of a schema that are known by their name: an intent, a priority, a summary, entities, tasks.

A closed set gets the best of its own values that the rules speak of. Refuses names it does not know; they are filled
from the text's labels and looks, as anything else.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Final

from pipeline_project.llm.offline.nlu import Analysis, analyse

_NAMES: Final = {
    **dict.fromkeys(("intent", "intention"), "intent"),
    **dict.fromkeys(("category", "topic", "department"), "category"),
    **dict.fromkeys(("route", "routing", "queue"), "route"),
    **dict.fromkeys(("priority", "urgency", "severity"), "priority"),
    **dict.fromkeys(("sentiment", "mood"), "sentiment"),
    **dict.fromkeys(("language", "lang"), "language"),
    **dict.fromkeys(("summary", "abstract", "gist"), "summary"),
    "confidence": "confidence",
    **dict.fromkeys(("entities", "named_entities"), "entities"),
    **dict.fromkeys(("tasks", "action_items", "todos"), "tasks"),
}
_QUALIFIED: Final = frozenset({"sentiment", "mood", "priority", "urgency", "severity", "language", "intent", "summary"})
"""Names that mean the same behind any other word: `customer_sentiment`, `ticket_priority`."""
_SYNONYMS: Final = {
    "high": ("high", "important"),
    "urgent": ("urgent", "critical", "high"),
    "normal": ("normal", "medium", "moderate"),
    "low": ("low", "minor"),
    "technical": ("technical", "tech", "support", "it"),
    "billing": ("billing", "finance", "accounting", "payments"),
    "general": ("general", "other", "misc", "unknown"),
    "logistics": ("logistics", "shipping", "delivery"),
    "hr": ("hr", "people", "human_resources"),
    "en": ("en", "english"),
    "de": ("de", "german"),
    "fr": ("fr", "french"),
    "es": ("es", "spanish"),
}
_TASK_FIELDS: Final = {
    **dict.fromkeys(("title", "task", "text", "description", "action", "name", "what"), "title"),
    **dict.fromkeys(("assignee", "owner", "who", "responsible"), "assignee"),
    **dict.fromkeys(("due", "due_date", "deadline", "date", "when"), "due"),
}
_ENTITY_FIELDS: Final = {
    **dict.fromkeys(("type", "kind", "label"), "type"),
    **dict.fromkeys(("text", "mention", "name"), "text"),
    **dict.fromkeys(("value", "normalized", "normalised"), "value"),
    "currency": "currency",
}


def is_known(name: str) -> bool:
    """Whether the rules have a word of their own for a property of that name."""
    return _known(name) is not None


def _known(name: str) -> str | None:
    folded = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()
    last = re.split(r"[\W_]+", folded)[-1]
    return _NAMES.get(folded) or (_NAMES[last] if last in _QUALIFIED else None)


class Known:
    """What the rules make of one text; the analysis is made when it is first asked for."""

    def __init__(self, text: str, today: date | None = None) -> None:
        self._text = text
        self._today = today

    @cached_property
    def analysis(self) -> Analysis:
        """The analysis."""
        return analyse(self._text, today=self._today)

    def values(self, name: str, schema: Mapping[str, Any]) -> Iterator[Any]:
        """Candidates for a property of that name, best first; none for a name that is not known."""
        known = _known(name)
        if known is None:
            return
        if known in ("entities", "tasks"):
            if schema.get("type", "array") == "array":
                yield self._listed(known, schema)
            return
        options = schema.get("enum")
        if isinstance(options, list):
            yield from self._chosen(known, options)
        else:
            yield getattr(self.analysis, known)

    def _listed(self, known: str, schema: Mapping[str, Any]) -> list[Any]:
        tasks = known == "tasks"
        fields = _TASK_FIELDS if tasks else _ENTITY_FIELDS
        items = schema.get("items")
        items = items if isinstance(items, Mapping) else {}
        names = items.get("properties") or ({"title": {}} if tasks else {"type": {}, "text": {}})
        found: list[Any] = []
        for value in getattr(self.analysis, known):
            if items.get("type") == "string":
                found.append(value.title if tasks else value.text)
                continue
            given = {key: getattr(value, fields[key]) for key in names if key in fields}
            found.append({key: said for key, said in given.items() if said is not None})
        return found

    def _chosen(self, known: str, options: list[Any]) -> Iterator[Any]:
        """Of a closed set: the value itself, a word for it, then the next best that the rules saw."""
        folded = {str(option).casefold().replace(" ", "_").replace("-", "_"): option for option in options}
        ranked = [str(getattr(self.analysis, known))]
        if known in ("intent", "category"):
            scored = self.analysis.intents if known == "intent" else self.analysis.categories
            ranked += [name for name, score in scored if score]
        if known in ("category", "route"):
            ranked.append("general")
        for value in ranked:
            for word in _SYNONYMS.get(value, (value,)):
                if word in folded:
                    yield folded[word]
