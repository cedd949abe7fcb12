"""Requests as a current client sends them: none is invalid for the provider it was written for."""

import copy
import json

import pytest

from pipeline_project.validation import repair_request, validate_request
from pipeline_project.validation.registry import PROVIDERS

NAMES = [
    "02-tool-loop",
    "04-image-pdf-notebook-out-of-order",
    "06-subagent-system-after-result",
    "08-websearch-inner",
    "11-mcp-results",
    "13-json-schema",
    "16-max-tokens-resume",
    "22-haiku35-no-thinking",
    "25-count-tokens-tools",
]


@pytest.fixture(params=NAMES)
def recorded(request, outside_fixtures):
    path = outside_fixtures / "claude-code-requests" / f"{request.param}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _options(recorded):
    headers = {name.lower(): value for name, value in recorded["headers"].items()}
    endpoint = "count_tokens" if "count_tokens" in recorded["path"] else "messages"
    return {"endpoint": endpoint, "betas": headers["anthropic-beta"]}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_real_request_has_no_findings_for_any_provider(recorded, provider):
    assert validate_request(recorded["body"], provider=provider, **_options(recorded)).findings == ()


def test_a_real_request_is_not_touched_by_repair(recorded):
    before = copy.deepcopy(recorded["body"])
    body, report = repair_request(recorded["body"], **_options(recorded))
    assert body == before
    assert report.repairs == ()


def test_a_real_conversation_without_its_results_is_mended(recorded):
    body = copy.deepcopy(recorded["body"])
    for message in body["messages"]:
        if isinstance(message["content"], list):
            message["content"] = [block for block in message["content"] if block["type"] != "tool_result"]
    mended, report = repair_request(body, **_options(recorded))
    assert report.ok
    assert validate_request(mended, **_options(recorded)).findings == report.findings


def test_the_folder_holds_no_request_that_is_not_tested(outside_fixtures):
    assert sorted(path.stem for path in (outside_fixtures / "claude-code-requests").glob("*.json")) == NAMES
