"""A chat completions stream → an Anthropic stream, chunk by chunk.

One message_start, blocks in order and never overlapping, one message_delta, one message_stop; or an `error` event,
after which nothing more comes. Text and thinking go out as they come; of several tool calls the first goes out as it
comes and the others wait for it. What an upstream got wrong is put right where that is certain, else told in `losses`.
"""

from typing import Any, Final

from pipeline_project.conversion import delta as reader
from pipeline_project.conversion import marks, stops
from pipeline_project.conversion.calls import Call, Calls
from pipeline_project.conversion.citations import citations_of
from pipeline_project.conversion.emitter import Emitter
from pipeline_project.conversion.failures import Failure, failure_of, is_error, upstream_failure
from pipeline_project.conversion.identity import Identity
from pipeline_project.conversion.profiles import profile_of
from pipeline_project.conversion.report import Loss, Names
from pipeline_project.conversion.shape import wrong
from pipeline_project.conversion.think import ThinkTags
from pipeline_project.conversion.usage import says_something, usage_of
from pipeline_project.messages.shapes import Event, Message, Usage

# Characters per token, for an upstream that counts nothing.
_CHARACTERS_PER_TOKEN: Final = 4
# Most chunks say nothing else.
_TEXT_ONLY: Final = frozenset({"role", "content"})
_UNNAMED: Final = "unnamed_tool"


