"""Rules on text blocks: they say something."""

from collections.abc import Iterator

from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Block, Request


@rule("text.empty", sources.CREATE, scope="conversation", providers=ANTHROPIC)
def text_is_not_blank(request: Request) -> Iterator[Problem]:
    """Text in messages and in the system prompt is not blank.

    The API: text content blocks must be non-empty, and must contain non-whitespace text.
    """
    for block in (*request.system_blocks, *request.blocks):
        if _blank(block):
            yield block.path, "the text is blank; drop the block or write something in it"


@rule("text.nested-empty", sources.HANDLE_TOOLS, scope="conversation", severity="warning", providers=ANTHROPIC)
def text_in_results_is_not_blank(request: Request) -> Iterator[Problem]:
    """Text blocks inside tool results are not blank."""
    for block in request.nested:
        if _blank(block) and isinstance(block.path[-1], int):
            yield block.path, "the text is blank; leave the block out, an empty tool_result is allowed"


def _blank(block: Block) -> bool:
    """Blank text; the empty string as a whole message is the message rule's."""
    text = block.value.get("text")
    if block.kind != "text" or not isinstance(text, str):
        return False
    return text.isspace() or (not text and isinstance(block.path[-1], int))
