"""A parsed command line as values: simple commands, their words, assignments and redirections."""

from dataclasses import dataclass
from typing import Final

HOLE: Final = "\0"
"""Stands in a word for what only the running shell knows: any text, also none, also several words."""


@dataclass(frozen=True)
class Word:
    """One word after quotes are removed; each part that is not known before it runs is a HOLE."""

    text: str
    glob: bool = False
    """Whether every hole is a file name pattern, so that the word can only become names of files."""

    @property
    def literal(self) -> bool:
        """Whether the whole word is known."""
        return HOLE not in self.text

    def __str__(self) -> str:
        return self.text.replace(HOLE, "…")


@dataclass(frozen=True)
class Assignment:
    """`NAME=value` in front of a command or alone."""

    name: str
    value: Word


@dataclass(frozen=True)
class Redirection:
    """`operator` as written (`>`, `2>&1` is `>&`, `<<`, `<<<`); `target`: the file, or the text of a here document."""

    operator: str
    target: Word
    code: bool = False
    """Of a here document: whether its text is literal, so that a shell that reads it runs exactly this."""

    @property
    def writes(self) -> bool:
        """Whether it may create or change what its target names."""
        if self.operator == ">&":  # a digit or - copies a descriptor; anything else is a file
            return not self.target.text.rstrip("-").isdigit() and self.target.text != "-"
        return self.operator in (">", ">>", ">|", "&>", "&>>", "<>")

    @property
    def reads(self) -> bool:
        """Whether it opens a file to read."""
        return self.operator in ("<", "<>")


@dataclass(frozen=True)
class Command:
    """One simple command.

    `around`: names of the commands that would run this one, outermost first. `wrapper`: it does nothing but run
    commands that are also in the script. `covered`: it is started by a program whose own rule covers it (`uv run`), so
    that only deny and ask rules are held against it. `function`: it calls a function the script defined before.
    `opaque`: code in another language that it runs.
    """

    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    around: tuple[str, ...] = ()
    wrapper: bool = False
    covered: bool = False
    function: bool = False
    opaque: str | None = None

    @property
    def name(self) -> str | None:
        """The program without its folder; None while it is not known."""
        if not self.words or not self.words[0].literal:
            return None
        return self.words[0].text.rpartition("/")[2]

    @property
    def arguments(self) -> tuple[Word, ...]:
        """Everything after the name."""
        return self.words[1:]

    def __str__(self) -> str:
        return " ".join(map(str, self.words))


@dataclass(frozen=True)
class Script:
    """Everything a command line may run, wrapped commands after their wrappers.

    `unclear`: why not everything could be seen, one sentence each; such a script is asked about.
    `assignments`: also those of loops, `export`, `read` and their kind.
    """

    source: str
    commands: tuple[Command, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    unclear: tuple[str, ...] = ()
