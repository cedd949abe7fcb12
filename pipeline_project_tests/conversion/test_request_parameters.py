"""Cases 13 to 17, 21, 25 and 26: plain keys, limits, reasoning, thinking history, caching and system text."""

import copy

import pytest

from pipeline_project.conversion import Capabilities, convert_request, convert_response
from pipeline_project.errors import InvalidInput

OPENAI_LIKE = ("openai", "gemini", "deepseek", "generic")
TARGETS = (*OPENAI_LIKE, "anthropic")
HELLO = [{"role": "user", "content": "hello"}]
EPHEMERAL = {"type": "ephemeral"}


def convert(target="openai", model="some-model", messages=HELLO, **keys):
    return convert_request({"model": model, "messages": messages, **keys}, target=target)


def paths(conversion):
    return [loss["path"] for loss in conversion.losses]


@pytest.mark.parametrize("target", OPENAI_LIKE)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("top_k", 5),
        ("context_management", {"edits": []}),
        ("service_tier", "auto"),
        ("container", "c"),
        ("mcp_servers", []),
        ("whatever_comes-next", {"a": 1}),
    ],
)
def test_case_13_a_key_unknown_to_the_target_is_dropped_with_a_report(target, key, value):
    conversion = convert(target, **{key: value})
    assert key not in conversion.value
    assert any(key in path for path in paths(conversion))


def test_case_13_anthropic_gets_every_key():
    keys = {"top_k": 5, "context_management": {"edits": []}, "service_tier": "auto", "whatever": [1]}
    conversion = convert("anthropic", **keys)
    assert keys.items() <= conversion.value.items()
    assert conversion.losses == []


@pytest.mark.parametrize("target", ["openai", "generic"])
def test_case_14_a_user_id_that_is_too_long_becomes_a_stable_hash(target):
    long = '{"device_id":"' + "0" * 64 + '"}'
    first, second = (convert(target, metadata={"user_id": long}) for _ in range(2))
    assert first.value["user"] == second.value["user"]
    assert len(first.value["user"]) == 64
    assert "$.metadata.user_id" in paths(first)
    assert convert(target, metadata={"user_id": "ann"}).value["user"] == "ann"
    assert convert(target, metadata={"user_id": long + "x"}).value["user"] != first.value["user"]


