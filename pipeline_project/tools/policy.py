"""The policy of this installation: the file the settings name, or none, which leaves it to the built-in levels.

Refuses a rule about a name that nothing has: a misspelt deny rule would forbid nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipeline_project import settings
from pipeline_project.governance.policy import Policy, as_policy, load_policy
from pipeline_project.tools.registry import tools

STEP_ACTIONS: Final = ("api_call",)
"""Actions of step types that are no tools."""


def policy_in_force() -> Policy | None:
    """The policy, read anew each time. Raises NotConfigured, InvalidInput as `load_policy` does."""
    path = settings.load().policy_file
    return None if path is None else policy_of(path.expanduser())


def policy_for(given: Mapping[str, Any] | None) -> Policy | None:
    """The rules somebody gave, else the policy in force. Raises InvalidInput naming every problem with its place."""
    return as_policy(dict(given), known=_known()) if given else policy_in_force()


def policy_of(path: Path) -> Policy:
    """The policy of a file, its names known. Raises as `load_policy` does."""
    return load_policy(path, known=_known())


def _known() -> tuple[str, ...]:
    return (*(known for name in tools().names() for known in (name, *tools().aliases(name))), *STEP_ACTIONS)
