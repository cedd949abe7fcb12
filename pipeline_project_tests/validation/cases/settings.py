"""Cases of the rules on the body as a whole and on the settings in it."""

from pipeline_project_tests.validation.cases.build import (
    Case,
    assistant,
    call,
    request,
    result,
    text,
    thinking,
    tool,
    user,
)

ASKED = user("hello")
CACHED = {"cache_control": {"type": "ephemeral"}}
HOUR = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
COUNTING = {"endpoint": "count_tokens"}
ENABLED = {"type": "enabled", "budget_tokens": 2000}
FORM = {"format": {"type": "json_schema", "schema": {"type": "object"}}}


def _set(**keys):
    return request(ASKED, **keys)


def _without(key, **keys):
    return {name: value for name, value in request(ASKED, **keys).items() if name != key}


def _cached(*blocks, **keys):
    return request(user(*blocks), **keys)


CASES = [
    Case("body.object", "$", [], _set()),
    Case("body.types", "$.stream", _set(stream="true"), _set(stream=True, system=None)),
    Case("body.types", "$.system", _set(system={"type": "text"}), _set(system="x")),
    Case("model.name", "$.model", _set(model=" "), _set()),
    Case("body.size", "$", _set(system="é" * 17_000_000), _set(system="x" * 17_000_000)),
    Case("text.surrogate", "$.messages[0].content", request(user("\ud83d")), request(user("\U0001f600"))),
    Case("key.surrogate", "$.metadata", _set(metadata={"\ud83d": 1}), _set(metadata={"\U0001f600": 1})),
    Case("number.finite", "$.metadata.x", _set(metadata={"x": float("nan")}), _set(metadata={"x": 1.5})),
    Case(
        "beta.missing",
        "$.context_management",
        _set(context_management={"edits": []}),
        _set(context_management=None),
    ),
    Case(
        "count-tokens.extra",
        "$.stream",
        _without("max_tokens", stream=True),
        _without("max_tokens", system="x"),
        COUNTING,
    ),
    Case("max-tokens.value", "$.max_tokens", _without("max_tokens"), _set(max_tokens=1)),
    Case("max-tokens.value", "$.max_tokens", _set(max_tokens=True), _set(max_tokens=0)),
    Case(
        "max-tokens.value",
        "$.max_tokens",
        _set(max_tokens=0),
        _set(max_tokens=1),
        {"provider": "openai"},
    ),
    Case(
        "max-tokens.limit",
        "$.max_tokens",
        _set(max_tokens=64_001, model="claude-haiku-4-5-20251001"),
        _set(max_tokens=64_000, model="claude-haiku-4-5-20251001"),
    ),
    Case("max-tokens.zero", "$.stream", _set(max_tokens=0, stream=True), _set(max_tokens=0, stream=False)),
    Case("max-tokens.zero", "$.output_config.format", _set(max_tokens=0, output_config=FORM), _set(max_tokens=0)),
    Case("temperature.range", "$.temperature", _set(temperature=1.1), _set(temperature=0)),
    Case("temperature.range", "$.temperature", _set(temperature="1"), _set(temperature=1)),
    Case(
        "temperature.range",
        "$.temperature",
        _set(temperature=2.1),
        _set(temperature=1.9),
        {"provider": "gemini"},
    ),
    Case("top-p.range", "$.top_p", _set(top_p=-0.1), _set(top_p=0.5)),
    Case("top-k.range", "$.top_k", _set(top_k=1.5), _set(top_k=40)),
    Case(
        "sampling.model",
        "$.temperature",
        _set(temperature=0, model="claude-opus-4-8"),
        _set(temperature=1, top_p=1, model="claude-opus-4-8"),
    ),
    Case(
        "sampling.thinking",
        "$.top_p",
        _set(top_p=0.9, thinking={"type": "adaptive"}, model="claude-sonnet-4-6"),
        _set(top_p=0.95, thinking={"type": "adaptive"}, model="claude-sonnet-4-6"),
    ),
    Case(
        "sampling.thinking",
        "$.temperature",
        _set(temperature=0.5, thinking=ENABLED, max_tokens=3000),
        _set(temperature=0.5, thinking={"type": "disabled"}),
    ),
    Case(
        "sampling.both",
        "$.top_p",
        _set(temperature=0.5, top_p=0.9, model="claude-sonnet-4-5"),
        _set(temperature=0.5, top_p=0.9, model="claude-3-haiku-20240307"),
    ),
    Case("stop-sequences.item", "$.stop_sequences[1]", _set(stop_sequences=["a", "\n"]), _set(stop_sequences=["a"])),
    Case(
        "stop-sequences.item",
        "$.stop_sequences[0]",
        _set(stop_sequences=[""]),
        _set(stop_sequences=["\n"]),
        {"provider": "openai"},
    ),
    Case(
        "stop-sequences.count",
        "$.stop_sequences",
        _set(stop_sequences=list("abcde")),
        _set(stop_sequences=list("abcd")),
        {"provider": "openai"},
    ),
    Case("thinking.kind", "$.thinking.type", _set(thinking={"type": "on"}), _set(thinking={"type": "adaptive"})),
    Case(
        "thinking.model",
        "$.thinking.type",
        _set(thinking=ENABLED, max_tokens=3000, model="claude-opus-4-8"),
        _set(thinking={"type": "adaptive"}, model="claude-opus-4-8"),
    ),
    Case(
        "thinking.effort",
        "$.thinking.type",
        _set(thinking={"type": "disabled"}, output_config={"effort": "max"}, model="claude-opus-5"),
        _set(thinking={"type": "disabled"}, output_config={"effort": "high"}, model="claude-opus-5"),
    ),
    Case(
        "thinking.budget",
        "$.thinking.budget_tokens",
        _set(thinking={"type": "enabled", "budget_tokens": 1023}, max_tokens=3000),
        _set(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=3000),
    ),
    Case(
        "thinking.budget-room",
        "$.thinking.budget_tokens",
        _set(thinking=ENABLED, max_tokens=2000),
        _set(thinking=ENABLED, max_tokens=2001),
    ),
    Case(
        "thinking.tool-choice",
        "$.tool_choice.type",
        _set(thinking=ENABLED, max_tokens=3000, tools=[tool()], tool_choice={"type": "any"}),
        _set(thinking={"type": "adaptive"}, tools=[tool()], tool_choice={"type": "any"}),
    ),
    Case("effort.kind", "$.output_config.effort", _set(output_config={"effort": "x"}), _set(output_config=FORM)),
    Case(
        "effort.model",
        "$.output_config.effort",
        _set(output_config={"effort": "xhigh"}, model="claude-opus-4-6"),
        _set(output_config={"effort": "max"}, model="claude-opus-4-6"),
    ),
    Case(
        "format.schema",
        "$.output_config.format.schema",
        _set(output_config={"format": {"type": "json_schema"}}),
        _set(output_config=FORM),
    ),
    Case(
        "format.schema",
        "$.output_config.format.schema.type",
        _set(output_config={"format": {"type": "json_schema", "schema": {"type": "objekt"}}}),
        _set(output_config={"format": {"type": "of tomorrow"}}),
    ),
    Case(
        "cache.shape",
        "$.messages[0].content[0].cache_control",
        _cached(text("x", cache_control={"type": "forever"})),
        _cached(text("x", **CACHED), text("y", cache_control=None)),
    ),
    Case(
        "cache.shape",
        "$.cache_control.ttl",
        _set(cache_control={"type": "ephemeral", "ttl": "2h"}),
        _set(**HOUR),
    ),
    Case(
        "cache.count",
        "$.messages[0].content[0].cache_control",
        _cached(*[text("x", **CACHED)] * 3, tools=[tool(**CACHED)], system=[text("s", **CACHED)]),
        _cached(*[text("x", **CACHED)] * 2, tools=[tool(**CACHED)], system=[text("s", **CACHED)]),
    ),
    Case(
        "cache.count",
        "$.messages[0].content[0].cache_control",
        _cached(*[text("x", **CACHED)] * 4, **CACHED),
        _cached(*[text("x", **CACHED)] * 3, **CACHED),
    ),
    Case(
        "cache.empty-text",
        "$.messages[2].content[0].content[0].cache_control",
        request(ASKED, assistant(call()), user(result(content=[text("", **CACHED)]))),
        request(ASKED, assistant(call()), user(result(content=[text("x", **CACHED)]))),
    ),
    Case(
        "cache.thinking",
        "$.messages[1].content[0].cache_control",
        request(ASKED, assistant(thinking(**CACHED), text("x")), ASKED),
        request(ASKED, assistant(thinking(), text("x", **CACHED)), ASKED),
    ),
    Case(
        "cache.ttl-order",
        "$.messages[0].content[0].cache_control.ttl",
        _cached(text("x", **HOUR), system=[text("s", **CACHED)]),
        _cached(text("x", **CACHED), system=[text("s", **HOUR)]),
    ),
]
