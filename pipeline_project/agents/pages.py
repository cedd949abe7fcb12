"""Answers about pages inside a run: what stands behind WebFetch's `prompt`, paid from the run's purse.

Each is journaled with its usage, so that a run that is taken up again knows what it has spent on them.
"""

import asyncio
from collections.abc import Iterable

from pipeline_project import clock
from pipeline_project.agents.journal import AgentJournal, Entry
from pipeline_project.agents.models import counts
from pipeline_project.agents.purse import Purse
from pipeline_project.agents.subagents import CALL_SCOPE
from pipeline_project.llm.responses import Response, Usage
from pipeline_project.tools.answers import ModelAnswers

_NAME = "answer"


class PaidAnswers:
    """See tools.base.Answers."""

    def __init__(self, answers: ModelAnswers, *, purse: Purse, journal: AgentJournal) -> None:
        self._answers = answers
        self._purse = purse
        self._journal = journal

    async def answer(self, *, question: str, page: str, source: str) -> str:
        """The answer, from the page alone. Raises what the client raises."""
        response = await self._answers.ask(question=question, page=page, source=source)
        self._purse.spend(response.usage, response.cost)
        await asyncio.to_thread(self._keep, counts(response.usage), response)
        return response.text

    def _keep(self, usage: dict[str, int], response: Response) -> None:
        # a name of its own each time: a call that is made anew has been paid for twice
        scope = f"{CALL_SCOPE.get()}/{_NAME}/{clock.new_id()[:8]}"
        self._journal.begin(scope, "")
        output = {"model": response.model, "provider": response.provider}
        self._journal.end(
            scope, "success", output=output, usage=usage, cost=response.cost, seconds=response.latency_seconds
        )


def repay(entries: Iterable[Entry], purse: Purse) -> None:
    """Count what answers of earlier processes have cost."""
    for entry in entries:
        if f"/{_NAME}/" in entry.scope and entry.usage:
            purse.spend(Usage(**entry.usage), entry.cost)
