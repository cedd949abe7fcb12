"""Programs whose arguments are another command: `nohup`, `timeout 5`, `sudo -u x`, `xargs`, `find -exec` and more.

Options as in the manual pages of GNU coreutils, findutils, util-linux, sudo and OpenBSD's doas.
"""

import re
from typing import Final

from pipeline_project.security.commands.inside import NOTHING, Inside, Reader, joined
from pipeline_project.security.commands.options import Options
from pipeline_project.security.commands.script import HOLE, Assignment, Command, Word

_SETTING: Final = re.compile(r"[^=\0/\-][^=\0]*=|=")


def prefix(
    short: str = "",
    long: str = "",
    *,
    operands: int = 0,
    wrapper: bool = True,
    sets: bool = False,
    not_with: str = "",
    writes: tuple[str, ...] = (),
) -> Reader:
    """A program that runs its arguments after its options and `operands` more.

    `wrapper`: it changes nothing about what it runs. `sets`: assignments may stand in front, as for a shell.
    `not_with`: options under which it runs nothing. `writes`: options that name a file it writes, so that it is no
    mere wrapper with them.
    """
    options = Options(short, f"help version {long}")

    def read(words: tuple[Word, ...], command: Command) -> Inside:
        given = options.read(words)
        if not_with and given.has(*(f"-{letter}" for letter in not_with)):
            return NOTHING
        rest, assignments = given.operands[operands:], []
        while sets and rest and _SETTING.match(rest[0].text):
            assignments.append(_setting(rest[0]))
            rest = rest[1:]
        unclear = given.doubts(command.name)
        if rest and rest[0].text in ("{", "(", "!", "if", "for", "while", "until", "case", "[["):
            unclear = (*unclear, f"{command.name} stands before a whole construct")
        # after an unknown option any of the words may be the program
        starts = range(len(rest)) if given.unknown else range(1)
        commands = tuple(rest[at:] for at in starts if rest[at:])
        alone = wrapper and bool(rest) and not given.has(*writes)
        return Inside(commands, assignments=tuple(assignments), wrapper=alone, unclear=unclear)

    return read


_ENV: Final = Options(
    "i0vu:C:S:",
    "ignore-environment null unset= chdir= split-string= block-signal[= default-signal[= ignore-signal[= debug "
    "list-signal-handling help version",
)


def env(words: tuple[Word, ...], _command: Command) -> Inside:
    """`env [options] [NAME=value…] [command]`; -S splits a text into words."""
    given = _ENV.read(words)
    split = given.values("-S", "--split-string")
    assignments, rest = [], given.operands
    if rest and rest[0].text == "-":  # an old way to write -i
        rest = rest[1:]
    while rest and "=" in rest[0].text:
        assignments.append(_setting(rest[0]))
        rest = rest[1:]
    unclear = given.doubts("env")
    if split:
        # -S knows quotes and ${NAME} but no operators; reading it as shell code sees at least as much
        return Inside((), (joined((*split, *given.operands)),), tuple(assignments), wrapper=True, unclear=unclear)
    starts = range(len(rest)) if given.unknown else range(1)
    commands = tuple(rest[at:] for at in starts if rest[at:])
    return Inside(commands, assignments=tuple(assignments), wrapper=bool(rest), unclear=unclear)


_XARGS: Final = Options(
    "0rtpxoI:i::n:P:L:l::s:d:E:e::a:",
    "null no-run-if-empty verbose interactive exit open-tty replace[= max-args= max-procs= max-lines[= max-chars= "
    "delimiter= eof[= arg-file= process-slot-var= show-limits help version",
)


def xargs(words: tuple[Word, ...], _command: Command) -> Inside:
    """`xargs [options] [command]`: more arguments come from its input."""
    given = _XARGS.read(words)
    replaced = [each.text for each in given.values("-I", "-i", "--replace")]
    rest = given.operands or (Word("echo"),)
    if replaced:
        mark = replaced[0] or "{}"
        return Inside(
            (tuple(Word(word.text.replace(mark, HOLE)) for word in rest),), wrapper=True, unclear=given.doubts("xargs")
        )
    return Inside(((*rest, Word(HOLE)),), wrapper=True, unclear=given.doubts("xargs"))


