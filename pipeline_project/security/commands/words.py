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
    signs = [sign for text, quoted in pieces for sign in _signs(text, quoted=quoted)]
    text, glob = _patterns(signs)
    expands = any(HOLE in text for text, _ in pieces)
    return Word(text, glob=glob and not expands)


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


def _signs(text: str, *, quoted: bool) -> list[tuple[str, bool]]:
    """Each sign of a piece with backslashes resolved, and whether it stands for itself."""
    if quoted:
        return [(sign, True) for sign in text]
    found: list[tuple[str, bool]] = []
    index = 0
    while index < len(text):
        escaped = text[index] == "\\" and index + 1 < len(text)
        index += escaped
        if not (escaped and text[index] == "\n"):
            found.append((text[index], escaped))
        index += 1
    return found


def _patterns(signs: list[tuple[str, bool]]) -> tuple[str, bool]:
    """The text with file name patterns as holes, and whether there was one; a bracket may hold quoted signs."""
    parts: list[str] = []
    glob, index = False, 0
    last = max((at for at, sign in enumerate(signs) if sign == ("]", False)), default=-1)
    while index < len(signs):
        sign, itself = signs[index]
        if not itself and sign in "*?":
            parts.append(HOLE)
            glob = True
        elif not itself and sign == "[" and index + 2 <= last:
            parts.append(HOLE)
            glob, index = True, _closing(signs, index + 2, last)
        else:
            parts.append(sign)
        index += 1
    return "".join(parts), glob


def _closing(signs: list[tuple[str, bool]], index: int, last: int) -> int:
    """Where the bracket that was opened before `index` ends; a class such as [:alpha:] has brackets of its own."""
    while index < last and signs[index] != ("]", False):
        if signs[index - 1 : index + 1] in ([("[", False), (kind, False)] for kind in ":.="):
            index = next((at for at in range(index + 1, last) if signs[at] == ("]", False)), index)
        index += 1
    return min(index, last)
