"""Where messages go that nobody shall receive: files a person can read, under `<data directory>/outbox/`.

Each message is one JSON file with what would have been sent, and beside it a preview. The file is named after
the idempotency key, so the same message written twice is there once. Registered secrets are hidden. Refuses
to look like a delivery: everything in it and about it says `"delivered": false`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline_project import clock
from pipeline_project.errors import InvalidDocument, InvalidInput, StoreError
from pipeline_project.persistence import json
from pipeline_project.security.redaction import redact


@dataclass(frozen=True)
class OutboxEntry:
    """One message in the outbox. `summary`: one line for a list; `content`: what would have been sent."""

    integration: str
    idempotency_key: str
    written_at: datetime
    summary: str
    content: Mapping[str, Any]
    path: Path
    previews: tuple[Path, ...]


class Outbox:
    """The outbox in `directory`, one folder for each integration."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def write(
        self,
        integration: str,
        *,
        idempotency_key: str,
        summary: str,
        content: Mapping[str, Any],
        previews: Mapping[str, str],
    ) -> OutboxEntry:
        """Write a message, over an earlier one of the same key; `previews` maps a file suffix to its text.

        Secrets are hidden by registered value alone, since the names in a message are its author's. Blocking.
        Raises StoreError when the disk refuses.
        """
        folder = self.directory / integration
        name = file_name(idempotency_key)
        shown = {f"{name}{suffix}": redact(text, by_name=False) for suffix, text in previews.items()}
        entry = OutboxEntry(
            integration=integration,
            idempotency_key=idempotency_key,
            written_at=clock.now(),
            summary=redact(summary, by_name=False),
            content=redact(json.to_json(content), by_name=False),
            path=folder / f"{name}.json",
            previews=tuple(folder / file for file in shown),
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for preview, text in zip(entry.previews, shown.values(), strict=True):
                _replace(preview, text)
            # last, because an entry is there when its JSON is
            _replace(entry.path, json.dumps(_record(entry), indent=2) + "\n")
        except OSError as error:
            remedy = "Make the data directory writable (PIPELINE_DATA_DIR)."
            raise StoreError(f"the outbox cannot be written: {error}", where=str(folder), remedy=remedy) from error
        return entry

    def list(self, integration: str | None = None) -> list[OutboxEntry]:
        """What is in the outbox, oldest first. Blocking. Raises InvalidDocument naming a bad file."""
        paths = self.directory.glob(f"{integration or '*'}/*.json")
        return sorted((_read(path) for path in paths), key=lambda entry: (entry.written_at, entry.path))


def file_name(idempotency_key: str) -> str:
    """A readable name for the key, its own also where upper and lower case are the same."""
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", idempotency_key).strip("-.")[:80]
    digest = hashlib.sha256(idempotency_key.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{readable}-{digest}" if readable else digest


def _record(entry: OutboxEntry) -> dict[str, Any]:
    return {
        "delivered": False,
        "integration": entry.integration,
        "summary": entry.summary,
        "idempotency_key": entry.idempotency_key,
        "written_at": entry.written_at,
        "previews": [preview.name for preview in entry.previews],
        "content": entry.content,
    }


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{clock.new_id()}")
    try:
        temporary.write_bytes(text.encode())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> OutboxEntry:
    try:
        record = json.loads(path.read_bytes(), where=str(path))
        return OutboxEntry(
            integration=record["integration"],
            idempotency_key=record["idempotency_key"],
            written_at=datetime.fromisoformat(record["written_at"]),
            summary=record["summary"],
            content=record["content"],
            path=path,
            previews=tuple(path.with_name(name) for name in record["previews"]),
        )
    except (OSError, InvalidInput, KeyError, TypeError, ValueError) as error:
        message = f"is no entry of the outbox: {type(error).__name__} {error}"
        raise InvalidDocument(message, where=str(path), remedy="Remove the file.") from error
