"""The house rules that a machine can hold: who imports what, how long a file is, what the documents say."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_project import settings

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pipeline_project"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAY_IMPORT_DAGSTER = {"definitions", "defs", "ops", "graphs", "jobs", "compiler", "launch", "launcher", "launchpad"}
MAY_IMPORT_DAGSTER |= {"resources", "hooks", "sensors", "schedules", "assets", "checks", "io", "executor", "storage"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 30


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_only_the_named_files_import_dagster():
    wrong = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.stem not in MAY_IMPORT_DAGSTER and any(name.startswith("dagster") for name in _imports(path))
    ]
    assert wrong == []


def test_ops_do_not_postpone_annotations():
    # it breaks Dagster's Config and type resolution
    wrong = [path.name for path in SOURCES if path.stem in MAY_IMPORT_DAGSTER and "__future__" in _imports(path)]
    assert wrong == []


def test_files_are_small():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {str(path): lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}
    assert statistics.median(lengths.values()) <= 150


def test_nine_functions_in_ten_are_short():
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert sum(length <= LONGEST_FUNCTION for length in lengths) >= 0.9 * len(lengths)


def test_every_module_says_what_it_is_for():
    assert [str(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []


def test_the_import_contracts_hold():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_readme_is_short_and_its_make_targets_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 150
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    targets |= {"lock", "docs"}
    assert set(re.findall(r"`make ([a-z]+)`", readme)) <= targets


def test_every_file_the_readme_names_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"(?:examples|docs|benchmarks)/[\w./-]*\w", readme)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "docs/settings.md", "docs/steps.md", "docs/tools.md"])
def test_the_generated_parts_of_the_documents_are_current(page):
    from pipeline_project.documentation import pages

    expected = pages(ROOT)[ROOT / page]
    assert (ROOT / page).read_text(encoding="utf-8") == expected, "run `make docs`"


def test_every_setting_has_a_meaning():
    assert [name for name, field in settings.Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    "module",
    [
        "pipeline_project.cli",
        "pipeline_project.conversion",
        "pipeline_project.validation",
        "pipeline_project.llm.client",
        "pipeline_project.tools",
        "pipeline_project.agents.loop",
    ],
)
def test_what_need_not_wait_for_dagster_does_not_import_it(module):
    code = f"import sys, {module}; print('dagster' in sys.modules, 'litellm' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.split() == ["False", "False"], result.stderr
