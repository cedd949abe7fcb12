"""The offline model: answers without a key, a network or a model, the same every time.

It extracts and shapes; it understands nothing, and says so. Refuses to invent what the text does not hold.
"""

from pipeline_project.llm.offline.client import OfflineModel
from pipeline_project.llm.offline.script import Script

__all__ = ["OfflineModel", "Script"]