class StreamConverter:
    """Converts one stream; `losses` says what was dropped or guessed.

    `request`: the Messages request it answers (model, stop sequences, tools). `names`: those of its conversion.
    """

    def __init__(self, request: dict[str, Any] | None = None, names: Names | None = None) -> None:
        self.losses: list[Loss] = []
        self._identity = Identity(request, names)
        tags = profile_of(names["target"]).think_tags if names and "target" in names else None
        self._tags = ThinkTags(*tags) if tags else None
        self._emitter = Emitter()
        self._calls = Calls(self._identity.tool_names)
        # The first call that is not closed yet.
        self._head = 0
        self._started = False
        self._ended = False
        self._finish: str | None = None
        self._matched: str | None = None
        self._refused = False
        self._usage: Usage | None = None
        # White space is held until it is known what follows it.
        self._space = ""
        self._thought_space = ""
        self._text: list[str] = []
        self._characters = 0
        self._annotations: list[Any] = []
        # What came between calls that are not complete yet.
        self._late: list[tuple[str, str]] = []

    def feed(self, chunk: dict[str, Any]) -> list[Event]:
        """The events of one upstream chunk; none once the stream has ended. Raises InvalidInput for no object."""
        if self._ended:
            return []
        if not isinstance(chunk, dict):
            raise wrong(chunk, "a chunk", "$")
        if is_error(chunk):
            return self._fail(upstream_failure(None, chunk))
        choice = reader.choice_of(chunk)
        usage = reader.usage_in(chunk, choice)
        if usage is not None and (self._usage is None or says_something(usage)):
            self._usage = usage_of(usage)
        if choice is None:
            return []
        if not self._started:
            self._start(chunk)
        self._read(reader.delta_of(choice))
        if choice.get("finish_reason") and (finish := reader.finish_of(choice)):
            self._finish = finish
            self._matched = stops.matched_stop(finish, choice, self._identity.stop_sequences)
            if finish in stops.FAILED:
                return self._fail(upstream_failure(None, {"code": finish, "message": f"the upstream ended: {finish}"}))
        return self._emitter.take()

    def finish(self) -> list[Event]:
        """The events that end the stream, whether or not the upstream said that it is over."""
        if self._ended:
            return []
        if not self._started:
            return self._fail(upstream_failure(502, "the upstream ended its stream without an answer"))
        if self._finish is None:
            self._lose("finish_reason", "guessed", "the upstream ended without one")
            if not all(call.arguments.is_complete() or not call.arguments for call in self._calls.all):
                return self._fail(upstream_failure(502, "the upstream ended its stream within a tool call"))
        if self._tags:
            for kind, text in self._tags.finish():
                self._piece(kind, text)
        self._pump(final=True)
        for kind, text in self._late:
            self._write(kind, text)
        if self._space and self._emitter.open == "text" and not self._calls.all:
            self._emitter.text(self._space)
        self._close_text()
        for call in self._calls.all:
            self._sign(call)
        if self._annotations:
            self._lose("annotations", "dropped", "there is no text that they could belong to")
        self._end()
        return self._emitter.take()

    def error(self, exc: BaseException) -> list[Event]:
        """The `error` event for an exception; nothing follows it."""
        return [] if self._ended else self._fail(failure_of(exc))

    def _fail(self, failure: Failure) -> list[Event]:
        self._ended = True
        return [*self._emitter.take(), {**failure.body}]

    def _lose(self, path: str, what: str, why: str) -> None:
        self.losses.append({"path": f"$.{path}", "what": what, "why": why})

    def _start(self, chunk: dict[str, Any]) -> None:
        self._started = True
        usage = self._usage or self._estimate()
        message: Message = {
            "id": self._identity.begin(chunk),
            "type": "message",
            "role": "assistant",
            "model": self._identity.model(chunk),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**usage, "output_tokens": 0},
        }
        self._emitter.add({"type": "message_start", "message": message})

    def _estimate(self) -> Usage:
        return {
            "input_tokens": self._identity.input_estimate(),
            "output_tokens": self._characters // _CHARACTERS_PER_TOKEN,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        }

    def _read(self, delta: dict[str, Any]) -> None:
        plain = delta.keys() <= _TEXT_ONLY
        if not plain:
            for thought in reader.thoughts_of(delta):
                self._thought(thought)
        content = delta.get("content")
        if isinstance(content, str):
            if content:
                self._content(content)
        elif content:
            for kind, text in reader.contents_of(content):
                self._piece(kind, text)
        if not plain:
            self._read_rest(delta)

    def _read_rest(self, delta: dict[str, Any]) -> None:
        if refusal := reader.text_in(delta, "refusal"):
            self._refused = True
            self._write("text", refusal)
        if isinstance(annotations := delta.get("annotations"), list):
            self._annotations.extend(annotations)
        if calls := delta.get("tool_calls"):
            self._call(calls)
        elif isinstance(call := delta.get("function_call"), dict):
            self._call([{"function": call}])

    def _content(self, text: str) -> None:
        if self._tags is None:
            self._write("text", text)
            return
        for kind, piece in self._tags.feed(text):
            self._piece(kind, piece)

    def _piece(self, kind: str, text: str) -> None:
        if kind == "thinking":
            self._thought(reader.Thought(text))
        else:
            self._write(kind, text)

    def _thought(self, thought: reader.Thought) -> None:
        if thought.text:
            self._write("thinking", thought.text)
        if not (thought.signature or thought.redacted):
            return
        if self._emitter.open == "tool_use":
            self._lose("thinking", "signature dropped", "it came within a tool call")
            return
        if self._emitter.open == "text":
            self._close_text()
        if thought.redacted:
            self._emitter.redacted(thought.redacted)
        else:
            self._emitter.signature(thought.signature)

    def _write(self, kind: str, text: str) -> None:
        """Text or thinking, in a block of its own kind, and never inside or before an unfinished tool call."""
        if self._head < len(self._calls.all):
            if not text.strip():
                return
            if not self._calls.are_complete():
                self._late.append((kind, text))
                return
            self._pump(final=True)
        if kind == "thinking":
            self._think(text)
            return
        held = self._space + text
        said = held.rstrip()
        self._space = held[len(said) :]
        if said:
            self._emitter.text(said)
            self._text.append(said)
            self._characters += len(said)

    def _think(self, text: str) -> None:
        if self._emitter.open != "thinking":
            text = self._thought_space + text
            self._thought_space = "" if text.strip() else text
            if self._thought_space:
                return
            self._close_text()
        self._emitter.thinking(text)
        self._characters += len(text)

    def _close_text(self) -> None:
        """Close the open block; a text block first gets the citations that came for it."""
        if self._emitter.open == "text" and self._annotations:
            for citation in citations_of(self._annotations, "".join(self._text)):
                self._emitter.delta({"type": "citations_delta", "citation": citation})
            self._annotations.clear()
        self._emitter.stop()

    def _call(self, entries: Any) -> None:
        if isinstance(entries, dict):
            entries = [entries]
        if isinstance(entries, list):
            self._calls.add(entries)
            if self._calls.all:
                self._space = ""
                self._pump(final=False)

    def _pump(self, *, final: bool) -> None:
        """Hand on what is sure of the calls, in their order; with `final`, all of it."""
        calls = self._calls.all
        while self._head < len(calls):
            call = calls[self._head]
            if not call.block:
                if not (final or self._calls.may_open(self._head)):
                    return
                self._open_call(call)
            done = final or (self._head + 1 < len(calls) and call.arguments.is_complete())
            piece = call.arguments.take_rest() if done else call.arguments.take()
            if piece:
                self._emitter.delta({"type": "input_json_delta", "partial_json": piece})
                self._characters += len(piece)
            if not done:
                return
            self._emitter.stop()
            self._head += 1

    def _open_call(self, call: Call) -> None:
        self._close_text()
        call.block = True
        if not call.name:
            self._lose(f"tool_calls[{self._head}].name", "guessed", "the upstream named no tool")
        name = self._identity.tool_name(call.name or _UNNAMED)
        call.id = self._identity.call_id(call.id, self._head)
        self._sign(call)
        self._emitter.start("tool_use", {"type": "tool_use", "id": call.id, "name": name, "input": {}})

    def _sign(self, call: Call) -> None:
        """The state that Gemini wants back with a call, as the signature of a thinking block."""
        if call.signature:
            self._emitter.signature(marks.foreign_signature(call.signature, call.id))
            call.signature = ""

    def _end(self) -> None:
        self._ended = True
        usage = self._usage
        if usage is None:
            usage = self._estimate()
            self._lose("usage", "estimated", "the upstream counted no tokens")
        stop = stops.stop_of(self._finish, self._matched, has_calls=bool(self._calls.all), refused=self._refused)
        delta = {"stop_reason": stop.reason, "stop_sequence": stop.sequence}
        self._emitter.add({"type": "message_delta", "delta": delta, "usage": {**usage}})
        self._emitter.add({"type": "message_stop"})
