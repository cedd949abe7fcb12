"""Case 37: a stream adds up to its answer, whatever server sent it and wherever the network cut it."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_project.conversion import (
    SseReader,
    StreamConverter,
    accumulate,
    convert_response,
    encode_sse,
)

MODEST = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

words = st.text(min_size=1, max_size=20)
scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8) | st.floats(-9, 9)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
objects = st.dictionaries(st.text(max_size=4), values, max_size=3)


calls = st.lists(st.tuples(st.sampled_from(["find", "read"]), objects), max_size=3)


@st.composite
def split(draw, whole):
    """The pieces of a text, cut anywhere."""
    cuts = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    return [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


@st.composite
def streams(draw):
    """(a whole answer, chunks of the same): cut, interleaved, and spelled like one of many servers."""
    message = {"role": "assistant", "content": draw(st.none() | st.text(max_size=30))}
    if draw(st.booleans()):
        message["reasoning_content"] = draw(words)
    given_calls = draw(calls)
    spaced = draw(st.booleans())
    message["tool_calls"] = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": json.dumps(given_input, indent=1 if spaced else None)},
        }
        for number, (name, given_input) in enumerate(given_calls)
    ]
    finish = "tool_calls" if given_calls else draw(st.sampled_from(["stop", "length"]))
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 2}}
    head = {"id": "chatcmpl-1234567890abcdef", "model": "m", "created": 1}
    whole = {**head, "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}
    deltas = [{"role": "assistant", "content": ""}] if draw(st.booleans()) else []
    deltas += [{"reasoning_content": piece} for piece in draw(split(message.get("reasoning_content", "")))]
    deltas += [{"content": piece} for piece in draw(split(message["content"] or ""))]
    deltas += draw(call_deltas(message["tool_calls"]))
    chunks = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}], "usage": None} for delta in deltas
    ]
    last = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    if draw(st.booleans()):
        chunks += [last, {**head, "choices": [], "usage": usage}]
    else:
        chunks.append({**last, "usage": usage})
    return whole, chunks


@st.composite
def call_deltas(draw, whole_calls):
    indexed, repeated, cumulative = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    queues = []
    for number, call in enumerate(whole_calls):
        pieces = draw(split(call["function"]["arguments"]))
        if cumulative:
            pieces = ["".join(pieces[: end + 1]) for end in range(len(pieces))]
        queue = []
        for position, piece in enumerate(pieces):
            entry = {"index": number} if indexed else {}
            function = {"arguments": piece}
            if position == 0 or repeated:
                entry |= {"id": call["id"], "type": "function"}
                function["name"] = call["function"]["name"]
            queue.append({**entry, "function": function})
        queues.append(queue)
    deltas, begun = [], 0
    while any(queues):
        # Without an index, calls begin in their order; without an id on each fragment, they also end in it.
        within = queues if indexed else queues[: begun + 1] if repeated else queues
        ready = [queue for queue in within if queue]
        queue = draw(st.sampled_from(ready)) if indexed or repeated else ready[0]
        begun = max(begun, 1 + next(at for at, other in enumerate(queues) if other is queue))
        entries = [queue.pop(0)]
        others = [other for other in queues if other and other is not queue]
        if indexed and others and draw(st.booleans()):
            entries.append(others[0].pop(0))
        deltas.append({"tool_calls": entries})
        if draw(st.integers(0, 4)) == 0:
            deltas.append({"content": draw(st.sampled_from(["", "\n", " \n"]))})
    return deltas


@MODEST
@given(streams(), st.randoms(use_true_random=False))
def test_case_37_a_stream_adds_up_to_the_answer(stream, random):
    whole, chunks = stream
    expected = convert_response(whole, request={"model": "claude-x", "messages": []}).value
    data = b"".join(f"data: {json.dumps(chunk, ensure_ascii=random.random() < 0.5)}\n\n".encode() for chunk in chunks)
    data += b"data: [DONE]\n\n"
    reader, converter, events = SseReader(), StreamConverter({"model": "claude-x", "messages": []}), []
    while data:
        cut = random.randint(1, 40)
        for chunk in reader.feed(data[:cut]):
            events += converter.feed(chunk)
        data = data[cut:]
    events += converter.finish()
    assert accumulate(events) == expected
    assert b"data: [DONE]" not in b"".join(map(encode_sse, events)).split(b"\n")
