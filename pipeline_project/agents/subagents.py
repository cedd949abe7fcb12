"""Sub-agents: what stands behind the Task tool. Each has a run of its own, named after the call that started it.

A sub-agent shares its parent's workspace, policy and actor's name, spends from its parent's purse, and is one level
deeper; how deep it may go is the session's limit.
"""

from contextvars import ContextVar
from dataclasses import replace

from pipeline_project import clock
from pipeline_project.agents import profiles
from pipeline_project.agents.journal import AgentJournal
from pipeline_project.agents.models import Agent, counts
from pipeline_project.agents.purse import Purse
from pipeline_project.llm.client import Client
from pipeline_project.llm.requests import Caller
from pipeline_project.tools import Session
from pipeline_project.tools.base import AgentAnswer

CALL_SCOPE: ContextVar[str] = ContextVar("call_scope", default="")
"""The scope of the tool call that is being made in this task, such as `turn/2/tool/1`."""


class JournaledSubAgents:
    """Runs sub-agents under a parent's run. `purse`: the parent's; what they spend, they spend from it too."""

    def __init__(
        self,
        parent: Agent,
        *,
        client: Client,
        journal: AgentJournal,
        caller: Caller,
        purse: Purse,
    ) -> None:
        self._parent = parent
        self._client = client
        self._journal = journal
        self._caller = caller
        self._purse = purse

    async def run(
        self, *, description: str, prompt: str, agent_type: str, model: str | None, session: Session
    ) -> AgentAnswer:
        """See tools.base.SubAgents. Raises NotFound for an unknown profile."""
        from pipeline_project.agents.loop import run_agent  # the loop opens sub-agents, which run the loop

        agent = self._agent(agent_type, model)
        run_id = f"{self._journal.run_id}/{CALL_SCOPE.get() or clock.new_id()[:12]}"
        async with Session(
            session.roots,
            session.policy,
            session.limits,
            actor=f"{session.actor}/{agent.name}",
            session_id=run_id,
            database=session.database,
            network=session.network,
            granted=session.granted,
            depth=session.depth + 1,
        ) as own:
            result = await run_agent(
                agent,
                prompt,
                client=self._client,
                session=own,
                journal=AgentJournal(self._journal.database, run_id),
                caller=replace(self._caller, agent=f"{self._parent.name}/{agent.name}"),
                parent_id=self._journal.run_id,
                purse=self._purse,
            )
        return AgentAnswer(
            text=result.text,
            turns=result.turns,
            tool_calls=len(result.calls),
            usage=counts(result.usage),
            cost=None if result.cost is None else str(result.cost),
            model=result.model,
        )

    def _agent(self, agent_type: str, model: str | None) -> Agent:
        agent = profiles.shipped(agent_type)
        # a sub-agent never has a tool that its parent has not
        allowed = tuple(name for name in agent.tools if name in self._parent.tools)
        return replace(agent, model=model or agent.model or self._parent.model, tools=allowed)
