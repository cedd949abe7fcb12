"""Streams in the dialects of the servers that are met most, shortened: what comes out, and case 37 on each of them."""

import json

import pytest

from pipeline_project.conversion import SseReader, StreamConverter, accumulate, convert_response

HEAD = '"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","created":1741569952,"model":"m"'


def lines(*choices, usage=None, prefix=""):
    """SSE text of chunks given as the inside of their only choice; the usage comes in a chunk of its own."""
    data = [f'data: {{{HEAD},{prefix}"choices":[{{{choice}}}]}}\n\n' for choice in choices]
    if usage:
        data.append(f'data: {{{HEAD},"choices":[],"usage":{usage}}}\n\n')
    return "".join(data)


CALL = '{"type":"tool_use","name":"get_weather","input":{"city":"Paris"}}'

STREAMS = {
    "openai": lines(
        '"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null',
        '"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null',
        '"index":0,"delta":{"content":" there"},"logprobs":null,"finish_reason":null',
        '"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"',
        usage='{"prompt_tokens":19,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":0}}',
    )
    + "data: [DONE]\n\n",
    "azure": 'data: {"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]}\n\n'
    + lines(
        '"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0',
        '"content_filter_results":{"hate":{"filtered":false}},"delta":{"content":"Hello"},"finish_reason":null,"index":0',
        '"content_filter_offsets":{"check_offset":1},"content_filter_results":{},"finish_reason":null,"index":0',
        '"content_filter_results":{},"delta":{"content":" there"},"finish_reason":null,"index":0',
        '"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0',
        usage='{"prompt_tokens":19,"completion_tokens":10}',
    )
    + "data: [DONE]\n\n",
    "deepseek": ": keep-alive\n\n"
    + lines(
        '"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":""},"finish_reason":null',
        '"index":0,"delta":{"content":null,"reasoning_content":"They greet"},"finish_reason":null',
        '"index":0,"delta":{"content":null,"reasoning_content":" me."},"finish_reason":null',
        '"index":0,"delta":{"content":"Hello","reasoning_content":null},"finish_reason":null',
        '"index":0,"delta":{"content":" there","reasoning_content":null},"finish_reason":null',
    )
    + f'data: {{{HEAD},"choices":[{{"index":0,"delta":{{"content":"","reasoning_content":null}},'
    '"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,"prompt_cache_hit_tokens":16,"prompt_cache_miss_tokens":3,'
    '"completion_tokens_details":{"reasoning_tokens":4}}}\n\ndata: [DONE]\n\n',
    "gemini": lines(
        '"delta":{"role":"assistant","tool_calls":[{"extra_content":{"google":{"thought_signature":"Ej=="}},"function":'
        '{"arguments":"{\\"city\\":\\"Paris\\"}","name":"get_weather"},"id":"jm4owj31","type":"function"}]},"index":0',
        '"delta":{"role":"assistant","tool_calls":[{"function":{"arguments":"{\\"city\\":\\"Rome\\"}","name":"get_weather"},'
        '"id":"jm4owj32","type":"function"}]},"index":0',
        '"delta":{"role":"assistant"},"finish_reason":"stop","index":0',
    )
    + "data: [DONE]\n\n",
    "openrouter": ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n"
    + lines(
        '"index":0,"delta":{"role":"assistant","content":"","reasoning":"They greet","reasoning_details":'
        '[{"type":"reasoning.text","text":"They greet","format":"unknown","index":0}]},"finish_reason":null',
        '"index":0,"delta":{"role":"assistant","content":"Hello there"},"finish_reason":null',
        '"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop","native_finish_reason":"stop"',
    )
    + f'data: {{{HEAD},"provider":"X","choices":[{{"index":0,"delta":{{"role":"assistant","content":""}},'
    '"finish_reason":null}],"usage":{"prompt_tokens":19,"completion_tokens":10,"cost":0.001,"prompt_tokens_details":'
    '{"cached_tokens":9}}}\n\ndata: [DONE]\n\n',
    "vllm": lines(
        '"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null',
        '"index":0,"delta":{"reasoning":"Weather.","reasoning_content":"Weather."},"finish_reason":null',
        '"index":0,"delta":{"content":"\\n\\n"},"finish_reason":null',
        '"index":0,"delta":{"tool_calls":[{"id":"chatcmpl-tool-71","type":"function","index":0,"function":{"name":'
        '"get_weather"}}]},"finish_reason":null',
        '"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\": \\""}}]}',
        '"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"Paris\\"}"}}]},"finish_reason":null',
        '"index":0,"delta":{"content":"\\n"},"finish_reason":null',
        '"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":151645',
        usage='{"prompt_tokens":19,"total_tokens":29,"completion_tokens":10,"prompt_tokens_details":null}',
    )
    + "data: [DONE]\n\n",
    "ollama": lines(
        '"index":0,"delta":{"role":"assistant","content":"","reasoning":"Weather."},"finish_reason":null',
        '"index":0,"delta":{"role":"assistant","content":"","tool_calls":[{"id":"call_w1","index":0,"type":"function",'
        '"function":{"name":"get_weather","arguments":"{\\"city\\":\\"Paris\\"}"}}]},"finish_reason":null',
        '"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"tool_calls"',
        prefix='"object":"chat.completion.chunk","system_fingerprint":"fp_ollama",',
    )
    + "data: [DONE]\n\n",
    "groq": lines(
        '"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null',
        '"index":0,"delta":{"content":"Hello there"},"finish_reason":null',
        prefix='"x_groq":{"id":"req_1"},',
    )
    + lines(
        '"index":0,"delta":{},"finish_reason":"stop"',
        prefix='"x_groq":{"id":"req_1","usage":{"prompt_tokens":19,"completion_tokens":10}},',
    )
    + "data: [DONE]\n\n",
    "mistral": lines(
        '"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]},'
        '"finish_reason":null',
        '"index":0,"delta":{"content":[{"type":"text","text":"Hello"}]},"finish_reason":null',
        '"index":0,"delta":{"content":" there"},"finish_reason":null',
    )
    + f'data: {{{HEAD},"choices":[{{"index":0,"delta":{{"content":""}},"finish_reason":"stop"}}],'
    '"usage":{"prompt_tokens":19,"completion_tokens":10}}\n\ndata: [DONE]\n\n',
    "moonshot": lines(
        '"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null',
        '"index":0,"delta":{"tool_calls":[{"index":0,"id":"functions.get_weather:0","type":"function","function":{"name":'
        '"get_weather","arguments":""}}]},"finish_reason":null',
        '"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\": \\"Paris\\"}"}}]},'
        '"finish_reason":null',
        '"index":0,"delta":{},"finish_reason":"tool_calls","usage":{"prompt_tokens":19,"completion_tokens":10,'
        '"cached_tokens":3}',
    )
    + "data: [DONE]\n\n",
    "without an end": lines(
        '"index":0,"delta":{"content":"Hello"},"finish_reason":null', '"index":0,"delta":{"content":" there"}'
    ),
}

