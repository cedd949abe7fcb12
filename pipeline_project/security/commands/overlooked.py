"""Code that bash runs and the grammar takes for plain text, and text that the grammar leaves out.

Found by comparing the source with the tree: what is not accounted for makes a line unclear. Refuses to parse it again.
"""

import re
from itertools import pairwise
from typing import Final

from tree_sitter import Node

from pipeline_project.security.commands.redirecting import is_dash
from pipeline_project.security.commands.words import text_of

# a substitution that no backslash keeps from being one
_LIVE: Final = re.compile(r"(?<!\\)(?:\\\\)*(?:\$\(|`|\$\{|\$\[|[<>]\()")
_CODE: Final = re.compile(r"\$\(|`")
_AGAIN: Final = re.compile(r"\\[`$\\\"]")
"""Backslashes that backticks take away before what they hold is read."""
_INDEX: Final = re.compile(r"\[[^\[\]]*(?:\$\(|`)")
_TEXT: Final = frozenset({"word", "regex", "string_content", "extglob_pattern", "number", "test_operator"})
_PROTECTED: Final = frozenset({"raw_string", "ansi_c_string"})
_DIVIDED: Final = frozenset({"redirected_statement", "concatenation", "expansion", "list", "pipeline", "subshell"})
_BETWEEN: Final = re.compile(rb"(?:\s|\\\n)*")
_COMPUTING: Final = frozenset({"arithmetic_expansion", "test_command", "c_style_for_statement", "subscript"})
COMPUTING_COMMANDS: Final = frozenset({"let", "test", "[", "printf", "read", "mapfile", "readarray", "wait"})
"""Builtins beside the declaring ones that evaluate an index in an operand."""


def overlooked(node: Node) -> str | None:
    """Why something in this node, its children aside, may run without having been seen; None where nothing may."""
    text = text_of(node)
    if node.type in _TEXT and node.child_count == 0 and _LIVE.search(text):
        return "a substitution stands where the grammar does not look"
    if node.type in _PROTECTED and _CODE.search(text) and _within(node, "expansion"):
        return "quotes inside an expansion may not protect what they hold"
    if node.type == "command_substitution" and text.startswith("`") and _AGAIN.search(text):
        return "backticks hold backslashes, which they take away first"
    if node.type in _DIVIDED and not _accounted(node):
        return "the grammar left a part of it out"
    return None


def computes(node: Node) -> bool:
    """Whether bash evaluates text here: arithmetic and indexes run the substitutions in the values they come upon."""
    if node.type == "compound_statement":
        return text_of(node).startswith("((")
    if node.type == "expansion":
        return re.search(r"^\$\{!|:[^-=?+]", text_of(node)) is not None
    return node.type in _COMPUTING or node.type in ("declaration_command", "unset_command")


def computable(text: str) -> bool:
    """Whether a text, met by arithmetic, would run something: an index with a substitution in it."""
    return _INDEX.search(text) is not None


def _within(node: Node, kind: str) -> bool:
    """Whether a node of this kind holds it, with no command in between."""
    above = node.parent
    while above is not None and above.type not in ("command", "command_substitution", "process_substitution"):
        if above.type == kind:
            return True
        above = above.parent
    return False


def _accounted(node: Node) -> bool:
    """Whether nothing but blanks, or in a word nothing at all, stands between the children."""
    source, start = node.text or b"", node.start_byte
    joined = node.type in ("concatenation", "expansion")
    for before, after in pairwise(node.children):
        gap = source[before.end_byte - start : after.start_byte - start]
        if (not _BETWEEN.fullmatch(gap) and not is_dash(node, before, after)) or (joined and gap.strip(b"\\\n")):
            return False
    return True
