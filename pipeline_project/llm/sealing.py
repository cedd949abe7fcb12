"""Seals and opens stored keys: Fernet tokens under PIPELINE_ENCRYPTION_KEY, or under a key file beside the database.

The first key seals, every key opens, so that one can replace another. A sealed text names the fingerprint of its key,
which says which one is needed when it is lost. Refuses to make a new key while stored ones wait for another, and to
seal with a passphrase.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog
from cryptography.fernet import Fernet, InvalidToken
from dotenv import dotenv_values

from pipeline_project.errors import NotConfigured
from pipeline_project.security import redaction
from pipeline_project.settings import ENCRYPTION_KEY, Settings

_LOG = structlog.get_logger(__name__)
_VERSION: Final = "1"
_MAKE_ONE: Final = (
    'Make one with python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())".'
)


class Sealer:
    """Seals under the first of `keys` and opens under any; `place`: where they come from."""

    def __init__(self, keys: Sequence[str], place: str) -> None:
        """Raises NotConfigured for what is no key."""
        self._fernets: dict[str, Fernet] = {}
        self.place = place
        for number, key in enumerate(keys, 1):
            redaction.register(key)
            try:
                self._fernets[fingerprint(key)] = Fernet(key)
            except ValueError as error:
                message = f"entry {number} is no key: 32 random bytes in URL-safe base64 are"
                raise NotConfigured(message, where=place, remedy=_MAKE_ONE) from error

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Of the keys, the sealing one first."""
        return tuple(self._fernets)

    def seal(self, secret: str) -> str:
        """The sealed text. Raises NotConfigured when there is no key."""
        if not self._fernets:
            raise NotConfigured("there is no encryption key", where=self.place, remedy=f"Set {ENCRYPTION_KEY}.")
        mark, fernet = next(iter(self._fernets.items()))
        return f"{_VERSION}:{mark}:{fernet.encrypt(secret.encode()).decode()}"

    def open(self, sealed: str) -> str:
        """The secret. Raises NotConfigured naming the key it needs by its fingerprint; nothing is changed."""
        _, mark, token = [*sealed.split(":", 2), "", ""][:3]
        fernet = self._fernets.get(mark)
        if fernet is None:
            have = ", ".join(self._fernets) or "none"
            raise NotConfigured(
                f"a stored key is sealed under the encryption key {mark or '?'}, which is not here (here: {have})",
                where=self.place,
                remedy=f"Put that key into {ENCRYPTION_KEY} (comma separated) or back into the key file; "
                "if it is lost, set the provider's key anew with `llm keys set`.",
            )
        try:
            return fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            remedy = "Set the provider's key anew with `llm keys set`."
            raise NotConfigured(
                "a stored key was altered and cannot be opened", where=self.place, remedy=remedy
            ) from error


class KeyRing:
    """The encryption keys in force: the variable's, and the key file's while there is one."""

    def __init__(self, settings: Settings) -> None:
        self.file = settings.home / "keys" / "master.key"

    @property
    def from_variable(self) -> bool:
        """Whether the variable says which key seals."""
        return bool(_in_variable())

    def sealer(self, *, create: bool = False) -> Sealer:
        """The sealer, read anew; `create`: make a key file where no key is. Raises NotConfigured."""
        keys = [*_in_variable(), *self._in_file()]
        if not keys and create:
            self._create()
            keys = self._in_file()
        return Sealer(list(dict.fromkeys(keys)), ENCRYPTION_KEY if self.from_variable else str(self.file))

    def warnings(self) -> list[str]:
        """What a person should know about the key file."""
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return []
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            return [f"{self.file} can be read by others (mode {found.st_mode & 0o777:03o}); run chmod 600 on it"]
        return []

    def renew_file(self) -> None:
        """Put a new key before those of the file; the old ones still open."""
        self._replace([Fernet.generate_key().decode(), *self._in_file()])

    def keep_first(self) -> None:
        """Drop every key of the file but its first."""
        self._replace(self._in_file()[:1])

    def _in_file(self) -> list[str]:
        try:
            text = self.file.read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            remedy = "Make it readable for you alone, or put it back from a backup."
            raise NotConfigured(f"the key file cannot be read: {error}", where=str(self.file), remedy=remedy) from error
        for warning in self.warnings():
            _LOG.warning("key file", text=warning)
        return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]

    def _create(self) -> None:
        """A key file with one key; of several processes at once one wins, and all use its key."""
        written = self._written([Fernet.generate_key().decode()])
        try:
            # a link, unlike a rename, fails when the name is taken, and the file is whole the moment it has its name
            os.link(written, self.file)
        except FileExistsError:
            return
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            written.unlink()
        text = f"made {self.file}, which opens your stored keys: keep a copy of it apart from the database"
        _LOG.warning("key file", text=text)

    def _replace(self, keys: Sequence[str]) -> None:
        self._written(keys).replace(self.file)

    def _written(self, keys: Sequence[str]) -> Path:
        """A new file beside the key file, readable by its owner alone."""
        lines = [
            "# Opens the stored keys of model providers. Keep a copy apart from the database, and let nobody read it."
        ]
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # made with mode 0600
            handle, name = tempfile.mkstemp(dir=self.file.parent, prefix=".master.")
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write("\n".join([*lines, *keys]) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unwritable(error) from error
        return Path(name)

    def _unwritable(self, error: OSError) -> NotConfigured:
        remedy = f"Make the folder writable, or set {ENCRYPTION_KEY}. {_MAKE_ONE}"
        return NotConfigured(f"the key file cannot be made: {error.strerror}", where=str(self.file), remedy=remedy)


def fingerprint(key: str) -> str:
    """Eight hexadecimal digits that name an encryption key and say nothing about it."""
    return hashlib.sha256(b"pipeline encryption key " + key.encode()).hexdigest()[:8]


def _in_variable() -> list[str]:
    value = os.environ.get(ENCRYPTION_KEY) or dotenv_values(".env", interpolate=False).get(ENCRYPTION_KEY) or ""
    return [key.strip() for key in value.split(",") if key.strip()]
