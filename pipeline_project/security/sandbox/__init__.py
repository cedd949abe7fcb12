"""Sandboxes: what keeps a command of a tool from everything but its workspace, and says what holds it.

`choose(settings)` gives the strongest one this machine has; `report(settings)` tells `doctor` about it.
"""

from pipeline_project.security.sandbox.base import Around, CommandLimits, Launch, Layer, Sandbox
from pipeline_project.security.sandbox.choice import choose, report

__all__ = ["Around", "CommandLimits", "Launch", "Layer", "Sandbox", "choose", "report"]
