"""What the commands write: text for people to standard output, trouble to standard error, JSON on request.

Refuses to hand a terminal what would steer it: a question is read by the person it asks, so a command or a file name in
it must not be able to hide, overwrite or turn round what is shown.
"""

import re
import sys
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline_project.errors import PipelineError
from pipeline_project.persistence import json
from pipeline_project.security.redaction import redact, redact_text

# control characters but tab and line break, what turns the direction of text, and halves of surrogate pairs
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def say(text: str = "", *, style: str = "") -> None:
    """A line for people; nothing in it is taken as markup."""
    _console().print(Text(_shown(text), style=style), soft_wrap=True)


def warn(text: str) -> None:
    """A line on standard error that something deserves a look."""
    Console(stderr=True).print(Text(f"warning: {_shown(text)}", style="yellow"), soft_wrap=True)


def note(text: str) -> None:
    """A remark on standard error, out of the way of what a pipe takes."""
    Console(stderr=True).print(Text(_shown(text), style="dim"), soft_wrap=True)


def fail(error: PipelineError | str) -> None:
    """An error in one sentence on standard error."""
    Console(stderr=True).print(Text(f"error: {_shown(str(error))}", style="red"), soft_wrap=True)


def show_json(value: Any) -> None:
    """`value` as JSON on standard output, secrets hidden."""
    sys.stdout.write(json.dumps(redact(json.to_json(value)), indent=2) + "\n")


def compact(value: Any) -> str:
    """`value` as JSON in one line."""
    return json.dumps(redact(json.to_json(value)))


def show_table(columns: list[str], rows: list[list[str]], *, empty: str) -> None:
    """A table, or one sentence when there is nothing to show."""
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    for row in rows:
        table.add_row(*(Text(_shown(cell)) for cell in row))
    _console().print(table)


def _shown(text: str) -> str:
    """`text` with secrets hidden and steering characters spelled out; a line break of Windows is one."""
    plain = redact_text(text).replace("\r\n", "\n")
    return _STEERING.sub(lambda found: found.group().encode("unicode_escape", "surrogatepass").decode(), plain)


def _console() -> Console:
    # made anew each time, so that a redirected standard output is respected; a pipe has no width to fold at
    return Console(highlight=False, width=None if sys.stdout.isatty() else 400)
