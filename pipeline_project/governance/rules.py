"""One rule: `Tool`, `Tool(pattern)` or `*`, and what it fits.

Patterns are read by what the action touches: file names as gitignore reads them, commands word by word, addresses by
host, anything else literally with `*`. A rule that allows is its text. A rule that denies or asks holds for what it
means: `Bash(rm -rf *)` for `/bin/rm x --force -R` as well (options in any spelling, order and place, the program
without folder and version, files in any spelling), an address however its path is encoded, over http as over https.
Refuses patterns that would quietly fit nothing: braces, `!`, a pipe between commands, an address without a host.
"""

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Action

Verdict = Literal["allow", "ask", "deny"]

_RULE: Final = re.compile(r"(?P<tool>\*|[A-Za-z_][\w.:*\-]*)(?:\((?P<pattern>.+)\))?", re.DOTALL)
_FILES: Final = frozenset({"Read", "Edit", "Write", "MultiEdit", "LS", "Glob", "Grep", "NotebookRead", "NotebookEdit"})
_ADDRESSES: Final = frozenset({"WebFetch", "api_call"})
_COMMANDS: Final = frozenset({"Bash"})
_BETWEEN_COMMANDS: Final = frozenset(
    {"|", "||", "&&", "&", "|&", ">", ">>", ">|", "&>", "<", "<<", "2>", "2>>", "2>&1"}
)
_PORTS: Final = {"http": 80, "https": 443}
_MOST_DECODINGS: Final = 3


@dataclass(frozen=True)
class Rule:
    """`pattern` is None where a rule covers everything its tool does."""

    source: str
    tool: str
    pattern: str | None = None

    def covers(self, action: Action) -> bool:
        """Whether it speaks of this action: by name, or as Read of all that reads files, Edit of all that writes."""
        if (self.tool == "Read" and action.reads) or (self.tool == "Edit" and action.writes):
            return True
        return self.tool == "*" or self._tool.fullmatch(action.name) is not None

    def fits_path(self, path: Path, roots: Iterable[Path]) -> bool:
        """Whether the file or folder is one the pattern names, or lies below one; `path` is absolute."""
        if self.pattern is None:
            return True
        text = str(path)
        if self.pattern.startswith(("//", "~/")):
            return self._path.fullmatch(text[1:]) is not None
        return any(self._path.fullmatch(inner) for inner in map(partial(below, text), roots) if inner is not None)

    def fits_url(self, url: str, *, restricting: bool = False) -> bool:
        """Whether the address is at the pattern's host, and below its path where it has one.

        Servers read a path such as `/api/%2e%2e/admin` differently: a rule that allows has to fit every reading of it.
        `restricting`: for a rule that does not, one reading is enough, and http is as good as https.
        """
        if self.pattern is None:
            return True
        parts = address(url)
        host = host_of(parts)
        if self.pattern.startswith("domain:"):
            named = _ascii(self.pattern.removeprefix("domain:").strip().lower().rstrip("."))
            if named == "*":
                return True
            bare = named.removeprefix("*.")
            return host.endswith(f".{bare}") or (host == bare and named == bare)
        wanted = urlsplit(self.pattern)
        if host != host_of(wanted) or not _same_service(parts, wanted, restricting=restricting):
            return False
        fits = [_fits_path(pattern, there) for pattern, there in zip(_readings(wanted), _readings(parts), strict=True)]
        return any(fits) if restricting else all(fits)

    def fits_name(self, name: str) -> bool:
        """Whether the name is the pattern's, where `*` stands for any text."""
        return self.pattern is None or _with_stars(self.pattern).fullmatch(name) is not None

    @cached_property
    def _tool(self) -> re.Pattern[str]:
        return _with_stars(self.tool)

    @cached_property
    def _path(self) -> re.Pattern[str]:
        pattern = self.pattern or ""
        if pattern.startswith("~/"):
            pattern = "/" + str(Path(pattern).expanduser())
        return path_pattern(pattern)


def below(path: str, root: Path) -> str | None:
    """What follows the root in a path (`.` for the root itself), or None; on text, as a search asks for every file."""
    start = str(root)
    if path == start:
        return "."
    start = start if start.endswith("/") else f"{start}/"
    return path[len(start) :] if path.startswith(start) else None


@lru_cache(maxsize=4096)
def parse_rule(source: str) -> Rule:
    """The rule of a text. Raises InvalidInput saying what is wrong with it."""
    match = _RULE.fullmatch(source.strip())
    if match is None:
        remedy = "Write Tool, Tool(pattern) or *, for example Bash(git *) or Read(src/**)."
        raise InvalidInput(f"{source!r} is no rule", remedy=remedy)
    tool, pattern = match["tool"], match["pattern"]
    if pattern is not None:
        pattern = pattern.strip()
        if not pattern:
            raise InvalidInput(f"{source!r} has an empty pattern", remedy=f"Write {tool} for everything it does.")
        if tool in _FILES:
            _check_path(source, pattern)
        elif tool in _ADDRESSES:
            _check_address(source, pattern)
        elif tool in _COMMANDS:
            _check_command(source, pattern)
    return Rule(source.strip(), tool, None if pattern in ("*", "**") and tool not in _FILES else pattern)


def _check_path(source: str, pattern: str) -> None:
    if pattern.startswith("!"):
        raise InvalidInput(f"{source!r}: a rule cannot be turned round with !", remedy="Use allow and deny.")
    if re.search(r"\{[^}]*,[^}]*\}", pattern):
        raise InvalidInput(f"{source!r}: braces are not expanded", remedy="Write one rule for each of them.")
    if ".." in pattern.split("/"):
        raise InvalidInput(f"{source!r}: .. fits no real path", remedy="Begin with // for a path outside.")


