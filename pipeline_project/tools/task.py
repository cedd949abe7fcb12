"""Task: hands a piece of work to a sub-agent, which has its own conversation and the same workspace and permissions.

Knows no model and no loop: whoever opens the session says who runs sub-agents.
"""

from typing import ClassVar

from pydantic import Field

from pipeline_project.errors import BudgetExceeded, NotConfigured
from pipeline_project.governance.actions import Complexity, Resource
from pipeline_project.tools.base import Footprint, Tool, ToolInput, ToolResult
from pipeline_project.tools.session import Session


class TaskInput(ToolInput):
    """What the sub-agent shall do."""

    description: str = Field(min_length=1, max_length=200, description="The task in three to five words")
    prompt: str = Field(min_length=1, description="The whole task: the sub-agent sees nothing else")
    subagent_type: str = Field(default="general-purpose", description="The profile of the sub-agent")
    model: str | None = Field(default=None, description="The model; by default the profile's, else the caller's")


class Task(Tool[TaskInput]):
    """Runs a sub-agent to its last answer."""

    name: ClassVar[str] = "Task"
    description: ClassVar[str] = (
        "Starts a sub-agent that works on a task of several steps by itself and returns its last answer. It has the "
        "same workspace and permissions and sees only the prompt, so say in it everything it needs and what to report. "
        "Start several in one turn when their work is independent. Not for reading one known file or for one search."
    )
    input = TaskInput
    # the sub-agent's own calls are decided one by one
    complexity = Complexity.ANALYZE
    family: ClassVar[str] = "system"

    def resource(self, arguments: TaskInput, session: Session) -> Resource:
        """The profile."""
        shown = {"task": arguments.description}
        return Resource("name", arguments.subagent_type, roots=session.roots, shown=shown)

    def footprint(self, arguments: TaskInput, session: Session) -> Footprint:
        """Nothing itself: sub-agents run side by side, and their own calls are planned within each of them."""
        return Footprint()

    def read_only(self, arguments: TaskInput, session: Session) -> bool:
        """The sub-agent may change things."""
        return False

    async def run(self, arguments: TaskInput, session: Session) -> ToolResult:
        """The sub-agent's answer. Raises NotConfigured where nobody runs sub-agents, BudgetExceeded when too deep."""
        if session.agents is None:
            raise NotConfigured(
                "no model stands behind this session, so there are no sub-agents",
                where="Task",
                remedy="Call it inside an agent (`agent run`, the job `agent`), or do the work with the other tools.",
            )
        if session.depth >= session.limits.agent_depth:
            raise BudgetExceeded(
                f"sub-agents are {session.depth} deep already, which is the limit",
                where="Task",
                remedy="Do the work with the other tools.",
            )
        answer = await session.agents.run(
            description=arguments.description,
            prompt=arguments.prompt,
            agent_type=arguments.subagent_type,
            model=arguments.model,
            session=session,
        )
        structured = {
            "turns": answer.turns,
            "tool_calls": answer.tool_calls,
            "usage": dict(answer.usage),
            "cost": answer.cost,
            "model": answer.model,
        }
        return ToolResult.of_text(answer.text, structured=structured)
