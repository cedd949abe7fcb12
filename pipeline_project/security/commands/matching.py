"""Rules about commands (`Bash(git *)`, `Bash(npm run test:*)`, `Bash`) and whether a command line fits them.

A `*` stands for any text. A command with holes *surely* fits when it does whatever the holes become, and *perhaps*
when it could: an allow rule needs the first, a deny rule is stirred by the second. Rules that restrict are also held
against what a command means (see meaning.py), however its options are spelled and ordered; allow rules never are.
"""

import re
import shlex
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pipeline_project.security.commands.git import quiet_form
from pipeline_project.security.commands.meaning import Meaning, meaning_of
from pipeline_project.security.commands.script import HOLE, Command

_RULE = re.compile(r"(?P<tool>[^()]+?)\s*(?:\((?P<pattern>.*)\))?\s*", re.DOTALL)
_SYSTEM: Final = frozenset(
    {"/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"}
)


@dataclass(frozen=True)
class CommandRule:
    """One rule: `patterns` are the ways it can be fitted, none means every command."""

    source: str
    patterns: tuple[str, ...]
    meaning: Meaning | None = None

    @property
    def everything(self) -> bool:
        """Whether it covers all commands."""
        return not self.patterns or "*" in self.patterns

    def surely(self, texts: tuple[str, ...]) -> bool:
        """Whether one of a command's spellings fits whatever its holes become."""
        return self.everything or any(_compiled(pattern).fullmatch(text) for pattern in self.patterns for text in texts)

    def perhaps(self, texts: tuple[str, ...]) -> bool:
        """Whether one of a command's spellings fits or may fit."""
        return self.everything or any(overlap(pattern, text) for pattern in self.patterns for text in texts)

    def means(self, command: Command) -> bool:
        """Whether a command does what the rule speaks of, in whatever spelling."""
        return self.meaning is not None and self.meaning.fits(command, _fits, guess=False)

    def may_mean(self, command: Command) -> bool:
        """Whether it could, with what is known only when it runs."""
        return self.meaning is not None and self.meaning.fits(command, overlap, guess=True)


@lru_cache(maxsize=4096)
def rule_of(source: str, tool: str = "Bash") -> CommandRule | None:
    """The rule of a text, or None when it is about another tool."""
    match = _RULE.fullmatch(source.strip())
    if match is None or match["tool"] not in (tool, "*"):
        return None
    pattern = match["pattern"]
    if pattern is None or pattern.strip() in ("", "*", ":*", "**"):
        return CommandRule(source, ())
    pattern = _unquoted(" ".join(pattern.split()))
    if pattern.endswith(":*"):
        stem = pattern[:-2]
        return CommandRule(source, (stem, f"{stem} *", f"{stem}:*"), meaning_of(stem, more=True))
    if pattern.endswith(" *"):
        return CommandRule(source, (pattern[:-2], pattern), meaning_of(pattern, more=False))
    return CommandRule(source, (pattern,), meaning_of(pattern, more=False))


def _unquoted(pattern: str) -> str:
    """The pattern without the quotes that a shell would take away: it is held against words, which have none."""
    if not re.search(r"['\"]", pattern):
        return pattern
    try:
        return " ".join(shlex.split(pattern))
    except ValueError:  # a lone quote is meant as it stands
        return pattern


def spellings(command: Command, *, trusting: bool) -> tuple[str, ...]:
    """The texts rules are held against: words joined by blanks, also with the program's bare name, also without the
    options git takes before its subcommand.

    `trusting`: for an allow rule a path counts as the bare name only in the system's own folders.
    """
    words = [" ".join(word.text.split()) if word.text.strip() else word.text for word in command.words]
    if not words:
        return ()
    texts = [" ".join(words)]
    folder, slash, name = words[0].rpartition("/")
    known = not slash or folder in _SYSTEM or not trusting
    if slash and name and known:
        texts.append(" ".join([name, *words[1:]]))
    if name == "git" and known:
        rest = quiet_form(command.arguments, trusting=trusting)
        if rest is not None:
            texts.append(" ".join([name, *(" ".join(word.text.split()) for word in rest)]))
    return tuple(dict.fromkeys(texts))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _fits(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


def overlap(pattern: str, text: str) -> bool:
    """Whether pattern and text, both with gaps that stand for anything, have a text in common."""
    if HOLE not in text:
        return _compiled(pattern).fullmatch(text) is not None
    reached = {0}
    for sign in pattern:
        reached = _behind_holes(reached, text)
        if sign == "*":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            reached = {
                at if text[at] == HOLE else at + 1 for at in reached if at < len(text) and text[at] in (sign, HOLE)
            }
    return len(text) in _behind_holes(reached, text)


def _behind_holes(reached: set[int], text: str) -> set[int]:
    """The positions, and those behind holes that stand for nothing more."""
    found = set(reached)
    for at in reached:
        while at < len(text) and text[at] == HOLE:
            at += 1
            found.add(at)
    return found
