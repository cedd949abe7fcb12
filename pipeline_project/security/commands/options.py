"""Options of a command, read as getopt does: bundled letters, values attached or in the next word.

Refuses to guess: an option that is not known, or a word that could be one, makes the command unclear.
"""

from dataclasses import dataclass

from pipeline_project.security.commands.script import HOLE, Word


@dataclass(frozen=True)
class Options:
    """Which options a program has. `short`: letters, followed by `:` where a value follows, `::` where one may be
    attached; `long`: names without dashes, with `=` where a value follows and `[=` where one may be attached.
    """

    short: str = ""
    long: str = ""

    def read(self, words: tuple[Word, ...]) -> "Read":
        """The options in front of the first operand."""
        found: list[tuple[str, Word]] = []
        unknown: str | None = None
        index = 0
        while index < len(words):
            text = words[index].text
            if text.startswith(HOLE):
                unknown = unknown or str(words[index])
                break
            if not text.startswith("-") or text == "-":
                break
            index += 1
            if text == "--":
                break
            reader = self._long if text.startswith("--") else self._short
            taken, strange = reader(text, words[index] if index < len(words) else None, found)
            unknown = unknown or strange
            index += taken
        return Read(tuple(found), words[index:], unknown)

    def read_anywhere(self, words: tuple[Word, ...]) -> "Read":
        """The options wherever they stand before `--`, as GNU programs take them."""
        found, operands, unknown = [], [], None
        rest = words
        while rest:
            read = self.read(rest)
            found += read.found
            unknown = unknown or read.unknown
            ended = len(rest) > len(read.operands) and rest[len(rest) - len(read.operands) - 1].text == "--"
            if ended or read.unknown is not None:
                return Read(tuple(found), (*operands, *read.operands), unknown)
            plain = (at for at, word in enumerate(read.operands) if at and word.text[:1] in ("-", HOLE))
            following = next(plain, len(read.operands))
            operands += read.operands[:following]
            rest = read.operands[following:]
        return Read(tuple(found), tuple(operands), unknown)

    def _long(self, text: str, following: Word | None, found: list[tuple[str, Word]]) -> tuple[int, str | None]:
        name, equals, value = text[2:].partition("=")
        names = {each.rstrip("=").rstrip("["): each for each in self.long.split()}
        matching = [name] if name in names else [each for each in names if each.startswith(name)]
        if len(matching) != 1 or HOLE in name:
            return 0, text
        found_as = matching[0]
        if equals or not names[found_as].endswith("=") or names[found_as].endswith("[="):
            found.append((f"--{found_as}", Word(value)))
            return 0, None
        found.append((f"--{found_as}", following or Word("")))
        return 1, None

    def _short(self, text: str, following: Word | None, found: list[tuple[str, Word]]) -> tuple[int, str | None]:
        for at in range(1, len(text)):
            letter = text[at]
            place = self.short.find(letter)
            if place < 0 or letter == ":":
                return 0, text
            if self.short[place + 1 : place + 2] != ":":
                found.append((f"-{letter}", Word("")))
                continue
            rest = text[at + 1 :]
            if rest or self.short[place + 1 : place + 3] == "::":
                found.append((f"-{letter}", Word(rest)))
                return 0, None
            found.append((f"-{letter}", following or Word("")))
            return 1, None
        return 0, None


@dataclass(frozen=True)
class Read:
    """`unknown`: the first word that may be an option and is not known; what follows it is uncertain."""

    found: tuple[tuple[str, Word], ...]
    operands: tuple[Word, ...]
    unknown: str | None

    def has(self, *names: str) -> bool:
        """Whether one of these options is there."""
        return any(name in names for name, _ in self.found)

    def values(self, *names: str) -> tuple[Word, ...]:
        """The values of these options."""
        return tuple(value for name, value in self.found if name in names)

    def doubts(self, program: str | None) -> tuple[str, ...]:
        """The sentence about an unknown option, if there is one."""
        return (
            ()
            if self.unknown is None
            else (f"what {program} does with {self.unknown.replace(HOLE, '…')} is not known",)
        )
