"""A session on a folder of its own, called as a model calls it: by name and JSON, answered by a result."""

import asyncio
import sys
from pathlib import Path

import pytest

from pipeline_project.tools import Limits, Session, run_tool
from pipeline_project.tools.registry import _CLASSES, _tool
from pipeline_project_tests.tools.batches import Wait


class Desk:
    """One session. `call` gives the result, `text` what a model reads of a success, `refusal` of an error."""

    def __init__(self, folder: Path, **options):
        self.folder = folder
        self.session = Session(folder, "allow_all", actor="user:tester", **options)

    def call(self, tool, **arguments):
        return asyncio.run(run_tool(tool, arguments, self.session))

    def text(self, tool, **arguments):
        result = self.call(tool, **arguments)
        assert not result.is_error, result.text
        return result.text

    def refusal(self, tool, **arguments):
        result = self.call(tool, **arguments)
        assert result.is_error, result.text
        return result.text

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def read_file(self, name, content):
        path = self.file(name, content)
        self.text("Read", file_path=name)
        return path


@pytest.fixture
def folder(tmp_path):
    made = (tmp_path / "work").resolve()
    made.mkdir()
    return made


@pytest.fixture
def desk(folder):
    return Desk(folder)


@pytest.fixture
def desk_with(folder):
    return lambda **limits: Desk(folder, limits=Limits(**limits))


@pytest.fixture
def workspace(tmp_path, data_dir):
    folder = (tmp_path / "work").resolve()
    folder.mkdir()
    return folder


@pytest.fixture
def wait(monkeypatch):
    monkeypatch.setitem(_CLASSES, "Wait", "wait:Wait")
    monkeypatch.setitem(sys.modules, "pipeline_project.tools.wait", type(sys)("wait"))
    sys.modules["pipeline_project.tools.wait"].Wait = Wait  # pyright: ignore
    _tool.cache_clear()
    Wait.log, Wait.running, Wait.most, Wait.failures, Wait.hold = [], 0, 0, 0, 0
    Wait.asked = None
    Wait.begun = asyncio.Event()
    monkeypatch.setattr("pipeline_project.tools.batch.FIRST_WAIT_SECONDS", 0.001)
    yield Wait
    _tool.cache_clear()
