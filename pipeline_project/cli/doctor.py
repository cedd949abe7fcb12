"""`doctor`: what is configured, what is missing, and whether it works."""

import asyncio
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import typer

from pipeline_project import home, settings
from pipeline_project.cli import screen
from pipeline_project.cli.options import JsonOption
from pipeline_project.errors import PipelineError
from pipeline_project.integrations.factory import EmailConnection, SlackConnection
from pipeline_project.persistence import engine, migrate
from pipeline_project.security import sandbox
from pipeline_project.workflows import load as loading

Verdict = Literal["ok", "note", "problem"]
LEAST_FREE_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    about: str
    verdict: Verdict
    text: str


def doctor(as_json: JsonOption = False) -> None:
    """Look at everything a run needs; exit 1 if something is a problem."""
    parts = (_versions, _places, _store, _workflows, _models, _integrations, _tools, _exposure)
    findings = [finding for part in parts for finding in _looked_at(part)]
    if as_json:
        screen.show_json(findings)
    else:
        styles = {"ok": "green", "note": "", "problem": "red"}
        for finding in findings:
            screen.say(f"{finding.verdict:8} {finding.about}: {finding.text}", style=styles[finding.verdict])
    raise typer.Exit(1 if any(finding.verdict == "problem" for finding in findings) else 0)


def _looked_at(part: Callable[[], list[Finding]]) -> list[Finding]:
    """What a part finds; what keeps it from looking is a problem, and no reason not to look at the others."""
    try:
        return part()
    except (PipelineError, OSError) as error:
        return [Finding(part.__name__.strip("_"), "problem", str(error))]


def _versions() -> list[Finding]:
    names = ("pipeline-project", "dagster", "dagster-webserver", "pydantic", "sqlalchemy")
    text = ", ".join(f"{name} {version(name)}" for name in names)
    return [Finding("versions", "ok", f"Python {platform.python_version()}, {text}")]


def _places() -> list[Finding]:
    folder = settings.load().home
    try:
        dagster_home = home.prepare()
        folder.mkdir(parents=True, exist_ok=True)
    except (PipelineError, OSError) as error:
        return [Finding("data directory", "problem", str(error))]
    free = shutil.disk_usage(folder).free
    roomy: Verdict = "ok" if free >= LEAST_FREE_BYTES else "problem"
    writable: Verdict = "ok" if os.access(folder, os.W_OK) else "problem"
    return [
        Finding("data directory", writable, f"{folder} ({'writable' if writable == 'ok' else 'not writable'})"),
        Finding("disk", roomy, f"{free // 1024**2} MB free"),
        Finding("DAGSTER_HOME", "ok", str(dagster_home)),
    ]


def _store() -> list[Finding]:
    try:
        database = engine.default()
        with database.read():
            return [Finding("store", "ok", f"{database.place}, schema {migrate.head()}")]
    except PipelineError as error:
        return [Finding("store", "problem", str(error))]


def _workflows() -> list[Finding]:
    catalog = loading.load_default()
    found = [Finding("workflows", "ok", f"{len(catalog.definitions)} can be run")]
    return found + [
        Finding("workflow file", "problem", f"{source.path}: {loading.summary(source.report)}")
        for source in catalog.broken
    ]


def _models() -> list[Finding]:
    from pipeline_project.llm import diagnosis  # every provider: not for the other commands

    return [Finding(about, verdict, text) for verdict, about, text in diagnosis.report(settings.load())]


def _tools() -> list[Finding]:
    current = settings.load()
    verdict, text = sandbox.report(current)
    # nobody asked for a certain layer, and all but the tools that run commands works without one
    wanted = current.sandbox != "auto"
    return [Finding("sandbox", verdict if wanted or verdict == "ok" else "note", text)]


def _integrations() -> list[Finding]:
    current = settings.load()
    connections = {
        "email": (EmailConnection.from_settings(current), current.email_mode),
        "slack": (SlackConnection.from_settings(current), current.slack_mode),
    }
    return [asyncio.run(_connection(name, opened, mode)) for name, (opened, mode) in connections.items()]


async def _connection(name: str, connection: EmailConnection | SlackConnection, mode: str) -> Finding:
    try:
        async with connection.open() as client:
            return Finding(name, "note" if mode == "outbox" else "ok", await client.check())
    except PipelineError as error:
        return Finding(name, "problem", str(error))


def _exposure() -> list[Finding]:
    text = "Dagster's own UI has no login: whoever reaches it can decide approvals as " + settings.load().actor_name
    unknown = [
        Finding("setting", "note", f"no setting reads {name}{f'; did you mean {near}?' if near else ''}")
        for name, near in settings.unknown_variables().items()
    ]
    return [Finding("Dagster UI", "note", f"{text}; keep it on the loopback address"), *unknown]
