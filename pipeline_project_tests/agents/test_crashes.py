"""kill -9 at every journal write of an agent: it goes on, and nothing that is journaled is done twice."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from pipeline_project import settings
from pipeline_project.agents.journal import AgentJournal
from pipeline_project.persistence import engine
from pipeline_project_tests.agents.scripted import CALCULATOR, Bench

CONTEXT = multiprocessing.get_context("forkserver")
# the installed package only: the fork server does not get this process's sys.path (CPython 3.11)
CONTEXT.set_forkserver_preload(["pipeline_project.agents.loop", "pipeline_project.llm.client"])
# the end of four answers of the model and four tool calls
ENDS = 8


def run_and_die(environment: dict[str, str], workspace: str, count: int, when: str) -> None:
    """Run the script and be killed right before or after the `count`-th end of a call is written."""
    os.environ.clear()
    os.environ.update(environment)
    settings.load.cache_clear()
    real, calls = AgentJournal.end, iter(range(1, 1000))

    def counted(self, *args, **kwargs):
        mine = next(calls) == count
        if mine and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(self, *args, **kwargs)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)

    AgentJournal.end = counted
    Bench(engine.default(), Path(workspace)).run()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("count", range(1, ENDS + 1))
def test_a_killed_agent_goes_on_where_it_was(bench, workspace, count, when):
    bench.script(CALCULATOR)
    process = CONTEXT.Process(target=run_and_die, args=(dict(os.environ), str(workspace), count, when))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == -9
    result = bench.run()
    assert result.text == "Mended: add subtracted."
    assert (workspace / "sums.py").read_text(encoding="utf-8") == "def add(a, b):\n    return a + b\n"
    assert (workspace / "note.txt").read_text(encoding="utf-8") == "add adds now\n"
    # what had ended is restored; one more where the kill came after the write
    assert result.restored >= count - (when == "before") - 1
    unsure = [call for call in result.calls if call.is_error]
    assert len(unsure) <= (when == "before")
