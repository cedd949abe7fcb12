"""Starts an agent run from plain values: what the job and the command line have in common."""

from dataclasses import replace

from pipeline_project import clock, settings
from pipeline_project.agents import profiles
from pipeline_project.agents.journal import AgentJournal
from pipeline_project.agents.loop import run_agent
from pipeline_project.agents.models import Agent, AgentResult
from pipeline_project.agents.order import Order, check_run_id
from pipeline_project.errors import ApprovalNeeded, InvalidInput
from pipeline_project.llm.client import Client
from pipeline_project.llm.requests import Caller
from pipeline_project.persistence.engine import Database
from pipeline_project.tools import Session, tools
from pipeline_project.tools.policy import policy_for
from pipeline_project.tools.workspace import workspace_of


async def start(order: Order, *, client: Client, database: Database, user: str) -> AgentResult:
    """Run the agent to its last answer. Raises what `run_agent` raises, and InvalidInput for what is no order."""
    if not order.task.strip():
        raise InvalidInput("is empty", where="task", remedy="Say what the agent shall do.")
    current = settings.load()
    agent = agent_of(order)
    run_id = order.run_id or clock.new_id()
    check_run_id(run_id)
    caller = Caller(user=user, agent=agent.name, run_id=run_id, environment=current.llm_environment)
    async with Session(
        workspace_of(order.workspace),
        policy_for(order.policy),
        actor=f"agent:{agent.name}",
        session_id=run_id,
        database=database,
        network=current.sandbox_network,
    ) as session:
        journal = AgentJournal(database, run_id)
        try:
            return await run_agent(
                agent, order.task, client=client, session=session, journal=journal, inputs=order.inputs, caller=caller
            )
        except ApprovalNeeded as error:
            first = f"{error.remedy.rstrip('.')}. Then run" if error.remedy else "Run"
            then = f"{first} it again with the run id {run_id}: it goes on from there."
            raise ApprovalNeeded(
                error.message,
                where=error.where,
                remedy=then,
                request_id=error.request_id,
                digest=error.digest,
                shown=error.shown,
            ) from error


def agent_of(order: Order) -> Agent:
    """The agent as it is to run. Raises NotFound for an unknown profile or tool."""
    agent = profiles.find(order.agent)
    bounds = agent.bounds
    bounds = bounds if order.max_turns is None else replace(bounds, turns=order.max_turns)
    bounds = bounds if order.max_cost is None else replace(bounds, cost=order.max_cost)
    named = agent.tools if order.tools is None else tuple(tools().canonical(name) for name in order.tools)
    schema = agent.schema if order.schema is None else order.schema
    return replace(agent, tools=named, bounds=bounds, schema=schema, model=order.model or agent.model)
