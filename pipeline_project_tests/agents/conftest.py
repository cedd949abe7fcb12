"""A workspace, a scripted model behind the real client, and agents that use both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_project.persistence import engine
from pipeline_project_tests.agents.scripted import Bench
from pipeline_project_tests.llm.vendors import VENDORS, configure
from pipeline_project_tests.servers.openai import OpenAiServer


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with a wrong module."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "sums.py").write_text("def add(a, b):\n    return a - b\n", encoding="utf-8")
    return folder


@pytest.fixture
def bench(data_dir, workspace) -> Bench:
    """Runs agents in the workspace."""
    return Bench(engine.default(), workspace)


@pytest.fixture
def server(data_dir, monkeypatch) -> Iterator[OpenAiServer]:
    """A stand-in for OpenAI that the settings lead to."""
    with OpenAiServer() as running:
        configure(monkeypatch, VENDORS[0], running)
        yield running
