"""What rules look at: a request or a response, indexed once, tolerant of every JSON shape.

Each property answers with an empty value where the body has the wrong shape; saying so is the shape rules'
work. Refuses to change the body: everything here is a view of the caller's own objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple, TypeGuard

from pipeline_project.messages.blocks import CLIENT_TOOL_PREFIXES, ROLES, SERVER_TOOL_PREFIXES
from pipeline_project.validation.files import InlineFile, inline_file
from pipeline_project.validation.limits import (
    PROVIDER_LIMITS,
    ModelLimits,
    ProviderLimits,
    model_limits,
)
from pipeline_project.validation.registry import Endpoint, Provider
from pipeline_project.validation.report import Path
from pipeline_project.validation.schemas import Budget, Schema, read_schema
from pipeline_project.validation.walk import Survey, survey

FORCED_CHOICES = frozenset({"any", "tool"})


class Block(NamedTuple):
    """One content block that is an object with a string type; string content counts as one text block."""

    path: Path
    role: str
    kind: str
    value: dict[str, Any]


class Turn(NamedTuple):
    """A run of messages with one role, which the API joins; `role` is "" for a message without one."""

    role: str
    start: int
    stop: int
    blocks: list[Block]


class Tool(NamedTuple):
    """One tool definition; `kind` is its type, "custom" where it has none."""

    path: Path
    name: str
    kind: str
    value: dict[str, Any]

    @property
    def custom(self) -> bool:
        """True when the caller defines the tool, so that it has an input_schema."""
        return self.kind == "custom"

    @property
    def known(self) -> bool:
        """True for tools the caller defines and for the types the API is known to define."""
        return self.custom or self.kind.startswith(SERVER_TOOL_PREFIXES + CLIENT_TOOL_PREFIXES)


class Breakpoint(NamedTuple):
    """One cache_control with the path of its key."""

    path: Path
    value: Any

    @property
    def lifetime(self) -> Any:
        """The time to live, 5m unless it says otherwise; None for what is no object."""
        return (self.value.get("ttl") or "5m") if isinstance(self.value, dict) else None


class Content:
    """Blocks by kind, for what has blocks: a request's messages or a response's content."""

    @cached_property
    def blocks(self) -> list[Block]:
        """Blocks directly in messages or in the response, in order."""
        return []

    @cached_property
    def nested(self) -> list[Block]:
        """Blocks inside the content of tool_result blocks."""
        return [inner for block in self.blocks if block.kind == "tool_result" for inner in nested_in(block)]

    @cached_property
    def kinds(self) -> dict[str, list[Block]]:
        """Every block, nested ones too, by its type."""
        table: dict[str, list[Block]] = {}
        for block in (*self.blocks, *self.nested):
            table.setdefault(block.kind, []).append(block)
        return table

    def of(self, *kinds: str) -> Iterator[Block]:
        """The blocks of these types, nested ones too."""
        for kind in kinds:
            yield from self.kinds.get(kind, ())


@dataclass(frozen=True, eq=False)
class Request(Content):
    """A request body (or bare messages under the key `messages`) with what decides which limits hold."""

    body: Any
    provider: Provider = "anthropic"
    endpoint: Endpoint = "messages"
    betas: frozenset[str] = field(default_factory=frozenset)

    def with_body(self, body: Any) -> "Request":
        """The same circumstances with another body."""
        return replace(self, body=body)

    @cached_property
    def keys(self) -> dict[str, Any]:
        """The body, or an empty object."""
        return self.body if isinstance(self.body, dict) else {}

    @cached_property
    def survey(self) -> Survey:
        """How much text the body holds, and whether all of it has a JSON form."""
        return survey(self.keys)

    @cached_property
    def budget(self) -> Budget:
        """What the checks against JSON Schemas may still cost."""
        return Budget()

    @cached_property
    def schemas(self) -> dict[Path, Schema]:
        """The input_schema of each custom tool that has one, by the tool's path."""
        return {
            tool.path: read_schema(schema, self.budget)
            for tool in self.tools
            if tool.custom and isinstance(schema := tool.value.get("input_schema"), dict)
        }

    @cached_property
    def limits(self) -> ModelLimits:
        """Limits of the model named in the body."""
        name = self.keys.get("model")
        return model_limits(name if isinstance(name, str) else "")

    @property
    def provider_limits(self) -> ProviderLimits:
        """Limits of the provider, whatever the model."""
        return PROVIDER_LIMITS[self.provider]

    @cached_property
    def messages(self) -> list[Any]:
        """The messages as they stand, of any shape."""
        return as_list(self.keys.get("messages"))

    @cached_property
    def turns(self) -> list[Turn]:
        """Messages joined as the API joins them: consecutive ones of one role are one turn."""
        turns: list[Turn] = []
        for index, message in enumerate(self.messages):
            message = as_dict(message)
            role = message.get("role")
            role = role if isinstance(role, str) and role in ROLES else ""
            blocks = list(_blocks(message.get("content"), ("messages", index, "content"), role))
            if role and turns and turns[-1].role == role:
                turns[-1].blocks.extend(blocks)
                turns[-1] = turns[-1]._replace(stop=index + 1)
            else:
                turns.append(Turn(role, index, index + 1, blocks))
        return turns

    @cached_property
    def blocks(self) -> list[Block]:
        """Blocks directly in messages, in order."""
        return [block for turn in self.turns for block in turn.blocks]

    @cached_property
    def files(self) -> dict[Path, InlineFile]:
        """The base64 sources of images and documents by their path, each decoded once."""
        found: dict[Path, InlineFile] = {}
        for block in self.of("image", "document"):
            source = as_dict(block.value.get("source"))
            data = source.get("data")
            if source.get("type") == "base64" and isinstance(data, str):
                path = (*block.path, "source")
                found[path] = inline_file(path, block.kind, source, data)
        return found

    @cached_property
    def tools(self) -> list[Tool]:
        """Tool definitions that are objects."""
        found: list[Tool] = []
        for index, tool in enumerate(as_list(self.keys.get("tools"))):
            if isinstance(tool, dict):
                name, kind = tool.get("name"), tool.get("type")
                kind = kind if isinstance(kind, str) and kind else "custom"
                found.append(Tool(("tools", index), name if isinstance(name, str) else "", kind, tool))
        return found

    @cached_property
    def tools_by_name(self) -> dict[str, Tool]:
        """The first tool of each name."""
        return {tool.name: tool for tool in reversed(self.tools) if tool.name}

    @cached_property
    def breakpoints(self) -> list[Breakpoint]:
        """Every cache_control on a tool or block, in the order tools, system, messages; null counts as absent."""
        holders: list[Tool | Block] = [*self.tools, *self.system_blocks]
        for block in self.blocks:
            if block.kind == "tool_result":
                holders.extend(nested_in(block))
            holders.append(block)
        return [
            Breakpoint((*holder.path, "cache_control"), point)
            for holder in holders
            if (point := holder.value.get("cache_control")) is not None
        ]

    @cached_property
    def system_blocks(self) -> list[Block]:
        """Blocks of the top-level system prompt; a string has none."""
        system = self.keys.get("system")
        return list(_blocks(system, ("system",), "system")) if isinstance(system, list) else []

    @property
    def tool_choice(self) -> dict[str, Any]:
        """The tool_choice object, or an empty one."""
        return as_dict(self.keys.get("tool_choice"))

    @property
    def forced(self) -> bool:
        """True when the model must call a tool."""
        kind = self.tool_choice.get("type")
        return isinstance(kind, str) and kind in FORCED_CHOICES

    @property
    def thinking(self) -> dict[str, Any]:
        """The thinking object, or an empty one."""
        return as_dict(self.keys.get("thinking"))

    @property
    def output_config(self) -> dict[str, Any]:
        """The output_config object, or an empty one."""
        return as_dict(self.keys.get("output_config"))


