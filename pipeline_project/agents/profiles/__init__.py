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
    if name.endswith((".yaml", ".yml")):
        return load(Path(name))
    shipped = names()
    if name not in shipped:
        remedy = f"There are {', '.join(shipped)}; or give the path of a YAML file."
        raise NotFound(f"there is no agent {name!r}", where="agent", remedy=remedy)
    return _shipped(name)


def names() -> list[str]:
    """The shipped profiles."""
    return sorted(path.stem.replace("_", "-") for path in _FOLDER.glob("*.yaml"))


def load(path: Path) -> Agent:
    """The agent of a YAML file. Raises InvalidInput naming the field that does not fit, NotFound for a tool."""
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"is not YAML text: {' '.join(str(error).split())}", where=str(path)) from error
    try:
        return Profile.model_validate(value).agent()
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors())
        raise InvalidInput(problems, where=str(path)) from error


@cache
def _shipped(name: str) -> Agent:
    return load(_FOLDER / f"{name.replace('-', '_')}.yaml")
