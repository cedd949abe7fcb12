"""Which names a workflow and a step may have: what Dagster, Python and the expressions leave free."""

import keyword

from pipeline_project.workflows.expressions import RESERVED
from pipeline_project.workflows.models import STEP_ID
from pipeline_project.workflows.plan import FINISH, START

LONGEST = 80
JOBS = frozenset({"check_workflows", "decide_approval", "message", "message_batch"})
"""Jobs of the product itself, whose names no workflow may take."""
# names that Dagster refuses for ops and graphs (dagster._core.definitions.utils.DISALLOWED_NAMES); it does not
# check aliases, so we do
DAGSTER_WORDS = frozenset(
    [
        "context",
        "conf",
        "config",
        "meta",
        "arg_dict",
        "dict",
        "input_arg_dict",
        "output_arg_dict",
        "int",
        "str",
        "float",
        "bool",
        "input",
        "output",
        "type",
    ]
)


def id_problem(name: str, *, step: bool = False) -> str | None:
    """Why `name` cannot be the id of a workflow (or a step); None if it can."""
    if not STEP_ID.fullmatch(name):
        return f"{name!r} is not an id: a small letter first, then small letters, digits and single underscores"
    if "__" in name or name.endswith("_"):
        return f"{name!r} is not an id: two underscores together and one at the end are reserved"
    if len(name) > LONGEST:
        return f"{name[:20]!r}… is longer than {LONGEST} characters"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in DAGSTER_WORDS:
        return f"{name!r} is a reserved word; choose another id"
    if not step and name in JOBS:
        return f"{name!r} is a job of the product itself; choose another id"
    if step and (name in RESERVED or name in (START, FINISH)):
        return f"{name!r} has a meaning of its own in expressions or in the graph; choose another id"
    return None
