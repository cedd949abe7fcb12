"""The functions of the expression language: one registry, from which the reference is generated."""

from collections.abc import Mapping
from types import MappingProxyType

from pipeline_project.workflows.expressions.functions import amounts, dates, lists, texts
from pipeline_project.workflows.expressions.functions.base import Function

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {function.name: function for module in (texts, lists, amounts, dates) for function in module.FUNCTIONS}
)

__all__ = ["FUNCTIONS", "Function"]
