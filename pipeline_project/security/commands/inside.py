"""What a command runs besides itself: the value every reader of arguments gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pipeline_project.security.commands.script import Assignment, Command, Word


@dataclass(frozen=True)
class Inside:
    """Argument vectors, texts of shell code, variables set, and code in another language (`opaque`).

    `wrapper`: it does nothing else. `covers`: a rule about the program itself covers what it starts. `unclear`: why not
    everything it runs is known.
    """

    commands: tuple[tuple[Word, ...], ...] = ()
    scripts: tuple[Word, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    wrapper: bool = False
    covers: bool = False
    opaque: str | None = None
    unclear: tuple[str, ...] = ()


NOTHING: Final = Inside()
Reader = Callable[[tuple[Word, ...], Command], Inside]


def joined(words: tuple[Word, ...]) -> Word:
    """Words as one text, as programs do that hand their arguments to a shell."""
    return Word(" ".join(word.text for word in words))
