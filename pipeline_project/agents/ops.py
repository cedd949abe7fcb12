"""The op of one agent run: a few lines between Dagster and `start`.

Relaunching with the same run id, or Dagster's own re-execution, goes on where the run was.
"""

import asyncio
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from dagster import Config, Failure, MetadataValue, OpExecutionContext, TableColumn, TableRecord, TableSchema, op
from pydantic import Field

from pipeline_project import settings
from pipeline_project.agents.models import AgentResult
from pipeline_project.agents.order import Order
from pipeline_project.errors import InvalidInput, PipelineError
from pipeline_project.persistence import engine
from pipeline_project.persistence.json import to_json
from pipeline_project.security.redaction import redact, redact_text

RETRIES_OF_A_TURN = 2


class AgentConfig(Config):
    """What the agent shall do, and within which bounds."""

    task: str = Field(description="What it shall do; it sees nothing else but the inputs")
    agent: str = Field(default="general-purpose", description="A shipped profile, or a YAML file's path")
    model: str = Field(default="", description="Instead of its profile's; by default PIPELINE_LLM_MODEL")
    tools: list[str] = Field(default=[], description="The tools it has; empty: its profile's")
    inputs: dict[str, Any] = Field(default={}, description="Data for the task")
    workspace: str = Field(default="", description="The folder it may work in; empty: PIPELINE_WORKSPACE")
    policy: dict[str, Any] = Field(default={}, description="allow, ask and deny rules; empty: the policy file's")
    max_turns: int = Field(default=0, ge=0, description="Answers of the model before it has to end; 0: its profile's")
    max_cost: str = Field(default="", description="US dollars, its sub-agents included; empty: no limit")
    run_id: str = Field(default="", description="A run to go on with; empty: this Dagster run's")


@op(required_resource_keys={"llm"}, description="Runs an agent to its last answer, journaled call by call")
async def run_agent(context: OpExecutionContext, config: AgentConfig) -> dict[str, Any]:
    """{"output", "turns", "calls", "usage", "cost", "model", "run_id", "written", …}."""
    from pipeline_project.agents.start import start  # tools and models: a code location loads without them

    run_id = config.run_id or context.run.root_run_id or context.run_id
    try:
        order = _order(config, run_id)
        # a turn is journaled and no step of its own, so Dagster cannot repeat it: here the client's own loop does
        async with context.resources.llm.get_client(context, retries=RETRIES_OF_A_TURN) as client:
            result = await start(order, client=client, database=engine.default(), user=settings.load().actor_name)
    except PipelineError as error:
        # the cause stays out of Dagster's events, which keep messages and stacks as they are
        raise Failure(
            redact_text(str(error)), metadata={"error": error.code, "run_id": run_id}, allow_retries=False
        ) from None
    await asyncio.to_thread(_show, context, result)
    shown = redact(to_json(result), by_name=False)
    assert isinstance(shown, dict)
    return shown


def _order(config: AgentConfig, run_id: str) -> Order:
    try:
        limit = Decimal(config.max_cost) if config.max_cost else None
    except InvalidOperation:
        limit = Decimal("nan")
    if limit is not None and not (limit.is_finite() and limit >= 0):
        raise InvalidInput(f"{config.max_cost!r} is no amount", where="max_cost", remedy="Write 0.50.")
    return Order(
        task=config.task,
        agent=config.agent,
        model=config.model,
        tools=tuple(config.tools) or None,
        inputs=config.inputs,
        workspace=Path(config.workspace) if config.workspace else None,
        policy=config.policy or None,
        max_turns=config.max_turns or None,
        max_cost=limit,
        run_id=run_id,
    )


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
            **{f"{name}_tokens": count for name, count in vars(result.usage).items()},
        }
    )