@pytest.mark.parametrize(
    ("target", "model", "keys", "effort"),
    [
        ("openai", "o3", {"thinking": {"type": "enabled", "budget_tokens": 2000}}, "low"),
        ("openai", "o3", {"thinking": {"type": "enabled", "budget_tokens": 10_000}}, "medium"),
        ("openai", "o3", {"thinking": {"type": "enabled", "budget_tokens": 31_999}}, "high"),
        ("openai", "o3", {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}, "high"),
        ("openai", "o3", {"output_config": {"effort": "medium"}}, "medium"),
        ("openai", "gpt-5.2", {"output_config": {"effort": "max"}}, "xhigh"),
        ("openai", "openai/gpt-5", {"thinking": {"type": "disabled"}}, "minimal"),
        ("openai", "gpt-5.1", {"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}, "none"),
        ("openai", "gpt-4o", {"thinking": {"type": "adaptive"}}, None),
        ("openai", "gpt-4o", {"output_config": {"effort": "high"}}, None),
        ("openai", "claude-opus-4-8", {"thinking": {"type": "enabled", "budget_tokens": 31_999}}, "high"),
        ("openai", "gpt-5", {}, None),
        ("gemini", "gemini-2.5-pro", {"output_config": {"effort": "max"}}, "high"),
        ("gemini", "gemini-2.0-flash", {"output_config": {"effort": "low"}}, None),
        ("deepseek", "deepseek-v4-pro", {"output_config": {"effort": "max"}}, "max"),
        ("generic", "openai/gpt-oss-120b", {"output_config": {"effort": "xhigh"}}, "high"),
        ("generic", "llama3.2", {"output_config": {"effort": "high"}}, None),
    ],
)
def test_case_15_thinking_and_effort_become_what_the_model_has(target, model, keys, effort):
    conversion = convert(target, model, **keys)
    assert conversion.value.get("reasoning_effort") == effort
    asked = keys.get("output_config", {}).get("effort")
    if asked and asked != effort:
        assert {"$.thinking", "$.output_config.effort"} & set(paths(conversion))


def test_case_15_a_model_that_reasons_only_without_tools_is_asked_not_to():
    tool = {"name": "find", "input_schema": {"type": "object"}}
    conversion = convert(model="gpt-5.6-sol", tools=[tool], output_config={"effort": "high"})
    assert conversion.value["reasoning_effort"] == "none"
    assert "$.output_config.effort" in paths(conversion)
    assert convert(model="gpt-5.6-sol", output_config={"effort": "high"}).value["reasoning_effort"] == "high"


def test_case_15_limits_of_a_model_can_be_given():
    body = {"model": "mine", "messages": HELLO, "max_tokens": 9_000, "output_config": {"effort": "high"}}
    own = Capabilities(reasoning=True, efforts=("low",), max_output=1_000)
    value = convert_request(body, target="openai", model=own).value
    assert (value["reasoning_effort"], value["max_completion_tokens"]) == ("low", 1_000)


@pytest.mark.parametrize(
    ("target", "model", "key", "limit"),
    [
        ("openai", "o3-mini", "max_completion_tokens", 64_000),
        ("openai", "gpt-5", "max_completion_tokens", 64_000),
        ("openai", "gpt-4o", "max_tokens", 16_384),
        ("openai", "gpt-4.1", "max_tokens", 32_768),
        ("openai", "unheard-of", "max_tokens", 64_000),
        ("gemini", "gemini-2.0-flash", "max_tokens", 8_192),
        ("deepseek", "deepseek-chat", "max_tokens", 8_192),
        ("generic", "openai/gpt-oss-120b", "max_tokens", 64_000),
    ],
)
def test_case_16_max_tokens_under_its_name_and_within_the_models_limit(target, model, key, limit):
    conversion = convert(target, model, max_tokens=64_000)
    assert conversion.value[key] == limit
    assert len(conversion.value.keys() & {"max_tokens", "max_completion_tokens"}) == 1
    assert ("$.max_tokens" in paths(conversion)) == (limit != 64_000)


SYSTEM = [
    {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.197.7d5;"},
    {"type": "text", "text": "You are an agent.", "cache_control": EPHEMERAL},
    {"type": "text", "text": "Be brief."},
]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_17_the_volatile_billing_header_goes_to_nobody_else(target):
    conversion = convert(target, system=SYSTEM)
    assert conversion.value["messages"][0] == {"role": "system", "content": "You are an agent.\n\nBe brief."}
    assert "$.system[0]" in paths(conversion)
    assert convert("anthropic", system=SYSTEM).value["system"] == SYSTEM


def thinking(words="hm", signature="c2ln"):
    return {"type": "thinking", "thinking": words, "signature": signature}


def history(*blocks):
    call = {"type": "tool_use", "id": "a", "name": "find", "input": {}}
    return [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": [*blocks, {"type": "text", "text": "Let me see."}, call]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "1"}]},
        {"role": "assistant", "content": "So it is."},
        {"role": "user", "content": "And now?"},
    ]


@pytest.mark.parametrize("model", ["deepseek-reasoner", "deepseek-v4-pro"])
def test_case_21_deepseek_in_thinking_mode_gets_reasoning_on_every_assistant_turn(model):
    conversion = convert("deepseek", model, history(thinking("why")), thinking={"type": "adaptive"})
    answers = [message for message in conversion.value["messages"] if message["role"] == "assistant"]
    assert [message["reasoning_content"] for message in answers] == ["why", ""]
    assert conversion.value["thinking"] == {"type": "enabled"}
    off = convert("deepseek", model, history(thinking("why")), thinking={"type": "disabled"})
    assert not any("reasoning_content" in message for message in off.value["messages"])
    assert off.value["thinking"] == {"type": "disabled"}


@pytest.mark.parametrize("target", ["openai", "generic"])
def test_case_21_thinking_is_dropped_where_nobody_takes_it_back(target):
    conversion = convert(target, messages=history(thinking(), {"type": "redacted_thinking", "data": "x"}))
    assert "hm" not in str(conversion.value)
    assert {"$.messages[1].content[0]", "$.messages[1].content[1]"} <= set(paths(conversion))


def test_case_21_a_generic_server_of_a_model_that_wants_its_thinking_back_gets_it():
    answers = convert("generic", "moonshotai/kimi-k2.6", history(thinking("why"))).value["messages"][1::2]
    assert [message["reasoning_content"] for message in answers if message["role"] == "assistant"] == ["why", ""]


def test_case_21_anthropic_gets_its_own_thinking_verbatim_and_no_other():
    own = [thinking(), {"type": "redacted_thinking", "data": "x"}]
    assert convert("anthropic", messages=history(*own)).value["messages"] == history(*own)
    foreign = [thinking(signature=""), thinking(signature="gemini:a:state"), {"type": "thinking", "thinking": "t"}]
    conversion = convert("anthropic", messages=history(*foreign))
    assert conversion.value["messages"] == history()
    assert len(conversion.losses) == 3


def test_case_21_gemini_thought_signatures_ride_along():
    calls = [
        {
            "id": "c1",
            "function": {"name": "find", "arguments": "{}"},
            "extra_content": {"google": {"thought_signature": "S+/="}},
        },
        {"id": "c2", "function": {"name": "find", "arguments": "{}"}},
    ]
    content = convert_response({"choices": [{"message": {"tool_calls": calls}}]}).value["content"]
    results = [{"type": "tool_result", "tool_use_id": each, "content": "1"} for each in ("c1", "c2")]
    messages = [*HELLO, {"role": "assistant", "content": content}, {"role": "user", "content": results}]
    sent = convert("gemini", "gemini-2.5-pro", messages).value["messages"][1]["tool_calls"]
    assert sent[0]["extra_content"] == {"google": {"thought_signature": "S+/="}}
    assert "extra_content" not in sent[1]
    assert convert("openai", messages=messages).value["messages"][1]["tool_calls"][0].keys() == {
        "id",
        "type",
        "function",
    }


def test_case_21_calls_of_another_model_tell_gemini_3_that_they_have_no_signature():
    sent = convert("gemini", "gemini-3-pro", history(thinking())).value["messages"][1]["tool_calls"]
    assert sent[0]["extra_content"]["google"]["thought_signature"]


SCHEMA = {"type": "object", "properties": {"cache_control": {"type": "string"}}, "required": ["cache_control"]}


@pytest.mark.parametrize("target", ["openai", "generic"])
def test_case_25_an_answer_schema_becomes_a_response_format(target):
    for keys in ({"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},):
        given = convert(target, **keys).value["response_format"]
        assert given["type"] == "json_schema"
        assert given["json_schema"]["strict"] is True
        assert given["json_schema"]["schema"] == {**SCHEMA, "additionalProperties": False}
    optional = {**SCHEMA, "required": []}
    given = convert(target, output_format={"type": "json_schema", "schema": optional}).value["response_format"]
    assert given["json_schema"]["strict"] is False
    assert given["json_schema"]["schema"]["required"] == []


def test_case_25_deepseek_gets_json_mode_and_the_schema_in_words():
    value = convert("deepseek", output_config={"format": {"type": "json_schema", "schema": SCHEMA}}).value
    assert value["response_format"] == {"type": "json_object"}
    assert "JSON" in value["messages"][0]["content"]


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_25_cache_control_goes_only_where_it_is_understood_and_never_as_a_property(target):
    call = {"type": "tool_use", "id": "a", "name": "t", "input": {"cache_control": "mine"}, "cache_control": EPHEMERAL}
    conversion = convert(
        target,
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": EPHEMERAL}]},
            {"role": "assistant", "content": [call]},
        ],
        tools=[{"name": "t", "input_schema": SCHEMA, "cache_control": EPHEMERAL}],
    )
    assert "ephemeral" not in str(conversion.value)
    assert "cache_control" in conversion.value["tools"][0]["function"]["parameters"]["properties"]
    assert "mine" in conversion.value["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert "$.messages[0].content[0].cache_control" in paths(conversion)


def test_case_25_anthropic_gets_at_most_four_breakpoints_the_last_ones():
    marked = [{"type": "text", "text": str(number), "cache_control": EPHEMERAL} for number in range(3)]
    inner = {"type": "tool_result", "tool_use_id": "a", "content": [marked[0]], "cache_control": EPHEMERAL}
    tool = {"name": "t", "input_schema": SCHEMA, "cache_control": EPHEMERAL}
    body = {"tools": [tool], "system": marked[:1], "messages": [{"role": "user", "content": [inner, *marked]}]}
    before = copy.deepcopy(body)
    conversion = convert_request(body, target="anthropic")
    assert body == before
    kept = conversion.value["messages"][0]["content"]
    assert str(conversion.value).count("ephemeral") == 4
    assert [("cache_control" in block) for block in kept] == [True, True, True, True]
    assert "cache_control" in conversion.value["tools"][0]["input_schema"]["properties"]
    assert len(conversion.losses) == 3


@pytest.mark.parametrize("target", TARGETS)
def test_case_26_temperature_zero_stays_zero(target):
    assert convert(target, temperature=0, top_p=0.5).value["temperature"] == 0


def test_case_26_a_model_without_sampling_parameters_loses_them_with_a_report():
    conversion = convert(model="o3", temperature=0, top_p=1)
    assert not conversion.value.keys() & {"temperature", "top_p"}
    assert paths(conversion) == ["$.temperature"]


@pytest.mark.parametrize(("target", "most"), [("openai", 4), ("gemini", 5), ("deepseek", 16), ("generic", 20)])
def test_case_26_stop_sequences_as_many_as_the_target_takes(target, most):
    stops = [f"END{number}" for number in range(20)]
    conversion = convert(target, stop_sequences=stops)
    assert conversion.value["stop"] == stops[:most]
    assert ("$.stop_sequences" in paths(conversion)) == (most < 20)


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_case_26_a_stream_asks_for_its_usage(target):
    assert convert(target, stream=True).value["stream_options"] == {"include_usage": True}
    assert "stream_options" not in convert(target, stream=False).value


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"max_tokens": "many"}, "$.max_tokens"),
        ({"temperature": True}, "$.temperature"),
        ({"stop_sequences": "END"}, "$.stop_sequences"),
        ({"tools": {}, "messages": 3}, "$.messages"),
        ({"output_config": {"effort": "huge"}}, "$.output_config.effort"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "$.messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 3}]}]}, "$.messages[0].content[0].text"),
        ({"messages": [{"role": "user"}]}, "$.messages[0].content"),
        ({"tool_choice": "auto"}, "$.tool_choice"),
    ],
)
def test_wrong_shapes_are_refused_with_their_place(keys, where):
    with pytest.raises(InvalidInput) as caught:
        convert(**keys)
    assert caught.value.where == where


def test_an_unknown_target_is_refused_with_the_known_ones():
    with pytest.raises(InvalidInput, match="openai, anthropic, gemini, deepseek, generic"):
        convert("cohere")
