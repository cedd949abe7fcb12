"""Rules on citations: on for all documents of a request or for none, and never with a JSON output format."""

from collections.abc import Iterator

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Block, Request, as_dict


@rule("citations.mixed", sources.CITATIONS, scope="conversation", providers=ANTHROPIC)
def citations_are_all_or_none(request: Request) -> Iterator[Problem]:
    """Either all documents of a request have citations on or none has; the same holds for search results."""
    for kind in ("document", "search_result"):
        blocks = list(request.of(kind))
        cited = [_cited(block) for block in blocks]
        if any(cited) and not all(cited):
            odd = blocks[cited.index(False)]
            yield odd.path, f"citations are on for some {kind} blocks only; turn them on or off for all"


@rule("citations.format", sources.CITATIONS, scope="request", providers=ANTHROPIC)
def citations_are_not_with_a_format(request: Request) -> Iterator[Problem]:
    """Citations cannot be combined with a JSON output format."""
    if request.output_config.get("format"):
        for block in request.of("document", "search_result"):
            if _cited(block):
                yield block.path, "citations cannot be combined with output_config.format; turn one off"


def _cited(block: Block) -> bool:
    return as_dict(block.value.get("citations")).get("enabled") is True
