"""The table of models: from the name somebody asks for to a provider, the name there, its limits, abilities and prices.

The table is `models.yaml`; the one of `PIPELINE_LLM_MODELS_FILE` lies over it. Refuses a name that no row knows, and
never falls back to a neighbour.
"""

import difflib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import re2
import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, field_validator, model_validator

from pipeline_project import settings
from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.llm import price_map
from pipeline_project.llm.requests import ComplexityClass

TABLE: Final = Path(__file__).parent / "models.yaml"
_NEAR: Final = 0.5


class Limits(BaseModel):
    """Tokens; None is unknown and limits nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    context_window: PositiveInt | None = None
    max_output: PositiveInt | None = None


class Abilities(BaseModel):
    """What a model can do; None leaves it to the price map, where nothing may be known either."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    vision: bool | None = None
    tools: bool | None = None
    thinking: bool | None = None
    json_schema: bool | None = None


class Prices(BaseModel):
    """US dollars per million tokens, of your own; None leaves it to the price map. Written as numbers or text.

    `cache_write_hour_price`: of writes that live an hour; without it they cost what other writes do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_price: Decimal | None = Field(default=None, ge=0)
    output_price: Decimal | None = Field(default=None, ge=0)
    cache_read_price: Decimal | None = Field(default=None, ge=0)
    cache_write_price: Decimal | None = Field(default=None, ge=0)
    cache_write_hour_price: Decimal | None = Field(default=None, ge=0)

    @field_validator("*", mode="before")
    @classmethod
    def _as_written(cls, value: Any) -> Any:
        # YAML reads 0.1 as a float; its shortest spelling is what was written
        return str(value) if isinstance(value, float) else value


class Model(BaseModel):
    """What serves a name. `name`: as asked for. `upstream`: the name at the provider. `aliases`: its short names."""

    model_config = ConfigDict(frozen=True)

    name: str
    provider: str
    upstream: str
    aliases: tuple[str, ...]
    limits: Limits
    abilities: Abilities = Abilities()
    prices: Prices = Prices()


class Row(Limits, Abilities, Prices):
    """One row of the table; the head of `models.yaml` says what the fields mean."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input_price: Decimal | None = Field(default=None, ge=0, strict=False)
    output_price: Decimal | None = Field(default=None, ge=0, strict=False)
    cache_read_price: Decimal | None = Field(default=None, ge=0, strict=False)
    cache_write_price: Decimal | None = Field(default=None, ge=0, strict=False)
    cache_write_hour_price: Decimal | None = Field(default=None, ge=0, strict=False)
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
    """Aliases, rows, and what to turn to when a model fails; every alias and fallback leads to a row."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    aliases: dict[str, str] = {}
    fallbacks: dict[str, list[str]] = {}
    classes: dict[ComplexityClass, list[str]] = {}
    models: list[Row] = []

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        for alias, name in self.aliases.items():
            if alias != alias.lower() or self._find(name) is None:
                raise ValueError(f"the alias {alias!r} leads to {name!r}, which no row knows, or is not lower case")
        lists = [(f"fallbacks of {name!r}", (name, *others)) for name, others in self.fallbacks.items()]
        lists += [(f"class {name}", tuple(others)) for name, others in self.classes.items()]
        for what, names in lists:
            for each in names:
                if self._find(self.aliases.get(each.lower(), each)) is None:
                    raise ValueError(f"the {what} names {each!r}, which no row knows")
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
        return Model(
            name=asked,
            provider=row.provider,
            upstream=row.model or bare,
            aliases=aliases,
            limits=_part(Limits, row),
            abilities=_part(Abilities, row),
            prices=_part(Prices, row),
        )

    def about(self, provider: str, upstream: str) -> Row | None:
        """The first row of that provider which such a name at the provider fits; None if none does."""
        for row in self.models:
            fits = row.model == upstream if row.model else re2.fullmatch(f"(?i:{row.pattern})", upstream)
            if row.provider == provider and fits:
                return row
        return None

    def names(self) -> list[str]:
        """Every name that can be written down: the aliases, what the lists name, and rows without a pattern's signs."""
        plain = (row.pattern for row in self.models if re2.escape(row.pattern).replace("\\-", "-") == row.pattern)
        listed = (name for names in (*self.fallbacks.values(), *self.classes.values()) for name in names)
        return sorted({*self.aliases, *self.aliases.values(), *self.fallbacks, *listed, *plain})

    def _find(self, name: str) -> tuple[Row, str] | None:
        """The first row that fits, and the name without its provider."""
        for row in self.models:
            prefix = f"{row.provider}/"
            has_prefix = name.lower().startswith(prefix)
            bare = name[len(prefix) :] if has_prefix else name
            if (has_prefix or not row.prefixed) and re2.fullmatch(f"(?i:{row.pattern})", bare):
                return row, bare
        return None

    def _sold(self) -> list[str]:
        """The names, and those of the price map that a row serves under just this name."""
        found = {
            name for vendor, name in price_map.chat_names() if (hit := self._find(name)) and hit[0].provider == vendor
        }
        return sorted({*self.names(), *found})

    def _hint(self, asked: str) -> str:
        bare = asked.rsplit("/", 1)[-1]
        near = difflib.get_close_matches(bare, self._sold(), n=5, cutoff=_NEAR)
        if near:
            return f"Near names: {', '.join(near)}."
        prefixed = ", ".join(f"{row.provider}/…" for row in self.models if row.prefixed)
        return f"Known names: {', '.join(self.names())}; or {prefixed}."


def load_table(path: Path = TABLE, *, over: ModelTable | None = None) -> ModelTable:
    """The table of a YAML file, laid over another: its rows are looked at first. Raises InvalidInput for no table."""
    try:
        value: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        if over is not None and isinstance(value, dict):
            value = _laid_over(value, over)
        return ModelTable.model_validate(value)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidInput(f"is not YAML text: {' '.join(str(error).split())}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"{place}: {first['msg']}" if place else first["msg"], where=str(path)) from error


def _laid_over(own: dict[str, Any], under: ModelTable) -> dict[str, Any]:
    """Both tables as one; what is not of the right type stays as it is, for validation to name."""
    merged = {**own}
    tables: dict[str, dict[Any, Any]] = {
        "aliases": under.aliases,
        "fallbacks": under.fallbacks,
        "classes": under.classes,
    }
    for key, theirs in tables.items():
        if isinstance(mine := own.get(key, {}), dict):
            merged[key] = {**theirs, **mine}
    if isinstance(rows := own.get("models", []), list):
        merged["models"] = [*rows, *under.models]
    return merged


@lru_cache(maxsize=8)
def _table(own: Path | None, _changed: int) -> ModelTable:
    shipped = load_table()
    return shipped if own is None else load_table(own, over=shipped)


def table() -> ModelTable:
    """The table in force: the shipped one under the one of `PIPELINE_LLM_MODELS_FILE`, read again when it changes."""
    own = settings.load().llm_models_file
    try:
        return _table(own, own.stat().st_mtime_ns if own else 0)
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=f"PIPELINE_LLM_MODELS_FILE {own}") from error


def resolve(name: str) -> Model:
    """The model that is asked for by `name`, by the table in force. Raises NotFound, listing near names."""
    return table().resolve(name)


_Part = TypeVar("_Part", bound=BaseModel)


def _part(kind: type[_Part], row: Row) -> _Part:
    return kind.model_construct(**{name: getattr(row, name) for name in kind.model_fields})
