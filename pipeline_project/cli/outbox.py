"""`outbox list`: what would have been sent."""

import typer

from pipeline_project import settings
from pipeline_project.cli import screen
from pipeline_project.cli.options import JsonOption
from pipeline_project.integrations.outbox import Outbox

app = typer.Typer(no_args_is_help=True)


@app.callback()
def outbox() -> None:
    """What was written instead of being delivered."""


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """The entries of the outbox, oldest first; none of them was delivered."""
    entries = Outbox(settings.load().home / "outbox").list()
    if as_json:
        screen.show_json(entries)
        return
    rows = [
        [f"{entry.written_at:%Y-%m-%d %H:%M:%S}", entry.integration, entry.summary, str(entry.path)]
        for entry in entries
    ]
    screen.show_table(["written (UTC)", "for", "what", "file (not delivered)"], rows, empty="The outbox is empty.")
