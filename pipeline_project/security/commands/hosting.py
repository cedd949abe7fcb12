"""Programs with an option that names a command: archivers, copiers, remote shells, searchers."""

from itertools import pairwise
from typing import Final

from pipeline_project.security.commands.inside import NOTHING, Inside, Reader, joined
from pipeline_project.security.commands.options import Options
from pipeline_project.security.commands.script import HOLE, Command, Word

_SSH: Final = Options("1246AaCfGgKkMNnqsTtVvXxYyB:b:c:D:E:e:F:I:i:J:L:l:m:O:o:P:p:Q:R:S:W:w:")


def naming(*options: str) -> Reader:
    """A program whose `options` have a command as their value, attached, after `=` or in the next word."""

    def read(words: tuple[Word, ...], command: Command) -> Inside:
        scripts, unclear = [], []
        for index, word in enumerate(words):
            following = words[index + 1] if index + 1 < len(words) else Word("")
            if word.text.startswith(HOLE) and not word.glob:
                unclear.append(f"{command.name} may be given an option that runs a command")
            for option in options:
                value = _value(option, word.text, following)
                if value is not None:
                    scripts.append(value)
        # an operand that is not known is an ordinary file far more often than an option
        return Inside(scripts=tuple(each for each in scripts if each.text), unclear=tuple(unclear[:1]))

    return read


def _value(option: str, text: str, following: Word) -> Word | None:
    if text == option:
        return following
    if option.startswith("--"):
        name, equals, value = text.partition("=")
        shortened = len(name) > 5 and option.startswith(name)
        return (Word(value) if equals else following) if name == option or shortened else None
    if len(option) == 2 and text.startswith("-") and not text.startswith("--") and option[1] in text[1:]:
        rest = text.partition(option[1])[2]
        return Word(rest) if text.startswith(option) and rest else following
    return None


def ssh(words: tuple[Word, ...], _command: Command) -> Inside:
    """`ssh host command`: the command runs there; some options run one here."""
    given = _SSH.read(words)
    local = tuple(
        Word(value.text.partition("=")[2] or value.text.partition(" ")[2])
        for value in given.values("-o")
        if value.text.lower().startswith(("proxycommand", "localcommand", "knownhostscommand", "match"))
    )
    # options may also stand behind the host
    remote = _SSH.read(given.operands[1:]).operands
    return Inside(scripts=(*local, *((joined(remote),) if remote else ())), unclear=given.doubts("ssh"))


def tar(words: tuple[Word, ...], command: Command) -> Inside:
    """tar runs compressors, checkpoint actions and volume scripts."""
    found = naming("--to-command", "--use-compress-program", "-I", "--rsh-command", "--info-script", "-F",
                   "--new-volume-script")(words, command)  # fmt: skip
    scripts = list(found.scripts)
    for index, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        value = value if equals else "".join(each.text for each in words[index + 1 : index + 2])
        if len(name) > 12 and "--checkpoint-action".startswith(name) and value.startswith("exec"):
            scripts.append(Word(value.partition("=")[2]))
    old_style = bool(words) and not words[0].text.startswith("-") and any(letter in words[0].text for letter in "IF")
    unclear = (*found.unclear, *(("tar is given an option that runs a command",) if old_style else ()))
    return Inside(scripts=tuple(scripts), unclear=unclear)


def make(words: tuple[Word, ...], _command: Command) -> Inside:
    """`make SHELL=…`, `--eval`, `-f -` run what the makefile does not say."""
    for word in words:
        if word.text.startswith(("SHELL=", "--eval", "MAKEFLAGS=", ".SHELLFLAGS=")) or word.text in ("-f-", "-E"):
            return Inside(opaque=word.text)
    texts = [word.text for word in words]
    pairs = [second for first, second in pairwise(texts) if first in ("-f", "--file", "--makefile")]
    piped = any(name == "-" or name.startswith((HOLE, "/dev/", "/proc/")) for name in pairs)
    return Inside(opaque=HOLE) if piped else NOTHING
