"""The op of one agent run: a few lines between Dagster and `start`.

Launching with the same run id, or Dagster's re-execution from failure, goes on where the run was.
"""

import asyncio
from pathlib import Path
from typing import Any

from dagster import Config, Failure, MetadataValue, OpExecutionContext, TableColumn, TableRecord, TableSchema, op
from pydantic import Field

from pipeline_project import settings
from pipeline_project.agents.models import RETRIES_OF_A_TURN, TOKENS, AgentResult
from pipeline_project.agents.order import Order, amount
from pipeline_project.errors import ApprovalNeeded, InvalidInput, PipelineError
from pipeline_project.persistence import engine
from pipeline_project.persistence.json import to_json
from pipeline_project.security.redaction import redact, redact_text

RUN_TAG = "agent/run_id"
RESUME_RETRY_TAG = "dagster/is_resume_retry"


class AgentConfig(Config):
    """What the agent shall do, and within which bounds."""

    task: str = Field(description="What it shall do; it sees nothing else but the inputs")
    agent: str = Field(default="general-purpose", description="A shipped profile, or a YAML file's path")
    model: str = Field(default="", description="Instead of its profile's; by default PIPELINE_LLM_MODEL")
    tools: list[str] = Field(default=[], description="The tools it has; empty: its profile's")
    inputs: dict[str, Any] = Field(default={}, description="Data for the task")
    workspace: str = Field(default="", description="The folder it may work in; empty: PIPELINE_WORKSPACE")
    policy: dict[str, Any] = Field(default={}, description="allow, ask and deny rules; empty: the policy file's")
    max_turns: int = Field(default=0, description="Answers of the model before it has to end; 0: its profile's")
    max_cost: str = Field(default="", description="US dollars, its sub-agents included; empty: no limit")
    run_id: str = Field(default="", description="A run to go on with; empty: that of this Dagster run")


@op(required_resource_keys={"llm"}, description="Runs an agent to its last answer, journaled call by call")
async def run_agent(context: OpExecutionContext, config: AgentConfig) -> dict[str, Any]:
    """{"output", "turns", "calls", "usage", "cost", "model", "run_id", "written", …}."""
    from pipeline_project.agents.start import start  # tools and models: a code location loads without them

    run_id = config.run_id or _run_id(context)
    # kept on the run and copied to a re-execution of it, which may be the third of its kind
    context.instance.add_run_tags(context.run_id, {RUN_TAG: redact_text(run_id)[:200]})
    try:
        order = _order(config, run_id)
        async with context.resources.llm.get_client(context, retries=RETRIES_OF_A_TURN) as client:
            result = await start(order, client=client, database=engine.default(), user=settings.load().actor_name)
    except PipelineError as error:
        if not error.transient:
            context.instance.add_run_tags(context.run_id, {"dagster/max_retries": "0"})
        # the cause stays out of Dagster's events, which keep messages and stacks as they are
        asked = " Or, in Dagster, re-execute it from failure." if isinstance(error, ApprovalNeeded) else ""
        raise Failure(
            redact_text(f"{error}{asked}"),
            metadata={"error": error.code, "run_id": run_id, "all_of_it": _command(run_id)},
            allow_retries=False,
        ) from None
    await asyncio.to_thread(_show, context, result)
    shown = redact(to_json(result), by_name=False)
    assert isinstance(shown, dict)
    return shown


def _run_id(context: OpExecutionContext) -> str:
    """From failure, the run goes on; a re-execution of all steps is a run of its own, with the same task."""
    tags = context.run.tags
    goes_on = tags.get(RESUME_RETRY_TAG) == "true" and tags.get(RUN_TAG)
    return goes_on or context.run_id


def _order(config: AgentConfig, run_id: str) -> Order:
    if config.max_turns < 0:
        raise InvalidInput(f"is {config.max_turns}", where="max_turns", remedy="Write a number from 1, or 0 for none.")
    return Order(
        task=config.task,
        agent=config.agent,
        model=config.model,
        tools=tuple(config.tools) or None,
        inputs=config.inputs,
        workspace=Path(config.workspace) if config.workspace else None,
        policy=config.policy or None,
        max_turns=config.max_turns or None,
        max_cost=amount(config.max_cost, where="max_cost"),
        run_id=run_id,
    )


def _command(run_id: str) -> str:
    """What tells every call of a run, made or not."""
    return f"python -m pipeline_project agent show {run_id}"


def _show(context: OpExecutionContext, result: AgentResult) -> None:
    columns = ["turn", "tool", "is_error", "seconds", "rule", "restored"]
    kinds = {"turn": "int", "is_error": "bool", "seconds": "float", "restored": "bool"}
    records = [TableRecord({**vars(call), "seconds": round(call.seconds, 3)}) for call in result.calls]
    schema = TableSchema(columns=[TableColumn(name, kinds.get(name, "string")) for name in columns])
    context.add_output_metadata(
        {
            "output": MetadataValue.md(redact_text(result.text)),
            "calls": MetadataValue.table(records, schema),
            "turns": result.turns,
            "restored": result.restored,
            "cost": MetadataValue.null() if result.cost is None else f"{result.cost:f}",
            "model": f"{result.provider}/{result.model}",
            "run_id": result.run_id,
            "all_of_it": _command(result.run_id),
            **{f"{name}_tokens": getattr(result.usage, name) for name in TOKENS},
        }
    )
