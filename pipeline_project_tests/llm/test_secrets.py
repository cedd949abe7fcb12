"""No key is anywhere but sealed in the store: every path a key takes is walked, then everything kept is searched."""

import asyncio
import base64
import importlib
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from dagster import DagsterInstance
from pydantic import SecretStr
from typer.testing import CliRunner

from pipeline_project import definitions, errors, settings
from pipeline_project.cli.llm import app
from pipeline_project.llm.client import Client
from pipeline_project.llm.keys import KeyStore, Place
from pipeline_project.llm.pool import Address
from pipeline_project.llm.providers import factory
from pipeline_project.llm.providers.recorded import Recording
from pipeline_project.observability import logs
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import of
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import Reply

# the middle of each key; no part of any other text
MARKS = {"environment": "Qx7environmentQx7", "stored": "Qx7storedQx7", "request": "Qx7perrequestQx7"}
KEYS = {name: f"sk-{mark}-0123456789" for name, mark in MARKS.items()}
LOUD = "fail loudly"


class Echoing(OpenAiServer):
    """Takes every key, and shouts the one it was given when it is asked to."""

    def unauthorized(self, request):
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if LOUD in str(request.body):
            message = f"Incorrect API key {given} ({base64.b64encode(given.encode()).decode()}): {request.headers}"
            return self.error(401, message, code="invalid_api_key")
        return None


class EchoingClaude(AnthropicServer):
    """The same of Anthropic's."""

    def answer(self, request) -> Reply:
        given = request.headers.get("x-api-key", "")
        self.key = given
        if LOUD in str(request.body):
            return self.error(401, "authentication_error", f"invalid x-api-key {given}")
        return super().answer(request)


@pytest.fixture
def house(data_dir, tmp_path, monkeypatch):
    """Two vendors: OpenAI by a key of the environment, Anthropic by a stored one; a Dagster home of its own."""
    dagster_home = data_dir / "dagster"
    dagster_home.mkdir(parents=True)
    # file-based event logs, so that everything Dagster keeps can be searched
    (dagster_home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home))
    monkeypatch.setenv("PIPELINE_LOG_LEVEL", "DEBUG")
    with Echoing() as openai, EchoingClaude() as claude:
        monkeypatch.setenv("PIPELINE_OPENAI_BASE_URL", openai.base_url)
        monkeypatch.setenv("PIPELINE_ANTHROPIC_BASE_URL", claude.base_url)
        monkeypatch.setenv("PIPELINE_SECRET_OPENAI_API_KEY", KEYS["environment"])
        settings.load.cache_clear()
        KeyStore(engine.default(), settings.load()).set(Place("anthropic"), KEYS["stored"], by="user:tester")
        yield openai, claude


def run_job(name, config):
    with DagsterInstance.get() as instance:
        job = importlib.reload(definitions).defs.get_job_def(name)
        result = job.execute_in_process({"ops": config}, instance=instance, raise_on_error=False)
        shown = [repr(record) for record in instance.all_logs(result.run_id)]
    return result, shown


def messages_and_agents(workspace):
    """Both jobs, with either key, once well and once refused."""
    shown = []
    for model in ("gpt-4o", "claude-opus-5-5"):
        for words, well in (("Hello", True), (LOUD, False)):
            body = {"model": model, "max_tokens": 50, "messages": [{"role": "user", "content": words}]}
            result, logged = run_job("message", {"read_request": {"config": {"body": body}}})
            assert result.success is well
            shown += logged
            task = {"task": words, "model": model, "workspace": str(workspace)}
            result, logged = run_job("agent", {"run_agent": {"config": task}})
            assert result.success is well
            shown += logged
    return shown


def chats():
    shown = []
    for model in ("gpt-4o", "claude-opus-5-5"):
        for words in ("Hello", LOUD):
            for more in ((), ("--json",)):
                result = CliRunner().invoke(app, ["chat", words, "--model", model, *more])
                shown += [result.output, repr(result.exception), str(result.exception)]
    for command in (["keys", "list"], ["keys", "list", "--json"], ["keys", "test", "openai"], ["models"], ["cost"]):
        result = CliRunner().invoke(app, command)
        shown += [result.output, repr(result.exception)]
    return shown


async def own_keys(recording: Path):
    """Whole, streamed and refused with the request's own key, each exchange recorded."""
    shown = []
    current = settings.load()

    def recorded(address: Address):
        inner = factory.create(address.name, api_key=address.api_key, settings=current, timeouts=address.timeouts)
        return Recording(inner, recording)

    async with Client(current, engine.default(), providers=recorded) as client:
        for model in ("gpt-4o", "claude-opus-5-5"):
            # a key among the words is the user's own doing, and still is not to be kept
            await client.complete(of(f"My key is {KEYS['request']}", model=model, api_key=SecretStr(KEYS["request"])))
            asked = of("Hello", model=model, api_key=SecretStr(KEYS["request"]))
            shown += [repr(asked), repr(client), repr(vars(client))]
            shown += [repr(event) async for event in client.stream(asked)]
            for call in (client.complete, lambda request: anext(client.stream(request))):
                with pytest.raises(errors.AuthenticationFailed) as caught:
                    await call(of(LOUD, model=model, api_key=SecretStr(KEYS["request"])))
                shown += [str(caught.value), repr(caught.value), repr(vars(caught.value))]
    return shown


def forms():
    """Each mark as it is, and within a key's base64 at each of the three offsets."""
    for mark in MARKS.values():
        yield mark.encode()
        for lead in range(3):
            encoded = base64.b64encode(b"\0" * lead + mark.encode())
            # without what the neighbours share
            yield encoded[4:-4]


def kept(folder):
    """Everything below a folder, SQLite's write-ahead logs and free pages included."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "pipeline.db" for path in files)
    return {path: path.read_bytes() for path in files}


def test_no_key_is_found_in_what_is_kept_logged_or_printed(house, data_dir, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    logs.configure()
    workspace = tmp_path / "work"
    workspace.mkdir()
    recording = data_dir / "recorded.jsonl"
    openai, claude = house
    shown = messages_and_agents(workspace) + chats()
    logs.configure()
    shown += asyncio.run(own_keys(recording))
    # every key was really in use
    used = {request.headers.get("authorization", "").removeprefix("Bearer ") for request in openai.requests}
    assert used == {KEYS["environment"], KEYS["request"]}
    assert {request.headers.get("x-api-key") for request in claude.requests} == {KEYS["stored"], KEYS["request"]}
    said = capfd.readouterr()
    shown += [said.out, said.err, caplog.text]
    found = kept(data_dir)
    assert {"recorded.jsonl", "pipeline.db", "runs.db"} <= {path.name for path in found}
    for form in forms():
        assert [text for text in shown if form.decode() in str(text)] == []
        assert [path for path, content in found.items() if form in content] == []
    with closing(sqlite3.connect(data_dir / "pipeline.db")) as store:
        ((sealed,),) = store.execute("select sealed from llm_keys").fetchall()
        assert store.execute("select count(*) from llm_calls where error is not null").fetchone()[0] >= 8
    assert sealed
    assert MARKS["stored"] not in sealed
    assert KeyStore(engine.default(), settings.load()).needed(_only_key()) == ""


def _only_key():
    (key,) = KeyStore(engine.default(), settings.load()).every()
    return key.id


def test_the_search_would_find_a_key(data_dir):
    with engine.default().read():
        pass
    leaked = base64.b64encode(f"user:{KEYS['stored']}".encode())
    (data_dir / "log").write_bytes(b"x" + leaked)
    assert any(form in content for form in forms() for content in kept(data_dir).values())
