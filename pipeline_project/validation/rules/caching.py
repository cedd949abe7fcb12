"""Rules on cache_control: at most four, well formed, on blocks that can be cached, longer lifetimes first."""

from collections.abc import Iterator
from typing import Final

from pipeline_project.messages.blocks import THINKING_BLOCK_TYPES
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Breakpoint, Request

MAX_BREAKPOINTS: Final = 4
LIFETIMES: Final = ("5m", "1h")


@rule("cache.shape", sources.CACHING, scope="request", providers=ANTHROPIC)
def each_breakpoint_is_well_formed(request: Request) -> Iterator[Problem]:
    """cache_control is {"type": "ephemeral"}, with a ttl of 5m or 1h if any."""
    for point in (*request.breakpoints, *_automatic(request)):
        if not isinstance(point.value, dict) or point.value.get("type") != "ephemeral":
            yield point.path, 'cache_control must be {"type": "ephemeral"}'
        elif point.lifetime not in LIFETIMES:
            yield (*point.path, "ttl"), "the ttl of a cache_control must be 5m or 1h"


@rule("cache.count", sources.CACHING, scope="request", providers=ANTHROPIC)
def breakpoints_are_not_too_many(request: Request) -> Iterator[Problem]:
    """There are at most four cache_controls; one at the top of the body counts too."""
    surplus = len(request.breakpoints) + len(_automatic(request)) - MAX_BREAKPOINTS
    # the oldest messages first: what stands at the end and in front of them is worth more
    by_worth = sorted(request.breakpoints, key=lambda point: point.path[0] != "messages")
    for point in by_worth[: max(0, surplus)]:
        yield point.path, f"{surplus} cache_controls more than {MAX_BREAKPOINTS}; drop this one, the oldest"


@rule("cache.empty-text", sources.CACHING, scope="request", providers=ANTHROPIC)
def empty_text_is_no_breakpoint(request: Request) -> Iterator[Problem]:
    """No empty text block has a cache_control."""
    for block in (*request.system_blocks, *request.of("text")):
        if block.value.get("text") == "" and block.value.get("cache_control") is not None:
            yield (*block.path, "cache_control"), "an empty text block cannot be cached; drop its cache_control"


@rule("cache.thinking", sources.CACHING, scope="request", providers=ANTHROPIC)
def thinking_is_no_breakpoint(request: Request) -> Iterator[Problem]:
    """No thinking block has a cache_control."""
    for block in request.of(*THINKING_BLOCK_TYPES):
        if block.value.get("cache_control") is not None:
            yield (*block.path, "cache_control"), "a thinking block cannot be cached; put it on the next block"


@rule("cache.ttl-order", sources.CACHING, scope="request", providers=ANTHROPIC)
def longer_lifetimes_come_first(request: Request) -> Iterator[Problem]:
    """A cache_control of 1h stands before every one of 5m."""
    short = False
    for point in request.breakpoints:
        if point.lifetime == "1h" and short:
            yield (*point.path, "ttl"), "a ttl of 1h stands after one of 5m; use 5m here or 1h before"
        short = short or point.lifetime == "5m"


def _automatic(request: Request) -> list[Breakpoint]:
    value = request.keys.get("cache_control")
    return [] if value is None else [Breakpoint(("cache_control",), value)]
