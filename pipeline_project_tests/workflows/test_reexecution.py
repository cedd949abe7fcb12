"""The three kinds of re-execution, launched as the Dagster UI launches them: through a real webserver's GraphQL."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from dagster import DagsterInstance

from pipeline_project import settings
from pipeline_project.persistence import engine
from pipeline_project.workflows import continuation, executions, inspection, launch
from pipeline_project.workflows.ops import run_is_over

FLAKY = """
steps:
  first: {type: task_creation, config: {title: first}, next_steps: [needs_file]}
  needs_file:
    type: invoice_processing
    config: {path: "${input.path}"}
    next_steps: [last]
  last: {type: task_creation, config: {title: "${first.task.title}"}}
input_schema:
  type: object
  required: [path]
  properties: {path: {type: string}}
"""

LAUNCH = """
mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
REEXECUTE = """
mutation($params: ReexecutionParams, $full: ExecutionParams) {
  launchRunReexecution(reexecutionParams: $params, executionParams: $full) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUN = """query($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } } } }"""

INVOICE = Path(__file__).resolve().parents[2] / "examples" / "invoices" / "office-supplies.xml"


class Webserver:
    """A running `dagster-webserver` and its GraphQL."""

    def __init__(self, url: str, location: str, repository: str) -> None:
        self.url = url
        self.selector = {"repositoryLocationName": location, "repositoryName": repository}

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]

    def launch(self, job: str, config: dict[str, Any]) -> str:
        params = {"selector": {**self.selector, "jobName": job}, "runConfigData": json.dumps(config), "mode": "default"}
        return self._run_id(self.ask(LAUNCH, params=params)["launchRun"])

    def again(self, run_id: str, strategy: str) -> str:
        params = {"parentRunId": run_id, "strategy": strategy}
        return self._run_id(self.ask(REEXECUTE, params=params)["launchRunReexecution"])

    def select(self, run_id: str, root: str, job: str, config: dict[str, Any], steps: list[str]) -> str:
        full = {
            "selector": {**self.selector, "jobName": job},
            "runConfigData": json.dumps(config),
            "mode": "default",
            "stepKeys": steps,
            "executionMetadata": {"rootRunId": root, "parentRunId": run_id, "tags": self._inherited(run_id)},
        }
        return self._run_id(self.ask(REEXECUTE, full=full)["launchRunReexecution"])

    def wait(self, run_id: str) -> str:
        """The status a run ends with."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            status = self.ask(RUN, id=run_id)["runOrError"]["status"]
            if status in ("SUCCESS", "FAILURE", "CANCELED"):
                return status
            time.sleep(0.1)  # the GraphQL subscription would be an event, at the price of a websocket client
        raise AssertionError(f"run {run_id} did not end")

    def _inherited(self, run_id: str) -> list[dict[str, str]]:
        """The UI sends the parent's own tags along."""
        tags = self.ask(RUN, id=run_id)["runOrError"]["tags"]
        return [tag for tag in tags if not tag["key"].startswith((".dagster", "dagster/"))]

    @staticmethod
    def _run_id(answer: dict[str, Any]) -> str:
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return answer["run"]["runId"]


