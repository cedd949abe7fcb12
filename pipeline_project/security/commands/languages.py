"""Programs that run code in another language: awk and sed are looked into, others are only known to run some.

Refuses to understand them: what is not plainly harmless is unclear.
"""

import re
from typing import Final

from pipeline_project.security.commands.inside import NOTHING, Inside, Reader
from pipeline_project.security.commands.options import Options
from pipeline_project.security.commands.script import HOLE, Command, Word

_AWK: Final = Options(
    "F:v:f:e:i:l:E:bcCghLMnNOPrsStVk:d::D::o::p::I",
    "field-separator= assign= file= source= include= load= exec= sandbox posix traditional re-interval lint[= csv "
    "characters-as-bytes non-decimal-data optimize pretty-print[= profile[= dump-variables[= bignum help version",
)
_AWK_RUNS: Final = re.compile(r"system|(?<!\|)\|(?!\|)|\|&|getline|@|close\s*\(")
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


def awk(words: tuple[Word, ...], command: Command) -> Inside:
    """awk's `system()`, pipes and `getline` run shell commands: their strings are read as such."""
    given = _AWK.read(words)
    if given.has("-f", "--file", "-E", "--exec", "-i", "--include", "-l", "--load"):
        return Inside(opaque="a program in a file", unclear=given.doubts(command.name))
    programs = given.values("-e", "--source") or given.operands[:1]
    text = "\n".join(program.text for program in programs)
    if HOLE in text:
        return Inside(opaque=text, unclear=(f"what {command.name} does is not known before it runs",))
    if not _AWK_RUNS.search(re.sub(r"\|\|", " ", text)):
        return Inside(unclear=given.doubts(command.name))
    strings = tuple(Word(match[1].replace('\\"', '"').replace("\\\\", "\\")) for match in _STRING.finditer(text))
    code = tuple(each for each in strings if each.text.strip())
    return Inside(scripts=code, unclear=(f"{command.name} may run what it puts together",))


_SED: Final = Options(
    "nErf:e:i::l:suzbV",
    "quiet silent debug expression= file= follow-symlinks in-place[= line-length= posix regexp-extended separate "
    "sandbox unbuffered null-data zero-terminated binary help version",
)
_ADDRESS: Final = r"(?:\d+(?:~\d+)?|\$|/(?:[^/\\\n]|\\.)*/[IM]*)"
_SUBSTITUTE: Final = r"s(?P<d>[^\w\s\\])(?:(?!(?P=d))[^\\\n]|\\.)*(?P=d)(?:(?!(?P=d))[^\\]|\\.)*(?P=d)[gpiIm0-9]*"
_TRANSLATE: Final = r"y(?P<t>[^\w\s\\])(?:(?!(?P=t))[^\\\n]|\\.)*(?P=t)(?:(?!(?P=t))[^\\\n]|\\.)*(?P=t)"
_PLAIN: Final = re.compile(
    rf"\s*(?:{_ADDRESS}(?:\s*,\s*(?:[+~]?\d+|{_ADDRESS}))?)?\s*!?\s*"
    rf"(?:[pPdDnNhHgGxlz=]|[qQ]\d*|[aic]\\?[^\n;}}]*|[{{}}]|{_SUBSTITUTE}|{_TRANSLATE})?\s*(?:[;\n}}]|$)"
)


def sed(words: tuple[Word, ...], _command: Command) -> Inside:
    """sed's `e` runs commands and `w` writes files; a script that is not plainly free of both is unclear."""
    given = _SED.read(words)
    # an operand that is not known is a file far more often than an option
    behind = _SED.read_anywhere(tuple(word for word in given.operands if not word.text.startswith(HOLE)))
    if given.has("-f", "--file") or behind.has("-f", "--file"):
        return Inside(opaque="a script in a file", unclear=given.doubts("sed"))
    if given.has("--sandbox"):
        return Inside(unclear=given.doubts("sed"))
    named = given.values("-e", "--expression") + behind.values("-e", "--expression")
    scripts = named or given.operands[:1]
    for script in scripts:
        if not plain_sed(script.text):
            pieces = re.split(r"[\n;{}]", script.text)
            runs = tuple(Word(match[1]) for piece in pieces if (match := re.fullmatch(r"[\s\d,$]*e\s+(.+)", piece)))
            flagged = re.search(r"s(\W)(?:.*?)\1(.*?)\1\w*e", script.text, re.DOTALL)
            found = (*runs, *((Word(flagged[2]),) if flagged else ()))
            return Inside(scripts=found, unclear=("sed may run a command or write a file",))
    return Inside(unclear=given.doubts("sed"))


def plain_sed(text: str) -> bool:
    """Whether a sed script certainly neither runs nor writes anything besides its output."""
    at = 0
    while at < len(text):
        match = _PLAIN.match(text, at)
        if match is None or match.end() == at:
            return False
        at = match.end()
    return HOLE not in text


_RUNNING_MODULES: Final = frozenset({"timeit", "code", "pdb", "cProfile", "profile", "trace", "runpy", "idlelib"})
"""Modules of Python that run code from their arguments or their input."""


def interpreter(flags: str, *names: str, valued: str = "", files: bool = True) -> Reader:
    """A language's interpreter: letters that make the next word code, and longer options that do.

    `valued`: letters whose value may be the next word. `files`: without an operand it runs its input.
    """

    def read(words: tuple[Word, ...], command: Command) -> Inside:
        value = False
        for index, word in enumerate(words):
            text = word.text
            if value:
                value = False
                continue
            if text == "-":
                return Inside(opaque=_input(command))
            value = len(text) > 1 and text[0] == "-" and text[1] != "-" and text[-1] in valued
            following = words[index + 1].text if index + 1 < len(words) else ""
            if text in names or any(text.startswith(f"{name}=") for name in names if name.startswith("--")):
                return Inside(opaque=following if text in names else text)
            if text == "-m" and following in _RUNNING_MODULES:
                return Inside(opaque=" ".join(each.text for each in words[index + 1 :]))
            if text.startswith("-") and not text.startswith("--") and any(flag in text[1:] for flag in flags):
                return Inside(opaque=f"{text} {following}")
            if HOLE in text[:1]:
                return Inside(opaque=HOLE)
            if not text.startswith("-"):
                return NOTHING
        if any(word.text in ("--version", "-V", "--help", "-h", "-v") for word in words) or not files:
            return NOTHING
        return Inside(opaque=_input(command))

    return read


def _input(command: Command) -> str:
    """The program an interpreter reads from its input, or the file it is in, as far as it is written there."""
    inputs = [each.target.text for each in command.redirections if each.operator in ("<", "<<", "<<<")]
    return inputs[-1] if inputs else HOLE


def editor(*options: str, reads: bool = False) -> Reader:
    """An editor or pager that runs commands given on its command line (`vim -c '!…'`, `less +!…`).

    `options`: how such a word begins. `reads`: it takes commands from its input, too.
    """

    def read(words: tuple[Word, ...], _command: Command) -> Inside:
        for index, word in enumerate(words):
            if word.text.startswith((*options, "+")) or (word.text.startswith(HOLE) and not word.glob):
                return Inside(opaque=" ".join(each.text for each in words[index:]))
        told = any(word.text in ("--version", "--help") for word in words)
        return Inside(opaque=HOLE) if reads and not told else NOTHING

    return read
