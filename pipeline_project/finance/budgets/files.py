"""Limits and rates in a YAML file, so that workflows share them.

Refuses a file of another shape as a whole, naming every place that does not fit: half a table of limits would
let through what the other half forbids.
"""

from pathlib import Path

import yaml
from pydantic import ValidationError

from pipeline_project.errors import InvalidInput
from pipeline_project.finance.budgets.limits import Limits
from pipeline_project.finance.documents import open_document

_MAX_BYTES = 1_000_000
_SHAPE = "Write `limits:` as a list of {category, period, limit, currency}, and `rates:` as {EUR: 1, USD: 0.92}."


def read_limits(path: str | Path) -> Limits:
    """The limits and rates in a YAML file.

    Raises NotFound, PermissionDenied, InvalidInput or InvalidDocument, naming the file and the place in it.
    """
    text = open_document(Path(path), max_bytes=_MAX_BYTES).text
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"not valid YAML: {' '.join(str(error).split())}", where=str(path)) from error
    try:
        return Limits.model_validate(value)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, item['loc'])) or 'file'}: {item['msg']}" for item in error.errors()]
        raise InvalidInput("; ".join(problems), where=str(path), remedy=_SHAPE) from error
