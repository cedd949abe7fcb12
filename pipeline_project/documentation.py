"""Writes the generated documents: the settings table and the step reference. A test fails when they drift.

`python -m pipeline_project.documentation` writes them; nothing else in them is touched by hand.
"""

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline_project import settings
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
    }


def settings_page() -> str:
    """Every environment variable: name, type, default, meaning."""
    rows = [
        f"| `{settings.PREFIX}{name.upper()}` | {_type_of(field)} | {_default_of(field)} | {field.description} |"
        for name, field in settings.Settings.model_fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Environment variables, or lines of a `.env` file in the working directory. A name that no setting reads is",
            "warned of. Secrets are not settings: `secrets.X` in a workflow, and the integrations, read",
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
    parts += [f"| `{function.signature}` | {function.doc} |" for function in FUNCTIONS.values()]
    return "\n".join([*parts, ""])


def _step_list() -> str:
    rows = [f"| `{kind.value}` | {_first_line(type(executor_of(kind)))} |" for kind in WorkflowStepType]
    return "\n".join(["| step | does |", "|---|---|", *rows])


def _filled(page: str, name: str, text: str) -> str:
    start = START.format(name)
    return re.sub(f"{re.escape(start)}.*?{re.escape(END)}", lambda _: f"{start}\n{text}\n{END}", page, flags=re.S)


def _rows(model: type[BaseModel]) -> list[str]:
    return [
        f"| `{field.alias or name}` | {_type_of(field)} | {_default_of(field)} | {field.description or ''} |"
        for name, field in model.model_fields.items()
    ]


def _type_of(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    text = str(annotation) if hasattr(annotation, "__args__") else getattr(annotation, "__name__", str(annotation))
    text = re.sub(r"\b(?:typing|pathlib|datetime|decimal|pipeline_project(?:\.\w+)*)\.", "", text)
    return f"`{text}`".replace("|", "\\|")


def _default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return "" if default in ("", None, (), {}, []) else f"`{default}`"


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


if __name__ == "__main__":
    for path, text in pages(ROOT).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
