"""Every environment variable of the product: name, type, default and a one-line meaning.

Read from `PIPELINE_*` variables and, where there is one, the `.env` file of the working directory. Secrets are not
settings: they are read one at a time from `PIPELINE_SECRET_<NAME>` by `security.secrets` and never stored here.
"""

import getpass
import os
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline_project.errors import NotConfigured

PREFIX = "PIPELINE_"
SECRET_PREFIX = "PIPELINE_SECRET_"  # noqa: S105 - a variable's prefix, no secret


def _names(value: object) -> object:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


class Settings(BaseSettings):
    """The settings in force; `load()` gives the process its one instance."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".pipeline"), description="Where everything is kept: database, Dagster home, outbox"
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL of the store; empty: SQLite in the data directory"
    )
    workflows_dir: Path | None = Field(
        default=None, description="Folder of your workflow files, beside the shipped templates"
    )
    actor: str = Field(
        default="", description="Who acts at this command line or code server; empty: the user of the system"
    )
    inline_delay_seconds: int = Field(default=30, ge=0, le=300, description="The longest delay that may hold a worker")
    busy_timeout_seconds: float = Field(
        default=15, gt=0, description="How long a write waits for a locked SQLite database"
    )
    lease_timeout_seconds: int = Field(
        default=60, ge=5, description="A lease whose holder is silent this long can be broken"
    )
    resume_interval_seconds: int = Field(
        default=5, ge=1, description="How often the sensor looks for executions to resume"
    )
    unknown_outcome: Literal["ask", "retry", "fail"] = Field(
        default="ask",
        description="What follows a crash in the middle of a side effect that cannot be repeated safely",
    )
    expression_env: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = Field(
        default=(), description="Environment variables that expressions may read as env.NAME, comma separated"
    )
    email_mode: Literal["outbox", "smtp"] = Field(
        default="outbox", description="Deliver mail, or write it to the outbox"
    )
    email_from: str = Field(default="", description="Sender of mail; required by smtp")
    smtp_host: str = Field(default="", description="SMTP server; required by smtp")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="SMTP port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="Transport security of SMTP"
    )
    smtp_user: str = Field(default="", description="SMTP user; its password is the secret SMTP_PASSWORD")
    slack_mode: Literal["outbox", "api"] = Field(default="outbox", description="Post to Slack, or write to the outbox")
    slack_base_url: str = Field(
        default="https://slack.com/api/", description="Slack's Web API; the token is SLACK_BOT_TOKEN"
    )
    dagster_url: str = Field(
        default="http://127.0.0.1:3000", description="The Dagster UI, for links and detached launches"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="WARNING", description="Level of our own log"
    )
    log_format: Literal["console", "json"] = Field(default="console", description="Format of our own log")

    @property
    def home(self) -> Path:
        """The data directory, absolute."""
        return self.data_dir.expanduser().absolute()

    @property
    def store_url(self) -> str:
        """The SQLAlchemy URL of the store."""
        return self.database_url or f"sqlite:///{self.home / 'pipeline.db'}"

    @property
    def actor_name(self) -> str:
        """Who acts here: `user:<name>`."""
        return f"user:{self.actor or _system_user()}"


@lru_cache(maxsize=1)
def load() -> Settings:
    """The process's settings. Raises NotConfigured naming each variable whose value does not fit."""
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"{PREFIX}{str(item['loc'][0]).upper()}: {item['msg']} (got {item['input']!r})" for item in error.errors()
        )
        raise NotConfigured(problems, where="settings", remedy="Correct it in the environment or in .env.") from error


def unknown_variables() -> dict[str, str | None]:
    """PIPELINE_* variables that no setting reads, each with the nearest real name, if any is near."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    present = {*os.environ, *dotenv_values(".env")}
    strange = sorted(
        name for name in present if name.startswith(PREFIX) and not name.startswith(SECRET_PREFIX) and name not in known
    )
    return {name: next(iter(get_close_matches(name, known, n=1)), None) for name in strange}


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's numeric user has no name
        return str(os.getuid())
