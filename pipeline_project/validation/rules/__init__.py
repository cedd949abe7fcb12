"""The rules, one function each, in modules by what they look at; `RULES` is the filled table."""

# ruff: noqa: F401, I001 - imported to register; their order is the table's: shapes before what needs them
from pipeline_project.validation.registry import RULES
from pipeline_project.validation.rules import body
from pipeline_project.validation.rules import messages
from pipeline_project.validation.rules import blocks
from pipeline_project.validation.rules import text
from pipeline_project.validation.rules import calls
from pipeline_project.validation.rules import server_calls
from pipeline_project.validation.rules import turns
from pipeline_project.validation.rules import thinking_blocks
from pipeline_project.validation.rules import media
from pipeline_project.validation.rules import citations
from pipeline_project.validation.rules import tools
from pipeline_project.validation.rules import tool_choice
from pipeline_project.validation.rules import tool_inputs
from pipeline_project.validation.rules import max_tokens
from pipeline_project.validation.rules import sampling
from pipeline_project.validation.rules import thinking
from pipeline_project.validation.rules import output
from pipeline_project.validation.rules import caching
from pipeline_project.validation.rules import response

__all__ = ["RULES"]
