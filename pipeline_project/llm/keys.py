"""The keys of model providers: stored sealed, handed out to a call, shown to nobody.

A call takes the key that came with its request, else the stored one whose place fits best, else one of the environment.
Refuses to return, log or show a stored key; what is shown of it are its last four characters.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import SecretStr
from sqlalchemy import Connection, Row, insert, or_, select, update

from pipeline_project import clock
from pipeline_project.errors import Conflict, InvalidInput, NotConfigured, NotFound, PipelineError
from pipeline_project.llm.providers import factory
from pipeline_project.llm.requests import Caller
from pipeline_project.llm.sealing import KeyRing
from pipeline_project.persistence.engine import Database
from pipeline_project.persistence.tables import llm_keys as table
from pipeline_project.security import redaction
from pipeline_project.security.secrets import SecretSource
from pipeline_project.settings import SECRET_PREFIX, Settings

# What other tools call the key of a provider, beside the name of its secret.
_COMMON_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY",),
    "azure": ("AZURE_API_KEY",),
}
STORED: Final = "stored"
_IN_ENVIRONMENT: Final = "env:"
_SHORTEST: Final = 8
_LONGEST: Final = 8192


@dataclass(frozen=True)
class Place:
    """Whom a stored key is for; '' is any."""

    provider: str
    workspace: str = ""
    user: str = ""
    environment: str = ""

    def __str__(self) -> str:
        scope = {"workspace": self.workspace, "user": self.user, "environment": self.environment}
        named = [f"{name} {value}" for name, value in scope.items() if value]
        return f"{self.provider} ({', '.join(named) or 'everybody'})"


@dataclass(frozen=True)
class StoredKey:
    """What may be shown of a stored key."""

    id: str
    place: Place
    last4: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None
    tested_at: datetime | None = None
    test_outcome: str | None = None


@dataclass(frozen=True)
class Key:
    """A key handed out to one call. `id`: of the stored one, else `env:` and the variable, `request`, or ''."""

    id: str
    source: str
    last4: str
    secret: SecretStr | None = field(repr=False, default=None)


class KeyStore:
    """The stored keys of one database and the environment's."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._environment = settings.llm_environment
        self._settings = settings
        self.ring = KeyRing(settings)

    def set(self, place: Place, secret: str, *, by: str) -> StoredKey:
        """Store a key; the newest of a place is used. Raises InvalidInput for what can be none, NotFound (provider)."""
        with self._database.write() as connection:
            return self._insert(connection, place, _clean(place, secret), by)

    def get_for(self, caller: Caller, provider: str, *, given: SecretStr | None = None) -> Key:
        """The key of a call; a keyless provider may have none.

        Best first: `given`; stored for user and workspace, for the workspace, for the user, for all, each for the
        caller's environment before any environment; PIPELINE_SECRET_…; the vendor's own variable. Raises NotConfigured.
        """
        if given is not None and given.get_secret_value():
            secret = given.get_secret_value()
            redaction.register(secret)
            return Key("request", "the request", _last4(secret), given)
        found = self._stored(caller, provider) or _from_environment(provider)
        if found is not None:
            return found
        if factory.info(provider).keyless:
            return Key("", "none is needed", "")
        raise NotConfigured(f"there is no key for {provider}", where=provider, remedy=f"{how_to_set(provider)}")

    def has(self, caller: Caller, provider: str) -> bool:
        """Whether a call of `provider` would find a key or needs none; nothing is opened for the answer."""
        if factory.info(provider).keyless or _from_environment(provider) is not None:
            return True
        return self._best(caller, provider) is not None

    def every(self, *, revoked: bool = False) -> list[StoredKey]:
        """The stored keys, oldest first, without their values; `revoked`: those too."""
        query = select(table).order_by(table.c.created_at, table.c.id)
        if not revoked:
            query = query.where(table.c.revoked_at.is_(None))
        with self._database.read() as connection:
            return [_shown(row) for row in connection.execute(query)]

    def rotate(self, key_id: str, secret: str, *, by: str, keep_old: bool = False) -> StoredKey:
        """Store a new key in the place of an old one, which is revoked unless `keep_old`. Raises NotFound, Conflict."""
        with self._database.write() as connection:
            old = _row(connection, key_id)
            place = _shown(old).place
            new = self._insert(connection, place, _clean(place, secret), by)
            if not keep_old:
                _revoke(connection, old.id)
        return new

    def revoke(self, key_id: str) -> None:
        """Use a key no more and forget its value; calls in flight are not stopped. Raises NotFound, Conflict."""
        with self._database.write() as connection:
            _revoke(connection, _row(connection, key_id).id)

    async def test(self, named: str, model: str | None = None) -> str:
        """Ask the provider whether it takes a key; of a stored one, note the outcome. Raises what the provider says.

        `named`: the id of a stored key or its beginning, a variable that holds one (`env:OPENAI_API_KEY`), or a
        provider, for the key that its calls would use.
        """
        if named in factory.names():
            key = self.get_for(Caller(), named)
            if key.source != STORED:
                return await self._ask(named, key, model)
            named = key.id
        elif named.startswith(_IN_ENVIRONMENT):
            return await self._ask(*_of_variable(named), model)
        return await self._test_stored(named, model)

    async def _ask(self, name: str, key: Key, model: str | None) -> str:
        async with factory.create(name, api_key=key.secret, settings=self._settings) as provider:
            return await provider.check(model)

    async def _test_stored(self, key_id: str, model: str | None) -> str:
        with self._database.read() as connection:
            row = _row(connection, key_id)
        secret = self._opened(row)
        outcome = "ok"
        try:
            async with factory.create(row.provider, api_key=secret, settings=self._settings) as provider:
                return await provider.check(model)
        except PipelineError as error:
            outcome = error.code
            raise
        finally:
            with self._database.write() as connection:
                changed = update(table).where(table.c.id == row.id)
                connection.execute(changed.values(tested_at=clock.now(), test_outcome=outcome))

    def needed(self, key_id: str) -> str:
        """What is missing to open a key, in a sentence; '' if it can be opened. Raises NotFound."""
        with self._database.read() as connection:
            row = _row(connection, key_id)
        try:
            self._opened(row)
        except NotConfigured as error:
            return str(error)
        return ""

    def reseal(self) -> int:
        """Seal every stored key under the first encryption key; returns how many.

        With a key file alone, a new key is made first, and the old one is dropped at the end. Raises NotConfigured when
        one cannot be opened; then none is changed, and no key is dropped.
        """
        by_file = not self.ring.from_variable
        # the store's one writer is also the file's, so that two at once cannot drop each other's new key
        with self._database.write() as connection:
            if by_file:
                self.ring.sealer(create=True)
                self.ring.renew_file()
            sealer = self.ring.sealer()
            rows = connection.execute(select(table).where(table.c.revoked_at.is_(None))).all()
            for row in rows:
                sealed = sealer.seal(sealer.open(row.sealed))
                connection.execute(update(table).where(table.c.id == row.id).values(sealed=sealed))
        if by_file:
            with self._database.write() as connection:
                if _marks(connection) <= {self.ring.sealer().fingerprints[0]}:
                    self.ring.keep_first()
        return len(rows)

    def _insert(self, connection: Connection, place: Place, secret: str, by: str) -> StoredKey:
        redaction.register(secret)
        sealer = self.ring.sealer()
        if not sealer.fingerprints:
            _require_nothing_sealed(connection, sealer.place)
            sealer = self.ring.sealer(create=True)
        key = StoredKey(clock.new_id(), place, _last4(secret), clock.now(), by)
        connection.execute(
            insert(table).values(
                id=key.id,
                workspace=place.workspace,
                user=place.user,
                provider=place.provider,
                environment=place.environment,
                sealed=sealer.seal(secret),
                last4=key.last4,
                created_at=key.created_at,
                created_by=by,
            )
        )
        return key

    def _stored(self, caller: Caller, provider: str) -> Key | None:
        best = self._best(caller, provider)
        return None if best is None else Key(best.id, STORED, best.last4, SecretStr(self._opened(best)))

    def _best(self, caller: Caller, provider: str) -> Row[Any] | None:
        environment = caller.environment or self._environment
        query = select(table).where(
            table.c.provider == provider,
            table.c.revoked_at.is_(None),
            table.c.workspace.in_({"", caller.workspace}),
            table.c.user.in_({"", caller.user}),
            table.c.environment.in_({"", environment}),
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()

        def fit(row: Row[Any]) -> tuple[bool, bool, bool, datetime]:
            return row.workspace != "", row.user != "", row.environment != "", row.created_at

        return max(rows, key=fit, default=None)

    def _opened(self, row: Row[Any]) -> str:
        secret = self.ring.sealer().open(row.sealed)
        redaction.register(secret)
        return secret


def how_to_set(provider: str) -> str:
    """How a person gives a provider a key, in a sentence."""
    variables = [variable for variable, _ in _variables(provider)]
    return f"Run `llm keys set {provider}`, or set {' or '.join(variables)}."


def in_environment(provider: str) -> list[Key]:
    """The keys that environment variables hold, best first."""
    keys = []
    for variable, secret in _variables(provider):
        value = _read_secret(secret) if secret else (os.environ.get(variable) or "").strip()
        if value:
            redaction.register(value)
            keys.append(Key(f"{_IN_ENVIRONMENT}{variable}", variable, _last4(value), SecretStr(value)))
    return keys


def _from_environment(provider: str) -> Key | None:
    return next(iter(in_environment(provider)), None)


def _of_variable(name: str) -> tuple[str, Key]:
    """The provider of a variable and the key in it."""
    found = {key.id: (provider, key) for provider in factory.names() for key in in_environment(provider)}
    if name not in found:
        known = ", ".join(found) or "none"
        raise NotFound(f"no key of a provider is in {name}", where="key", remedy=f"Variables that hold one: {known}.")
    return found[name]


def _variables(provider: str) -> list[tuple[str, str]]:
    """Variables that may hold the key, best first, each with the name of the secret where it is one of ours."""
    name = factory.info(provider).secret
    ours = [(SECRET_PREFIX + name, name)] if name else []
    return [*ours, *((common, "") for common in _COMMON_NAMES.get(provider, ()))]


def _read_secret(name: str) -> str:
    source = SecretSource()
    return source.get(name) if name in source.names() else ""


def _last4(secret: str) -> str:
    # of a short one, four characters would be too much of it
    return secret[-4:] if len(secret) >= 12 else ""


def _clean(place: Place, secret: str) -> str:
    factory.info(place.provider)
    value = secret.strip()
    if not (value.isascii() and value.isprintable()) or " " in value or not _SHORTEST <= len(value) <= _LONGEST:
        message = f"that is no key: {_SHORTEST} to {_LONGEST} ASCII characters without spaces are"
        raise InvalidInput(message, where=str(place), remedy="Paste the key alone.")
    return value


def _require_nothing_sealed(connection: Connection, place: str) -> None:
    """A new encryption key beside keys sealed under a lost one would hide the loss."""
    mark = min(_marks(connection), default=None)
    if mark is not None:
        message = f"stored keys are sealed under the encryption key {mark}, which is not here"
        remedy = "Put it back, or revoke those keys with `llm keys revoke` first."
        raise NotConfigured(message, where=place, remedy=remedy)


def _marks(connection: Connection) -> set[str]:
    """The fingerprints of the encryption keys that stored keys wait for."""
    held = select(table.c.sealed).where(or_(table.c.revoked_at.is_(None), table.c.sealed != ""))
    return {sealed.split(":")[1] for sealed in connection.execute(held).scalars()}


def _row(connection: Connection, key_id: str) -> Row[Any]:
    """The one key whose id begins so."""
    if not key_id:
        raise InvalidInput("no key is named", where="key", remedy="`llm keys list` shows the ids.")
    rows = connection.execute(select(table).where(table.c.id.startswith(key_id, autoescape=True)).limit(2)).all()
    if len(rows) != 1:
        problem = "there is no key" if not rows else "several keys begin with"
        raise NotFound(f"{problem} {key_id!r}", where="key", remedy="`llm keys list` shows the ids.")
    if rows[0].revoked_at is not None:
        raise Conflict(f"the key {key_id!r} is revoked", where="key", remedy="Set a new one with `llm keys set`.")
    return rows[0]


def _revoke(connection: Connection, key_id: str) -> None:
    connection.execute(update(table).where(table.c.id == key_id).values(revoked_at=clock.now(), sealed=""))


def _shown(row: Row[Any]) -> StoredKey:
    place = Place(row.provider, row.workspace, row.user, row.environment)
    return StoredKey(
        row.id, place, row.last4, row.created_at, row.created_by, row.revoked_at, row.tested_at, row.test_outcome
    )
