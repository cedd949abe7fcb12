"""What rules say to everything one action touches: files, a command line and the files it names, an address, a name.

One finding for each; who decides puts them together. Refuses to overlook a name that is only known when a command runs:
where a rule could be about it, it is asked.
"""

import glob
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import Final

from pipeline_project.errors import InvalidInput
from pipeline_project.governance.actions import Action, Complexity, Resource
from pipeline_project.governance.policy import Policy
from pipeline_project.governance.rules import Rule, Verdict, address, below
from pipeline_project.security import commands
from pipeline_project.security.commands import HOLE, Word
from pipeline_project.security.paths import is_sensitive

_READ: Final = Action("Read", Complexity.READ, reads=True)
_EDIT: Final = Action("Edit", Complexity.CHANGE, writes=True)
_SAYS: Final[dict[Verdict, str]] = {"deny": "denies", "ask": "asks a person about", "allow": "allows"}
_MOST_NAMES: Final = 1_000
_MOST_FOLDERS: Final = 16
_MOST_RULES: Final = 5


@dataclass(frozen=True)
class Finding:
    """What the rules say to one thing an action touches; `rule` None: nothing. `what`: the thing, for a sentence."""

    verdict: Verdict
    rule: str | None
    reason: str
    what: str
    would_allow: str | None = None
    """The rule that would allow it, where none covers it."""


def findings(actor: str, action: Action, resource: Resource, rules: Policy) -> Iterator[Finding]:
    """One for each thing the action touches, the action itself first."""
    match resource.kind:
        case "path":
            for path in resource.paths or (_real(Path("/"), resource.value),):
                yield _on_path(actor, action, path, resource.roots, rules)
        case "command":
            yield from _on_command(actor, action, resource, rules)
        case "url":
            yield _on_url(action, resource.value, rules)
        case "name":
            yield _first(rules, action, lambda rule, _: rule.fits_name(resource.value), resource.value)


def relative(path: Path, roots: tuple[Path, ...]) -> str:
    """The path as a person of the workspace would write it."""
    text = str(path)
    return next((inner for root in roots if (inner := below(text, root)) is not None), text)


def _first(rules: Policy, action: Action, fits: Callable[[Rule, Verdict], bool], what: str) -> Finding:
    for verdict in ("deny", "ask", "allow"):
        for rule in rules.rules[verdict]:
            if rule.covers(action) and fits(rule, verdict):
                return Finding(verdict, rule.source, f"{rule.source} {_SAYS[verdict]} {action.name} on {what}", what)
    return Finding("ask", None, f"no rule covers {action.name} on {what}", what)


def _on_path(actor: str, action: Action, path: Path, roots: tuple[Path, ...], rules: Policy) -> Finding:
    shown = relative(path, roots)
    found = _first(rules, action, lambda rule, _: rule.fits_path(path, roots), shown)
    sensitive = is_sensitive(PurePath(shown))
    if sensitive is None or actor.startswith("user:") or (found.rule and found.verdict != "allow"):
        return found
    if any(_names(rule, action, path, roots) for rule in rules.rules["allow"]):
        return found
    return Finding("ask", "sensitive-file", f"{shown} is {sensitive}, which is asked about", shown)


def _names(rule: Rule, action: Action, path: Path, roots: tuple[Path, ...]) -> bool:
    """Whether an allow rule means this file although it is sensitive: `*`, or a pattern that is as telling."""
    if rule.source == "*":
        return True
    if rule.pattern is None or not rule.covers(action) or not rule.fits_path(path, roots):
        return False
    return any(is_sensitive(PurePath(text)) for text in (rule.pattern, rule.pattern.rstrip("*/")) if text)


def _on_url(action: Action, url: str, rules: Policy) -> Finding:
    try:
        address(url)
    except InvalidInput as error:
        return Finding("ask", "unclear-address", str(error), url)
    return _first(rules, action, lambda rule, verdict: rule.fits_url(url, restricting=verdict != "allow"), url)


