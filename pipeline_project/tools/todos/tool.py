"""What the tools of the list have in common. They change nothing but the session's own notes, so nobody is asked."""

from abc import ABC
from typing import ClassVar, Generic

from pipeline_project.governance.actions import Complexity, Resource
from pipeline_project.tools.base import Footprint, InputT, Tool
from pipeline_project.tools.session import Session
from pipeline_project.tools.todos import store


class TodoTool(Tool[InputT], ABC, Generic[InputT]):
    """A tool on the session's list."""

    family = "system"
    # a plan of one's own work is a draft; it reaches nothing outside the session
    complexity = Complexity.ANALYZE
    changes: ClassVar[bool] = True

    def resource(self, arguments: InputT, session: Session) -> Resource:
        """The list of this session."""
        return store.resource(session)

    def footprint(self, arguments: InputT, session: Session) -> Footprint:
        """The list, read or written."""
        return store.footprint(session, writes=self.changes)

    def read_only(self, arguments: InputT, session: Session) -> bool:
        """Whether the list stays as it is."""
        return not self.changes
