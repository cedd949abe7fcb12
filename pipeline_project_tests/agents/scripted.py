"""Agents over scripts: the offline provider plays turns, everything else is the product as it ships."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline_project import settings
from pipeline_project.agents import profiles
from pipeline_project.agents.journal import AgentJournal
from pipeline_project.agents.loop import run_agent
from pipeline_project.agents.models import Agent, AgentResult
from pipeline_project.llm.client import Client
from pipeline_project.llm.providers.base import Connection
from pipeline_project.llm.providers.offline import Offline
from pipeline_project.persistence.engine import Database
from pipeline_project.tools import Session

EDIT = {"file_path": "sums.py", "old_string": "a - b", "new_string": "a + b"}
CALCULATOR = [
    [
        {"type": "tool_use", "name": "Read", "input": {"file_path": "sums.py"}},
        {"type": "tool_use", "name": "Glob", "input": {"pattern": "*.py"}},
    ],
    [{"type": "tool_use", "name": "Edit", "input": EDIT}],
    [{"type": "tool_use", "name": "Write", "input": {"file_path": "note.txt", "content": "add adds now\n"}}],
    "Mended: add subtracted.",
]
ALLOWED = {"allow": ["Read", "Glob", "Grep", "LS", "Edit", "Write", "Task"]}


class ByConversation(Offline):
    """Plays the script whose name stands in the first message, so that a sub-agent has one of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Connection("offline:", None))
        self._folder = folder

    async def chat_completion(self, body: Any) -> dict[str, Any]:
        """See Provider."""
        first = str(body["messages"][0]["content"])
        names = [path for path in sorted(self._folder.glob("*.yaml")) if path.stem in first]
        script = names[0] if names else self._folder / "main.yaml"
        played = Offline(Connection("offline:", None, options=(("script", str(script)),)))
        return await played.chat_completion(body)


@dataclass
class Bench:
    """Runs agents in a workspace."""

    database: Database
    workspace: Path

    def script(self, turns: Sequence[Any], name: str = "main") -> None:
        """What the model says, turn by turn."""
        folder = self.workspace.parent / "scripts"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(list(turns)), encoding="utf-8")

    def client(self) -> Client:
        """The real client over the scripts."""
        folder = self.workspace.parent / "scripts"
        return Client(settings.load(), self.database, providers=lambda _: ByConversation(folder))

    def agent(self, **values: Any) -> Agent:
        """The shipped agent, changed."""
        return Agent(**{**vars(profiles.find("general-purpose")), **values})

    def run(
        self,
        *,
        task: str = "mend it",
        run_id: str = "run1",
        policy: Any = ALLOWED,
        agent: Agent | None = None,
        granted: frozenset[str] = frozenset(),
    ) -> AgentResult:
        """One run, to its end."""

        async def go() -> AgentResult:
            session = Session(
                self.workspace, policy, actor="agent:tester", session_id=run_id, database=self.database, granted=granted
            )
            async with session, self.client() as client:
                return await run_agent(
                    agent or self.agent(),
                    task,
                    client=client,
                    session=session,
                    journal=AgentJournal(self.database, run_id),
                )

        return asyncio.run(go())
