"""The model table: what a name resolves to, what it refuses, and that its figures agree with the message core's."""

import pytest

from pipeline_project.conversion.capabilities import capabilities_of
from pipeline_project.errors import InvalidInput, NotFound
from pipeline_project.llm.models import load_table, resolve, table
from pipeline_project.validation.limits import model_limits

CLAUDES = """claude-opus-5-5 claude-sonnet-5-5 claude-haiku-5-5 claude-opus-5 claude-fable-5-1 claude-opus-4-8
    claude-opus-4-6 claude-sonnet-4-6 claude-opus-4-5-20251101 claude-haiku-4-5-20251001 claude-sonnet-4-5
    claude-sonnet-4-20250514 claude-opus-4-1-20250805 claude-opus-4-0 claude-3-7-sonnet-20250219
    claude-3-5-haiku-20241022 claude-3-haiku-20240307""".split()  # noqa: SIM905 - read as a text
OTHERS = [("gpt-4o-mini", "openai"), ("gpt-4.1", "openai"), ("gpt-5", "openai"), ("o3", "openai")]
OTHERS += [("gemini-2.5-pro", "gemini"), ("gemini-2.5-flash", "gemini")]


@pytest.mark.parametrize("alias", ["opus", "sonnet", "haiku", "small", "big"])
def test_an_alias_leads_to_a_model_that_lists_it(alias):
    model = resolve(alias)
    assert model.name == alias
    assert model.provider == "anthropic"
    assert model.upstream.startswith("claude-")
    assert alias in model.aliases


def test_offline_needs_no_provider():
    model = resolve("offline")
    assert (model.provider, model.upstream) == ("offline", "offline")
    assert model.limits.context_window


@pytest.mark.parametrize(
    ("name", "provider", "upstream"),
    [
        ("anthropic/claude-opus-4-8", "anthropic", "claude-opus-4-8"),
        ("openrouter/anthropic/claude-opus-4.8", "openrouter", "anthropic/claude-opus-4.8"),
        ("ollama/llama3:8b", "ollama", "llama3:8b"),
        (" OPUS ", "anthropic", "claude-opus-5-5"),
        ("gpt-5.4-mini", "openai", "gpt-5.4-mini"),
        ("deepseek-reasoner", "deepseek", "deepseek-reasoner"),
    ],
)
def test_a_name_goes_to_its_provider_without_the_prefix(name, provider, upstream):
    model = resolve(name)
    assert (model.provider, model.upstream) == (provider, upstream)


@pytest.mark.parametrize("name", ["llama3:8b", "openai/claude-opus-4-8", "", "openrouter/", "claude", "x" * 5_000])
def test_a_name_no_row_knows_is_refused(name):
    with pytest.raises(NotFound):
        resolve(name)


def test_the_refusal_lists_near_names_or_all():
    with pytest.raises(NotFound, match=r"Near names: .*\bopus\b"):
        resolve("opsu")
    with pytest.raises(NotFound, match=r"Known names: .*offline.*openrouter/"):
        resolve("zzzzzz")


@pytest.mark.parametrize("name", CLAUDES)
def test_limits_of_claude_models_agree_with_validation(name):
    limits, known = resolve(name).limits, model_limits(name)
    assert limits.max_output == known.max_output
    assert known.context is None or limits.context_window == known.context


@pytest.mark.parametrize(("name", "target"), OTHERS)
def test_limits_of_other_models_agree_with_conversion(name, target):
    assert resolve(name).limits.max_output == capabilities_of(name, target).max_output


def test_a_claude_nobody_knows_yet_passes_without_limits():
    model = resolve("claude-opus-7")
    assert model.provider == "anthropic"
    assert model.limits.context_window is model.limits.max_output is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models: [{pattern: '(', provider: x}]", "RE2"),
        ("models: [{pattern: a, provider: x, colour: red}]", "colour"),
        ("aliases: {a: b}\nmodels: []", "alias"),
        ("models: {", "YAML"),
        ("[]", "ModelTable"),
    ],
)
def test_a_broken_table_is_one_sentence_that_names_the_file(tmp_path, text, says):
    file = tmp_path / "models.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=says) as caught:
        load_table(file)
    assert caught.value.where == str(file)
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_table(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("gpt4o", "gpt-4o"),
        ("gpt5mini", "gpt-5-mini"),
        ("gemini2.5pro", "gemini-2.5-pro"),
        ("claud-opus-5-5", "claude-opus-5-5"),
        ("anthropic/gpt-4o", "gpt-4o"),
    ],
)
def test_a_misspelt_name_of_a_vendors_model_is_near_the_right_one(asked, near):
    with pytest.raises(NotFound) as caught:
        resolve(asked)
    first = caught.value.remedy.removeprefix("Near names: ").rstrip(".").split(", ")[0]
    assert first == near


def test_every_model_of_the_classes_and_fallbacks_is_listed():
    names = set(table().names())
    assert {"gpt-5", "gpt-5-mini", "gemini-2.5-pro", "deepseek-reasoner", "opus", "offline"} <= names
