"""The state of one request conversion: its target, its report and its names. Lives for one call."""

from collections.abc import Iterable
from typing import Any

from pipeline_project.conversion.capabilities import Capabilities
from pipeline_project.conversion.naming import NameMap
from pipeline_project.conversion.profiles import Profile
from pipeline_project.conversion.report import Loss, Names
from pipeline_project.conversion.shape import member


def content_path(turn: int, block: int | None = None) -> str:
    """JSONPath of the content of a turn, or of one block in it; built only where something is to be said of it."""
    path = f"$.messages[{turn}].content"
    return path if block is None else f"{path}[{block}]"


class Draft:
    """What every part of a request conversion needs; `losses` grows as they go."""

    __slots__ = (
        "drops_thinking",
        "ids",
        "losses",
        "model",
        "named_results",
        "no_field",
        "no_thinking",
        "profile",
        "tools",
    )

    def __init__(self, profile: Profile, model: Capabilities, tool_names: Iterable[str]) -> None:
        self.profile = profile
        self.model = model
        self.tools = NameMap(profile.name_pattern, profile.name_limit, tool_names)
        self.ids = NameMap(profile.id_pattern, profile.id_limit)
        self.losses: list[Loss] = []
        # What every block asks for, looked up once.
        self.named_results = profile.named_results
        self.drops_thinking = profile.thinking_history == "dropped"
        self.no_field = f"{profile.name} has no such field"
        self.no_thinking = f"{profile.name} takes no thinking of an earlier turn back"

    def lose(self, path: str, what: str, why: str) -> None:
        """Write one loss down."""
        self.losses.append({"path": path, "what": what, "why": why})

    def lose_extras(self, block: dict[str, Any], known: frozenset[str], path: str) -> None:
        """Write down every key of `block` that the target has no place for."""
        for key in block:
            if key not in known and block[key] is not None:
                self.lose(member(path, str(key)), "dropped", self.no_field)

    @property
    def names(self) -> Names:
        """The names for the way back."""
        return {"target": self.profile.name, "tools": self.tools.sent, "ids": self.ids.sent}
