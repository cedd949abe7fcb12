"""Redirections and here documents of a command, and the words that stand behind them.

Refuses to trust the grammar on where a here document ends: bash decides by comparing lines, and so does this.
"""

import re

from tree_sitter import Node

from pipeline_project.security.commands.script import HOLE, Redirection, Word
from pipeline_project.security.commands.words import text_of, word

_SIMPLE_LABEL = re.compile(r"[A-Za-z0-9_.\-]+")
_KINDS = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})
_ENDS = frozenset({"list", "pipeline", "negated_command"})


def redirects(node: Node) -> list[Node]:
    """The redirections that bash gives to this simple command: its own, and those the grammar hangs above it."""
    found = [child for child in node.children if child.type in _KINDS]
    above = _redirected(node)
    if above is not None:
        found += [child for child in above.children if child.type in _KINDS]
    return found


def _redirected(node: Node) -> Node | None:
    """The node above that holds redirections of this simple command, the last one of a list or pipeline."""
    below, above = node, node.parent
    while above is not None and above.type in _ENDS and above.children[-1].id == below.id:
        below, above = above, above.parent
    return above if above is not None and above.type == "redirected_statement" else None


def redirections(nodes: list[Node]) -> list[Redirection]:
    """What these redirections open."""
    found = []
    for node in nodes:
        if node.type == "heredoc_redirect":
            found.append(_document(node))
            found += redirections([child for child in node.children if child.type in _KINDS])
            continue
        operator = next((text_of(each) for each in node.children if not each.is_named), ">")
        targets = _targets(node)
        found.append(Redirection(operator, word(targets[0]) if targets else Word("-"), code=True))
    return found


def words_behind(nodes: list[Node]) -> list[Word]:
    """Arguments that stand behind a redirection, which the grammar takes for more targets."""
    found = []
    for node in nodes:
        if node.type == "heredoc_redirect":
            found += [word(child) for index, child in enumerate(node.children) if _is_argument(node, index)]
            found += words_behind([child for child in node.children if child.type in _KINDS])
        else:
            found += [word(target) for target in _targets(node)[1:]]
    return found


def dash_before(node: Node) -> list[Word]:
    """The `-` between this simple command and its here document, which the grammar leaves out (`python - <<E`)."""
    above = _redirected(node)
    if above is None or above.child_count < 2:
        return []
    return [Word("-")] if is_dash(above, above.children[0], above.children[1]) else []


def is_dash(above: Node, before: Node, after: Node) -> bool:
    """Whether a lone `-` is all that stands between two children of a node, the second a here document."""
    gap = (above.text or b"")[before.end_byte - above.start_byte : after.start_byte - above.start_byte]
    return after.type == "heredoc_redirect" and re.fullmatch(rb"\s+-\s*", gap) is not None


def doubts(node: Node) -> list[str]:
    """Why a here document may end elsewhere for bash than for the grammar, or run what the grammar does not see."""
    label = next((text_of(each) for each in node.children if each.type == "heredoc_start"), "")
    body = next((text_of(each) for each in node.children if each.type == "heredoc_body"), "")
    end = next((text_of(each) for each in node.children if each.type == "heredoc_end"), "")
    plain = re.sub(r"[\\'\"]", "", label)
    ends = any(line.strip("\t ") == plain for line in body.splitlines())
    if ends or end.strip("\t") != plain or not _SIMPLE_LABEL.fullmatch(plain):
        return ["where its here document ends is not certain"]
    if label == plain and ("`" in body or "\\" in body):
        return ["its here document holds backticks or backslashes"]
    if label == plain and body.count("$(") != _substitutions(node):
        # the grammar overlooks one that stands behind blanks at the beginning of a line
        return ["its here document holds a substitution that was not parsed"]
    return []


def _substitutions(node: Node) -> int:
    """How often `$(` opens something in the body, as far as the grammar saw."""
    found, pending = 0, [each for each in node.children if each.type == "heredoc_body"]
    while pending:
        each = pending.pop()
        found += each.type in ("command_substitution", "arithmetic_expansion") and text_of(each).startswith("$(")
        pending += each.children
    return found


def _targets(node: Node) -> list[Node]:
    return [each for each in node.children if each.is_named and each.type != "file_descriptor"]


def _is_argument(node: Node, index: int) -> bool:
    return node.field_name_for_child(index) == "argument"


def _document(node: Node) -> Redirection:
    label = next((text_of(each) for each in node.children if each.type == "heredoc_start"), "")
    text = next((text_of(each) for each in node.children if each.type == "heredoc_body"), "")
    if not re.search(r"[\\'\"]", label) and re.search(r"[$`\\]", text):
        return Redirection("<<", Word(HOLE))
    return Redirection("<<", Word(text), code=True)
