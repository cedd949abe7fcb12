"""Requests as a real client sends them, for every target: what goes out is what an OpenAI-compatible server takes."""

import copy
import json
import re
from pathlib import Path

import pytest

from pipeline_project.conversion import convert_request, convert_request_back

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "claude-code-requests"
REQUESTS = sorted(FIXTURES.glob("*.json"))
OPENAI_LIKE = ("openai", "gemini", "deepseek", "generic")

pytestmark = pytest.mark.skipif(not REQUESTS, reason="the recorded client requests are not beside this repository")


@pytest.fixture(params=REQUESTS, ids=lambda path: path.stem)
def body(request):
    return json.loads(request.param.read_text())["body"]


def check_messages(messages):
    open_ids = []
    for message in messages:
        role = message["role"]
        assert role in ("system", "user", "assistant", "tool")
        if role == "tool":
            assert message["tool_call_id"] == open_ids.pop(0)
            assert isinstance(message["content"], str)
            continue
        assert open_ids == []
        for call in message.get("tool_calls", ()):
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", call["id"])
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            open_ids.append(call["id"])
        parts = message["content"] if isinstance(message["content"], list) else []
        assert all(part["type"] in ("text", "image_url", "file") for part in parts)
        assert message["content"] or message.get("tool_calls")
    assert open_ids == []


@pytest.mark.parametrize("target", OPENAI_LIKE)
def test_every_recorded_request_passes(body, target):
    before = copy.deepcopy(body)
    conversion = convert_request(body, target=target)
    value = conversion.value
    assert body == before
    assert value.keys() <= {
        *("model", "messages", "tools", "tool_choice", "parallel_tool_calls", "max_tokens", "max_completion_tokens"),
        *("temperature", "top_p", "stop", "user", "stream", "stream_options", "response_format"),
        *("reasoning_effort", "thinking"),
    }
    check_messages(value["messages"])
    for tool in value.get("tools", ()):
        assert tool.keys() == {"type", "function"}
        assert tool["function"].keys() <= {"name", "description", "parameters", "strict"}
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool["function"]["name"])
        assert tool["function"]["parameters"]["type"] == "object"
    sent = json.dumps(value)
    assert "cache_control" not in sent
    assert "x-anthropic-billing-header" not in sent
    assert all(loss.keys() == {"path", "what", "why"} and loss["path"].startswith("$") for loss in conversion.losses)
    convert_request_back(value)


def test_every_recorded_request_reaches_anthropic_untouched(body):
    conversion = convert_request(body, target="anthropic")
    assert conversion.value == body
    assert conversion.losses == []
