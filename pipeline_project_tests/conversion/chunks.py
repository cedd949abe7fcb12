"""Chat completions chunks for tests, and the grammar every Anthropic stream has to keep."""

from pipeline_project.conversion import StreamConverter, accumulate

REQUEST = {"model": "claude-opus-4-8", "messages": [{"role": "user", "content": "x" * 400}]}


def chunk(delta=None, finish=None, **more):
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish, **more.pop("choice", {})}
    return {"id": "chatcmpl-9aKb3cD4eF5gH6iJ", "model": "gpt-x", "created": 1, "choices": [choice], **more}


def fragment(arguments=None, **keys):
    name = keys.pop("name", None)
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {**keys, "function": function}


def calls(*fragments):
    return chunk({"tool_calls": list(fragments)})


def run(*chunks, request=REQUEST, names=None, end=True):
    """All events of a stream, checked against the grammar."""
    converter = StreamConverter(request, names)
    events = [event for each in chunks for event in converter.feed(each)]
    if end:
        events += converter.finish()
    check_grammar(events)
    return events


def check_grammar(events):
    assert [event["type"] for event in events].count("message_start") <= 1
    if events and events[-1]["type"] == "error":
        return
    assert events[0]["type"] == "message_start"
    assert [event["type"] for event in events[-2:]] == ["message_delta", "message_stop"]
    open_block, following = None, 0
    for event in events[1:-2]:
        if event["type"] == "content_block_start":
            assert open_block is None
            assert event["index"] == following
            open_block = following
        elif event["type"] == "content_block_delta":
            assert event["index"] == open_block
        else:
            assert event == {"type": "content_block_stop", "index": open_block}
            open_block, following = None, following + 1
    assert open_block is None


def content(*chunks, **keys):
    return accumulate(run(*chunks, **keys))["content"]


def inputs(*chunks, **keys):
    return [(block["name"], block["input"]) for block in content(*chunks, **keys) if block["type"] == "tool_use"]


def finish(reason="stop"):
    return chunk({}, reason)
