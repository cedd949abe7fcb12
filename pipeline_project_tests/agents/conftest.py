"""A workspace, a scripted model behind the real client, and agents that use both."""

from pathlib import Path

import pytest

from pipeline_project.persistence import engine
from pipeline_project_tests.agents.scripted import Bench


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
