"""Definitions from files: the package's templates and the user's folder. A broken file leaves the others working.

Refuses YAML that says a key twice, anchors that unfold without measure, and files past a size no person wrote.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline_project import settings
from pipeline_project.errors import InvalidDefinition, NotFound, PipelineError
from pipeline_project.persistence.json import digest, to_json
from pipeline_project.workflows.check import Report, check
from pipeline_project.workflows.expressions import Problem
from pipeline_project.workflows.models import WorkflowDefinition

TEMPLATES = Path(__file__).parent / "templates"
LARGEST_FILE = 1024 * 1024
MOST_VALUES = 100_000


@dataclass(frozen=True)
class Source:
    """One file and what it holds; `report.definition` is None when it is broken."""

    path: Path
    report: Report


@dataclass(frozen=True)
class Catalog:
    """What was found: good definitions by id, and every file that has problems."""

    definitions: Mapping[str, WorkflowDefinition]
    sources: tuple[Source, ...]

    @property
    def broken(self) -> tuple[Source, ...]:
        """The files that hold no usable definition."""
        return tuple(source for source in self.sources if not source.report.ok)

    def get(self, workflow_id: str) -> WorkflowDefinition:
        """One definition. Raises NotFound with near names, or InvalidDefinition if its file is broken."""
        if workflow_id in self.definitions:
            return self.definitions[workflow_id]
        for source in self.broken:
            if workflow_id in (source.report.workflow_id, source.path.stem):
                raise InvalidDefinition(summary(source.report), where=str(source.path), remedy="Correct the file.")
        known = ", ".join(sorted(self.definitions)) or "none"
        raise NotFound(f"there is no workflow {workflow_id!r}", remedy=f"Known workflows: {known}.")


def load(paths: Iterable[Path | str]) -> Catalog:
    """The definitions of the given files and folders (`*.yaml`, `*.yml`); nothing is raised for a bad one."""
    sources: list[Source] = []
    definitions: dict[str, WorkflowDefinition] = {}
    origin: dict[str, Path] = {}
    for path in _files(paths):
        report = read(path)
        if report.definition is not None and report.workflow_id in definitions:
            text = f"the id {report.workflow_id!r} is taken by {origin[report.workflow_id]}; choose another"
            report = Report(report.workflow_id, (Problem("id", text),))
        elif report.definition is not None:
            definitions[report.workflow_id] = report.definition
            origin[report.workflow_id] = path
        sources.append(Source(path, report))
    return Catalog(definitions, tuple(sources))


def own_folder() -> Path:
    """Where your workflows are: PIPELINE_WORKFLOWS_DIR, else `workflows` in the data directory."""
    current = settings.load()
    return current.workflows_dir or current.home / "workflows"


def load_default() -> Catalog:
    """The shipped templates and your own folder, whose file of the same id wins."""
    own = _own()
    if own is None:
        return load([TEMPLATES])
    mine = load([own])
    shipped = load([TEMPLATES])
    rest = {key: value for key, value in shipped.definitions.items() if key not in mine.definitions}
    return Catalog({**mine.definitions, **rest}, (*mine.sources, *shipped.sources))


def fingerprint() -> str:
    """Changes whenever a file of the shipped templates or of your own folder does."""
    own = _own()
    files = _files([TEMPLATES] if own is None else [TEMPLATES, own])
    return digest([[str(path), path.read_bytes().hex()] for path in files if path.is_file()])


def _own() -> Path | None:
    """Your folder; None where nobody named one and none was made yet."""
    folder = own_folder()
    return folder if settings.load().workflows_dir is not None or folder.is_dir() else None


def read(path: Path) -> Report:
    """The report on one file, whose definition is there when it is good."""
    try:
        raw = parse(_text(path), name=str(path))
    except PipelineError as error:
        return Report("", (Problem("", error.message),))
    return check(raw)


def parse(text: str, *, name: str) -> Mapping[str, Any]:
    """The mapping of a YAML text. Raises InvalidDefinition naming line and column."""
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader underneath
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}, line {mark.line + 1}, column {mark.column + 1}" if mark else name
        problem = getattr(error, "problem", None) or str(error)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise InvalidDefinition(f"{place}not valid YAML: {problem}", where=where) from error
    except (RecursionError, ValueError) as error:
        raise InvalidDefinition(f"not valid YAML: {error}", where=name) from error
    if not isinstance(value, dict):
        raise InvalidDefinition("a workflow file holds a mapping with id and steps", where=name)
    if _size(value) > MOST_VALUES:
        raise InvalidDefinition(f"unfolds to more than {MOST_VALUES} values; use fewer anchors", where=name)
    plain = to_json(value)
    assert isinstance(plain, dict)
    return plain


def summary(report: Report) -> str:
    """The problems of a report in one sentence."""
    return "; ".join(
        f"{problem.path}: {problem.message}" if problem.path else problem.message for problem in report.problems
    )


class _Loader(yaml.SafeLoader):
    """A SafeLoader that refuses a key said twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    problem = f"the key {key.value!r} is said twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _files(paths: Iterable[Path | str]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(item for item in path.iterdir() if item.suffix in (".yaml", ".yml") and item.is_file())
        else:
            yield path


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InvalidDefinition(f"is larger than {LARGEST_FILE // 1024} kB", where=str(path))
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidDefinition(f"is not UTF-8 text (byte {error.start})", where=str(path)) from error
    except OSError as error:
        raise InvalidDefinition(f"cannot be read: {error.strerror}", where=str(path)) from error


def _size(value: Any) -> int:
    """How many values a YAML tree unfolds to; shared parts are counted each time they are used, but visited once."""
    sizes: dict[int, int] = {}

    def measure(item: Any, depth: int) -> int:
        if depth > 100:
            raise InvalidDefinition("is nested deeper than 100 levels", where="YAML")
        if id(item) in sizes:
            return sizes[id(item)]
        children = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        sizes[id(item)] = 1 + sum(measure(child, depth + 1) for child in children)
        return sizes[id(item)]

    return measure(value, 0)
