"""Writes the generated documents: the settings table, the references of steps and tools. A test fails when they drift.

`python -m pipeline_project.documentation` writes them; nothing else in them is touched by hand.
"""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipeline_project import settings
from pipeline_project.tools import tools
from pipeline_project.workflows.expressions import FUNCTIONS
from pipeline_project.workflows.models import WorkflowStepType
from pipeline_project.workflows.steps.registry import executor_of

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- generated: {} -->", "<!-- end -->"


def pages(root: Path) -> dict[Path, str]:
    """Every page with generated parts, by its path, as it should be."""
    readme = (root / "README.md").read_text(encoding="utf-8")
    return {
        root / "README.md": _filled(readme, "steps", _step_list()),
        root / "docs" / "settings.md": settings_page(),
        root / "docs" / "steps.md": steps_page(),
        root / "docs" / "tools.md": tools_page(),
    }


def settings_page() -> str:
    """Every environment variable: name, type, default, meaning."""
    fields = settings.Settings.model_json_schema()["properties"]
    rows = [
        f"| `{settings.PREFIX}{name.upper()}` | {_type_of(field)} | {_default_of(field, needed=False)} "
        f"| {field['description']} |"
        for name, field in fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Environment variables, or lines of a `.env` file in the working directory. A name that no setting reads",
            "is warned of. Secrets are not settings: `secrets.X` in a workflow, and the integrations, read",
            f"`{settings.SECRET_PREFIX}X`.",
            "",
            "| variable | type | default | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def steps_page() -> str:
    """Every step type: its config fields, its result, and the functions of expressions."""
    parts = ["# Steps", "", "What a step type's `config` takes and what later steps see under `steps.<id>`.", ""]
    for step_type in WorkflowStepType:
        executor = executor_of(step_type)
        parts += [f"## {step_type.value}", "", _first_line(type(executor)), ""]
        parts += ["| config | type | default | meaning |", "|---|---|---|---|", *_rows(executor.config), ""]
        parts += [f"Result: {', '.join(f'`{name}`' for name in executor.result.model_fields)}.", ""]
    parts += ["# Functions of expressions", "", "| call | meaning |", "|---|---|"]
    parts += [f"| `{function.signature}` | {function.summary} |" for function in FUNCTIONS.values()]
    return "\n".join([*parts, ""])


def tools_page() -> str:
    """Every agent tool: what the model reads of it, its input, its complexity."""
    parts = ["# Tools", ""]
    parts += [
        "What agents, `tool_call` steps, `tools run` and the tool jobs can call. `complexity` is what governance",
        "",
    ]
    parts[-1:] = ["decides by: 1 reads, 2 analyzes, 3 changes, 4 executes or deletes.", ""]
    for tool in tools():
        parts += [f"## {tool.name}", "", tool.description.strip(), ""]
        aliases = tools().aliases(tool.name)
        also = f", also called {', '.join(aliases)}" if aliases else ""
        parts += [f"Family {tool.family}, complexity {int(tool.complexity)}, version {tool.version}{also}.", ""]
        parts += ["| input | type | default | meaning |", "|---|---|---|---|", *_rows(tool.input), ""]
    return "\n".join(parts)


def _step_list() -> str:
    return ", ".join(f"`{kind.value}`" for kind in WorkflowStepType) + "."


def _filled(page: str, name: str, text: str) -> str:
    start = START.format(name)
    return re.sub(f"{re.escape(start)}.*?{re.escape(END)}", lambda _: f"{start}{text}{END}", page, flags=re.S)


def _rows(model: type[BaseModel]) -> list[str]:
    """A row per field, from the model's JSON Schema: that is what a person writes."""
    schema = model.model_json_schema(by_alias=True)
    needed = schema.get("required", [])
    return [
        f"| `{name}` | {_type_of(field)} | {_default_of(field, needed=name in needed)} "
        f"| {field.get('description', '')} |"
        for name, field in schema.get("properties", {}).items()
    ]


def _type_of(field: dict[str, Any]) -> str:
    """A JSON Schema as a few words."""
    if "$ref" in field:
        return field["$ref"].rsplit("/", 1)[-1]
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    for several in ("anyOf", "oneOf"):
        if several in field:
            kinds = [_type_of(inner) for inner in field[several] if inner.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds)) or "nothing yet"
    if field.get("type") == "array":
        items = field.get("items")
        return f"list of {_type_of(items)}" if items else "list"
    words = {"string": "text", "object": "mapping", "null": "nothing yet"}
    kind = str(field.get("type", "any"))
    return words.get(kind, kind)


def _default_of(field: dict[str, Any], *, needed: bool) -> str:
    if needed:
        return "required"
    default = field.get("default")
    plain = default not in (None, "") and not isinstance(default, dict | list)
    return f"`{default}`" if plain else ""


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


if __name__ == "__main__":
    for path, text in pages(ROOT).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
