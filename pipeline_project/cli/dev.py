"""`dev`: Dagster's own development server with everything loaded."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline_project import home
from pipeline_project.errors import NotConfigured


def dev(
    host: Annotated[
        str, typer.Option(help="Where the UI listens. It has no login: keep it on the loopback.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 3000,
) -> None:
    """The Dagster UI with sensors and schedules on, until Ctrl-C."""
    home.prepare()
    command = shutil.which("dagster", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if command is None:
        raise NotConfigured("the dagster command is missing", where="dev", remedy="Install with: make run")
    # this process becomes Dagster's, so that signals reach it as they would without us
    os.execv(command, [command, "dev", "-m", "pipeline_project.definitions", "-h", host, "-p", str(port)])  # noqa: S606
