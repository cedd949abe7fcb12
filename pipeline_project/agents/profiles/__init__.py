"""Agent profiles: YAML files that say who an agent is, which tools it has and what bounds it.

The shipped ones lie beside this module; a file of your own is named by its path. Refuses unknown keys and tools.
"""

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline_project.agents.models import Agent, Bounds
from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.tools import tools

_FOLDER = Path(__file__).parent


class ProfileBounds(BaseModel):
    """The `bounds` of a profile."""

    model_config = ConfigDict(extra="forbid")

    turns: int = Field(default=30, ge=1, le=1000)
    cost: Decimal | None = Field(default=None, gt=0)
    seconds: float = Field(default=1800, gt=0, le=86400)
    tokens_per_turn: int = Field(default=8192, ge=1)


class Profile(BaseModel):
    """A profile as its file says it. `tools: all` stands for every tool."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")
    description: str = ""
    instructions: str = Field(min_length=1)
    model: str | None = None
    tools: tuple[str, ...] | str = ()
    answer: dict[str, Any] | None = Field(default=None, description="JSON Schema of its last answer")
    bounds: ProfileBounds = ProfileBounds()

    def agent(self) -> Agent:
        """The agent. Raises NotFound for a tool that there is not."""
        named = tools().names() if self.tools == "all" else [self.tools] if isinstance(self.tools, str) else self.tools
        return Agent(
            name=self.name,
            instructions=self.instructions.strip(),
            model=self.model,
            tools=tuple(tools().canonical(name) for name in named),
            schema=self.answer,
            bounds=Bounds(**self.bounds.model_dump()),
            description=self.description.strip(),
        )


def find(name: str) -> Agent:
    """The agent of a shipped profile, or of a YAML file's path. Raises NotFound, InvalidInput."""
    if is_file(name):
        return load(Path(name))
    return shipped(name, remedy="; or give the path of a YAML file")


def shipped(name: str, *, remedy: str = "") -> Agent:
    """The agent of a shipped profile: what a model may name, which must read no file by that. Raises NotFound."""
    there = names()
    if name not in there:
        remedy = f"There are {', '.join(there)}{remedy}."
        raise NotFound(f"there is no agent {name!r}", where="agent", remedy=remedy)
    return _shipped(name)


def is_file(name: str) -> bool:
    """Whether a name is that of a YAML file of one's own."""
    return name.endswith((".yaml", ".yml"))


def names() -> list[str]:
    """The shipped profiles."""
    return sorted(path.stem.replace("_", "-") for path in _FOLDER.glob("*.yaml"))


def load(path: Path) -> Agent:
    """The agent of a YAML file. Raises InvalidInput naming the field that does not fit, NotFound for a tool."""
    try:
        text = path.read_text(encoding="utf-8")
        value, repeated = yaml.safe_load(text), _repeated(text)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise InvalidInput(f"is not YAML text: {' '.join(str(error).split())}", where=str(path)) from error
    if not isinstance(value, dict):
        remedy = "Write name, instructions and tools."
        raise InvalidInput("is no mapping of fields", where=str(path), remedy=remedy)
    if repeated:
        raise InvalidInput(f"has {', '.join(repeated)} twice", where=str(path), remedy="Keep one of them.")
    try:
        return Profile.model_validate(value).agent()
    except NotFound as error:
        raise NotFound(error.message, where=f"{path}, tools", remedy=error.remedy) from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors())
        raise InvalidInput(problems, where=str(path)) from error


def _repeated(text: str) -> list[str]:
    """The fields that are there twice: YAML readers take the last one and say nothing."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    named = [str(key.value) for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    return sorted({name for name in named if named.count(name) > 1})


@cache
def _shipped(name: str) -> Agent:
    return load(_FOLDER / f"{name.replace('-', '_')}.yaml")
