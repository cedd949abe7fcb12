"""The table of models: from the name somebody asks for to a provider, the name there, and the limits.

The table is `models.yaml`. Refuses a name that no row knows, and never falls back to a neighbour.
"""

import difflib
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

import re2
import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, field_validator, model_validator

from pipeline_project.errors import InvalidInput, NotFound

TABLE: Final = Path(__file__).parent / "models.yaml"
_NEAR: Final = 0.5


class Limits(BaseModel):
    """Tokens; None is unknown and limits nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    context_window: PositiveInt | None = None
    max_output: PositiveInt | None = None


class Model(BaseModel):
    """What serves a name. `name`: as asked for. `upstream`: the name at the provider. `aliases`: its short names."""

    model_config = ConfigDict(frozen=True)

    name: str
    provider: str
    upstream: str
    aliases: tuple[str, ...]
    limits: Limits


class Row(Limits):
    """One row of the table; the head of `models.yaml` says what the fields mean."""

    pattern: str
    provider: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    model: str | None = None
    prefixed: bool = False

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re2.compile(pattern)
        except re2.error as error:
            raise ValueError(f"{pattern!r} is no RE2 pattern") from error
        return pattern


class ModelTable(BaseModel):
    """Aliases and rows; every alias leads to a row."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    aliases: dict[str, str] = {}
    models: list[Row]

    @model_validator(mode="after")
    def _aliases_lead_somewhere(self) -> Self:
        for alias, name in self.aliases.items():
            if alias != alias.lower() or self._find(name) is None:
                raise ValueError(f"the alias {alias!r} leads to {name!r}, which no row knows, or is not lower case")
        return self

    def resolve(self, name: str) -> Model:
        """The model that is asked for by `name`: an alias, a name, or `provider/name`; case does not matter.

        Raises NotFound for a name that no row knows; the remedy lists near names, else all that have one.
        """
        asked = name.strip()
        target = self.aliases.get(asked.lower(), asked)
        found = self._find(target)
        if found is None:
            raise NotFound(f"there is no model {asked!r}", where="model", remedy=self._hint(asked.lower()))
        row, bare = found
        aliases = tuple(alias for alias, other in self.aliases.items() if self._find(other) == found)
        limits = Limits(context_window=row.context_window, max_output=row.max_output)
        return Model(name=asked, provider=row.provider, upstream=row.model or bare, aliases=aliases, limits=limits)

    def names(self) -> list[str]:
        """Every name that can be written down: the aliases, what they lead to, and rows without a pattern's signs."""
        plain = (row.pattern for row in self.models if re2.escape(row.pattern).replace("\\-", "-") == row.pattern)
        return sorted({*self.aliases, *self.aliases.values(), *plain})

    def _find(self, name: str) -> tuple[Row, str] | None:
        """The first row that fits, and the name without its provider."""
        for row in self.models:
            prefix = f"{row.provider}/"
            has_prefix = name.lower().startswith(prefix)
            bare = name[len(prefix) :] if has_prefix else name
            if (has_prefix or not row.prefixed) and re2.fullmatch(f"(?i:{row.pattern})", bare):
                return row, bare
        return None

    def _hint(self, asked: str) -> str:
        bare = asked.rsplit("/", 1)[-1]
        near = difflib.get_close_matches(bare, self.names(), n=5, cutoff=_NEAR)
        if near:
            return f"Near names: {', '.join(near)}."
        prefixed = ", ".join(f"{row.provider}/…" for row in self.models if row.prefixed)
        return f"Known names: {', '.join(self.names())}; or {prefixed}."


def load_table(path: Path = TABLE) -> ModelTable:
    """The table of a YAML file. Raises InvalidInput when it cannot be read as one."""
    try:
        value: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return ModelTable.model_validate(value)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"is not YAML text: {' '.join(str(error).split())}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"{place}: {first['msg']}" if place else first["msg"], where=str(path)) from error


@lru_cache(maxsize=1)
def _shipped() -> ModelTable:
    return load_table()


def resolve(name: str) -> Model:
    """The model that is asked for by `name`, by the table that ships. Raises NotFound, listing near names."""
    return _shipped().resolve(name)
