"""How much an expression may cost: every bound of the language, and the meter charged while it runs.

The sizes decide, because they give the same answer on every machine; the clock is only the last defence and
is set far above what the sizes allow. Data that a plain reference hands through has an allowance of its own,
larger because it exists already.
"""

import time

from pipeline_project.workflows.expressions.failure import Failure

MAX_SOURCE = 4_000  # characters of one expression
MAX_DEPTH = 64  # nesting of one expression, brackets included
MAX_NODES = 1_000  # parts of one expression
MAX_TREE = 100_000  # values in one config tree; a YAML file with aliases can be far larger than it looks
MAX_DATA_DEPTH = 100  # nesting of lists and mappings in a value
MAX_DIGITS = 1_000  # digits of a computed number, before and after the point together
MAX_EXPONENT = 1_000  # largest power of **
MAX_CHARACTERS = 10_000_000  # text written while resolving one tree
MAX_ITEMS = 1_000_000  # list and mapping entries made while resolving one tree; some 60 bytes each
CONTAINER = 3  # entries that a list or mapping weighs by itself
LARGE = 5  # times as much may be handed through unchanged, or transformed by one step
MAX_WORK = 5_000_000  # steps; about a second of one core
TIME_LIMIT = 5.0  # seconds of one expression


class Budget:
    """What is left for one evaluation, one tree or one transformation; the clock runs per expression."""

    __slots__ = ("_characters", "_deadline", "_items", "_seconds", "_through", "_work")

    def __init__(self, scale: int = 1) -> None:
        self._characters = MAX_CHARACTERS * scale
        self._items = MAX_ITEMS * scale
        self._work = MAX_WORK * scale
        self._through: Budget | None = None
        self._seconds = TIME_LIMIT * scale
        self._deadline = time.monotonic() + self._seconds

    def restart_clock(self) -> None:
        """Give the next expression its own time limit."""
        self._deadline = time.monotonic() + self._seconds

    @property
    def through(self) -> "Budget":
        """The allowance for data that is handed through unchanged."""
        if self._through is None:
            self._through = Budget(LARGE)
        return self._through

    def work(self, steps: int = 1) -> None:
        """Charge `steps` of work; raises Failure when the work or the time is used up."""
        self._work -= steps
        if self._work < 0:
            raise Failure("it takes too many steps", "Work on less data, or use a data_transformation step")
        if time.monotonic() > self._deadline:
            raise Failure(f"it took longer than {self._seconds:g} seconds", "Work on less data")

    def characters(self, count: int) -> None:
        """Charge text about to be written; raises Failure when it is too much."""
        self._characters -= count
        if self._characters < 0:
            raise Failure("it holds too much text", "Cut the text first: text[:1000]")

    def expect_items(self, count: int) -> None:
        """Make sure that so many entries could be made, without charging them."""
        self.items(count)
        self._items += count

    def items(self, count: int) -> None:
        """Charge list or mapping entries about to be made; raises Failure when they are too many."""
        self._items -= count
        if self._items < 0:
            raise Failure("it holds too many items", "Cut the list first: items[:1000]")
