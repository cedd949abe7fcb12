"""Token counts: the estimate is cheap and near, and a message of a growing session is measured once."""

import pytest

from pipeline_project.messages.tokens import PrefixCounter, estimate_tokens


def session(turns):
    return {
        "system": "be brief",
        "messages": [{"role": "user", "content": f"turn {number}"} for number in range(turns)],
    }


def test_the_estimate_is_a_quarter_of_the_characters():
    body = {"system": "s" * 400, "messages": [{"role": "user", "content": [{"type": "text", "text": "t" * 400}]}]}
    assert 200 <= estimate_tokens(body) <= 210


def test_a_picture_is_not_counted_by_its_bytes():
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}}
    assert estimate_tokens({"messages": [{"role": "user", "content": [picture]}]}) < 2_000


@pytest.mark.parametrize("odd", [{}, {"messages": 3}, {"messages": [None]}, {"system": [1], "tools": "x"}])
def test_odd_bodies_are_estimated_too(odd):
    assert estimate_tokens(odd) >= 0


def test_each_message_of_a_session_is_measured_once():
    measured = []

    def measure(part):
        measured.append(part)
        return 10

    counter = PrefixCounter(measure)
    for turns in range(1, 51):
        assert counter.count(session(turns)) == 10 * (turns + 1)
    assert len(measured) == 51


def test_the_counts_kept_are_bounded():
    measured = []
    counter = PrefixCounter(lambda part: measured.append(part) or 1, size=3)
    counter.count(session(10))
    counter.count(session(10))
    assert len(measured) == 22


def test_a_schema_with_a_property_named_type_is_counted():
    schema = {"type": "object", "properties": {"type": {"type": "string"}, "source": {"type": "object"}}}
    body = {"messages": [], "tools": [{"name": "x", "input_schema": schema}]}
    assert estimate_tokens(body) > 0
