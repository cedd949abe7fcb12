"""Rules that hold calls in the history against the tools of the request."""

from collections.abc import Iterator

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.schemas import mismatches
from pipeline_project.validation.subject import Request, text_of


@rule("tool-use.undefined", sources.TOOL_REFERENCE, scope="request", severity="info")
def used_tools_are_defined(request: Request) -> Iterator[Problem]:
    """Each call in the history is of a tool that the request defines."""
    if any(not tool.name for tool in request.tools):
        return  # a toolset, whose members only the API knows
    for block in request.of("tool_use"):
        name = text_of(block, "name")
        if name and name not in request.tools_by_name:
            yield (*block.path, "name"), f"the request defines no tool {name}; the model cannot call it again"


@rule("tool-use.input", sources.STRICT_TOOLS, scope="request", severity="warning")
def used_inputs_fit_their_schema(request: Request) -> Iterator[Problem]:
    """Each call in the history has an input that satisfies the tool's input_schema."""
    for block in request.of("tool_use"):
        tool = request.tools_by_name.get(text_of(block, "name"))
        schema = request.schemas.get(tool.path) if tool is not None else None
        if schema is None:
            continue
        for found in mismatches(block.value.get("input"), schema, request.budget):
            yield (
                (*block.path, "input", *found.path),
                f"the input breaks the input_schema: {found.message}; answer the call with an error",
            )


@rule("tool-reference.undefined", sources.TOOL_SEARCH, scope="request", providers=ANTHROPIC)
def referenced_tools_are_defined(request: Request) -> Iterator[Problem]:
    """Each tool_reference in a tool result names a tool of the request."""
    if any(tool.kind == "mcp_toolset" for tool in request.tools):
        return  # the tools of an MCP server are known to the API only
    for block in request.nested:
        name = text_of(block, "tool_name")
        if block.kind == "tool_reference" and name and name not in request.tools_by_name:
            yield (*block.path, "tool_name"), f"the request defines no tool {name}; add it to tools"
