import pytest

from pipeline_project.validation.limits import GENERAL, MODEL_LIMITS, model_limits


@pytest.mark.parametrize(
    ("name", "same_as"),
    [
        ("claude-opus-4-8[1m]", "claude-opus-4-8"),
        ("anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
        ("claude-haiku-4-5@20251001", "claude-haiku-4-5"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"),
        ("Claude-Opus-4-20250514", "claude-opus-4-0"),
        ("claude-3-7-sonnet-latest", "claude-3-7-sonnet-20250219"),
    ],
)
def test_a_model_is_known_by_every_vendors_spelling(name, same_as):
    assert model_limits(name) is model_limits(same_as)
    assert model_limits(name) is not GENERAL


@pytest.mark.parametrize(
    "name", ["", "gpt-9", "claude-opus-4-9", "claude-opus-6", "claude-sonnet-5-9", "claude-opus-55"]
)
def test_a_model_nobody_knows_gets_the_general_limits(name):
    assert model_limits(name) is GENERAL


def test_a_version_is_not_taken_for_the_one_it_starts_with():
    assert model_limits("claude-opus-5-5").forced_tools is False
    assert model_limits("claude-opus-5").forced_tools is True
    assert model_limits("claude-opus-4-1").max_output == 32_000
    assert model_limits("claude-sonnet-5").thinking == {"adaptive", "disabled"}


def test_no_row_is_hidden_behind_an_earlier_one():
    named = [
        model_limits(
            pattern.split("(?=")[0]
            .replace("(-0)?", "")
            .replace("(fable|mythos)", "fable")
            .replace("(sonnet|haiku)", "haiku")
            .replace("(opus|sonnet|haiku)", "opus")
        )
        for pattern, _ in MODEL_LIMITS
    ]
    assert named == [limits for _, limits in MODEL_LIMITS]
