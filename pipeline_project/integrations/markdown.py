"""The Markdown people write in messages, read alike for mail and Slack.

CommonMark with tables and strikethrough. Refuses HTML, which stays the text it is, images, which become links
because opening a message must not fetch anything, and links to anything but web pages, mail addresses and
telephone numbers, so that data inside a message can neither script nor call anyone.
"""

import html
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_SCHEMES = ("http://", "https://", "mailto:", "tel:")


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return url.lower().startswith(_SCHEMES)


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """The parser; a single line break is a line break, as its author sees it."""
    markdown = _Parser("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    markdown.add_render_rule("image", _image_as_link)
    return markdown


def to_html(text: str) -> str:
    """HTML of Markdown, a fragment without a head."""
    return parser().render(text)


def _image_as_link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    image = tokens[index]
    target = str(image.attrs["src"])
    label = renderer.renderInlineAsText(image.children or [], options, env) or target
    return f'<a href="{html.escape(target)}">{html.escape(label)}</a>'
