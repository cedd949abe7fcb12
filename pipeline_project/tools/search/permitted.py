"""Which files a search of a folder may show: a rule on one file holds also where the file is only met on the way.

Refuses by leaving out, without a word: that a pattern matches in a file is something about what it holds. A file that
was named itself was decided before.
"""

from pathlib import Path

from pipeline_project.governance.actions import Action, Resource
from pipeline_project.governance.permissions import decide
from pipeline_project.tools.session import Session


class Permitted:
    """Judges the files of one search."""

    def __init__(self, action: Action, session: Session, *, only: Path | None) -> None:
        self._action = action
        self._session = session
        self._only = only
        self._known: dict[Path, bool] = {}

    def __call__(self, path: Path) -> bool:
        """Whether what the file holds may be shown without asking."""
        if path == self._only:
            return True
        if path not in self._known:
            resource = Resource("path", str(path), (path,), self._session.roots)
            decision = decide(self._session.actor, self._action, resource, self._session.policy)
            self._known[path] = decision.verdict == "allow"
        return self._known[path]
