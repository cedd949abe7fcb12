"""Secrets by name: `X` is the environment variable `PIPELINE_SECRET_X`, or its line in `.env`.

What is handed out is registered with redaction first, so that it can never be shown afterwards. Refuses to
list, store or cache values; each is read when it is needed, so that a replaced one is used at once.
"""

import os
import re
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

from pipeline_project.errors import InvalidInput, NotConfigured
from pipeline_project.security import redaction
from pipeline_project.settings import SECRET_PREFIX

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,99}")


class SecretSource:
    """Reads secrets from the environment, then from `env_file`."""

    def __init__(self, env_file: Path = Path(".env")) -> None:
        self._env_file = env_file

    def get(self, name: str) -> str:
        """The secret `name`, line breaks at its end removed.

        Raises InvalidInput for what is no name, NotConfigured naming the variable when it is absent or empty.
        """
        variable = variable_of(name)
        value = self._all().get(variable)
        if not value:
            raise NotConfigured(f"the secret {name} is not set", where=variable, remedy=self._remedy(name))
        redaction.register(value)
        return value

    def names(self) -> tuple[str, ...]:
        """The names of the secrets that are set, sorted."""
        return tuple(sorted(variable.removeprefix(SECRET_PREFIX) for variable in self._all()))

    def _all(self) -> dict[str, str]:
        """Every secret that is set, by variable; an empty one in the environment does not hide the file's."""
        secrets = {}
        for source in (self._from_file(), os.environ):
            stripped = {name: (value or "").rstrip("\r\n") for name, value in source.items()}
            secrets |= {name: value for name, value in stripped.items() if value and name.startswith(SECRET_PREFIX)}
        return secrets

    def _from_file(self) -> dict[str, str | None]:
        try:
            # no interpolation: a password may hold ${
            return dotenv_values(self._env_file, interpolate=False)
        except (OSError, UnicodeDecodeError) as error:
            remedy = "Make it a readable UTF-8 file, or remove it."
            raise NotConfigured(f"cannot be read: {error}", where=str(self._env_file), remedy=remedy) from error

    def _remedy(self, name: str) -> str:
        near = get_close_matches(name, self.names(), n=1)
        hint = f" ({SECRET_PREFIX}{near[0]} is set: is that the one?)" if near else ""
        return f"Set {SECRET_PREFIX}{name} in the environment or in .env{hint}."


def variable_of(name: str) -> str:
    """The environment variable of the secret `name`. Raises InvalidInput for what cannot be a name."""
    if not _NAME.fullmatch(name):
        capitals = re.sub(r"[^A-Z0-9_]", "_", name.upper())
        remedy = f"Write {capitals}." if _NAME.fullmatch(capitals) else "A name begins with a letter."
        raise InvalidInput(
            f"{name!r} is no name of a secret: capitals, digits and underscores",
            where="secrets",
            remedy=remedy,
        )
    return SECRET_PREFIX + name