@pytest.fixture(scope="module")
def webserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Webserver, Path]]:
    folder = tmp_path_factory.mktemp("webserver")
    (folder / "workflows").mkdir()
    (folder / "workflows" / "flaky.yaml").write_text(f"id: flaky\n{FLAKY}", encoding="utf-8")
    (folder / "home").mkdir()
    (folder / "home" / "dagster.yaml").write_text("telemetry: {enabled: false}\nrun_coordinator:\n"
        "  module: dagster.core.run_coordinator\n  class: DefaultRunCoordinator\n", encoding="utf-8")  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIPELINE_")}
    environment |= {
        "PIPELINE_DATA_DIR": str(folder / "data"),
        "PIPELINE_WORKFLOWS_DIR": str(folder / "workflows"),
        "PIPELINE_ACTOR": "tester",
        "DAGSTER_HOME": str(folder / "home"),
    }
    port = _free_port()
    command = [str(Path(sys.executable).parent / "dagster-webserver"), "-m", "pipeline_project.definitions"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)], env=environment, stdout=log, stderr=log, cwd=folder
        )
        try:
            yield _ready(process, f"http://127.0.0.1:{port}", folder / "log"), folder
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def store(webserver: tuple[Webserver, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This process looks into the webserver's store."""
    monkeypatch.setenv("PIPELINE_DATA_DIR", str(webserver[1] / "data"))
    monkeypatch.setenv("PIPELINE_WORKFLOWS_DIR", str(webserver[1] / "workflows"))
    monkeypatch.setenv("DAGSTER_HOME", str(webserver[1] / "home"))
    settings.load.cache_clear()
    yield webserver[1]
    settings.load.cache_clear()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _ready(process: subprocess.Popen, url: str, log: Path) -> Webserver:
    query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            answer = httpx.post(f"{url}/graphql", json={"query": query}, timeout=30).json()
        except httpx.HTTPError:
            time.sleep(0.2)  # the port is not open yet
            continue
        assert "Error loading repository location" not in log.read_text(), log.read_text()
        nodes = answer["data"]["repositoriesOrError"].get("nodes") or []
        if nodes:
            return Webserver(url, nodes[0]["location"]["name"], nodes[0]["name"])
    raise AssertionError(log.read_text())


def _config(path: Path) -> dict[str, Any]:
    return {"ops": {"start": {"config": {"path": str(path)}}}}


def _execution(run_id: str) -> str:
    with engine.default().read() as connection:
        found = executions.execution_of_run(connection, run_id)
    assert found is not None
    return found


def _attempts(execution_id: str, step_id: str) -> list[str]:
    entries = inspection.entries(engine.default(), execution_id, superseded=True)
    return [entry.status for entry in entries if entry.step_id == step_id]


def _status(execution_id: str) -> str:
    """Where an execution stands; a worker may outlive its run by a moment, so Dagster is asked as well."""
    with DagsterInstance.get() as instance:
        return inspection.status(
            engine.default(), execution_id, run_is_over=lambda run_id: run_is_over(instance, run_id)
        )


@pytest.fixture(scope="module")
def done(webserver: tuple[Webserver, Path]) -> str:
    """A run that succeeded, to be re-executed."""
    run_id = webserver[0].launch("flaky", _config(INVOICE))
    assert webserver[0].wait(run_id) == "SUCCESS"
    return run_id


def test_from_failure_resumes_the_same_execution(webserver, store, tmp_path):
    server = webserver[0]
    target = tmp_path / "invoice.xml"
    run_id = server.launch("flaky", _config(target))
    assert server.wait(run_id) == "FAILURE"
    target.write_bytes(INVOICE.read_bytes())
    again = server.again(run_id, "FROM_FAILURE")
    assert server.wait(again) == "SUCCESS"
    execution = _execution(run_id)
    assert _execution(again) == execution
    assert _status(execution) == "completed"
    assert _attempts(execution, "first") == ["success"]
    assert _attempts(execution, "needs_file") == ["failed", "success"]


def test_all_steps_is_a_new_execution_with_the_same_input_and_tags_of_its_own(webserver, store, done):
    server = webserver[0]
    again = server.again(done, "ALL_STEPS")
    assert server.wait(again) == "SUCCESS"
    assert _execution(again) == again != _execution(done)
    assert _attempts(again, "first") == ["success"]
    with engine.default().read() as connection:
        assert executions.get(connection, again).input == {"path": str(INVOICE)}
    tags = {tag["key"]: tag["value"] for tag in server.ask(RUN, id=again)["runOrError"]["tags"]}
    assert tags["workflow/execution_id"] == again
    assert tags["workflow/status"] == "completed"


def test_a_selected_step_runs_anew_and_what_lies_below_it_becomes_due(webserver, store, done):
    server = webserver[0]
    again = server.select(done, done, "flaky", _config(INVOICE), ["needs_file"])
    assert server.wait(again) == "SUCCESS"
    execution = _execution(done)
    assert _execution(again) == execution
    assert _attempts(execution, "first") == ["success"]
    assert _attempts(execution, "needs_file") == ["success", "success"]
    assert _attempts(execution, "last") == ["success"]
    assert _status(execution) == "pending"
    with DagsterInstance.get() as instance:
        due = continuation.due(engine.default(), run_is_over=lambda run_id: run_is_over(instance, run_id))
    assert [(item.execution.id, type(item)) for item in due] == [(execution, continuation.Continuation)]
    assert launch.resume_workflow(execution).status == "completed"
    assert _attempts(execution, "last") == ["success", "success"]
