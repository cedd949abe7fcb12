"""The command line: `python -m pipeline_project …`. One file per noun; human output by default, `--json` beside it.

Every error a person can cause is one sentence on standard error and a non-zero exit: 1 when what was asked did not
succeed, 2 when it could not be understood or begun.
"""

import sys

from pipeline_project.cli.root import app
from pipeline_project.cli.screen import fail
from pipeline_project.errors import PipelineError

__all__ = ["app", "main"]


def main() -> None:
    """Entry point of the `pipeline` script and of `python -m pipeline_project`."""
    try:
        app()
    except PipelineError as error:
        fail(error)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)  # the reader of our output went away