_EXEC: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


def find(words: tuple[Word, ...], _command: Command) -> Inside:
    """`find … -exec command ;`; -delete removes what it finds, as rm does."""
    commands: list[tuple[Word, ...]] = []
    index = 0
    while index < len(words):
        text = words[index].text
        if text in _EXEC:
            end = next((at for at in range(index + 1, len(words)) if words[at].text in (";", "+")), len(words))
            commands.append(tuple(Word(word.text.replace("{}", HOLE)) for word in words[index + 1 : end]))
            index = end
        elif text == "-delete":
            commands.append((Word("rm"), Word(HOLE)))
        elif text.startswith(HOLE) and not words[index].glob:
            return Inside(tuple(commands), unclear=("what find does with what it finds is not known before it runs",))
        index += 1
    return Inside(tuple(commands))


def fd(words: tuple[Word, ...], _command: Command) -> Inside:
    """`fd … -x command`."""
    for index, word in enumerate(words):
        if word.text in ("-x", "--exec", "-X", "--exec-batch"):
            rest = tuple(Word(re.sub(r"\{[^}]*\}", HOLE, each.text)) for each in words[index + 1 :])
            return Inside(((*rest, Word(HOLE)),))
        if re.match(r"-[A-Za-z]*[xX].|--exec(-batch)?=", word.text):
            return Inside(unclear=("what fd runs for each file is written in a way that is not read",))
    return NOTHING


def subcommand(*names: str) -> Reader:
    """`uv run command`: a launcher whose own rule covers what it starts."""

    def read(words: tuple[Word, ...], _command: Command) -> Inside:
        texts = [word.text for word in words]
        for parts in (name.split() for name in names):
            if texts[: len(parts)] == parts:
                rest = words[len(parts) :]
                # options of the launcher differ by version: each word may be the program
                commands = tuple(rest[at:] for at in range(len(rest)) if not rest[at].text.startswith("-"))
                return Inside(commands[:8], covers=True)
        return NOTHING

    return read


def shell_text(short: str, long: str = "", *, operands: int = 0) -> Reader:
    """A program that hands its operands after the first few to a shell."""
    options = Options(short, long)

    def read(words: tuple[Word, ...], command: Command) -> Inside:
        given = options.read(words)
        # flock's -c stands behind its file
        rest = options.read(given.operands[operands:]).operands
        return Inside(scripts=(joined(rest),) if rest else (), unclear=given.doubts(command.name))

    return read


def flagged_text(words: tuple[Word, ...], command: Command) -> Inside:
    """`su user -c text`, `script -c text`: the option may stand anywhere."""
    scripts = []
    for index, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if len(name) > 2 and "--command".startswith(name):
            scripts.append(Word(value) if equals else Word("".join(each.text for each in words[index + 1 : index + 2])))
        elif word.text.startswith("-") and not word.text.startswith("--") and "c" in word.text:
            attached = word.text.partition("c")[2]
            scripts.append(
                Word(attached) if attached else Word("".join(each.text for each in words[index + 1 : index + 2]))
            )
        elif word.text.startswith(HOLE):
            return Inside(scripts=tuple(scripts), unclear=(f"what {command.name} runs is not known before it runs",))
    return Inside(scripts=tuple(scripts))


def runuser(words: tuple[Word, ...], command: Command) -> Inside:
    """`runuser -u user command`, or `runuser user -c text`."""
    if any(word.text == "-u" or word.text.startswith("--user") for word in words):
        return prefix("lmpfu:g:G:s:w:", "user= group= login shell=", wrapper=False)(words, command)
    return flagged_text(words, command)


def _setting(word: Word) -> Assignment:
    name, _, value = word.text.partition("=")
    return Assignment(name or "=", Word(value))
