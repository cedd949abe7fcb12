"""The files that a command line names to read or to write.

Redirections and the arguments of common programs; a word that is known only when it runs keeps its holes. Refuses to
be complete: what a program opens by itself is bounded by the sandbox, not here.
"""

import re
from dataclasses import dataclass
from typing import Final

from pipeline_project.security.commands.script import Command, Redirection, Script, Word

# programs whose first operand is a pattern or a program and not a file
_PATTERN_FIRST: Final = frozenset(
    {"grep", "egrep", "fgrep", "zgrep", "rg", "sed", "gsed", "awk", "gawk", "mawk", "nawk", "jq", "yq"}
)
_PATTERN_GIVEN: Final = re.compile(r"-[A-Za-z]*[ef]|--(regexp|file|expression|source|from-file)(=.*)?")
_READING: Final = _PATTERN_FIRST | frozenset(
    {"cat", "head", "tail", "less", "more", "wc", "sort", "uniq", "nl", "tac", "od", "xxd", "hexdump", "strings",
     "base64",
     "base32", "cut", "diff", "cmp", "source", ".", "cp", "mv", "ln", "install", "md5sum", "sha1sum", "sha256sum",
     "file",
     "stat", "paste", "join", "comm", "tar", "zip", "gzip", "bat", "rev", "fold", "fmt", "pr", "column", "iconv",
     "openssl",
     "scp", "rsync", "xz", "zcat", "bzip2", "split", "look", "ls", "bash", "sh", "python", "python3", "node", "tee"}
)  # fmt: skip
_WRITING: Final = frozenset(
    {"tee", "touch", "rm", "rmdir", "mkdir", "truncate", "shred", "unlink", "chmod", "chown", "chgrp", "mv", "cp", "ln",
     "install", "sponge", "mkfifo", "mknod", "rsync", "setfacl", "chattr"}
)  # fmt: skip
# what these say is text and no file
_TALKING: Final = frozenset(
    {"echo", "printf", "true", "false", ":", "export", "declare", "local", "read", "set", "test", "["}
)
_MOVING: Final = frozenset({"cd", "pushd"})


@dataclass(frozen=True)
class Touched:
    """Words that name files. `mentioned`: arguments that may. `folders`: where the shell goes before some of them.

    `redirected`: of the written ones, those that a redirection opens.
    """

    read: tuple[Word, ...]
    written: tuple[Word, ...]
    redirected: tuple[Word, ...]
    mentioned: tuple[Word, ...]
    folders: tuple[Word, ...]


def touched(script: Script) -> Touched:
    """The files a script names."""
    read = [each.target for each in script.redirections if each.reads]
    redirected = [each.target for each in script.redirections if _opens(each)]
    written, mentioned, folders = list(redirected), [], []
    for command in script.commands:
        operands = _operands(command)
        if command.name in _MOVING:
            folders += operands
        if command.name in _READING and not command.wrapper:
            read += _files(command, operands)
        elif command.name not in _TALKING and command.name not in _WRITING and not command.wrapper:
            mentioned += _mentions(command)
        if command.name in _WRITING:
            written += operands
        written += _special(command, operands)
    if any(not word.literal and not word.glob for word in read):
        # `X=.env; cat $X`, `cat $(echo .env)`, `find -name .env -exec cat {} \;`: the name stands somewhere
        mentioned += [assignment.value for assignment in script.assignments]
        mentioned += [word for command in script.commands for word in command.arguments]
    return Touched(*(tuple(dict.fromkeys(words)) for words in (read, written, redirected, mentioned, folders)))


def read_paths(script: Script) -> tuple[str, ...]:
    """Paths as written that its commands read, where they are known."""
    return _literal(touched(script).read)


def written_paths(script: Script) -> tuple[str, ...]:
    """Paths as written that its commands create, change or remove, where they are known."""
    return _literal(touched(script).written)


def _opens(redirection: Redirection) -> bool:
    return redirection.writes and redirection.target.text not in ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty")


def _operands(command: Command) -> list[Word]:
    words, rest = [], False
    for word in command.arguments:
        rest = rest or word.text == "--"
        if word.text and (not word.text.startswith("-") or (rest and word.text != "--")):
            words.append(word)
    return words


def _files(command: Command, operands: list[Word]) -> list[Word]:
    given = any(_PATTERN_GIVEN.fullmatch(word.text) for word in command.arguments)
    files = operands[1:] if command.name in _PATTERN_FIRST and not given else operands
    return [*files, *(value for word in command.arguments if (value := _value(word)) is not None)]


def _mentions(command: Command) -> list[Word]:
    return [*_operands(command), *(value for word in command.arguments if (value := _value(word)) is not None)]


def _value(word: Word) -> Word | None:
    """The file in `--file=x`, `if=x`, `@x`."""
    match = re.fullmatch(r"(?:[\w\-]+=@?|@|[\w\-]+=.*@)(.+)", word.text, re.DOTALL)
    return Word(match[1]) if match else None


def _special(command: Command, operands: list[Word]) -> list[Word]:
    if command.name == "dd":
        return [Word(word.text[3:]) for word in operands if word.text.startswith("of=")]
    texts = [word.text for word in command.arguments]
    if command.name in ("sed", "gsed", "perl") and any(re.match(r"-[A-Za-z]*i|--in-place", text) for text in texts):
        return operands if any(_PATTERN_GIVEN.fullmatch(text) for text in texts) else operands[1:]
    if command.name in ("sort", "curl", "wget", "gcc", "cc", "shuf"):
        found = [Word(texts[at + 1]) for at, text in enumerate(texts[:-1]) if text in ("-o", "-O", "--output")]
        return found + [Word(text.partition("=")[2]) for text in texts if text.startswith("--output=")]
    return []


def _literal(words: tuple[Word, ...]) -> tuple[str, ...]:
    return tuple(word.text for word in words if word.literal and word.text)
