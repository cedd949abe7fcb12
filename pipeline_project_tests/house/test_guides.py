"""The examples in the guides are read by what would read them, so that none goes stale."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_project.agents import profiles
from pipeline_project.governance.policy import load_policy
from pipeline_project.llm.offline.script import Script
from pipeline_project.tools import tools

DOCS = Path(__file__).parents[2] / "docs"
FENCED = re.compile(r"^```(\w+ \w+|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
EXAMPLES = [
    (page.name, *found.groups()) for page in sorted(DOCS.glob("*.md")) for found in FENCED.finditer(page.read_text())
]


def example(kind):
    (found,) = [text for _, info, text in EXAMPLES if info == kind]
    return found


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "example.yaml"
        path.write_text(text)
        return path

    return write


def test_every_example_is_of_a_kind_that_is_tried_here():
    assert {info for _, info, _ in EXAMPLES} == {"yaml policy", "yaml models", "yaml profile", "yaml script", "python"}


def test_the_rules_are_a_policy_over_tools_that_there_are(file):
    policy = load_policy(file(example("yaml policy")), known=tools().names())
    assert (len(policy.allow), len(policy.ask), len(policy.deny), set(policy.actors)) == (5, 1, 2, {"agent:reviewer"})


def test_the_models_lie_over_the_shipped_table(file, data_dir, monkeypatch):
    monkeypatch.setenv("PIPELINE_LLM_MODELS_FILE", str(file(example("yaml models"))))
    command = [sys.executable, "-m", "pipeline_project", "llm", "models", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert '"house"' in shown.stdout


def test_the_profile_is_an_agent(file):
    agent = profiles.load(file(example("yaml profile")))
    assert (agent.name, agent.bounds.turns, agent.tools) == ("reviewer", 20, ("Read", "Grep", "Glob", "Bash"))


def test_the_script_can_be_played(file):
    assert Script.load(file(example("yaml script")))


def test_the_code_runs_as_it_stands(data_dir):
    code = f"{example('python')}\nimport asyncio\nasyncio.run(hello())\n"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "offline" in ended.stdout
