"""Scripts that react: to a tool's answer, and to which conversation it is."""

import asyncio
import importlib.util
import json
from pathlib import Path

import pytest

from pipeline_project import settings
from pipeline_project.errors import InvalidInput
from pipeline_project.llm.client import Client
from pipeline_project.llm.offline import Script
from pipeline_project.llm.requests import Request
from pipeline_project.persistence import engine

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "offline" / "mend-until-green.yaml"


def answered(messages, text, number):
    call = {"type": "tool_use", "id": f"t{number}", "name": "Bash", "input": {}}
    result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": text}
    return [*messages, {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]


def played(script, *results):
    messages = [{"role": "user", "content": "go"}]
    for number, result in enumerate(results):
        messages = answered(messages, result, number)
    return script.turn(messages)


def names(blocks):
    return [block.get("name") or block["text"] for block in blocks]


def test_the_example_mends_until_the_test_passes():
    script = Script.load(EXAMPLE)
    assert names(played(script, "text", "edited", "wrong: 2"))[-1] == "Edit"
    assert names(played(script, "text", "edited", "wrong: 2", "edited")) == ["Bash"]
    assert names(played(script, "text", "edited", "wrong: 2", "edited", "ok")) == ["The test passes."]
    assert names(played(script, "text", "edited", "ok")) == ["The test passes."]


def test_a_conversation_is_chosen_by_its_first_message_and_has_turns_of_its_own():
    script = Script.load(EXAMPLE)
    assert names(script.turn([{"role": "user", "content": "Please check the wording of it"}])) == [
        "The wording is fine."
    ]
    assert names(script.turn([{"role": "user", "content": "mend it"}])) == ["I look at the file first.", "Read"]


def test_without_an_otherwise_an_answer_that_fits_nothing_is_refused():
    script = Script([{"type": "tool_use", "name": "Bash"}, [{"when_result_contains": "a", "play": "A"}]])
    assert names(played(script, "bad")) == ["A"]
    with pytest.raises(InvalidInput, match="no condition fits"):
        played(script, "x")


@pytest.mark.parametrize(
    "turn",
    [
        [{"when_result_contains": "a"}],
        [{"otherwise": "x"}, "text"],
        [{"when_result_contains": "", "play": "x"}],
        [{"otherwise": "x", "goto": 9}],
        [{"otherwise": "x", "goto": "1"}],
        [{"otherwise": "x", "gotoo": 1}],
    ],
)
def test_a_way_that_cannot_be_read_is_refused(turn):
    with pytest.raises(InvalidInput):
        Script([turn])


def test_the_setting_reaches_the_provider(data_dir, monkeypatch, tmp_path):
    path = tmp_path / "script.json"
    path.write_text(json.dumps(["Played, not answered."]), encoding="utf-8")
    monkeypatch.setenv("PIPELINE_OFFLINE_SCRIPT", str(path))
    settings.load.cache_clear()

    async def ask():
        async with Client(settings.load(), engine.default()) as client:
            return await client.complete(Request.of_text("Anything", model="offline"))

    assert asyncio.run(ask()).text == "Played, not answered."


def test_an_agent_mends_until_the_test_passes(data_dir, tmp_path):
    location = ROOT / "pipeline_project_tests" / "agents" / "scripted.py"
    spec = importlib.util.spec_from_file_location("scripted_bench", location)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["scripted_bench"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    workspace = tmp_path / "work"
    workspace.mkdir()
    (workspace / "sums.py").write_text("def add(a, b):\n    return a - b\n", encoding="utf-8")
    check = "from sums import add\nprint('ok' if add(1, 2) == 3 else f'wrong: {add(1, 2)}')\n"
    (workspace / "check.py").write_text(check, encoding="utf-8")
    bench = module.Bench(engine.default(), workspace)
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "main.yaml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    policy = {"allow": ["Read", "Edit", "Bash(*)"]}
    result = bench.run(policy=policy)
    assert result.output == "The test passes."
    assert "a + b" in (workspace / "sums.py").read_text(encoding="utf-8")