def _check_address(source: str, pattern: str) -> None:
    """Refuse what is no host and no URL: it would fit no address."""
    if pattern == "*":
        return
    kind, _, rest = pattern.partition(":")
    if kind == "domain":
        bare = rest.strip().rstrip(".").removeprefix("*.")
        fits = bare == "*" or re.fullmatch(r"[^\s/:*?#@]+|\[[0-9A-Fa-f:.]+\]", bare)
    else:
        fits = re.match(r"https?://(?:[^\s/:*?#@\[\]]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?]|$)", pattern)
    if not fits:
        remedy = "Write domain:example.com, domain:*.example.com or https://example.com/path."
        raise InvalidInput(f"{source!r} fits no address", remedy=remedy)


def _check_command(source: str, pattern: str) -> None:
    """Refuse what stands between commands: each is looked at by itself, so that such a rule would fit none."""
    found = [word for word in pattern.split() if word in _BETWEEN_COMMANDS or (word.endswith(";") and len(word) > 1)]
    if found:
        remedy = "Write one rule for each command; one for Edit says which files may be written."
        raise InvalidInput(f"{source!r} fits no command: {found[0]!r} is no part of one", remedy=remedy)


@lru_cache(maxsize=4096)
def path_pattern(pattern: str) -> re.Pattern[str]:
    """gitignore's reading of a pattern (git-scm.com/docs/gitignore), over paths without a slash in front.

    Without a slash inside it fits at any depth; what fits a folder fits all below it. `x/**` fits `x` as well.
    """
    inner = pattern.strip("/")
    anchored = pattern.startswith("/") or "/" in inner
    names = [name for name in inner.removeprefix("./").split("/") if name not in ("", ".")]
    parts = [] if anchored else ["(?:.*/)?"]
    for index, name in enumerate(names):
        last = index == len(names) - 1
        if name == "**":
            parts.append("" if last else "(?:.*/)?")
        else:
            follows = "" if last or names[index + 1 :] == ["**"] else "/"
            parts.append(_name_pattern(name) + follows)
    if set(names) <= {"**"} or names == ["*"]:
        return re.compile(".*", re.DOTALL)
    return re.compile("".join(parts) + "(?:/.*)?", re.DOTALL)


def _name_pattern(name: str) -> str:
    parts, index = [], 0
    while index < len(name):
        sign = name[index]
        closing = name.find("]", index + 2) if sign == "[" else -1
        if sign == "*":
            parts.append("[^/]*")
        elif sign == "?":
            parts.append("[^/]")
        elif closing > 0:
            inside = name[index + 1 : closing]
            negated = inside[0] in "!^"
            body = re.sub(r"([\\\[\]&~|^])", r"\\\1", inside[1:] if negated else inside)
            parts.append(f"(?!/)[{'^' if negated else ''}{body}]")
            index = closing
        elif sign == "\\" and index + 1 < len(name):
            index += 1
            parts.append(re.escape(name[index]))
        else:
            parts.append(re.escape(sign))
        index += 1
    return "".join(parts)


@lru_cache(maxsize=4096)
def _with_stars(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def address(url: str) -> SplitResult:
    """The parts of a URL. Raises InvalidInput for one that readers of URLs understand differently."""
    if re.search(r"[\\\s\x00-\x20\x7f]", url):
        raise InvalidInput("the address holds a blank, a backslash or a control character", where="url")
    try:
        parts = urlsplit(url)
        _port(parts)
    except ValueError as error:
        raise InvalidInput(f"the address cannot be read: {error}", where="url") from error
    if not parts.hostname:
        raise InvalidInput("the address names no host", where="url")
    return parts


def host_of(parts: SplitResult) -> str:
    """The host in lower case, international names in their ASCII form."""
    return _ascii((parts.hostname or "").rstrip(".").lower())


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return host


def _same_service(here: SplitResult, wanted: SplitResult, *, restricting: bool) -> bool:
    """Whether scheme and port are the pattern's; `restricting`: http and https on their usual ports are one service."""
    schemes = {here.scheme.lower(), wanted.scheme.lower()}
    if restricting and schemes == {"http", "https"}:
        return all(_port(each) == _PORTS[each.scheme.lower()] for each in (here, wanted))
    return len(schemes) == 1 and _port(here) == _port(wanted)


def _readings(parts: SplitResult) -> tuple[str, str]:
    """Path and query as they are written, and as a server may read them: decoded, `..` followed, no empty names."""
    query = f"?{parts.query}" if parts.query else ""
    path = parts.path
    for _ in range(_MOST_DECODINGS):
        path = unquote(path)
    names = [name.partition(";")[0] for name in path.replace("\\", "/").split("/")]
    plain = posixpath.normpath("/" + "/".join(name for name in names if name)) if parts.path else ""
    closing = "/" if parts.path.endswith("/") and plain != "/" else ""
    return parts.path + query, plain + closing + query


def _fits_path(pattern: str, there: str) -> bool:
    if not there.startswith("/"):
        there = f"/{there}"
    if "*" in pattern:
        return _with_stars(pattern).fullmatch(there) is not None
    stem = pattern.rstrip("/")
    return not pattern or there == pattern or there.startswith((f"{stem}/", f"{stem}?"))


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme.lower())
