"""What holds whatever is asked: routing keeps the needs, costs are exact and grow, retries keep to the time."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_project.errors import (
    ContextOverflow,
    InvalidInput,
    Overloaded,
    RateLimited,
    RequestRejected,
    ServiceUnavailable,
)
from pipeline_project.llm import cost
from pipeline_project.llm.demands import demands_of
from pipeline_project.llm.models import Limits, Model, ModelTable, Row
from pipeline_project.llm.providers.base import ModelInfo
from pipeline_project.llm.requests import Needs, Request
from pipeline_project.llm.responses import Usage
from pipeline_project.llm.retry import Course
from pipeline_project.llm.routing import Candidate, Router

PROVIDERS = ("openai", "anthropic", "google")
NAMES = tuple(f"{provider}-{number}" for provider in PROVIDERS for number in range(3))
known = st.sampled_from([True, False, None])
counts = st.integers(0, 3_000_000)
usages = st.builds(
    lambda given, said, read, written, share: Usage(given, said, read, written, int(said * share)),
    counts,
    counts,
    counts,
    counts,
    st.floats(0, 1),
)


@st.composite
def infos(draw):
    """What is known of every model."""
    found = {}
    for name in NAMES:
        found[name] = ModelInfo(
            name,
            name.rsplit("-", 1)[0],
            context_window=draw(st.sampled_from([None, 100, 1_000_000])),
            vision=draw(known),
            tools=draw(known),
            thinking=draw(known),
            json_schema=draw(known),
            output_price=draw(st.sampled_from([None, "0.4", "15"])),
        )
    return found


needs = st.builds(
    Needs,
    complexity=st.sampled_from(["simple", "moderate", "complex", "advanced", None]),
    tools=st.booleans(),
    vision=st.booleans(),
    thinking=st.booleans(),
    json=st.booleans(),
    max_price=st.sampled_from([None, 1.0, 20.0]),
    providers=st.sampled_from([(), ("google",), ("anthropic", "openai")]),
    only=st.booleans(),
)


def router(found, keys, fallbacks):
    rows = [Row(pattern=name, provider=name.rsplit("-", 1)[0]) for name in NAMES]
    rows.append(Row(pattern="offline", provider="offline"))
    classes = {"simple": NAMES[:3], "moderate": NAMES[2:5], "complex": NAMES[4:8], "advanced": NAMES[6:]}
    table = ModelTable(
        aliases={"big": NAMES[0]},
        fallbacks={"big": list(fallbacks)},
        classes={name: list(each) for name, each in classes.items()},
        models=rows,
    )
    offline = ModelInfo("offline", "offline", 1_000_000, 64_000, False, True, False, True, "0", "0")
    return Router(table, "offline", lambda provider, _: provider in keys, lambda _, name: found.get(name) or offline)


@given(infos(), needs, st.sets(st.sampled_from(PROVIDERS)), st.lists(st.sampled_from(NAMES)), st.booleans())
def test_no_candidate_lacks_what_is_needed(found, needed, keys, fallbacks, by_alias):
    chooser = router(found, {*keys, "offline"}, fallbacks)
    request = Request.of_text("Hello", model="big" if by_alias else None, needs=needed, max_tokens=10)
    try:
        choice = chooser.choose(request)
    except InvalidInput:
        return
    for number, candidate in enumerate(choice.candidates):
        info = found.get(candidate.upstream)
        if info is None:  # the offline model
            assert not needed.vision
            assert not (needed.only and needed.providers) or by_alias or needed.complexity is None
            continue
        # a model somebody named may be one of which nothing is known; one that was chosen may not
        missing = (False,) if by_alias and number == 0 else (False, None)
        assert not needed.vision or info.vision not in missing
        assert not needed.tools or info.tools not in missing
        assert not needed.json or info.json_schema not in missing or info.tools not in missing
        assert not needed.thinking or info.thinking not in missing
        if needed.max_price is not None:
            assert info.output_price is not None
            assert Decimal(info.output_price) <= Decimal(str(needed.max_price))
        if missing == (False, None):
            assert candidate.provider in keys
            assert not needed.only or candidate.provider in needed.providers
            assert info.context_window is None or demands_of(request).tokens <= info.context_window
    assert len({candidate.label for candidate in choice.candidates}) <= 4


MODELS = [("gpt-4o", "openai"), ("claude-opus-5-5", "anthropic"), ("gemini-2.5-pro", "google")]


@pytest.mark.parametrize(("model", "provider"), MODELS)
@given(one=usages, other=usages)
def test_a_cost_never_falls_when_tokens_are_added_and_is_never_rounded(model, provider, one, other):
    first, both = (cost.price(each, model, provider) for each in (one, one + other))
    assert first is not None
    assert both is not None
    assert Decimal(0) <= first <= both
    # a price per token has few digits: so has their sum, to the last one
    assert (first * 10**12) % 1 == 0


@pytest.mark.parametrize(("model", "provider"), MODELS[:1])
@given(one=usages, other=usages)
def test_the_cost_of_a_sum_is_the_sum_of_the_costs_where_no_tier_is(model, provider, one, other):
    parts = [cost.price(each, model, provider) for each in (one, other)]
    assert sum(parts, Decimal(0)) == cost.price(one + other, model, provider)


def model_of(name):
    return Model(name=name, provider=name.rsplit("-", 1)[0], upstream=name, aliases=(), limits=Limits())


waits = st.one_of(st.none(), st.floats(0, 100, allow_nan=False))
failures = st.one_of(
    st.builds(lambda wait: RateLimited("slow down", retry_after=wait), waits),
    st.builds(lambda wait: Overloaded("busy", retry_after=wait), waits),
    st.just(ServiceUnavailable("down")),
    st.just(ContextOverflow("prompt is too long")),
    st.just(RequestRejected("no")),
)


@given(
    st.lists(failures, min_size=1, max_size=60),
    st.integers(0, 5),
    st.integers(1, 4),
    st.floats(0.01, 120),
    st.floats(0, 10),
)
def test_a_course_ends_and_never_waits_past_the_deadline(errors, retries, models, total, lasting):
    candidates = [Candidate(model_of(name), "it is") for name in NAMES[:models]]
    course = Course(candidates, retries=retries)
    clock, calls = 0.0, 0
    for error in errors:
        calls += 1
        clock += lasting
        left = max(0.0, total - clock)
        try:
            wait = course.after(error, left=left)
        except type(error):
            break
        assert error.transient or isinstance(error, ContextOverflow)
        assert wait >= 0
        asked = getattr(error, "retry_after", None)
        # the wait that was asked for, and its jitter, end before the deadline
        assert wait <= left
        assert wait == 0 or asked is None or wait >= asked
        clock += wait
    assert calls <= models * (retries + 1)
