"""The top of the command line: it knows every noun, and loads only the one that is called for."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from pipeline_project.cli import app
from pipeline_project.cli.commands import HELP

SMALL = """
import sys
from pipeline_project.cli import app
try:
    app(["--help"])
except SystemExit:
    pass
print(sorted(name for name in ("dagster", "sqlalchemy", "httpx", "lxml") if name in sys.modules))
"""


@pytest.mark.parametrize("name", HELP)
def test_every_noun_shows_its_own_help_with_the_line_of_the_list(name):
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert " ".join(HELP[name].split()) in " ".join(shown.output.split())


def test_the_list_names_every_noun_in_order():
    shown = CliRunner().invoke(app, ["--help"])
    places = [shown.output.index(f"│ {name} ") for name in HELP]
    assert places == sorted(places)


def test_the_list_is_shown_without_loading_what_it_lists():
    ended = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_a_near_miss_is_told_which_noun_was_meant():
    shown = CliRunner().invoke(app, ["tols", "list"])
    assert shown.exit_code == 2
    assert "Did you mean 'tools'?" in shown.output
