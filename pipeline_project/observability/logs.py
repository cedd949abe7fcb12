"""Logging set-up: structlog to standard error, redacted, at the level and in the format of the settings."""

import logging
import sys
from typing import Any

import structlog

from pipeline_project import settings
from pipeline_project.security.redaction import redact_event


def configure() -> None:
    """Apply the settings; called once by each entry point."""
    current = settings.load()
    renderer = (
        structlog.processors.JSONRenderer()
        if current.log_format == "json"
        else structlog.dev.ConsoleRenderer(
            # rich's would show local variables, secrets among them
            colors=sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[current.log_level]),
        # looked up for each logger: standard error may have been redirected since
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> Any:
    """A logger that knows which module speaks."""
    return structlog.get_logger(name).bind(module=name.removeprefix("pipeline_project."))
