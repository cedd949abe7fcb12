"""Rules on tool_choice: a known kind, tools to choose from, and a model that can be told what to choose."""

from collections.abc import Iterator

from pipeline_project.messages.blocks import TOOL_CHOICES
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Request, as_list


@rule("tool-choice.kind", sources.CREATE, scope="request")
def choice_is_of_a_known_kind(request: Request) -> Iterator[Problem]:
    """tool_choice is of type auto, any, tool or none, and names a tool in type tool."""
    if not isinstance(request.keys.get("tool_choice"), dict):
        return
    kind, name = request.tool_choice.get("type"), request.tool_choice.get("name")
    if not isinstance(kind, str) or kind not in TOOL_CHOICES:
        yield ("tool_choice", "type"), "tool_choice.type must be auto, any, tool or none"
    elif kind == "tool" and not (isinstance(name, str) and name):
        yield ("tool_choice", "name"), "tool_choice of type tool must name the tool"


@rule("tool-choice.tools", sources.CREATE, scope="request")
def choice_comes_with_tools(request: Request) -> Iterator[Problem]:
    """tool_choice comes with tools.

    The API: tool_choice may only be specified while providing tools.
    """
    servers = request.keys.get("mcp_servers")
    if isinstance(request.keys.get("tool_choice"), dict) and not request.keys.get("tools") and not servers:
        yield ("tool_choice",), "there are no tools to choose from; send tools or leave tool_choice out"


@rule("tool-choice.name", sources.CREATE, scope="request")
def chosen_tool_exists(request: Request) -> Iterator[Problem]:
    """The tool that tool_choice names is among the tools."""
    name = request.tool_choice.get("name")
    if request.tool_choice.get("type") == "tool" and isinstance(name, str) and name and request.tools:
        # the tools of an MCP server are known to the API only
        served = any(tool.kind == "mcp_toolset" for tool in request.tools)
        if name not in request.tools_by_name and not served:
            yield ("tool_choice", "name"), f"no tool is called {name}; add it or choose another"


@rule("tool-choice.caller", sources.PROGRAMMATIC, scope="request", providers=ANTHROPIC)
def chosen_tool_can_be_called_directly(request: Request) -> Iterator[Problem]:
    """The tool that tool_choice names may be called by the model itself."""
    name = request.tool_choice.get("name")
    tool = request.tools_by_name.get(name) if isinstance(name, str) else None
    if request.tool_choice.get("type") == "tool" and tool is not None:
        callers = tool.value.get("allowed_callers")
        if callers is not None and "direct" not in as_list(callers):
            yield (
                ("tool_choice", "name"),
                f"{name} can only be called by code; add direct to its allowed_callers or do not choose it",
            )


@rule("tool-choice.model", sources.DEFINE_TOOLS, scope="request", providers=ANTHROPIC)
def model_can_be_forced(request: Request) -> Iterator[Problem]:
    """The model accepts a tool_choice of type any or tool."""
    if request.forced and request.limits.forced_tools is False:
        yield (
            ("tool_choice", "type"),
            f"{request.keys.get('model')} cannot be forced to call a tool; send auto and ask for it",
        )
