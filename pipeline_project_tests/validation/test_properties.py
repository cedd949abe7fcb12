"""What holds for every input: nothing but our own errors, nothing changed, and repair reaches what it promises."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_project.messages.blocks import BLOCK_TYPES
from pipeline_project.validation import repair_request, validate_conversation, validate_request, validate_response
from pipeline_project.validation.registry import ENDPOINTS, PROVIDERS
from pipeline_project.validation.repair import REPAIRABLE
from pipeline_project_tests.validation.cases.build import assistant, call, request, result, system, text, user

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
MODELS = ["claude-opus-4-8", "claude-opus-5", "claude-sonnet-4-5", "claude-3-5-haiku-20241022", "claude-opus-5-5", "x"]

ids = st.sampled_from(["a", "b", "c", "bad id", "", "toolu_1"])
words = st.sampled_from(
    ["", " ", "hi", "end ", "\ud800x", "x" * 70, "data:image/png;base64,iVBORw0KGgo=", "iVBORw0KGgo="]
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 70_000), st.floats(), words, st.text(max_size=3))
junk = st.recursive(
    scalars,
    lambda child: st.one_of(
        st.lists(child, max_size=3),
        st.dictionaries(st.sampled_from(["type", "text", "id", "name", "content", "\ud800"]), child, max_size=3),
    ),
    max_leaves=5,
)


def _object(**optional):
    return st.fixed_dictionaries({}, optional={name: st.one_of(value, junk) for name, value in optional.items()})


caching = _object(type=st.just("ephemeral"), ttl=st.sampled_from(["5m", "1h"]))
sources = _object(
    type=st.sampled_from(["base64", "url", "file", "text", "content"]),
    media_type=st.sampled_from(["image/png", "image/jpeg", "application/pdf"]),
    data=words,
    url=words,
)
blocks = st.deferred(
    lambda: st.one_of(
        junk,
        st.builds(
            lambda kind, fields: {**fields, "type": kind},
            st.sampled_from(["text", "tool_use", "tool_result", "thinking", "image", "document", *sorted(BLOCK_TYPES)]),
            _object(
                text=words,
                id=ids,
                tool_use_id=ids,
                name=st.sampled_from(["look", "other"]),
                input=st.just({"at": 1}),
                content=st.lists(blocks, max_size=2),
                thinking=words,
                signature=words,
                source=sources,
                cache_control=caching,
                citations=st.just({"enabled": True}),
            ),
        ),
    )
)
messages = st.lists(
    st.one_of(
        junk,
        _object(
            role=st.sampled_from(["user", "assistant", "system"]),
            content=st.one_of(words, st.lists(blocks, max_size=4)),
        ),
    ),
    max_size=6,
)
tools = _object(
    name=st.sampled_from(["look", "other", "a b"]),
    type=st.sampled_from(["custom", "bash_20250124", "mcp_toolset", "new"]),
    input_schema=st.sampled_from(
        [{"type": "object", "properties": {"at": {"type": "string"}}}, {}, {"type": "strin"}, {"anyOf": []}]
    ),
    defer_loading=st.booleans(),
    cache_control=caching,
    input_examples=st.lists(junk, max_size=2),
)
bodies = st.one_of(
    junk,
    _object(
        model=st.sampled_from(MODELS),
        max_tokens=st.integers(-1, 90_000),
        messages=messages,
        system=st.one_of(words, st.lists(blocks, max_size=2)),
        tools=st.lists(tools, max_size=3),
        tool_choice=_object(type=st.sampled_from(["auto", "any", "tool", "none"]), name=st.just("look")),
        thinking=_object(type=st.sampled_from(["enabled", "disabled", "adaptive"]), budget_tokens=st.integers(0, 3000)),
        output_config=_object(effort=st.sampled_from(["low", "xhigh"]), format=st.just({"type": "json_schema"})),
        temperature=st.floats(),
        top_p=st.floats(),
        top_k=st.integers(-1, 3),
        stop_sequences=st.lists(words, max_size=5),
        cache_control=caching,
        mcp_servers=st.lists(_object(name=ids), max_size=2),
    ),
)
doors = st.fixed_dictionaries({"provider": st.sampled_from(PROVIDERS), "endpoint": st.sampled_from(ENDPOINTS)})


@SETTINGS
@given(body=bodies, options=doors)
def test_repair_ends_changes_nothing_of_the_callers_and_leaves_nothing_mendable(body, options):
    before = json.dumps(body)
    found = {finding.rule for finding in validate_request(body, **options).findings}
    mended, report = repair_request(body, **options)
    assert json.dumps(body) == before
    assert report.findings == validate_request(mended, **options).findings
    assert not REPAIRABLE.intersection(finding.rule for finding in report.findings)
    assert bool(report.repairs) == bool(found & REPAIRABLE)
    if not report.repairs:
        assert mended is body
    again, second = repair_request(mended, **options)
    assert (again is mended, second.repairs) == (True, ())


@SETTINGS
@given(body=bodies, asked=bodies, provider=st.sampled_from(PROVIDERS))
def test_no_shape_of_response_or_conversation_raises(body, asked, provider):
    validate_response(body, request=asked)
    validate_conversation(body, provider=provider)
    if isinstance(body, dict):
        validate_response({**body, "content": body.get("messages")}, request=asked)
        validate_conversation(body.get("messages"), provider=provider)


@st.composite
def conversations(draw):
    """A valid conversation with parallel calls, results in any order, and system turns where they may stand."""
    built, number = [user(text("start"))], 0
    for _ in range(draw(st.integers(1, 4))):
        names = [f"call_{number + offset}" for offset in range(draw(st.integers(0, 3)))]
        number += len(names)
        if draw(st.booleans()):
            built.append(system("note"))
        built.append(assistant(text("so"), *[call(name) for name in names]))
        results = [result(name, name) for name in draw(st.permutations(names))]
        built.append(user(*results, text("next")))
    return built


def _damage(draw, built):
    """One thing that happens to histories: a part lost, doubled, moved, emptied or renamed."""
    index = draw(st.integers(1, len(built) - 1))
    message = built[index]
    kind = draw(st.sampled_from(["lose", "double", "swap", "empty", "rename", "reverse"]))
    if kind == "lose":
        del built[index]
    elif kind == "double":
        built.insert(index, message)
    elif kind == "swap":
        built[index - 1], built[index] = message, built[index - 1]
    elif isinstance(message["content"], list) and message["content"]:
        content = list(message["content"])
        if kind == "empty":
            content[draw(st.integers(0, len(content) - 1))] = text("")
        elif kind == "reverse":
            content.reverse()
        else:
            content = [{**block, "id": "the.same"} if block["type"] == "tool_use" else block for block in content]
        built[index] = {**message, "content": content}


@SETTINGS
@given(data=st.data(), built=conversations(), provider=st.sampled_from(PROVIDERS))
def test_a_damaged_conversation_is_valid_after_repair(data, built, provider):
    assert validate_request(request(*built), provider=provider).ok
    for _ in range(data.draw(st.integers(1, 3))):
        if len(built) > 1:
            _damage(data.draw, built)
    _, report = repair_request(request(*built), provider=provider)
    assert report.errors == ()
