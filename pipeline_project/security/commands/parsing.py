"""Command lines read with the grammar of bash.

The tree is walked whole: a simple command counts wherever it stands. Where the grammar and bash could see different
things the script is marked unclear rather than trusted. Refuses nothing: what cannot be parsed comes back unclear.
"""

import re
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

import tree_sitter_bash
from tree_sitter import Language, Node, Parser, Tree

from pipeline_project.security.commands.overlooked import COMPUTING_COMMANDS, computable, computes, overlooked
from pipeline_project.security.commands.redirecting import dash_before, doubts, redirections, redirects, words_behind
from pipeline_project.security.commands.script import HOLE, Assignment, Command, Redirection, Script, Word
from pipeline_project.security.commands.words import text_of, word
from pipeline_project.security.commands.wrappers import unwrap

_LONGEST: Final = 100_000
_DEEPEST: Final = 12
_DEEPEST_TREE: Final = 200
_MOST_COMMANDS: Final = 2_000
# where these stand for a command the grammar has lost its way
_RESERVED: Final = frozenset(
    {"if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "function", "select",
     "in", "{", "}", "!", "[[", "]]", "((", "))"}
)  # fmt: skip
# bash separates words at blank, tab and newline only; the grammar takes every white space
_STRANGE = re.compile(r"[^\S \t\n]|[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
# a line continuation inside a word joins for bash and separates for the grammar
_JOINED = re.compile(r"[^\s]\\\n[^\s]|\\\n\\\n|\n\\\n")
_NUMBERED_BY_NAME = re.compile(r"\{[A-Za-z_]\w*(\[[^\]]*\])?\}[<>]")
_PLAIN_SIGNS: Final = bytes(range(128)) + b"%" * 128
_BETWEEN = re.compile(rb"(?:[ \t]|\\\n)+")
_CODE = re.compile(r"\$\(|`|\$\{")
# ${!name} is what the variable names, ${!name[@]} and ${!name*} are names
_INDIRECT = re.compile(r"@\s*[PAE]\s*\}$|^\$\{!(?!\w+(?:\[[@*]\]|[@*])\}$)")


@lru_cache(maxsize=256)
def parse(command: str) -> Script:
    """Every simple command in `command`, with its words, redirections and assignments; wrapped ones unwrapped."""
    walk = _Walk()
    walk.read(command, around=())
    walk.settle()
    return Script(
        command,
        tuple(walk.commands),
        tuple(dict.fromkeys(walk.redirections)),
        tuple(walk.assignments),
        tuple(dict.fromkeys(walk.unclear)),
    )


@cache
def _language() -> Language:
    return Language(tree_sitter_bash.language())


def _tree(text: str) -> Tree:
    """The syntax tree, whose nodes give their text as it is.

    The grammar's scanner asks C's isalpha and its kind about whole code points, which are defined for bytes only: a
    character such as U+1F189 has crashed the process. To bash every byte above 127 is a plain part of a word, so the
    scanner is shown a plain sign in its place; a node takes its text from the buffer when it is asked for it.
    """
    source = text.encode("utf-8", "surrogatepass")
    buffer = bytearray(source.translate(_PLAIN_SIGNS))
    tree = Parser(_language()).parse(buffer)
    buffer[:] = source
    return tree


@dataclass
class _Walk:
    """What was found so far in one command line and in the text its wrappers run."""

    commands: list[Command] = field(default_factory=list)
    redirections: list[Redirection] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    unclear: list[str] = field(default_factory=list)
    computes: bool = False
    """Whether something evaluates variables as arithmetic."""
    computable: bool = False
    """Whether a text is there that would run a command if it were evaluated so."""

    def settle(self) -> None:
        """Judge what only the whole line shows."""
        if self.computes and self.computable:
            self.unclear.append("a text with a substitution in an index may be run by an arithmetic expression")

    def read(self, text: str, *, around: tuple[str, ...], covered: bool = False) -> None:
        """Walk one text of shell code."""
        if len(text) > _LONGEST or len(around) > _DEEPEST or len(self.commands) > _MOST_COMMANDS:
            self.unclear.append("it is too long or too deeply nested to be looked through")
            return
        if _STRANGE.search(text):
            self.unclear.append("it holds a control character, or a blank that shells do not take for one")
        if _JOINED.search(text):
            self.unclear.append("it breaks a line inside a word")
        if _NUMBERED_BY_NAME.search(text):
            self.unclear.append("it has a redirection whose descriptor is a variable")
        root = _tree(text).root_node
        if root.has_error:
            self.unclear.append("its syntax could not be parsed")
        self._node(root, _Place(around, covered), 0)

    def add(self, command: Command) -> None:
        """Keep a command, with what it would run."""
        self.redirections += command.redirections
        for assignment in command.assignments:
            # `IFS= read -r line` splits that line and nothing else
            if assignment.name != "IFS" or command.name != "read" or "read" in self.functions:
                self._assign(assignment)
        self.computable |= any(computable(word.text) for word in command.words)
        self.computable |= any(computable(each.target.text) for each in command.redirections)
        if not command.words or len(self.commands) > _MOST_COMMANDS:
            self.commands.append(command)
            return
        if not command.words[0].literal:
            self.unclear.append(f"which program `{command}` runs is not known before it runs")
        inside = unwrap(command)
        function = not command.around and command.words[0].text in self.functions
        self.commands.append(replace(command, wrapper=inside.wrapper, opaque=inside.opaque, function=function))
        self.unclear += inside.unclear
        for assignment in inside.assignments:
            self._assign(assignment)
        self._inside(command, inside.commands, inside.scripts, covered=command.covered or inside.covers)

    def _inside(
        self, command: Command, commands: tuple[tuple[Word, ...], ...], scripts: tuple[Word, ...], *, covered: bool
    ) -> None:
        around = (*command.around, command.name or "…")
        for words in commands:
            if len(around) > _DEEPEST:
                self.unclear.append("it is too deeply nested to be looked through")
            elif words:
                # what a wrapper starts has the wrapper's input: a shell there reads the same here document
                self.add(Command(words, (), command.redirections, around, covered=covered))
        for code in scripts:
            if not code.literal:
                self.unclear.append(f"{command.name} runs a text that is not known before it runs")
            # a hole may hold anything; for what stands around it a variable is as good
            self.read(code.text.replace(HOLE, '"$_"'), around=around, covered=covered)

    def _node(self, node: Node, place: "_Place", depth: int) -> None:
        if depth > _DEEPEST_TREE:
            self.unclear.append("it is too deeply nested to be looked through")
            return
        if reason := overlooked(node):
            self.unclear.append(reason)
        self.computes |= computes(node)
        match node.type:
            case "command":
                self._command(node, place)
            case "declaration_command" | "unset_command":
                self._declaration(node, place)
            case "function_definition":
                self._function(node, depth)
            case "heredoc_redirect":
                self.unclear += doubts(node)
            case _:
                self._other(node)
        for child in node.children:
            self._node(child, place, depth + 1)

    def _other(self, node: Node) -> None:
        """What is no command and yet matters."""
        match node.type:
            case "redirected_statement":
                found = [child for child in node.children if child.type.endswith("_redirect")]
                self.redirections += redirections(found)
                body = node.child_by_field_name("body")
                last = body
                while last is not None and last.type in ("list", "pipeline", "negated_command"):
                    last = last.children[-1]
                if words_behind(found) and (last is None or last.type != "command"):
                    self.unclear.append("words stand behind a redirection that belongs to no command")
            case "variable_assignment" if node.parent is not None and node.parent.type != "command":
                self._assign(_assignment(node))
            case "for_statement":
                variable = node.child_by_field_name("variable")
                self._assign(Assignment(text_of(variable) if variable is not None else "", Word(HOLE)))
                self.computable |= any(computable(word(each).text) for each in node.children if each.is_named)
            case "expansion" if _INDIRECT.search(text_of(node)):
                self.unclear.append("it expands the text of a variable as a command line would be")
            case "expansion" if re.search(r"[<>]\(", text_of(node)):
                self.unclear.append("a process substitution stands inside an expansion")
            case "word" if re.search(r"(?<!\\)\n", text_of(node)):
                self.unclear.append("the grammar took the end of a line for part of a word")
            case "test_command" | "arithmetic_expansion" | "compound_statement" if _hidden_code(node):
                self.unclear.append("a text in an arithmetic expression or a test may be run")
            case _:
                pass

    def _command(self, node: Node, place: "_Place") -> None:
        words, assignments = [], []
        for child in node.children:
            if child.type == "variable_assignment":
                assignments.append(_assignment(child))
            elif not child.type.endswith("_redirect") and (child.is_named or child.type not in ("(", ")")):
                words.append(word(child))
        if not _separate(node):
            self.unclear.append("the grammar and bash may divide its words differently")
        found = redirects(node)
        words += dash_before(node) + words_behind(found)
        name = node.child_by_field_name("name")
        if name is not None and text_of(name) in _RESERVED:
            self.unclear.append(f"`{text_of(name)}` stands where a command is expected")
        self.computes |= bool(words) and words[0].text in COMPUTING_COMMANDS
        self.add(
            Command(tuple(words), tuple(assignments), tuple(redirections(found)), place.around, covered=place.covered)
        )

    def _declaration(self, node: Node, place: "_Place") -> None:
        words = []
        for child in node.children:
            if child.type == "variable_assignment":
                found = _assignment(child)
                words.append(Word(f"{found.name}={found.value.text}"))
            elif not child.type.endswith("_redirect"):
                words.append(word(child))
        if not _separate(node):
            self.unclear.append("the grammar and bash may divide its words differently")
        found = redirects(node)
        words += words_behind(found)
        self.add(Command(tuple(words), (), tuple(redirections(found)), place.around, covered=place.covered))

    def _function(self, node: Node, depth: int) -> None:
        name = node.child_by_field_name("name")
        # only one that is certainly defined when what follows is run
        if name is not None and depth == 1:
            self.functions.add(text_of(name))

    def _assign(self, assignment: Assignment) -> None:
        if _CODE.search(assignment.value.text):
            self.unclear.append(f"the value of {assignment.name} is code that an expansion may run")
        if HOLE in assignment.name or not assignment.name:
            self.unclear.append("which variable it sets is not known before it runs")
        self.assignments.append(assignment)


@dataclass(frozen=True)
class _Place:
    """Where a text of code stands."""

    around: tuple[str, ...]
    covered: bool


def _separate(node: Node) -> bool:
    """Whether blanks, and nothing else, stand between the words of a command."""
    source = node.text or b""
    for before, after in pairwise(node.children):
        gap = source[before.end_byte - node.start_byte : after.start_byte - node.start_byte]
        if (
            not _BETWEEN.fullmatch(gap)
            and not before.type.endswith("_redirect")
            and not after.type.endswith("_redirect")
        ):
            return False
    return True


def _assignment(node: Node) -> Assignment:
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    return Assignment(text_of(name) if name is not None else "", word(value) if value is not None else Word(""))


def _hidden_code(node: Node) -> bool:
    """Whether quoted text in a test or an arithmetic expression holds a substitution: indexes are evaluated again."""
    if node.type == "compound_statement" and not text_of(node).startswith("(("):
        return False
    pending = list(node.children)
    while pending:
        each = pending.pop()
        if each.type in ("raw_string", "ansi_c_string") and _CODE.search(text_of(each)):
            return True
        pending += each.children
    return False
