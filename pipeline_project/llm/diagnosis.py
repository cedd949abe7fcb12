"""What `doctor` says of models: which providers have a key and from where, and whether stored keys can be opened.

Refuses to show more of a key than its last four characters, and to call a provider.
"""

from typing import Literal

from pipeline_project.errors import NotFound, PipelineError
from pipeline_project.llm import models
from pipeline_project.llm.keys import KeyStore, StoredKey, in_environment
from pipeline_project.llm.providers import factory
from pipeline_project.persistence.engine import Database
from pipeline_project.settings import ENCRYPTION_KEY, Settings

Verdict = Literal["ok", "note", "problem"]
Line = tuple[Verdict, str, str]


def report(settings: Settings) -> list[Line]:
    """A line per thing: (ok, note or problem; what was looked at; what was found)."""
    store = KeyStore(Database(settings.store_url, busy_timeout_seconds=settings.busy_timeout_seconds), settings)
    try:
        stored = store.every()
        return [_default(settings), *_providers(stored), *_encryption(store, stored)]
    except PipelineError as error:
        return [("problem", "model providers", str(error))]


def _default(settings: Settings) -> Line:
    try:
        model = models.resolve(settings.llm_model)
    except NotFound as error:
        return "problem", "default model", str(error)
    if model.provider == "offline":
        text = "offline: rules answer, no model does, until PIPELINE_LLM_MODEL names another"
        return "note", "default model", text
    return "ok", "default model", f"{settings.llm_model} ({model.provider})"


def _providers(stored: list[StoredKey]) -> list[Line]:
    lines: list[Line] = []
    without = []
    for name in factory.names():
        if not factory.info(name).secret:
            continue
        found = [f"stored …{key.last4} for {key.place}" for key in stored if key.place.provider == name]
        found += [f"{key.source} …{key.last4}" for key in in_environment(name)]
        if found:
            lines.append(("ok", f"provider {name}", "; ".join(found)))
        elif not factory.info(name).keyless:
            without.append(name)
    if without:
        lines.append(("note", "providers without a key", f"{', '.join(without)}; `llm keys set NAME` stores one"))
    return lines


def _encryption(store: KeyStore, stored: list[StoredKey]) -> list[Line]:
    about = "encryption of stored keys"
    sealer = store.ring.sealer()
    lines: list[Line] = [("problem", about, warning) for warning in store.ring.warnings()]
    closed = [key for key in stored if store.needed(key.id)]
    if closed:
        text = f"{len(closed)} of {len(stored)} cannot be opened: {store.needed(closed[0].id)}"
        lines.append(("problem", about, text))
    elif not sealer.fingerprints:
        lines.append(
            ("note", about, f"no key yet; a key file is made with the first stored key, or set {ENCRYPTION_KEY}")
        )
    elif store.ring.from_variable:
        lines.append(("ok", about, f"{ENCRYPTION_KEY}, sealing under {sealer.fingerprints[0]}"))
    else:
        text = f"{store.ring.file}, sealing under {sealer.fingerprints[0]}; keep a copy apart from the database"
        lines.append(("note", about, text))
    return lines
