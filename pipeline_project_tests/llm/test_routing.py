"""Routing: who is asked and who takes over, why, and what is refused rather than replaced."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.llm.models import load_table
from pipeline_project.llm.requests import Needs, Request
from pipeline_project.llm.routing import Router

TABLE = """
aliases: {big: m-strong, plain: m-text}
fallbacks: {big: [o-strong, o-small, m-strong], m-text: [o-small]}
classes:
  simple: [m-text, o-small]
  complex: [m-strong, o-strong]
models:
  - {pattern: offline, provider: offline, vision: false, tools: true, thinking: false, json_schema: true}
  - {pattern: m-strong, provider: anthropic, context_window: 100000, vision: true, tools: true, thinking: true,
     json_schema: true, output_price: 25}
  - {pattern: m-text, provider: anthropic, context_window: 9000, vision: false, tools: false, thinking: false,
     json_schema: false, output_price: 1}
  - {pattern: o-strong, provider: openai, vision: true, tools: true, thinking: true, json_schema: true,
     output_price: 10}
  - {pattern: o-small, provider: openai, vision: false, tools: true, thinking: false, json_schema: true,
     output_price: 2}
  - {pattern: l-.+, provider: vllm}
"""
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
TOOL = {"name": "look", "input_schema": {"type": "object"}}


@pytest.fixture
def choose(tmp_path, data_dir):
    file = tmp_path / "table.yaml"
    file.write_text(TABLE, encoding="utf-8")
    table = load_table(file)

    def info(provider, model):
        from pipeline_project.llm.providers.base import ModelInfo

        row = table.about(provider, model)
        price = None if row.output_price is None else str(row.output_price)
        names = ("context_window", "vision", "tools", "thinking", "json_schema")
        return ModelInfo(model, provider, output_price=price, **{name: getattr(row, name) for name in names})

    def go(request, configured=("anthropic", "openai"), default="offline"):
        known = {*configured, "offline", "vllm"}
        return Router(table, default, lambda provider, _: provider in known, info).choose(request)

    return go


def names(choice):
    return [candidate.upstream for candidate in choice.candidates]


def of(content="Hello", **values):
    return Request(messages=[{"role": "user", "content": content}], **values)


def test_out_of_the_box_the_offline_model_answers(choose):
    choice = choose(of())
    assert (choice.provider, choice.model) == ("offline", "offline")
    assert "PIPELINE_LLM_MODEL" in choice.explain()


def test_a_name_is_taken_as_it_is_and_an_alias_brings_its_fallbacks(choose):
    assert names(choose(of(model="m-strong"))) == ["m-strong"]
    choice = choose(of(model="BIG"))
    assert names(choice) == ["m-strong", "o-strong", "o-small"]
    assert "alias" in choice.explain()
    assert names(choose(replace(of(model="big"), fallback=False))) == ["m-strong"]


def test_an_alias_goes_on_where_its_first_model_has_no_key_and_a_name_does_not(choose):
    choice = choose(of(model="big"), configured=("openai",))
    assert names(choice) == ["o-strong", "o-small"]
    assert "not anthropic/m-strong: there is no key for anthropic" in choice.explain()
    assert names(choose(of(model="m-text"), configured=("openai",)))[0] == "m-text"
    assert names(choose(of(model="big"), configured=())) == ["m-strong"]


def test_an_explicit_model_is_not_replaced_but_refused_with_ones_that_can(choose):
    with pytest.raises(InvalidInput, match=r"m-text cannot read images.*m-strong, o-strong"):
        choose(of([IMAGE], model="m-text"))
    with pytest.raises(InvalidInput, match="cannot call tools"):
        choose(of(model="m-text", tools=[TOOL]))
    assert names(choose(of([IMAGE], model="l-unknown"))) == ["l-unknown"]


def test_an_image_inside_a_tool_result_counts(choose):
    result = {"type": "tool_result", "tool_use_id": "t", "content": [IMAGE]}
    with pytest.raises(InvalidInput, match="images"):
        choose(of([result], model="m-text"))


def test_fallbacks_that_cannot_are_left_out_and_explained(choose):
    choice = choose(of([IMAGE], model="big"))
    assert names(choice) == ["m-strong", "o-strong"]
    assert "not o-small: cannot read images" in choice.explain()


def test_the_class_decides_where_no_model_is_named(choose):
    assert names(choose(of(needs=Needs(complexity="simple")))) == ["m-text", "o-small"]
    assert names(choose(of(needs=Needs(complexity="simple"), tools=[TOOL]))) == ["o-small"]
    moved = choose(of(needs=Needs(complexity="moderate")))
    assert names(moved) == ["m-strong", "o-strong"]
    assert "none of moderate" in moved.explain()
    assert names(choose(of(needs=Needs(complexity="advanced")))) == ["m-strong", "o-strong"]


def test_price_preference_and_length_narrow_the_choice(choose):
    assert names(choose(of(needs=Needs(complexity="complex", max_price=12)))) == ["o-strong"]
    preferred = choose(of(needs=Needs(complexity="complex", providers=("openai",))))
    assert names(preferred) == ["o-strong", "m-strong"]
    assert names(choose(of(needs=Needs(complexity="complex", providers=("openai",), only=True)))) == ["o-strong"]
    assert names(choose(of("x" * 40_000, needs=Needs(complexity="simple")))) == ["o-small"]
    with pytest.raises(InvalidInput, match=r"more than \$5"):
        choose(of(model="m-strong", needs=Needs(max_price=5)))


def test_without_keys_the_free_choice_is_offline_and_an_image_is_refused(choose):
    choice = choose(of(needs=Needs(complexity="complex")), configured=())
    assert names(choice) == ["offline"]
    assert "not m-strong: there is no key for anthropic" in choice.explain()
    with pytest.raises(InvalidInput, match="llm keys set anthropic"):
        choose(of([IMAGE]), configured=())


def test_an_image_without_a_model_goes_to_one_that_sees(choose):
    assert names(choose(of([IMAGE])))[0] == "m-strong"


@pytest.mark.parametrize(
    "values",
    [
        {"api_key": SecretStr("sk-123456789012")},
        {"extra": {"container": "c"}},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    ],
)
def test_what_is_bound_to_a_provider_stays_there(choose, values):
    assert {candidate.provider for candidate in choose(of(model="big", **values)).candidates} == {"anthropic"}
    file = {"type": "document", "source": {"type": "file", "file_id": "f"}}
    assert {each.provider for each in choose(of([file], model="big")).candidates} == {"anthropic"}


def test_a_key_without_a_model_and_unknown_names_are_refused(choose):
    with pytest.raises(InvalidInput, match="Name the model"):
        choose(of(api_key=SecretStr("sk-123456789012")))
    with pytest.raises(NotFound, match="Near names"):
        choose(of(model="m-stron"))


def test_a_class_of_work_that_is_none_is_refused_with_those_there_are(choose):
    with pytest.raises(InvalidInput, match="simple, moderate, complex, advanced"):
        choose(Request.of_text("x", needs=Needs(complexity="hard")))  # pyright: ignore[reportArgumentType] - as from a file
