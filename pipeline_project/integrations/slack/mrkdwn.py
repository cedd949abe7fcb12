"""Markdown as Slack's mrkdwn: *bold*, _italic_, ~struck~, <url|text>, lists and tables as text.

Refuses to let text command: every &, < and > of it is escaped, so that no `<!channel>` or `<@U…>` in it
reaches anyone. Slack has no escape for *, _ and ~ : such a pair around words is shown as formatting.
"""

from collections.abc import Sequence

from markdown_it.tree import SyntaxTreeNode

from pipeline_project.integrations.markdown import parser

_MARKERS = {"strong": "*", "em": "_", "s": "~"}
_BETWEEN_WORDS = "\u200b"  # Slack formats only at the edge of a word; this makes one
_INDENT = "    "


def escape(text: str) -> str:
    """`text` with Slack's three control characters escaped (Slack, "Formatting text for app surfaces")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def from_markdown(text: str) -> str:
    """mrkdwn of a Markdown text, for `text` of chat.postMessage; empty when nothing of it is visible."""
    return _blocks(SyntaxTreeNode(parser().parse(text)).children, "\n\n").strip("\n")


def _blocks(nodes: Sequence[SyntaxTreeNode], separator: str) -> str:
    return separator.join(_block(node) for node in nodes)


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "heading":
            return _styled("*", _inline(node.children[0].children, frozenset({"strong"})))
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return "\n".join(f"> {line}".rstrip() for line in _blocks(node.children, "\n\n").split("\n"))
        case "fence" | "code_block":
            return _preformatted(node.content)
        case "table":
            return _table(node)
        case "hr":
            return "─" * 20
        case _:  # a paragraph
            return "".join(_inline(child.children, frozenset()) for child in node.children)


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    lines = []
    for number, item in enumerate(node.children, first):
        marker = f"{number}. " if node.type == "ordered_list" else "• "
        head, *rest = _blocks(item.children, "\n").split("\n")
        lines += [marker + head, *(_INDENT + line if line else "" for line in rest)]
    return "\n".join(lines)


def _table(node: SyntaxTreeNode) -> str:
    """Columns aligned in a fixed-width block, since mrkdwn has no tables."""
    rows = [[_plain(cell) for cell in row.children] for part in node.children for row in part.children]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [" | ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return _preformatted("\n".join(lines))


def _preformatted(text: str) -> str:
    closed = text.rstrip("\n").replace("```", f"`{_BETWEEN_WORDS}``")  # else it would end the block
    return f"```\n{escape(closed)}\n```"


def _inline(nodes: Sequence[SyntaxTreeNode], inside: frozenset[str]) -> str:
    """`inside`: styles already open, which Slack cannot nest in themselves."""
    text, was_styled = "", False
    for node in nodes:
        piece = _span(node, inside)
        styled = node.type in _MARKERS and node.type not in inside
        if (styled and text[-1:].isalnum()) or (was_styled and piece[:1].isalnum()):
            text += _BETWEEN_WORDS
        text, was_styled = text + piece, styled
    return text


def _span(node: SyntaxTreeNode, inside: frozenset[str]) -> str:
    match node.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "strong" | "em" | "s":
            inner = _inline(node.children, inside | {node.type})
            return inner if node.type in inside else _styled(_MARKERS[node.type], inner)
        case "code_inline":
            # a backtick cannot stand inside mrkdwn's code, so such a text goes without
            return escape(node.content) if "`" in node.content else f"`{escape(node.content)}`"
        case "link" | "image":
            return _link(node)
        case _:
            return escape(node.content)


def _link(node: SyntaxTreeNode) -> str:
    target = escape(str(node.attrs.get("href") or node.attrs.get("src")).replace("|", "%7C"))
    label = escape(" ".join(_plain(node).split()))
    return f"<{target}|{label}>" if label and label != target else f"<{target}>"


def _plain(node: SyntaxTreeNode) -> str:
    """The text below a node, without formatting."""
    return "".join(" " if "break" in leaf.type else leaf.content for leaf in node.walk() if not leaf.children)


def _styled(marker: str, text: str) -> str:
    """Marked line by line, because Slack's formatting does not reach over a line's end."""
    return "\n".join(f"{marker}{line}{marker}" if line.strip() else line for line in text.split("\n"))
