"""Names of agents and tools that nothing has are found by the check, and left alone where an expression gives them."""

import pytest

from pipeline_project.workflows.check_config import config_problems
from pipeline_project.workflows.models import WorkflowStep


def problems(kind, **config):
    step = WorkflowStep.model_validate({"id": "work", "type": kind, "config": config})
    return [f"{problem.path}: {problem.message}" for problem in config_problems(step)]


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        (
            "agent_execution",
            {"task": "x", "agent": "wizard"},
            "config.agent: there is no agent 'wizard'; there are expl",
        ),
        ("agent_execution", {"task": "x", "tools": ["Read", "Reed"]}, "config.tools: there is no tool 'Reed'"),
        (
            "agent_execution",
            {"task": "x", "schema": {"type": "nonsense"}},
            "config.schema: schema.type is no JSON Schema",
        ),
        ("llm_completion", {"prompt": "x", "schema": {"type": "nonsense"}}, "schema: schema.type is no JSON Schema"),
        ("tool_call", {"tool": "Reed"}, "config.tool: there is no tool 'Reed'. Near names: Read"),
    ],
    ids=["agent", "tools", "schema", "completion", "tool"],
)
def test_a_name_that_nothing_has_is_found(kind, config, said):
    (problem,) = problems(kind, **config)
    assert said in problem


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("agent_execution", {"task": "x", "agent": "${input.agent}", "tools": ["${input.tool}"]}),
        ("agent_execution", {"task": "x", "agent": "my/mender.yaml", "tools": ["Agent", "Read"]}),
        ("agent_execution", {"task": "x", "tools": []}),
        ("tool_call", {"tool": "${input.tool}"}),
        ("tool_call", {"tool": "Agent"}),
    ],
    ids=["expressions", "file and alias", "no tools", "expression", "alias"],
)
def test_what_may_be_a_name_is_none_of_the_problems(kind, config):
    assert problems(kind, **config) == []
