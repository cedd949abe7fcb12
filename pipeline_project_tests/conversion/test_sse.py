"""Case 34 and the framing rules: server-sent events, in and out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.conversion import SseReader, encode_sse
from pipeline_project.errors import InvalidInput, ServiceError


def read(data, cuts=()):
    reader = SseReader()
    chunks, start = [], 0
    for end in (*sorted(cuts), len(data)):
        chunks += reader.feed(data[start:end])
        start = end
    return chunks + reader.finish()


def test_case_34_an_event_is_named_like_its_data():
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a\nb é \ud83d"}}
    head, data, *rest = encode_sse(event).split(b"\n")
    assert head == b"event: content_block_delta"
    assert json.loads(data.removeprefix(b"data: ")) == event
    assert rest == [b"", b""]


@pytest.mark.parametrize("event", [{}, {"type": 3}, {"type": "ping", "x": float("nan")}])
def test_what_is_no_event_is_refused(event):
    with pytest.raises(InvalidInput):
        encode_sse(event)


STREAM = (
    "\ufeff: OPENROUTER PROCESSING\r\n\r\n"
    'event: message\r\nid: 1\r\ndata: {"text": "grüße 🎈"}\r\n\r\n'
    'data: {"a":\ndata: 1}\n\n'
    ": ping\n\n"
    'data:{"b": 2}\n\n'
    "data: \n\n"
    "data: [DONE]\n\n"
    'data: {"late": true}\n\n'
).encode()
CHUNKS = [{"text": "grüße 🎈"}, {"a": 1}, {"b": 2}]


@settings(max_examples=100)
@given(st.lists(st.integers(0, len(STREAM)), max_size=20))
def test_case_34_utf8_cut_anywhere_comments_and_pings_survive(cuts):
    assert read(STREAM, cuts) == CHUNKS


def test_case_34_every_byte_alone():
    assert read(STREAM, range(len(STREAM))) == CHUNKS


def test_case_34_done_never_comes_through_and_is_known():
    reader = SseReader()
    assert reader.feed(b"data: [DONE]\n\n") == []
    assert reader.done


@pytest.mark.parametrize(
    "data",
    [
        b'data: {"a": 1}',
        b'data: {"a": 1}\n',
        b'data: {"a": 1}\r',
        b'data: {"a": 1}\r\n\r\n',
        b'{"a": 1}',
        b'[{"a": 1}]\n',
    ],
)
def test_the_last_event_needs_no_blank_line_and_a_bare_body_is_read(data):
    assert read(data) == [{"a": 1}]


def test_events_without_blank_lines_between_them_are_several():
    assert read(b'data: {"a": 1}\ndata: {"b": 2}\ndata: [DONE]\n\n') == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("data", [b"data: {oops\n\n", b"<html>502 Bad Gateway</html>"])
def test_what_is_no_json_is_the_upstreams_error(data):
    with pytest.raises(ServiceError, match="not JSON"):
        read(data)
