"""The parts of a message add up: three checks find what one would, three parts are what one conversion makes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project import conversion
from pipeline_project.errors import InvalidInput, ServiceError
from pipeline_project.gateway import pipeline
from pipeline_project.validation import validate_request

# a busy machine is no failure
property_of = settings(deadline=None, max_examples=100)
TEXT = st.text(max_size=8)
TURN = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "robot"]), "content": TEXT | st.just([{"type": "text"}])}
)
TOOL = st.fixed_dictionaries(
    {"name": st.sampled_from(["find", "has space", "find", ""]), "input_schema": st.just({"type": "object"})},
    optional={
        "cache_control": st.just({"type": "ephemeral"}),
        "input_examples": st.just([{}]),
        "strict": st.booleans(),
    },
)
REQUEST = st.fixed_dictionaries(
    {"messages": st.lists(TURN, max_size=4)},
    optional={
        "model": st.sampled_from(["claude-opus-4-5", "gpt-5", "offline"]),
        "max_tokens": st.integers(-1, 5000),
        "system": TEXT,
        "tools": st.lists(TOOL, max_size=3),
        "tool_choice": st.sampled_from([{"type": "any"}, {"type": "tool", "name": "find"}, {"type": "none"}, {}]),
        "top_k": st.just(3),
        "thinking": st.just({"type": "enabled", "budget_tokens": 2000}),
        "stop_sequences": st.just(["a", "b", "c", "d", "e"]),
        "metadata": st.just({"user_id": "u" * 600}),
        "odd.key[0]": st.just(1),
    },
)


def keyed(findings):
    return sorted((finding.rule, finding.path, finding.message) for finding in findings)


@property_of
@given(REQUEST | st.recursive(st.none() | TEXT, st.lists, max_leaves=3))
def test_three_checks_find_all_and_nothing_twice(request):
    parts = [finding for check in ("message", "tools", "conversation") for finding in pipeline.findings(request, check)]
    assert keyed(parts) == keyed(validate_request(request).findings)


@property_of
@given(REQUEST, st.sampled_from(["openai", "anthropic", "gemini", "deepseek", "generic"]))
def test_the_parts_are_disjoint_and_together_the_whole(request, target):
    try:
        whole = pipeline.convert(request, model="some-model", target=target)
    except InvalidInput:
        return
    parts = [pipeline.part(whole, name) for name in ("messages", "tools", "rest")]
    assert sum(len(keys) for keys, _ in parts) == len(whole.value)
    assert {key: value for keys, _ in parts for key, value in keys.items()} == whole.value
    losses = [json.dumps(loss) for _, losses in parts for loss in losses]
    assert sorted(losses) == sorted(json.dumps(loss) for loss in whole.losses)
    assert whole.value["model"] == "some-model"


@property_of
@given(REQUEST)
def test_nothing_is_changed_in_place(request):
    before = json.dumps(request)
    pipeline.asking_for({**request, "model": "a"}, "b")
    for mode in ("report", "repair", "strict"):
        try:
            pipeline.accept(request, pipeline.all_findings(request), mode)
        except InvalidInput:
            continue
    assert json.dumps(request) == before


def test_an_error_body_of_either_wire_is_raised():
    names: conversion.Names = {"target": "anthropic", "tools": {}, "ids": {}}
    bodies = {
        "anthropic": {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},
        "openai": {"error": {"message": "busy"}},
    }
    for wire, body in bodies.items():
        with pytest.raises(ServiceError, match="busy"):
            pipeline.read_answer(body, wire=wire, request={"model": "m"}, names=names)


@pytest.mark.parametrize("text", [b"NaN", b"[1e999, Infinity]", b"\xff", b"[" * 100_000, b"", b"{'a': 1}"])
def test_what_is_not_json_is_refused(text):
    with pytest.raises(InvalidInput, match="not valid JSON"):
        pipeline.parse(text)
