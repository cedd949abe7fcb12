"""`workflow generate|drafts|activate` on the command line, and a running UI that is asked to reload."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from pipeline_project import settings
from pipeline_project.cli.workflow import app
from pipeline_project.errors import Conflict, InvalidInput
from pipeline_project.observability import logs
from pipeline_project.workflows import activation


def call(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def _nobody_answers(data_dir, monkeypatch):
    logs.configure()  # as the command line does: remarks go to standard error
    monkeypatch.setenv("PIPELINE_DAGSTER_URL", "http://127.0.0.1:9")
    settings.load.cache_clear()


def draft_of(sentence):
    result = call("generate", sentence, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_sentence_is_drafted_shown_activated_and_then_no_draft_any_more():
    draft = draft_of("post 'Hello' to #team")
    assert draft["state"] == "draft"
    assert draft["workflow_id"] in call("drafts", "list").output
    shown = call("drafts", "show", draft["id"][:6]).output
    assert "posts to #team" in shown
    assert "message: Hello" in shown  # the steps themselves, and not only what is said of them
    result = call("activate", draft["id"])
    assert result.exit_code == 0
    assert "workflow run" in result.output
    assert "There are no drafts." in call("drafts", "list").output
    assert draft["workflow_id"] in call("list").output


def test_generate_can_activate_at_once():
    result = call("generate", "mail a@b.example saying Hello", "--activate")
    assert result.exit_code == 0
    assert ".yaml" in result.output


def test_a_discarded_draft_is_not_activated():
    draft = draft_of("post 'Hello' to #team")
    assert "is discarded" in call("drafts", "discard", draft["id"]).output
    assert isinstance(call("activate", draft["id"]).exception, Conflict)


def test_what_is_not_understood_is_the_error():
    error = call("generate", "dance a little").exception
    assert isinstance(error, InvalidInput)
    assert "dance a little" in str(error)


class Ui(BaseHTTPRequestHandler):
    """A stand-in of Dagster's GraphQL with two code locations; `broken` makes a reload fail."""

    locations = ("other_pipeline", "pipeline_project.definitions")
    broken = False
    reloaded: list[str] = []  # noqa: RUF012 - one server a test, emptied by it

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "Reload" in body["query"]:
            self.reloaded.append(body["variables"]["name"])
            kind = "PythonError" if self.broken else "RepositoryLocation"
            data = {"reloadRepositoryLocation": {"locationOrLoadError": {"__typename": kind}}}
        else:
            data = {"repositoriesOrError": {"nodes": [{"location": {"name": name}} for name in self.locations]}}
        answer = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        """Quiet."""


@pytest.fixture
def ui(monkeypatch):
    kind = type("ThisUi", (Ui,), {"reloaded": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PIPELINE_DAGSTER_URL", f"http://127.0.0.1:{server.server_port}")
    settings.load.cache_clear()
    yield kind
    server.shutdown()
    thread.join()
    server.server_close()


def test_only_the_location_of_this_product_is_reloaded(ui):
    assert activation.reload_location() == (True, activation.reload_location()[1])
    assert set(ui.reloaded) == {"pipeline_project.definitions"}


def test_a_location_is_found_by_the_name_that_workspace_yaml_gives_it(ui, tmp_path, monkeypatch):
    ui.locations = ("flows", "other_pipeline")
    text = "load_from:\n  - python_module: {module_name: pipeline_project.definitions, location_name: flows}\n"
    (tmp_path / "workspace.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert activation.reload_location()[0]
    assert ui.reloaded == ["flows"]


def test_a_ui_without_the_location_and_one_that_fails_to_load_it_are_told_apart(ui):
    ui.broken = True
    assert "could not load" in activation.reload_location()[1]
    ui.locations = ("other_pipeline",)
    assert "has no code location of this product" in activation.reload_location()[1]


def test_no_ui_is_said():
    assert "No Dagster UI answers" in activation.reload_location()[1]