def _on_command(actor: str, action: Action, resource: Resource, rules: Policy) -> Iterator[Finding]:
    script = commands.parse(resource.value)
    texts = {verdict: [rule.source for rule in own] for verdict, own in rules.rules.items()}
    judged = commands.judge_script(script, allow=texts["allow"], ask=texts["ask"], deny=texts["deny"], tool=action.name)
    ruled = any(texts.values())
    would = _enough(action, judged.uncovered)
    yield Finding(judged.verdict, judged.rule if ruled else None, judged.reason, f"`{resource.value}`", would)
    named = commands.touched(script)
    trusted = any(rule.pattern is None and rule.covers(action) for rule in rules.rules["allow"])
    places = _Places(resource, named.folders)
    for word in dict.fromkeys((*named.read, *named.mentioned)):
        only_existing = word not in named.read
        yield from _restricted(places.of(word, only_existing=only_existing), _READ, actor, resource.roots, rules)
        if not only_existing:
            yield from _perhaps(word, places, _READ, rules)
    for word in named.written:
        found = list(_on_written(actor, word, places, resource.roots, rules))
        yield from (each for each in found if each.rule and each.verdict != "allow")
        yield from _perhaps(word, places, _EDIT, rules)
        if word in named.redirected and ruled and not trusted:
            yield from (each for each in found if each.rule is None)


def _enough(action: Action, uncovered: tuple[str, ...]) -> str | None:
    """The rules that would allow commands which none covers."""
    shown = [f"{action.name}({text})" for text in uncovered[:_MOST_RULES] if text.strip()]
    more = [] if len(uncovered) <= _MOST_RULES else [f"{len(uncovered) - _MOST_RULES} more"]
    return ", ".join([*shown, *more]) or None


def _on_written(actor: str, word: Word, places: "_Places", roots: tuple[Path, ...], rules: Policy) -> Iterator[Finding]:
    for path in places.of(word):
        found = _on_path(actor, _EDIT, path, roots, rules)
        shown = relative(path, roots)
        text = f"/{shown}" if shown.startswith("/") else shown
        yield Finding(found.verdict, found.rule, found.reason, found.what, f"Edit({text})") if not found.rule else found


def _restricted(
    paths: Iterator[Path], action: Action, actor: str, roots: tuple[Path, ...], rules: Policy
) -> Iterator[Finding]:
    """What denies or asks: a rule about the command has already allowed it to read."""
    for path in paths:
        found = _on_path(actor, action, path, roots, rules)
        if found.rule and found.verdict != "allow":
            yield found


def _perhaps(word: Word, places: "_Places", action: Action, rules: Policy) -> Iterator[Finding]:
    """That a rule may be about a name which only the running shell knows."""
    text = f"{HOLE}/{word.text}" if places.unknown and not word.text.startswith("/") else word.text
    if HOLE not in text or (word.glob and not places.unknown):
        return
    for verdict in ("deny", "ask"):
        for rule in rules.rules[verdict]:
            if rule.pattern is not None and rule.tool != "*" and rule.covers(action):
                coarse = re.sub(r"\[[^\]]*\]|\?|\*+", "*", rule.pattern.strip("/"))
                if commands.overlap(f"*{coarse}*", text):
                    reason = f"{rule.source} may be about {word}, which is known only when it runs"
                    yield Finding("ask", "unclear-path", reason, str(word))


class _Places:
    """Where the names of a command line may lead: from the folder it begins in, and from those it goes to."""

    def __init__(self, resource: Resource, folders: tuple[Word, ...]) -> None:
        start = next(iter((*resource.paths, *resource.roots)), Path("/"))
        self.unknown = any(not word.literal or word.text in ("-", "~") or word.text[:1] in "+~" for word in folders)
        self._bases = [start]
        for word in folders:
            if word.literal and len(self._bases) < _MOST_FOLDERS:
                self._bases += [_real(base, word.text) for base in self._bases]

    def of(self, word: Word, *, only_existing: bool = False) -> Iterator[Path]:
        """The real paths a word may name; none for one that is not known."""
        if word.literal:
            for base in dict.fromkeys(self._bases):
                path = _real(base, word.text)
                if not only_existing or os.path.lexists(path):
                    yield path
        elif word.glob:
            pattern = word.text.replace(HOLE, "*")
            for base in dict.fromkeys(self._bases):
                # the pattern of a bracket was widened, so this finds at least what the shell will
                names = glob.iglob(pattern, root_dir=base)  # noqa: PTH207 - hidden files are left out, as by a shell
                for name in islice(names, _MOST_NAMES):
                    yield _real(base, name)


def _real(base: Path, text: str) -> Path:
    """The real path of a text that may be anything, without failing."""
    # os.path: Path.expanduser raises for a user that does not exist, and a shell leaves the text as it is
    expanded = os.path.expanduser(text) if text.startswith("~") else text  # noqa: PTH111 - as said above
    return Path(os.path.realpath(base / expanded.replace("\0", "")))
