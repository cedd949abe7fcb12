"""Prices: exact in Decimal, with the cache and long prompts, and unknown rather than a neighbour's."""

from decimal import Decimal

import pytest

from pipeline_project.llm import cost
from pipeline_project.llm.responses import Usage


@pytest.mark.parametrize(
    ("model", "provider", "usage", "dollars"),
    [
        ("gpt-4o", "openai", Usage(input=1_000_000), "2.5"),
        ("gpt-4o", "openai", Usage(output=1_000_000), "10"),
        ("gpt-4o", "openai", Usage(cache_read=1_000_000), "1.25"),
        ("gpt-4o", "openai", Usage(output=1_000_000, reasoning=400_000), "10"),
        ("claude-opus-4-5", "anthropic", Usage(cache_write=1_000_000), "6.25"),
        ("claude-opus-4-5", "anthropic", Usage(1_000, 1_000, 1_000, 1_000), "0.03675"),
        ("gemini-2.5-pro", "google", Usage(input=200_000), "0.25"),
        ("gemini-2.5-pro", "google", Usage(input=200_001), "0.5000025"),
        ("gemini-2.5-pro", "google", Usage(input=1, output=1_000_000, cache_read=200_000), "15.0500025"),
    ],
)
def test_a_call_costs_what_the_table_says(model, provider, usage, dollars):
    found = cost.price(usage, model, provider)
    assert isinstance(found, Decimal)
    assert found == Decimal(dollars)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("gpt-4o-9", "openai"),
        ("gpt-4o", "anthropic"),
        ("gpt-4o", "ollama"),
        ("llama3:8b", "ollama"),
        ("claude-sonnet-4-20250514x", "anthropic"),
        ("nobody", None),
    ],
)
def test_what_no_table_names_exactly_has_no_price(model, provider):
    assert cost.price(Usage(input=1, output=1), model, provider) is None
    assert cost.price(Usage(), model, provider) is None


def test_a_name_or_alias_finds_its_provider():
    usage = Usage(input=1_000, output=10)
    assert cost.price(usage, "opus") == cost.price(usage, "claude-opus-5-5", "anthropic")
    assert cost.price(usage, "openai/gpt-4o") == cost.price(usage, "gpt-4o", "openai")


@pytest.mark.parametrize("provider", ["offline", "recorded"])
def test_what_asks_nobody_is_free(provider):
    assert cost.price(Usage(input=1_000, output=1_000), "offline", provider) == 0
    assert cost.estimate({"messages": []}, "offline", provider) == 0


def test_an_estimate_is_the_input_and_all_the_output_that_is_allowed():
    body = {"max_tokens": 1_000, "messages": [{"role": "user", "content": "hello world"}]}
    assert cost.estimate(body, "gpt-4o", "openai") == Decimal("0.0000225") + Decimal("0.01")
    assert cost.estimate({**body, "max_tokens": None}, "gpt-4o", "openai") > Decimal("0.16")
    assert cost.estimate(body, "gpt-4o-9", "openai") is None


def test_own_prices_replace_the_tables(data_dir, tmp_path, monkeypatch):
    file = tmp_path / "models.yaml"
    file.write_text(
        "models:\n- {pattern: 'llama3:8b', provider: ollama, prefixed: true, input_price: 0.1, output_price: '0.2'}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PIPELINE_LLM_MODELS_FILE", str(file))
    assert cost.price(Usage(input=1_000_000, output=500_000), "ollama/llama3:8b") == Decimal("0.2")
    assert cost.price(Usage(cache_read=1_000_000), "llama3:8b", "ollama") == Decimal("0.1")
    info = cost.model_info("ollama/llama3:8b")
    assert info is not None
    assert (info.input_price, info.output_price) == ("0.1", "0.2")


def test_what_is_known_of_a_model():
    info = cost.model_info("gpt-4o")
    assert info is not None
    assert (info.context_window, info.vision, info.json_schema, info.input_price) == (128_000, True, True, "2.5")
    assert cost.model_info("nobody") is None


def test_an_estimate_holds_no_more_output_than_the_model_has():
    body = {"max_tokens": 10**9, "messages": [{"role": "user", "content": "hello world"}]}
    assert cost.estimate(body, "gpt-4o", "openai") == cost.estimate({**body, "max_tokens": 16_384}, "gpt-4o", "openai")
