"""Users' regular expressions, by google-re2 only, with a bound on pattern size times text size.

RE2 is linear in the text, but a pattern of thousands of instructions costs about 10 ns per instruction and
character when its automaton does not fit in memory (measured: 40 s for 4,000 instructions over 1 MB).
"""

from functools import lru_cache
from typing import Any

import re2

from pipeline_project.workflows.expressions.failure import Failure
from pipeline_project.workflows.expressions.limits import Budget

_MAX_PATTERN = 1_000  # characters
_MAX_MEMORY = 1 << 20  # bytes per pattern and automaton
_PER_STEP = 20  # instructions times characters that count as one step of work


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """The compiled pattern. Raises Failure with RE2's reason."""
    if len(pattern) > _MAX_PATTERN:
        raise Failure(f"the pattern is longer than {_MAX_PATTERN} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error, re2.error) else "half a character"
        # what follows the colon repeats the pattern, which may come from the data
        raise Failure(
            f"the pattern is not RE2: {reason.split(':')[0]}", "RE2 has no look-around and no back-references"
        ) from error


def found_in(text: str, pattern: str, budget: Budget) -> bool:
    """Whether `pattern` is found anywhere in `text`. Raises Failure for a bad pattern or too much work."""
    expression = compiled(pattern)
    budget.work(len(text) * expression.programsize // _PER_STEP)
    try:
        return expression.search(text) is not None
    except UnicodeError as error:
        raise Failure("the text holds half a character (a lone surrogate)") from error
