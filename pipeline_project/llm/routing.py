"""Which model answers a request, and which ones take over: an explicit name, an alias, or rules over what is needed.

An explicit model is never replaced: what it cannot do is an error that names models that can. An alias may have
fallbacks in the table of models; where no model is named, the class of the work and the needs decide. Refuses models
that are unknown, and, where the choice is free, providers without a key and abilities that are not known.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, get_args

from pipeline_project import settings as configuration
from pipeline_project.errors import InvalidInput
from pipeline_project.llm import models
from pipeline_project.llm.demands import Demands, demands_of
from pipeline_project.llm.keys import KeyStore, how_to_set
from pipeline_project.llm.models import Model, ModelTable
from pipeline_project.llm.providers import factory
from pipeline_project.llm.providers.base import ModelInfo
from pipeline_project.llm.requests import Caller, ComplexityClass, Needs, Request
from pipeline_project.persistence import engine
from pipeline_project.settings import Settings

OFFLINE: Final = "offline"
_CLASSES: Final[tuple[ComplexityClass, ...]] = get_args(ComplexityClass)
_MOST_FALLBACKS: Final = 3


@dataclass(frozen=True)
class Candidate:
    """A model that may answer. `why`: in a sentence."""

    model: Model
    why: str

    @property
    def provider(self) -> str:
        """Who serves it."""
        return self.model.provider

    @property
    def upstream(self) -> str:
        """Its name there."""
        return self.model.upstream

    @property
    def label(self) -> str:
        """provider/model, and the name of its breaker."""
        return self.provider if self.provider == self.upstream else f"{self.provider}/{self.upstream}"

    def holds_more_than(self, other: "Candidate") -> bool:
        """Whether its context window is known to be larger."""
        mine, theirs = self.model.limits.context_window, other.model.limits.context_window
        return mine is not None and theirs is not None and mine > theirs


@dataclass(frozen=True)
class Choice:
    """Whom to ask, first the chosen one, then its fallbacks. `refused`: names that were left out, and why."""

    asked: str
    candidates: tuple[Candidate, ...]
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def model(self) -> str:
        """The chosen model's name at its provider."""
        return self.candidates[0].upstream

    @property
    def provider(self) -> str:
        """Who serves it."""
        return self.candidates[0].provider

    def explain(self) -> str:
        """Why, a line per candidate and per model that was left out."""
        first, *rest = self.candidates
        lines = [f"{first.label}: {first.why}"]
        lines += [f"then {candidate.label}: {candidate.why}" for candidate in rest]
        return "\n".join([*lines, *(f"not {name}: {why}" for name, why in self.refused)])


