"""Messages: conversion of requests, answers and streams beside litellm's own adapter and `json.loads`, in one run.

    python benchmarks/messages.py [--rounds 60]

The tasks take turns in every round, so that a slow moment of the machine hits all alike; within its turn each runs
three times, so that none pays for what the one before left in the caches. The ratios are of the best runs. Exits 1 if
a request costs more than `json.loads` of the same bytes, or a stream chunk more than 10 µs.
"""

import argparse
import importlib
import importlib.util
import json
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from pipeline_project.conversion import StreamConverter, convert_request, convert_response, encode_sse
from pipeline_project.messages.models import MessagesRequest

REQUEST_BUDGET = 1.0
CHUNK_BUDGET = 10.0
CHUNKS = 1_000
RUNS = 3
WORDS = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut".split()  # noqa: SIM905


def prose(chance: random.Random, length: int) -> str:
    """Filler of a length in characters."""
    return " ".join(chance.choice(WORDS) for _ in range(length // 4))[:length]


def session(messages: int = 200, size: int = 600_000) -> dict[str, Any]:
    """A coding session as a client sends it: 20 tools, then turns of text, calls and their results."""
    chance = random.Random(7)
    properties = {
        name: {"type": "string", "description": prose(chance, 120)} for name in ("path", "pattern", "content", "mode")
    }
    schema = {"type": "object", "properties": properties, "required": ["path"], "additionalProperties": False}
    tools = [
        {"name": f"Tool{number}", "description": prose(chance, 900), "input_schema": schema} for number in range(20)
    ]
    each = (size - len(json.dumps(tools))) // (messages // 2) - 700
    turns: list[dict[str, Any]] = []
    for number in range(messages // 2):
        given = {"path": "/home/user/project/a.py", "content": prose(chance, 200)}
        use = {"type": "tool_use", "id": f"toolu_{number:024}", "name": f"Tool{number % 20}", "input": given}
        answer = {"type": "tool_result", "tool_use_id": use["id"], "content": prose(chance, each)}
        said = [{"type": "text", "text": prose(chance, 150)}, use]
        turns += [{"role": "assistant", "content": said}, {"role": "user", "content": [answer]}]
    first = {"role": "user", "content": [{"type": "text", "text": "go"}]}
    system = [{"type": "text", "text": prose(chance, 6_000), "cache_control": {"type": "ephemeral"}}]
    return {"model": "gpt-4o", "max_tokens": 8_000, "system": system, "tools": tools, "messages": [first, *turns[:-1]]}


def answer() -> dict[str, Any]:
    """An answer with text and a call."""
    call = {"id": "call_1", "type": "function", "function": {"name": "Tool1", "arguments": '{"path": "a.py"}'}}
    message = {"role": "assistant", "content": prose(random.Random(7), 2_000), "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    usage = {"prompt_tokens": 900, "completion_tokens": 500, "total_tokens": 1400}
    head = {"id": "chatcmpl-0123456789abcdef", "object": "chat.completion", "created": 1, "model": "gpt-4o"}
    return {**head, "choices": [choice], "usage": usage}


def stream() -> list[dict[str, Any]]:
    """Chunks of one word each."""
    head = {"id": "chatcmpl-0123456789abcdef", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": f" {WORDS[number % len(WORDS)]}"} for number in range(CHUNKS)]
    chunks = [{**head, "choices": [{"index": 0, "delta": each, "finish_reason": None}]} for each in deltas]
    return [*chunks, {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]


def convert_stream(chunks: list[dict[str, Any]]) -> int:
    """Every chunk to the bytes of its events; the length of all of them."""
    converter = StreamConverter({"model": "claude", "messages": []})
    size = sum(len(encode_sse(event)) for chunk in chunks for event in converter.feed(chunk))
    return size + sum(len(encode_sse(event)) for event in converter.finish())


def litellm_adapter() -> Any:
    """litellm's adapter, which has moved between its releases."""
    for place in ("pass_through", "experimental_pass_through"):
        name = f"litellm.llms.anthropic.{place}.adapters.transformation"
        if importlib.util.find_spec(f"litellm.llms.anthropic.{place}"):
            return importlib.import_module(name).AnthropicAdapter()
    raise ImportError("this litellm has no adapter for Anthropic messages where it is looked for")


def litellm_tasks(
    body: dict[str, Any], whole: dict[str, Any], chunks: list[dict[str, Any]]
) -> dict[str, Callable[[], Any]]:
    """The same three conversions by litellm's adapter; none if litellm cannot be imported."""
    if importlib.util.find_spec("litellm") is None:
        return {}
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    shapes = importlib.import_module("litellm.types.utils")
    adapter = litellm_adapter()
    given = shapes.ModelResponse(**whole)

    def convert() -> int:
        parts = (shapes.ModelResponseStream(**chunk) for chunk in chunks)
        events = adapter.translate_completion_output_params_streaming(parts, model="claude", is_async=False)
        return sum(map(len, events))

    return {
        "litellm request": lambda: adapter.translate_completion_input_params({**body}),
        "litellm answer": lambda: adapter.translate_completion_output_params(given),
        "litellm stream": convert,
    }


def measure(tasks: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Best seconds of each task; the tasks take turns."""
    best = dict.fromkeys(tasks, float("inf"))
    for _ in range(rounds):
        for name, task in tasks.items():
            for _ in range(RUNS):
                start = time.perf_counter()
                task()
                best[name] = min(best[name], time.perf_counter() - start)
    return best


def main() -> int:
    """Measure, print, and say by the exit code whether the budgets hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    body, whole, chunks = session(), answer(), stream()
    raw, raw_answer = json.dumps(body), json.dumps(whole)
    theirs = litellm_tasks(body, whole, chunks)
    targets = ("openai", "anthropic", "gemini", "deepseek", "generic")
    tasks: dict[str, Callable[[], Any]] = {"json.loads request": lambda: json.loads(raw)}
    for target in targets:
        tasks[f"request to {target}"] = lambda target=target: convert_request(body, target=target)
    tasks |= {
        "pydantic door": lambda: MessagesRequest.from_wire(body).to_wire(),
        "json.loads answer": lambda: json.loads(raw_answer),
        "answer": lambda: convert_response(whole, request=body),
        "stream": lambda: convert_stream(chunks),
        **theirs,
    }
    best = measure(tasks, rounds)
    return report(best, len(raw), len(body["messages"]), len(chunks))


def report(best: dict[str, float], size: int, messages: int, chunks: int) -> int:
    """Print the ratios; 1 if a budget is broken, else 0."""
    unit = best["json.loads request"]
    print(f"request: {size / 1000:.0f} kB, {messages} messages; json.loads {unit * 1e3:.2f} ms = 1.00")
    for name in best:
        if name.startswith("request to") or name in ("pydantic door", "litellm request"):
            print(f"  {name:22} {best[name] * 1e3:8.2f} ms {best[name] / unit:8.2f} x json.loads")
    print(f"answer: json.loads {best['json.loads answer'] * 1e6:.0f} µs = 1.00")
    for name in ("answer", "litellm answer"):
        if name in best:
            print(f"  {name:22} {best[name] * 1e6:8.0f} µs {best[name] / best['json.loads answer']:8.2f} x json.loads")
    print("stream: dict to SSE bytes")
    for name in ("stream", "litellm stream"):
        if name in best:
            print(f"  {name:22} {best[name] / chunks * 1e6:8.2f} µs a chunk")
    if "litellm request" not in best:
        print("litellm is not importable here: its adapter was not measured (pip install litellm)")
    ratio, chunk = best["request to openai"] / unit, best["stream"] / chunks * 1e6
    held = ratio <= REQUEST_BUDGET and chunk <= CHUNK_BUDGET
    print(f"budgets: request {ratio:.2f} of {REQUEST_BUDGET}, chunk {chunk:.1f} of {CHUNK_BUDGET:.0f} µs: ", end="")
    print("held" if held else "BROKEN")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
