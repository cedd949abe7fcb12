"""Runs an agent: a model with tools, until its last answer.

It is journaled call by call, so that a resumed step goes on in the middle of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic import Field, field_validator

from pipeline_project import settings
from pipeline_project.agents import profiles
from pipeline_project.agents.journal import AgentJournal
from pipeline_project.agents.loop import run_agent
from pipeline_project.agents.models import counts
from pipeline_project.agents.order import Order
from pipeline_project.agents.start import agent_of
from pipeline_project.errors import NotFound
from pipeline_project.llm.structured import AnswerSchema
from pipeline_project.tools import Session, tools
from pipeline_project.tools.policy import policy_in_force
from pipeline_project.tools.workspace import workspace_of
from pipeline_project.workflows.steps.answered import caller_of
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext, StepResult

_SHOWN = 160


class AgentExecutionConfig(StepConfig):
    """Which agent, on what."""

    agent: str = Field("general-purpose", description="A shipped profile (`agent profiles`), or a YAML file's path")
    task: str = Field(min_length=1, description="What it shall do; it sees nothing else but the inputs")
    inputs: dict[str, Any] = Field(default_factory=dict, description="Data for the task")
    tools: tuple[str, ...] | None = Field(None, description="The tools it has, instead of its profile's")
    model: str | None = Field(None, description="Instead of its profile's; by default PIPELINE_LLM_MODEL")
    max_turns: int | None = Field(None, ge=1, le=1000, description="Answers of the model before it has to end")
    max_cost: Decimal | None = Field(None, gt=0, description="US dollars, its sub-agents included")
    schema_: AnswerSchema | None = Field(None, alias="schema", description="JSON Schema of its last answer")
    workspace: str = Field(
        "", description="The folder it may work in; empty: PIPELINE_WORKSPACE, else one in the data directory"
    )

    @field_validator("agent")
    @classmethod
    def _is_shipped_or_a_file(cls, agent: str) -> str:
        if not profiles.is_file(agent) and agent not in profiles.names():
            raise ValueError(f"there is no agent {agent!r}; there are {', '.join(profiles.names())}, or a YAML file")
        return agent

    @field_validator("tools")
    @classmethod
    def _are_tools(cls, named: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in named or ():
            try:
                tools().canonical(name)
            except NotFound as error:
                raise ValueError(f"{error.message}. {error.remedy}") from error
        return named


class AgentExecutionResult(StepResult):
    """What it ended with."""

    output: Any = Field(description="Its last answer: an object when there is a schema, else a text")
    turns: int = Field(description="Answers of the model")
    tool_calls: list[dict[str, Any]] = Field(description="Each call: turn, tool, is_error, seconds, rule")
    usage: dict[str, int] = Field(description="Tokens")
    cost: Decimal | None = Field(None, description="US dollars; null when a price is not known")
    model: str = Field(description="The model that answered last")
    written: list[str] = Field(description="Files it created or changed")
    run_id: str = Field(description="Its run; `agent show <id>` tells all of it")


class AgentExecution(BaseStepExecutor[AgentExecutionConfig, AgentExecutionResult]):
    """agent_execution: a model with tools, to its last answer."""

    config = AgentExecutionConfig
    result = AgentExecutionResult
    needs = frozenset({"llm"})

    async def execute(self, config: AgentExecutionConfig, context: StepContext) -> AgentExecutionResult:
        """Run it. Raises ApprovalNeeded when a person has to agree to a tool call, BudgetExceeded past a bound."""
        current = settings.load()
        agent = agent_of(
            Order(
                config.task, config.agent, config.model or "", config.tools, schema=config.schema_,
                max_turns=config.max_turns, max_cost=config.max_cost,
            )
        )  # fmt: skip
        run_id = f"{context.execution_id}/{context.step_id}"
        caller = replace(caller_of(context), agent=agent.name)
        async with Session(
            workspace_of(config.workspace),
            policy_in_force(),
            actor=f"agent:{agent.name}",
            session_id=run_id,
            network=current.sandbox_network,
            granted=context.granted,
        ) as session:
            result = await run_agent(
                agent,
                config.task,
                client=context.clients["llm"],
                session=session,
                journal=AgentJournal(context.database, run_id),
                inputs=config.inputs,
                caller=caller,
            )
        return AgentExecutionResult(
            output=result.output,
            turns=result.turns,
            tool_calls=[vars(call) for call in result.calls],
            usage=counts(result.usage),
            cost=result.cost,
            model=result.model,
            written=list(result.written),
            run_id=run_id,
        )

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """How much it did, and the beginning of its answer."""
        text = " ".join(str(result["output"]).split())
        short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        return f"{result['turns']} turns, {len(result['tool_calls'])} tool calls: {short}"
