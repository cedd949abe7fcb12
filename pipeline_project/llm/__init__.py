"""Model clients: one protocol, the table of models, and the offline model that needs no key.

Speaks Anthropic's Messages shapes as plain dicts on both sides. Refuses to know dagster, and who asks.
"""

from pipeline_project.llm.base import ModelClient
from pipeline_project.llm.models import Model, ModelTable, resolve
from pipeline_project.llm.offline import OfflineModel, Script

__all__ = ["Model", "ModelClient", "ModelTable", "OfflineModel", "Script", "resolve"]