GREETING = [("text", "Hello there")]
WEATHER = [("tool_use", {"city": "Paris"})]
EXPECTED = {
    "openai": (GREETING, "end_turn", 19),
    "azure": (GREETING, "end_turn", 19),
    "deepseek": ([("thinking", "They greet me."), *GREETING], "end_turn", 3),
    "gemini": ([("thinking", ""), *WEATHER, ("tool_use", {"city": "Rome"})], "tool_use", None),
    "openrouter": ([("thinking", "They greet"), *GREETING], "end_turn", 10),
    "vllm": ([("thinking", "Weather."), *WEATHER], "tool_use", 19),
    "ollama": ([("thinking", "Weather."), *WEATHER], "tool_use", None),
    "groq": (GREETING, "end_turn", 19),
    "mistral": ([("thinking", "Hm"), *GREETING], "end_turn", 19),
    "moonshot": (WEATHER, "tool_use", 16),
    "without an end": (GREETING, "end_turn", None),
}


def chunks_of(name):
    reader = SseReader()
    return [*reader.feed(STREAMS[name].encode()), *reader.finish()]


def converted(chunks):
    converter = StreamConverter({"model": "claude-x", "messages": []})
    events = [event for chunk in chunks for event in converter.feed(chunk)]
    return accumulate([*events, *converter.finish()])


@pytest.mark.parametrize("name", STREAMS)
def test_each_dialect_becomes_the_message_it_means(name):
    message = converted(chunks_of(name))
    blocks, stop, tokens = EXPECTED[name]
    assert [
        (each["type"], each.get("text", each.get("thinking", each.get("input")))) for each in message["content"]
    ] == blocks
    assert message["stop_reason"] == stop
    if tokens is not None:
        assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (tokens, 10)


def whole(chunks):
    """The answer that a stream is the stream of, put together without our own code."""
    message, finish, usage = {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": []}, None, None
    for chunk in chunks:
        usage = chunk.get("usage") or chunk.get("x_groq", {}).get("usage") or usage
        for choice in chunk["choices"]:
            usage = choice.get("usage") or usage
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta", {})
            content = delta.get("content") or ""
            if isinstance(content, list):
                for part in content:
                    if part["type"] == "thinking":
                        message["reasoning_content"] += part["thinking"][0]["text"]
                content = "".join(part.get("text", "") for part in content)
            message["content"] += content
            message["reasoning_content"] += delta.get("reasoning_content") or delta.get("reasoning") or ""
            for call in delta.get("tool_calls", ()):
                if call.get("id"):
                    message["tool_calls"].append({**call, "function": {"arguments": "", **call["function"]}})
                else:
                    message["tool_calls"][-1]["function"]["arguments"] += call["function"]["arguments"]
    head = next({key: chunk[key] for key in ("id", "created", "model")} for chunk in chunks if chunk["id"])
    return {**head, "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}


@pytest.mark.parametrize("name", STREAMS)
def test_case_37_each_dialect_adds_up_to_its_whole_answer(name):
    chunks = chunks_of(name)
    before = json.dumps(chunks)
    expected = convert_response(whole(chunks), request={"model": "claude-x", "messages": []}).value
    assert converted(chunks) == expected
    assert json.dumps(chunks) == before
