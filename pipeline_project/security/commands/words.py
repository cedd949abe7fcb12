"""Quoting undone: nodes of the syntax tree as words.

Follows bash's manual, 3.1.2 (quoting) and 3.5 (expansions). Refuses to guess a value: whatever is expanded when the
command runs becomes a hole.
"""

import re
from typing import Final

from tree_sitter import Node

from pipeline_project.security.commands.script import HOLE, Word

_ESCAPES: Final = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", "'": "'", '"': '"', "?": "?",
}  # fmt: skip
_ANSI = re.compile(
    r"\\(?:(?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|u(?P<u>[0-9A-Fa-f]{1,4})|U(?P<U>[0-9A-Fa-f]{1,8})"
    r"|c(?P<control>.)|(?P<sign>.))",
    re.DOTALL,
)
_BRACES = re.compile(r"\{.*(,|\.\.).*\}", re.DOTALL)


def text_of(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


def word(node: Node) -> Word:
    """The word a node stands for."""
    pieces = _pieces(node)
    bare = "".join(text for text, quoted in pieces if not quoted)
    if _BRACES.search(bare):
        return Word(HOLE)
    parts, glob, expands = [], False, False
    for text, quoted in pieces:
        if quoted:
            parts.append(text)
            expands = expands or HOLE in text
            continue
        plain, found = _unquoted(text)
        parts.append(plain)
        glob = glob or found
        expands = expands or HOLE in text
    return Word("".join(parts), glob=glob and not expands)


def _pieces(node: Node) -> list[tuple[str, bool]]:
    """The parts of a word: (text, whether quotes protect it); expansions are holes."""
    match node.type:
        case "word" | "number" | "variable_name" | "special_variable_name" | "test_operator" | "extglob_pattern":
            return [(text_of(node), False)]
        case "regex":
            return [(HOLE, True)]
        case "raw_string":
            return [(text_of(node)[1:-1], True)]
        case "ansi_c_string":
            return [(_ansi_c(text_of(node)[2:-1]), True)]
        case "string" | "translated_string":
            return [(_double_quoted(node), True)]
        case "command_name" | "concatenation":
            return _joined(node)
        case "brace_expression":
            return [(text_of(node), False)]
        case _ if not node.is_named:
            return [(text_of(node), False)]
        case _:
            return [(HOLE, True)]


def _joined(node: Node) -> list[tuple[str, bool]]:
    """Parts of a concatenation; text between them that the tree leaves out is kept."""
    source = node.text or b""
    pieces, end = [], node.start_byte
    for child in node.children:
        gap = source[end - node.start_byte : child.start_byte - node.start_byte].decode("utf-8", "surrogateescape")
        if gap:
            pieces.append((gap, False))
        if child.type == "$" and child.next_sibling is not None and child.next_sibling.type == "string":
            end = child.end_byte  # $"…": a text to be translated
            continue
        pieces += _pieces(child)
        end = child.end_byte
    return pieces


def _double_quoted(node: Node) -> str:
    """The inside of "…": four signs can be escaped, expansions are holes."""
    text = node.text or b""
    if node.type == "translated_string":
        inner = next((child for child in node.children if child.type == "string"), None)
        return _double_quoted(inner) if inner is not None else HOLE
    parts, end = [], node.start_byte + 1
    for child in node.named_children:
        if child.type == "string_content":
            continue
        parts.append(_unescaped(text[end - node.start_byte : child.start_byte - node.start_byte]))
        parts.append(HOLE)
        end = child.end_byte
    parts.append(_unescaped(text[end - node.start_byte : len(text) - 1]))
    return "".join(parts)


def _unescaped(raw: bytes) -> str:
    text = raw.decode("utf-8", "surrogateescape")
    return re.sub(r'\\([$`"\\\n])', lambda match: "" if match[1] == "\n" else match[1], text)


def _ansi_c(text: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match["octal"]:
            return chr(int(match["octal"], 8) & 0xFF)
        for name in ("hex", "u", "U"):
            if match[name]:
                return chr(min(int(match[name], 16), 0x10FFFF))
        if match["control"]:
            return chr(ord(match["control"].upper()) & 0x1F)
        return _ESCAPES.get(match["sign"], match[0])

    # a NUL ends the string for bash
    return _ANSI.sub(value, text).partition("\0")[0]


def _unquoted(text: str) -> tuple[str, bool]:
    """Unquoted text with backslashes resolved and file name patterns as holes; whether there was a pattern."""
    parts: list[str] = []
    glob, index = False, 0
    while index < len(text):
        sign = text[index]
        if sign == "\\" and index + 1 < len(text):
            index += 1
            parts.append("" if text[index] == "\n" else text[index])
        elif sign in "*?":
            glob = True
            parts.append(HOLE)
        elif sign == "[" and "]" in text[index + 2 :]:
            glob = True
            index = text.index("]", index + 2)
            parts.append(HOLE)
        else:
            parts.append(sign)
        index += 1
    return "".join(parts), glob