class Router:
    """Chooses by a table of models, what is known of them, and which providers have a key for a caller."""

    def __init__(
        self, table: ModelTable, default: str, is_configured: Callable[[str, Caller], bool], info: "Info | None" = None
    ) -> None:
        """`default`: the model of requests that name none and need nothing in particular."""
        self._table = table
        self._default = default
        self._is_configured = is_configured
        self._info = info or factory.model_info

    def choose(self, request: Request) -> Choice:
        """The choice. Raises NotFound for an unknown model, InvalidInput when none can do what is asked."""
        demands, needs = demands_of(request), request.needs
        if request.model:
            return self._named(request, request.model, demands)
        if demands.bound and request.api_key is not None:
            raise InvalidInput("a key came with the request, but no model", where="model", remedy="Name the model.")
        free = needs.complexity or needs.max_price is not None or needs.providers
        if not free:
            default = self._table.resolve(self._default)
            lack = self._lack(default, demands, needs, free=False)
            if lack is None:
                why = "no model was named, and it is PIPELINE_LLM_MODEL"
                return self._with_fallbacks(request, self._default, Candidate(default, why), demands)
        return self._by_rules(request, demands)

    def able(self, demands: Demands, needs: Needs) -> list[str]:
        """Models of the classes that can do it, configured or not."""
        names = dict.fromkeys(name for names in self._table.classes.values() for name in names)
        return [name for name in names if self._lack(self._table.resolve(name), demands, needs, free=True) is None]

    def _named(self, request: Request, asked: str, demands: Demands) -> Choice:
        model = self._table.resolve(asked)
        lack = self._lack(model, demands, request.needs, free=False)
        if lack is not None:
            able = self.able(demands, request.needs)
            remedy = f"Ask one that can: {', '.join(able[:6])}." if able else "Ask another model, or need less."
            raise InvalidInput(f"{asked} {lack}", where="model", remedy=remedy)
        alias = asked.strip().lower() in self._table.aliases
        why = f"{asked!r} is an alias of it" if alias else "it was asked for by name"
        return self._with_fallbacks(request, asked, Candidate(model, why), demands)

    def _with_fallbacks(self, request: Request, asked: str, first: Candidate, demands: Demands) -> Choice:
        """The candidate and what the table names as its fallbacks, as far as they can and may."""
        names = self._table.fallbacks.get(asked.strip().lower(), self._table.fallbacks.get(asked.strip(), []))
        if not request.fallback or not names:
            return Choice(asked, (first,))
        models_of = [(name, self._table.resolve(name)) for name in names]
        others, refused = self._sifted(models_of, request, demands, first.provider)
        candidates = [Candidate(model, f"a fallback of {asked!r}") for model in others if _differs(model, first.model)]
        alias = asked.strip().lower() in self._table.aliases
        if alias and candidates and not self._is_configured(first.provider, request.caller):
            # an alias stands for a kind of model; a model that was named is kept, and its missing key is an error
            refused = [(first.label, f"there is no key for {first.provider}"), *refused]
            return Choice(asked, tuple(candidates[:_MOST_FALLBACKS]), tuple(refused))
        return Choice(asked, (first, *candidates[:_MOST_FALLBACKS]), tuple(refused))

    def _by_rules(self, request: Request, demands: Demands) -> Choice:
        wanted = request.needs.complexity or "moderate"
        if wanted not in _CLASSES:
            remedy = f"Use one of {', '.join(_CLASSES)}."
            raise InvalidInput(f"there is no class of work {wanted!r}", where="complexity", remedy=remedy)
        position = _CLASSES.index(wanted)
        # a stronger class before a weaker one
        order: list[ComplexityClass] = [*_CLASSES[position:], *reversed(_CLASSES[:position])]
        refused: list[tuple[str, str]] = []
        for name in order:
            found, out = self._sifted(self._class(name), request, demands, None)
            refused += [each for each in out if each not in refused]
            if found:
                ranked = _preferred(found, request.needs.providers)[: _MOST_FALLBACKS + 1]
                why = f"it is of the class {name}" + ("" if name == wanted else f", and none of {wanted} can be used")
                candidates = [Candidate(model, why) for model in ranked]
                return Choice(wanted, tuple(candidates if request.fallback else candidates[:1]), tuple(refused))
        return self._last_resort(request, demands, wanted, refused)

    def _last_resort(self, request: Request, demands: Demands, wanted: str, refused: list[tuple[str, str]]) -> Choice:
        """The default model, else the offline one, where they can."""
        for name in dict.fromkeys((self._default, OFFLINE)):
            model = self._table.resolve(name)
            lack = self._lack(model, demands, request.needs, free=False)
            if lack is None and _is_wanted(model, request.needs):
                return Choice(wanted, (Candidate(model, "no model of any class can be used"),), tuple(refused))
            refused.append((name, lack or "its provider is not among those asked for"))
        able = self.able(demands, request.needs)
        providers = sorted({self._table.resolve(name).provider for name in able})
        reasons = "; ".join(f"{name}: {why}" for name, why in refused[:8])
        remedy = how_to_set(providers[0]) if providers else "Need less, or name a model."
        raise InvalidInput(f"no model can do what is asked ({reasons})", where="model", remedy=remedy)

    def _class(self, name: ComplexityClass) -> list[tuple[str, Model]]:
        return [(each, self._table.resolve(each)) for each in self._table.classes.get(name, [])]

    def _sifted(
        self, named: Iterable[tuple[str, Model]], request: Request, demands: Demands, bound_to: str | None
    ) -> tuple[list[Model], list[tuple[str, str]]]:
        """Those that can and may, and the others with the reason. `bound_to`: the provider spoken to so far."""
        kept, refused = [], []
        for name, model in named:
            why = self._lack(model, demands, request.needs, free=True)
            if why is None and demands.bound and bound_to not in (None, model.provider):
                why = demands.bound
            if why is None and not _is_wanted(model, request.needs):
                why = "its provider is not among those asked for"
            if why is None and not self._is_configured(model.provider, request.caller):
                why = f"there is no key for {model.provider}"
            if why is None:
                kept.append(model)
            else:
                refused.append((name, why))
        return kept, refused

    def _lack(self, model: Model, demands: Demands, needs: Needs, *, free: bool) -> str | None:
        """Why a model cannot do it; None if it can. `free`: what is not known counts as a lack."""
        info = self._info(model.provider, model.upstream)
        # an explicit model may pass with what nobody knows of it, and its provider leaves thinking out
        missing = (None, False) if free else (False,)
        if demands.vision and info.vision in missing:
            return "cannot read images"
        if demands.tools and info.tools in missing:
            return "cannot call tools"
        if needs.json and info.json_schema in missing and info.tools in missing:
            return "cannot keep to a schema"
        if demands.thinking and (free or needs.thinking) and info.thinking in missing:
            return "cannot think"
        if free and info.context_window is not None and demands.tokens > info.context_window:
            return f"holds {info.context_window} tokens, and the request has about {demands.tokens}"
        return _too_dear(info, needs.max_price)


Info = Callable[[str, str], ModelInfo]


def choose(request: Request) -> Choice:
    """The choice for a request, by the settings and the stored keys. Raises as `Router.choose` does."""
    current = configuration.load()
    return router(current, KeyStore(engine.default(), current)).choose(request)


def router(settings: Settings, keys: KeyStore) -> Router:
    """The router of these settings, over the table in force."""
    return Router(models.table(), settings.llm_model, lambda provider, caller: keys.has(caller, provider))


def _too_dear(info: ModelInfo, most: float | None) -> str | None:
    if most is None:
        return None
    if info.output_price is None:
        return "has no known price, and a highest price is set"
    price = Decimal(info.output_price)
    return f"costs ${price} per million output tokens, more than ${most:g}" if price > Decimal(str(most)) else None


def _preferred(found: list[Model], providers: tuple[str, ...]) -> list[Model]:
    rank = {name: number for number, name in enumerate(providers)}
    return sorted(found, key=lambda model: rank.get(model.provider, len(rank)))


def _is_wanted(model: Model, needs: Needs) -> bool:
    return not needs.only or model.provider in needs.providers


def _differs(one: Model, other: Model) -> bool:
    return (one.provider, one.upstream) != (other.provider, other.upstream)
