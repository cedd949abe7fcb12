"""What a request says: the question it ends with, and the text there is to answer from.

Refuses to look at what the assistant said before (it would quote itself) and at what is not text.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from pipeline_project.conversion import shape
from pipeline_project.errors import InvalidInput
from pipeline_project.llm.framing import framed, unframed
from pipeline_project.llm.offline.words import QUESTION_MARKS, sentences

# Notes that coding clients add to a turn; material, but never the question.
_NOTE: Final = "<system-reminder>"
_REFERENCE: Final = re.compile(r"\breference date:\s*(\d{4}-\d\d-\d\d)\b", re.IGNORECASE)
_FIELDS: Final = ("text", "title", "context", "content", "source", "data")


class Reading(NamedTuple):
    """`question`: the last thing a user asks. `material`: the other sentences, each once, the system's last.

    `framed`: texts that stood between marks; then they alone are the material. `today`: the system's reference date.
    """

    question: str
    material: tuple[str, ...]
    framed: tuple[str, ...] = ()
    today: date | None = None

    @property
    def text(self) -> str:
        """What stands between marks, as it is; else everything there is, a line a sentence, the question last."""
        if self.framed:
            return "\n\n".join(self.framed)
        return "\n".join((*self.material, *sentences(self.question)))


def read(request: Mapping[str, Any]) -> Reading:
    """The question and the material of a request. Raises InvalidInput for a malformed one."""
    turns = shape.a_list(request.get("messages"), "$.messages")
    if not turns:
        raise InvalidInput("there is no message", where="$.messages", remedy="Send at least one user turn.")
    said: list[str] = []
    asked: list[str] = []
    for index, turn in enumerate(turns):
        if shape.an_object(turn, f"$.messages[{index}]").get("role") == "assistant":
            continue
        said.extend(_texts(turn.get("content")))
        if turn.get("role") == "user":
            asked = [text for text in _own_texts(turn.get("content")) if _is_spoken(text)] or asked
    system = list(_texts(request.get("system")))
    data = tuple(part for text in said for part in framed(text))
    if data:
        # what is asked stands outside the marks; what it is answered from, inside
        outside = unframed(asked[-1]) if asked else ""
        material = dict.fromkeys(sentence for part in data for sentence in sentences(part))
        return Reading(outside.strip(), tuple(material), data, _today(system))
    question = _question(asked[-1]) if asked else ""
    said.extend(system)
    found = dict.fromkeys(sentence for text in said for sentence in sentences(text))
    inside = set(sentences(question))
    return Reading(question, tuple(sentence for sentence in found if sentence not in inside), (), _today(system))


def _today(system: list[str]) -> date | None:
    """The day that relative days are counted from, where the system prompt gives one."""
    for text in system:
        if match := _REFERENCE.search(text):
            try:
                return date.fromisoformat(match[1])
            except ValueError:
                continue  # 2026-02-31 is no day to count from
    return None


def _is_spoken(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith(_NOTE)


def _own_texts(content: Any) -> Iterator[str]:
    """What a user typed: not what a tool or a document says."""
    if isinstance(content, str):
        yield content
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
            yield block["text"]


def _texts(content: Any) -> Iterator[str]:
    """Every text of a turn, with those of results and text documents; encoded files have none."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            yield from _texts(block)
    elif isinstance(content, dict) and content.get("type") not in ("base64", "url", "file"):
        for field in _FIELDS:
            yield from _texts(content.get(field))


def _question(text: str) -> str:
    """The last sentence with a question mark; else a first part that ends with a colon; else the last sentence, or the
    shorter one of the first and the last paragraph."""
    spoken = list(sentences(text))
    asking = [sentence for sentence in spoken if sentence.rstrip("\"'”) ").endswith(QUESTION_MARKS)]
    if asking:
        return asking[-1]
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    parts = paragraphs if len(paragraphs) > 1 else spoken
    if parts[0].endswith(":") or len(parts) == 1:
        return parts[0]
    return min(parts[0], parts[-1], key=len) if parts is paragraphs else parts[-1]