@dataclass(frozen=True, eq=False)
class Response(Content):
    """A response body and, when it is known, the request it answers."""

    body: Any
    request: Request | None = None
    provider: Provider = "anthropic"
    endpoint: Endpoint = "messages"

    @cached_property
    def keys(self) -> dict[str, Any]:
        """The body, or an empty object."""
        return self.body if isinstance(self.body, dict) else {}

    @cached_property
    def blocks(self) -> list[Block]:
        """The blocks of the answer."""
        content = self.keys.get("content")
        return list(_blocks(content, ("content",), "assistant")) if isinstance(content, list) else []


def nested_in(result: Block) -> list[Block]:
    """The blocks inside the content of one tool_result."""
    return list(_blocks(result.value.get("content"), (*result.path, "content"), result.role))


def as_dict(value: Any) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text_of(block: Block, key: str = "text") -> str:
    """The string under `key`, "" where there is none."""
    value = block.value.get(key)
    return value if isinstance(value, str) else ""


def is_number(value: Any) -> TypeGuard[int | float | Decimal]:
    """True for a JSON number: int, float or Decimal; not bool, nor Decimal NaN, which cannot be compared."""
    if isinstance(value, Decimal):
        return not value.is_nan()
    return not isinstance(value, bool) and isinstance(value, int | float)


def is_whole(value: Any) -> TypeGuard[int]:
    """True for a JSON integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def _blocks(content: Any, path: Path, role: str) -> Iterator[Block]:
    if isinstance(content, str):
        yield Block(path, role, "text", {"type": "text", "text": content})
    elif isinstance(content, list):
        for index, value in enumerate(content):
            if isinstance(value, dict):
                kind = value.get("type")
                if isinstance(kind, str):
                    yield Block((*path, index), role, kind, value)
