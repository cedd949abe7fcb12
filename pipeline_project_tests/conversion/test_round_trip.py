"""Properties of requests: a round trip exact but for what is reported, inputs left alone, every call answered."""

import copy
import json

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline_project.conversion import (
    convert_request,
    convert_request_back,
)

TARGETS = ("openai", "anthropic", "gemini", "deepseek", "generic")
MODEST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

words = st.text(min_size=1, max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8) | st.floats(-9, 9)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=3)


def text(said):
    return {"type": "text", "text": said}


texts = st.builds(text, words)
images = st.sampled_from(
    [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aW1n"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "cGRm"},
            "title": "T",
        },
    ]
)
marked = texts.map(lambda block: {**block, "cache_control": {"type": "ephemeral"}})
thinking = st.builds(lambda said: {"type": "thinking", "thinking": said, "signature": "c2ln"}, words)


@st.composite
def bodies(draw):
    """Requests whose only losses are things that are dropped: thinking, cache marks and unknown keys."""
    turns, number = [], 0
    for _ in range(draw(st.integers(1, 4))):
        turns.append(
            {"role": "user", "content": draw(words | st.lists(texts | images | marked, min_size=1, max_size=3))}
        )
        if draw(st.integers(0, 5)) == 0:
            turns.append({"role": "system", "content": draw(words)})
        calls = draw(st.lists(st.tuples(st.sampled_from(["find", "read"]), objects, words, st.booleans()), max_size=3))
        blocks = draw(st.lists(thinking, max_size=1)) + draw(st.lists(texts, min_size=not calls, max_size=1))
        answers = []
        for name, given_input, said, failed in calls:
            number += 1
            blocks.append({"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given_input})
            answer = {
                "type": "tool_result",
                "tool_use_id": f"toolu_{number}",
                "content": draw(st.sampled_from([said, [text(said)]])),
            }
            answers.append({**answer, "is_error": True} if failed else answer)
        turns.append({"role": "assistant", "content": blocks})
        if answers:
            turns.append({"role": "user", "content": answers + draw(st.lists(texts, max_size=1))})
    turns.append({"role": "user", "content": draw(words.filter(str.strip))})
    body = {"model": "gpt-4o", "max_tokens": 100, "messages": turns}
    optional = {
        "system": words,
        "temperature": st.sampled_from([0, 0.5, 1]),
        "stop_sequences": st.lists(words, min_size=1, max_size=3),
        "metadata": st.just({"user_id": "ann"}),
        "stream": st.booleans(),
        "top_k": st.integers(1, 9),
        "tools": st.just(
            [{"name": "find", "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}}}]
        ),
    }
    body |= {key: draw(strategy) for key, strategy in optional.items() if draw(st.booleans())}
    if "tools" in body and draw(st.booleans()):
        body["tool_choice"] = draw(st.sampled_from([{"type": "any"}, {"type": "tool", "name": "find"}]))
    return body


def without(value, path):
    """`value` without the member or element at a JSONPath."""
    steps = path.removeprefix("$").replace("[", ".[").split(".")[1:]
    *way, last = [int(step[1:-1]) if step.startswith("[") else step for step in steps]
    copied = holder = copy.deepcopy(value)
    for step in way:
        holder = holder[step]
    holder[last] = None
    return copied


def pruned(value):
    """Without the None that `without` left."""
    if isinstance(value, list):
        return [pruned(each) for each in value if each is not None]
    if isinstance(value, dict) and "input" not in value:
        return {key: pruned(each) for key, each in value.items() if each is not None}
    return value


def normal(body):
    """One spelling of what the API takes for the same: strings as blocks, user turns in a row as one."""
    turns = []
    for turn in body["messages"]:
        content = turn["content"]
        content = [text(content)] if isinstance(content, str) else copy.deepcopy(content)
        for block in content:
            if block["type"] == "tool_result" and isinstance(block.get("content"), str):
                block["content"] = [text(block["content"])]
        if turns and turns[-1]["role"] == turn["role"] == "user":
            turns[-1]["content"].extend(content)
        elif content:
            turns.append({"role": turn["role"], "content": content})
    return {**body, "messages": turns}


@MODEST
@given(bodies())
def test_the_round_trip_is_exact_but_for_what_is_reported_as_dropped(body):
    conversion = convert_request(body, target="openai")
    assume(all(loss["what"] == "dropped" for loss in conversion.losses))
    kept = body
    for loss in conversion.losses:
        kept = without(kept, loss["path"])
    kept = pruned(kept)
    assert convert_request(kept, target="openai").value == conversion.value
    back = convert_request_back(conversion.value)
    assert normal(back.value) == normal(kept)
    assert back.losses == []


@MODEST
@given(bodies(), st.sampled_from(TARGETS))
def test_a_conversion_never_changes_its_input_and_is_repeatable(body, target):
    before = copy.deepcopy(body)
    first = convert_request(body, target=target)
    assert body == before
    assert convert_request(body, target=target) == first
    json.dumps(first.value)
    if target != "anthropic":
        sent = copy.deepcopy(first.value)
        convert_request_back(first.value)
        assert first.value == sent


@MODEST
@given(bodies(), st.sampled_from(TARGETS[:1] + TARGETS[2:]))
def test_every_call_is_answered_right_after_it_and_nothing_else_is(body, target):
    messages = convert_request(body, target=target).value["messages"]
    open_ids = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == open_ids.pop(0)
            continue
        assert open_ids == []
        open_ids = [call["id"] for call in message.get("tool_calls", ())]
    assert open_ids == []


@MODEST
@given(bodies())
def test_what_a_caller_wrote_arrives_word_for_word(body):
    sent = json.dumps(convert_request(body, target="deepseek").value, ensure_ascii=False)
    for turn in body["messages"]:
        content = turn["content"]
        for said in [content] if isinstance(content, str) else [block.get("text", "") for block in content]:
            assert json.dumps(said, ensure_ascii=False)[1:-1] in sent
