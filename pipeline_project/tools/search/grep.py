"""Grep: lines that match a regular expression, by ripgrep.

Respects .gitignore, looks into hidden files, leaves out version control; a search of a folder also leaves out what may
not be read without asking. Refuses to hold much more than it shows: rg is stopped when its output passes a bound. Paths
are relative to the session's current folder when they lie below it, else absolute.
"""

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import AliasChoices, Field

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Complexity, Resource
from pipeline_project.security.paths import resolve
from pipeline_project.tools.base import Footprint, Tool, ToolInput, ToolResult
from pipeline_project.tools.search import place, ripgrep
from pipeline_project.tools.search.found import Counts, Files, Found, Page, page
from pipeline_project.tools.search.found_lines import Lines
from pipeline_project.tools.search.permitted import Permitted
from pipeline_project.tools.session import Session

Mode = Literal["content", "files_with_matches", "count"]


class GrepInput(ToolInput):
    """What to look for, where, and how to show it."""

    pattern: str = Field(description="A regular expression as ripgrep (Rust) takes it; escape literal braces: \\{")
    path: str | None = Field(default=None, description="File or folder to look in; the current folder unless given")
    glob: str | None = Field(default=None, description='Only files like this: "*.js", "src/**/*.{ts,tsx}", "!*.min.js"')
    type: str | None = Field(default=None, description="Only files of this type: py, js, rust, go, java, …")
    output_mode: Mode = Field(
        default="files_with_matches",
        description="content: lines; files_with_matches: paths, the latest changed first; count: lines per file",
    )
    before: int | None = Field(default=None, alias="-B", ge=0, description="Lines before each match (content)")
    after: int | None = Field(default=None, alias="-A", ge=0, description="Lines after each match (content)")
    context: int | None = Field(
        default=None,
        validation_alias=AliasChoices("-C", "context"),
        ge=0,
        description="Lines before and after each match (content)",
    )
    numbers: bool = Field(default=True, alias="-n", description="Show line numbers (content)")
    ignore_case: bool = Field(default=False, alias="-i", description="Upper and lower case are alike")
    only_matching: bool = Field(default=False, alias="-o", description="Only the matching parts of lines (content)")
    multiline: bool = Field(default=False, description="Matches may span lines, and . stands for a line break too")
    head_limit: int | None = Field(
        default=None, ge=0, description="Show this many lines or entries; 250 unless given, 0 for as many as fit"
    )
    offset: int = Field(default=0, ge=0, description="Leave out this many lines or entries first")


class Grep(Tool[GrepInput]):
    """Finds files and lines by what they hold."""

    name: ClassVar[str] = "Grep"
    description: ClassVar[str] = (
        "Searches file contents by a regular expression (ripgrep), with full regex syntax. Filter files with `glob` or "
        "`type`. output_mode: files_with_matches (default) names files, content shows lines, count counts them. "
        "Respects .gitignore, includes hidden files, leaves out version control and files that you may not read "
        "without asking (name such a file in `path`). Patterns match within one line unless `multiline`. 250 lines "
        "or entries are shown; page on with `offset`. Use it rather than grep or rg in Bash."
    )
    input: ClassVar[type[ToolInput]] = GrepInput
    complexity: ClassVar[Complexity] = Complexity.READ
    reads_files: ClassVar[bool] = True
    family: ClassVar[str] = "search"

    def resource(self, arguments: GrepInput, session: Session) -> Resource:
        """The file or folder that is searched."""
        target = _target(arguments, session)
        return Resource("path", str(target), (target,), session.roots, {"pattern": arguments.pattern})

    def footprint(self, arguments: GrepInput, session: Session) -> Footprint:
        """The file, or all below the folder."""
        return Footprint(reads=frozenset({_target(arguments, session)}))

    async def run(self, arguments: GrepInput, session: Session) -> ToolResult:
        """What was found, with `structured` {"mode", "files", "matches", "total", "truncated", "offset"}.

        No match is no error. `files` are absolute, those of the page; `matches` counts on the page; `total`: entries
        there are, None where not all were looked at. Raises InvalidInput with rg's words for a bad pattern, glob or
        type and for what is no file or folder, NotFound for a place that is not there, PermissionDenied outside the
        workspace.
        """
        target = _target(arguments, session)
        if not target.exists():
            raise place.missing(target)
        whole = target.is_dir()
        if not whole and not target.is_file():
            raise InvalidInput(
                "is a pipe, socket or device", where=place.shown(target), remedy="Name a file or folder to search."
            )
        folder = target if whole else target.parent
        permitted = Permitted(self.action(arguments, session), session, only=None if whole else target)
        most = session.limits.search_results if arguments.head_limit is None else arguments.head_limit
        found = _reader(arguments, folder, permitted, most)
        named = "./" if whole else f"./{target.name}"
        ended = await ripgrep.run([*_options(arguments, folder), "--", named], found.take, folder=folder)
        shown = page(
            found.entries(session),
            offset=arguments.offset,
            most=most or None,
            characters=session.limits.output_characters,
        )
        return _told(arguments, shown, ended)


