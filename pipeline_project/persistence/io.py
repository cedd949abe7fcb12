"""What ops of one run hand each other: kept in memory, and gone with the process. Refuses to write any of it down.

Dagster's own manager of this kind refuses a re-execution from failure with advice for programmers; this one says what
a person at the launchpad can do.
"""

from typing import Any

from dagster import Failure, InitResourceContext, InputContext, IOManager, OutputContext, io_manager


class InMemory(IOManager):
    """The values of one run."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, ...], Any] = {}

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Keep a value."""
        self._values[tuple(context.get_identifier())] = obj

    def load_input(self, context: InputContext) -> Any:
        """A value of this run. Raises Failure for one of another run."""
        key = tuple(context.get_identifier())
        if key not in self._values:
            step = context.upstream_output.step_key if context.upstream_output else "an earlier op"
            raise Failure(
                f"what {step} gave was kept in memory only and is gone with its run, so no run can begin after it. "
                "Re-execute all steps.",
                allow_retries=False,
            )
        return self._values[key]


@io_manager(description="Values stay in memory, within one run")
def in_memory(_: InitResourceContext) -> InMemory:
    """A memory of its own for each run."""
    return InMemory()
