"""Shells, and builtins of the shell that run text or set variables (bash's manual, chapters 4 and 6.1)."""

import re
from typing import Final

from pipeline_project.security.commands.inside import NOTHING, Inside, joined
from pipeline_project.security.commands.script import HOLE, Assignment, Command, Word

_VALUED: Final = ("-o", "+o", "-O", "+O")
_OWN_INPUT: Final = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
_START_FILES: Final = ("--rcfile", "--init-file")


def shell(words: tuple[Word, ...], command: Command) -> Inside:
    """`bash -c text`, `bash <<EOF`, `bash file`."""
    index, code, stdin = 0, False, False
    while index < len(words):
        text = words[index].text
        if text in ("--", "-"):
            index += 1
            break
        if text[:1] not in ("-", "+") or not text:
            break
        if text.startswith(_START_FILES) or HOLE in text:
            return Inside(unclear=(f"{command.name} is started with {text.replace(HOLE, '…')}",))
        if text in ("--version", "--help"):
            return NOTHING
        if not text.startswith("--"):
            code, stdin = code or "c" in text[1:], stdin or "s" in text[1:]
            if text in _VALUED or (text[0] in "-+" and text[-1] in "oO"):
                index += 1
        index += 1
    rest = words[index:]
    if code:
        unclear = _dialect(command.name, rest[0].text) if rest else (f"{command.name} -c without a text",)
        return Inside(scripts=rest[:1], wrapper=bool(rest), unclear=unclear)
    if rest and not stdin:
        if rest[0].text.startswith(_OWN_INPUT):
            return _input(command)
        doubtful = HOLE in rest[0].text or rest[0].text.startswith(("/dev/", "/proc/"))
        unknown = (f"which file {command.name} runs is not known",) if doubtful else ()
        # a name without a slash is also looked for among the programs
        return Inside((rest,), covers=True, unclear=unknown)
    return _input(command)


def _input(command: Command) -> Inside:
    """What a shell reads from its input: a here document, or nobody knows what."""
    texts = [each for each in command.redirections if each.operator in ("<<", "<<<", "<")]
    if len(texts) == 1 and texts[0].operator != "<" and texts[0].target.literal:
        unclear = _dialect(command.name, texts[0].target.text)
        return Inside(scripts=(texts[0].target,), wrapper=True, unclear=unclear)
    return Inside(unclear=(f"{command.name} runs what it reads from its input",))


def _dialect(name: str | None, text: str) -> tuple[str, ...]:
    """Why a shell that is not bash may understand a text differently."""
    if name in ("bash", "rbash"):
        return ()
    if name not in ("sh", "dash", "ash", "ksh", "mksh"):
        return (f"{name} speaks a language of its own",)
    # `a &> b c` starts a in the background there, and runs c
    return (f"{name} may understand this otherwise than bash",) if re.search(r"&>|[|]&|\$'|\$\"|<<<", text) else ()


def source(words: tuple[Word, ...], command: Command) -> Inside:
    """`source file`: a name without a slash is also looked for among the programs."""
    if words and words[0].text.startswith(_OWN_INPUT):
        return _input(command)
    doubtful = bool(words) and words[0].text.startswith(("/dev/", "/proc/"))
    unknown = ("what is read as commands is not known before it runs",) if doubtful else ()
    return Inside((words,), covers=True, unclear=unknown) if words else NOTHING


def evaluate(words: tuple[Word, ...], _command: Command) -> Inside:
    """`eval text…`."""
    rest = words[1:] if words and words[0].text == "--" else words
    return Inside(scripts=(joined(rest),), wrapper=True) if rest else NOTHING


def trap(words: tuple[Word, ...], _command: Command) -> Inside:
    """`trap text signals…`."""
    rest = [word for word in words if word.text not in ("-p", "-l", "--", "-")]
    return Inside(scripts=(rest[0],), wrapper=True) if len(rest) > 1 else NOTHING


def alias(words: tuple[Word, ...], _command: Command) -> Inside:
    """`alias name=text`."""
    texts = tuple(Word(word.text.partition("=")[2]) for word in words if "=" in word.text)
    return Inside(scripts=texts, unclear=("an alias changes what later names mean",) if texts else ())


def sets(words: tuple[Word, ...], command: Command) -> Inside:
    """`export NAME=value`, `read NAME`, `unset NAME`: the variables it sets; an index in a name is evaluated."""
    found = []
    for word in words:
        if word.text.startswith(("-", "+")):
            if command.name in ("mapfile", "readarray") and "C" in word.text:
                return Inside(unclear=(f"{command.name} -C runs a text",))
            continue
        name, equals, value = word.text.partition("=")
        if re.search(r"\$\(|`", name) or (equals and "[" in name and HOLE in name):
            return Inside(unclear=(f"{command.name} may run what stands in an index",))
        if HOLE in name:
            return Inside(unclear=(f"which variable {command.name} sets is not known before it runs",))
        found.append(Assignment(name, Word(value if equals else HOLE)))
    return Inside(assignments=tuple(found))


def printf(words: tuple[Word, ...], command: Command) -> Inside:
    """`printf -v NAME` sets a variable."""
    if words and words[0].text.startswith("-v"):
        name = words[0].text[2:] or (words[1].text if len(words) > 1 else "")
        return sets((Word(name),), command)
    return Inside(unclear=("what printf does is not known",)) if words and words[0].text == HOLE else NOTHING


def expression(words: tuple[Word, ...], command: Command) -> Inside:
    """`test`, `let`: an index in an operand is evaluated, so a text in it may be run."""
    if any(re.search(r"\$\(|`", word.text) for word in words):
        return Inside(unclear=(f"{command.name} may run what stands in an operand",))
    return NOTHING


def strange(*reasons: tuple[str, str]) -> "StrangeOptions":
    """A builtin some of whose options run or load something: pairs of option and what it does."""
    return StrangeOptions(dict(reasons))


class StrangeOptions:
    """Reader of such a builtin."""

    def __init__(self, reasons: dict[str, str]) -> None:
        self._reasons = reasons

    def __call__(self, words: tuple[Word, ...], command: Command) -> Inside:
        for word in words:
            for option, reason in self._reasons.items():
                bundled = word.text.startswith("-") and option[1:] in word.text[1:]
                if bundled or word.text.startswith(HOLE):
                    return Inside(unclear=(f"{command.name} {option} {reason}",))
        return NOTHING
