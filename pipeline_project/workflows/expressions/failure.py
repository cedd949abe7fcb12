"""What goes wrong inside an expression, before the place is known.

Neither class reaches a user: what knows the place turns them into errors of errors.py. A message names
types, keys and lengths, never a value, because the value may be a secret.
"""

from collections.abc import Callable


class Failure(Exception):
    """An expression that has no value: `message` says what is wrong, `remedy` what to write instead.

    A remedy that takes work to find is given as a function, because inside default(…) nobody reads it.
    """

    def __init__(self, message: str, remedy: str | Callable[[], str | None] | None = None) -> None:
        super().__init__(message, remedy)
        self.message = message
        self._remedy = remedy

    @property
    def remedy(self) -> str | None:
        """What to write instead, as a sentence, where something is known."""
        remedy = self._remedy() if callable(self._remedy) else self._remedy
        return f"{remedy}." if remedy and remedy[-1] not in ".?" else remedy

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class Missing(Failure):
    """A path that leads nowhere; the one failure that `default(…, fallback)` answers."""