def _reader(arguments: GrepInput, folder: Path, permitted: Permitted, most: int) -> Found:
    if arguments.output_mode == "content":
        needed = arguments.offset + most if most else None
        around = (arguments.context if each is None else each for each in (arguments.before, arguments.after))
        return Lines(folder, permitted, needed=needed, numbers=arguments.numbers, parted=any(around))
    return (Counts if arguments.output_mode == "count" else Files)(folder, permitted)


def _options(arguments: GrepInput, folder: Path) -> list[str]:
    """rg's arguments but the place; the pattern goes behind --regexp=, so that it may begin with a dash."""
    if "\0" in arguments.pattern:
        raise InvalidInput("holds a NUL, which a search of text cannot", where="pattern")
    options = ["--null", "--hidden", "--no-require-git", "--no-follow", f"--regexp={arguments.pattern}"]
    options += ["--ignore-case"] if arguments.ignore_case else []
    options += ["--multiline", "--multiline-dotall"] if arguments.multiline else []
    options += [f"--type={arguments.type}"] if arguments.type else []
    options += [f"--glob={_below(each, folder)}" for each in _globs(arguments.glob)]
    options += ripgrep.outside_version_control()
    if arguments.output_mode == "files_with_matches":
        return [*options, "--files-with-matches"]
    if arguments.output_mode == "count":
        return [*options, "--count-matches" if arguments.only_matching else "--count", "--with-filename"]
    return options + _lines(arguments)


def _lines(arguments: GrepInput) -> list[str]:
    options = ["--with-filename", "--no-heading", "--line-number", "--max-columns=2000", "--max-columns-preview"]
    options += ["--only-matching"] if arguments.only_matching else []
    for flag, lines in (("before", arguments.before), ("after", arguments.after), ("context", arguments.context)):
        option = "--context" if flag == "context" else f"--{flag}-context"
        options += [] if lines is None else [f"{option}={lines}"]
    return options


def _globs(given: str | None) -> list[str]:
    """The globs of a list, parted by commas or blanks outside braces, and the whole of it, for names with blanks."""
    globs, depth, current = [], 0, ""
    for sign in given or "":
        depth += (sign == "{") - (sign == "}")
        if sign in ", " and depth <= 0:
            globs.append(current)
            current = ""
        else:
            current += sign
    found = [each for each in (*globs, current) if each]
    whole = [given] if given and len(found) > 1 and "," not in given and not given.startswith("!") else []
    return [*found, *whole]


def _below(glob: str, folder: Path) -> str:
    """A glob as rg reads it, from the folder on: `./` and the folder's own path would match nothing."""
    sign, bare = ("!", glob[1:]) if glob.startswith("!") else ("", glob)
    start = f"{str(folder).rstrip('/')}/"
    return sign + (f"/{bare.removeprefix(start)}" if bare.startswith(start) else bare.removeprefix("./"))


def _target(arguments: GrepInput, session: Session) -> Path:
    return resolve(arguments.path, cwd=session.cwd, roots=session.roots) if arguments.path else session.cwd


def _told(arguments: GrepInput, shown: Page, ended: ripgrep.Ended) -> ToolResult:
    truncated = shown.more or ended.stopped is not None
    following = arguments.offset + shown.counted
    nothing = f"No more matches: there are {shown.passed}, and offset is {arguments.offset}"
    structured: dict[str, Any] = {
        "mode": arguments.output_mode, "files": [place.shown(path) for path in shown.files],
        "matches": sum(entry.matches for entry in shown.entries), "total": None if truncated else following,
        "truncated": truncated, "offset": arguments.offset,
    }  # fmt: skip
    remarks = []
    if arguments.output_mode == "count" and len(shown.entries) > 1:
        what = "matches" if arguments.only_matching else "matching lines"
        remarks.append(f"{structured['matches']} {what} in {len(shown.entries)} files")
    if shown.more:
        remarks.append(
            f"{shown.counted} shown, there are more: use a narrower search, or go on with offset {following}"
        )
    if ended.stopped == "time":
        remarks.append(f"stopped after {ripgrep.SECONDS:.0f} s, so there may be more: name a folder in `path`")
    if ended.stopped == "enough":
        remarks.append("stopped, because far too much matches: use a narrower pattern, `glob` or `path`")
    if ended.unreadable:
        remarks.append("some files could not be read")
    lines = [entry.line for entry in shown.entries] or [nothing if shown.passed else "No matches found"]
    return ToolResult.of_text("\n".join([*lines, *(f"({each})" for each in remarks)]), structured=structured)
