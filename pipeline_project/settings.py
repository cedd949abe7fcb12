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
ENCRYPTION_KEY = "PIPELINE_ENCRYPTION_KEY"
"""Seals stored keys; several, comma separated, while one replaces another. Read by `llm.keys` alone."""


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
    llm_model: str = Field(default="offline", description="The model of steps and agents that name none")
    llm_models_file: Path | None = Field(
        default=None, description="A YAML table of your models, aliases and fallbacks, laid over the shipped one"
    )
    llm_environment: str = Field(default="", description="Which stored keys apply, such as staging or production")
    llm_connect_seconds: float = Field(default=10, gt=0, description="How long connecting to a provider may take")
    llm_first_token_seconds: float = Field(default=120, gt=0, description="How long a model may take to begin")
    llm_total_seconds: float = Field(default=600, gt=0, description="How long a whole answer of a model may take")
    llm_breaker_failures: int = Field(
        default=5, ge=1, description="Failures in a row after which a model is left alone"
    )
    llm_breaker_seconds: float = Field(default=30, gt=0, description="How long a failing model is left alone")
    llm_concurrency: int = Field(default=16, ge=1, description="Calls in flight per provider and process")
    llm_cache_seconds: int = Field(
        default=86_400, ge=1, description="How long an answer is kept for requests that ask for the cache"
    )
    llm_record_file: Path | None = Field(
        default=None, description="JSON lines of recorded exchanges that the provider `recorded` replays"
    )
    offline_script: Path | None = Field(
        default=None, description="A YAML file of turns that the offline model plays instead of answering"
    )
    auto_activate: bool = Field(
        default=False, description="Activate generated workflows that only read and analyze, without asking"
    )
    openai_base_url: str = Field(default="https://api.openai.com/v1/", description="OpenAI, or what speaks its API")
    anthropic_base_url: str = Field(default="https://api.anthropic.com/", description="Anthropic's API")
    google_base_url: str = Field(
        default="https://generativelanguage.googleapis.com/", description="Google's Gemini API"
    )
    deepseek_base_url: str = Field(default="https://api.deepseek.com/", description="DeepSeek's API")
    openrouter_base_url: str = Field(default="https://openrouter.ai/api/v1/", description="OpenRouter's API")
    azure_base_url: str = Field(default="", description="Your Azure OpenAI resource, https://NAME.openai.azure.com/")
    azure_api_version: str = Field(default="2024-10-21", description="The API version Azure is asked with")
    ollama_base_url: str = Field(default="http://127.0.0.1:11434/", description="An Ollama server")
    vllm_base_url: str = Field(
        default="http://127.0.0.1:8000/v1/", description="A vLLM or any other OpenAI-compatible server"
    )
    workspace: Path | None = Field(
        default=None, description="Folder that tools of jobs and steps may work in; empty: one in the data directory"
    )
    policy_file: Path | None = Field(
        default=None, description="YAML rules on who may use which tool on what; empty: the built-in ones"
    )
    sandbox: Literal["auto", "bubblewrap", "landlock", "rlimits"] = Field(
        default="auto", description="What holds commands; auto: the strongest layer there is"
    )
    sandbox_allow_weak: bool = Field(
        default=False, description="Run commands with resource limits alone where no sandbox is to be had"
    )
    sandbox_network: bool = Field(default=False, description="Whether commands of tools may use the network")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = Field(
        default=(),
        description="Internal hosts that web tools and api_call may reach, as name or name:port, comma separated",
    )
    search_backend: Literal["none", "searxng", "brave", "tavily", "local"] = Field(
        default="none", description="Who answers WebSearch"
    )
    searxng_url: str = Field(default="", description="A SearXNG server with JSON answers switched on")
    brave_base_url: str = Field(
        default="https://api.search.brave.com/", description="Brave Search; its key is the secret BRAVE_API_KEY"
    )
    tavily_base_url: str = Field(
        default="https://api.tavily.com/", description="Tavily; its key is the secret TAVILY_API_KEY"
    )
    search_index: Path | None = Field(
        default=None, description="Folder of pages (HTML, Markdown, text) that the local search backend indexes"
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
        name
        for name in present
        if name.startswith(PREFIX) and not name.startswith(SECRET_PREFIX) and name not in {*known, ENCRYPTION_KEY}
    )
    return {name: next(iter(get_close_matches(name, known, n=1)), None) for name in strange}


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's numeric user has no name
        return str(os.getuid())
