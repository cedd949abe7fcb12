"""What a rule that restricts means: `Bash(rm -rf *)` is about `rm -fr x`, `rm x -r -f`, `/bin/rm --force -R x`, too.

For deny and ask rules only, beside their text: the program counts without its folder and version, options in any
order, place and spelling, names of files in any spelling. Options beyond those of the rule change nothing, unless the
rule has neither options nor `*`. Refuses to widen what is allowed: an allow rule is its text.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final

from pipeline_project.security.commands.git import quiet_form
from pipeline_project.security.commands.script import HOLE, Command, Word
from pipeline_project.security.commands.spellings import Operand, Option, Part, key_of, parts

_VERSIONED: Final = frozenset({"python", "pypy", "pip", "perl", "ruby", "node", "lua", "php"})
_MOST_DOUBTS: Final = 4
_MOST_WORDS_OF_A_RULE: Final = 100
Fits = Callable[[str, str], bool]


@dataclass(frozen=True)
class _Reading:
    """One way to read a pattern: the options it names, each perhaps with a value, and its operands in order."""

    options: tuple[tuple[str, str | None], ...]
    operands: tuple[str, ...]


@dataclass(frozen=True)
class Meaning:
    """A pattern's program and its readings. `key`: where its options are listed; `starred`: whether it has a `*`."""

    program: str
    key: str
    readings: tuple[_Reading, ...]
    starred: bool

    def fits(self, command: Command, same: Fits, *, guess: bool) -> bool:
        """Whether a command is one the pattern means. `same(pattern, text)` compares words.

        `guess`: whether it could be, with what is known only when it runs.
        """
        if command.name is None or not _same_program(self.program, command):
            return False
        found = parts(self.program, self.key, tuple(word.text for word in _arguments(command, guess=guess)))
        return any(self._reads(reading, found, same, guess=guess) for reading in self.readings)

    def _reads(self, reading: _Reading, found: tuple[Part, ...], same: Fits, *, guess: bool) -> bool:
        options = [part for part in found if isinstance(part, Option)]
        operands = [part for part in found if isinstance(part, Operand)]
        if not reading.options and not self.starred and options:
            return False
        unknown = guess and any(part.text.startswith(HOLE) for part in operands)
        missing = [each for each in reading.options if not any(_given(each, one, same, guess=guess) for one in options)]
        if missing and not unknown:
            return False
        return _in_order(reading.operands, operands, same, guess=guess)


def meaning_of(pattern: str, *, more: bool) -> Meaning | None:
    """The meaning of a rule's pattern; `more`: whatever may follow. None where only its text can be compared."""
    program, *words = pattern.split() or [""]
    if not program or "*" in program or "=" in program or len(words) > _MOST_WORDS_OF_A_RULE:
        return None
    if more and (not words or words[-1] != "*"):
        words.append("*")
    # `-rf*`: those and whatever else
    starred = any("*" in word for word in words)
    words = [word.rstrip("*") if re.fullmatch(r"-[\w-]+\*+", word) else word for word in words]
    plain = tuple(word for word in words if not word.startswith("-") and word != "*")
    bare = program.rpartition("/")[2] if _is_system(program) else program
    key = key_of(bare, plain)
    readings = _readings(parts(bare, key, tuple(words)))
    return Meaning(bare, key, readings, starred) if readings else None


def _readings(found: tuple[Part, ...]) -> tuple[_Reading, ...]:
    """Each doubtful word once as the value of the option before it and once as an operand."""
    doubts = [at for at, part in enumerate(found) if isinstance(part, Operand) and part.doubtful and part.text != "*"]
    if len(doubts) > _MOST_DOUBTS:
        return ()
    readings = []
    for choice in product((False, True), repeat=len(doubts)):
        values = {at for at, is_value in zip(doubts, choice, strict=True) if is_value}
        options = tuple(
            (part.name, found[at + 1].text if at + 1 in values else part.attached)  # pyright: ignore[reportAttributeAccessIssue] - an operand
            for at, part in enumerate(found)
            if isinstance(part, Option)
        )
        operands = tuple(part.text for at, part in enumerate(found) if isinstance(part, Operand) and at not in values)
        readings.append(_Reading(options, operands))
    return tuple(readings)


def _is_system(program: str) -> bool:
    return re.fullmatch(r"(/usr(/local)?)?/s?bin/[^/]+", program) is not None


def _same_program(program: str, command: Command) -> bool:
    if "/" in program:
        return posixpath.normpath(program) == posixpath.normpath(command.words[0].text)
    name = command.name or ""
    return name == program or (
        program.rstrip("0123456789.") in _VERSIONED and re.fullmatch(rf"{re.escape(program)}[0-9.]+", name) is not None
    )


def _arguments(command: Command, *, guess: bool) -> tuple[Word, ...]:
    if command.name == "git":
        # a folder or a setting before the subcommand changes nothing about what is meant
        return quiet_form(command.arguments, trusting=False) or command.arguments
    if not guess:
        return command.arguments
    # a file name pattern is a name, whatever stands at its beginning
    return tuple(Word(f"./{word.text}") if word.glob and word.text.startswith(HOLE) else word
                 for word in command.arguments)  # fmt: skip


def _given(wanted: tuple[str, str | None], option: Option, same: Fits, *, guess: bool) -> bool:
    name, value = wanted
    shortened = guess and len(option.name) > 1 and option.name[0] != "-" and name.startswith(option.name)
    if option.name != name and not shortened:
        return False
    texts = [text for text in (option.attached, option.following) if text is not None]
    return value is None or any(_alike(value, text, same) for text in texts)


def _alike(pattern: str, text: str, same: Fits) -> bool:
    return same(pattern, text) or any(same(pattern, each) for each in _file_names(text))


def _file_names(text: str) -> tuple[str, ...]:
    """The plainest spelling of a file's name, where a text may be one."""
    if "/" not in text or "://" in text or HOLE in text:
        return ()
    return (posixpath.normpath(re.sub(r"/+", "/", text)),)


def _in_order(wanted: tuple[str, ...], operands: list[Operand], same: Fits, *, guess: bool) -> bool:
    """Whether the operands are those of the pattern, `*` any number of them; doubtful ones may be values instead."""
    places = _free({0}, wanted)
    for operand in operands:
        following = {at for at in places if operand.doubtful or (at < len(wanted) and wanted[at] == "*")}
        if guess and operand.text.startswith(HOLE):
            # it may be no word, or several
            following |= set(range(min(places), len(wanted) + 1)) if places else set()
        following |= {
            at + 1 for at in places if at < len(wanted) and wanted[at] != "*" and _alike(wanted[at], operand.text, same)
        }
        places = _free(following, wanted)
    return len(wanted) in places


def _free(places: set[int], wanted: tuple[str, ...]) -> set[int]:
    """The places, and those behind a `*` that stands for nothing."""
    found = set(places)
    for at in places:
        while at < len(wanted) and wanted[at] == "*":
            at += 1
            found.add(at)
    return found
