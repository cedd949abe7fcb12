"""A journaled value as Dagster's metadata may hold it: plain JSON, redacted, and not too much of it."""

from decimal import Decimal
from typing import Any

from pipeline_project.persistence import json
from pipeline_project.security.redaction import redact

LONGEST = 16 * 1024


def of_outcome(value: Any) -> Any:
    """`value` with Decimals as strings; past 16 kB only its shape, as the journal has the whole."""
    plain = _plain(redact(json.to_json(value)))
    size = len(json.dumps(plain))
    if size <= LONGEST:
        return plain
    names = sorted(plain) if isinstance(plain, dict) else f"{len(plain)} items" if isinstance(plain, list) else "text"
    return {"characters": size, "holds": names, "whole": "in the journal (`execution show --json`)"}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
