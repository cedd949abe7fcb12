"""Which command lines change nothing.

An allow-list: a program is here with the arguments under which it only reads. Refuses to take anything else on trust.
"""

import re
from collections.abc import Callable
from typing import Final

from pipeline_project.security.commands.environment import dangerous
from pipeline_project.security.commands.git import quiet_form
from pipeline_project.security.commands.languages import plain_sed
from pipeline_project.security.commands.options import Options
from pipeline_project.security.commands.script import HOLE, Command, Script, Word

Check = Callable[[tuple[Word, ...]], bool]
_NOWHERE: Final = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr"})


def is_read_only(script: Script) -> bool:
    """Whether nothing in the script can change a file, a process or anything outside."""
    if script.unclear or not script.commands:
        return False
    for redirection in script.redirections:
        if redirection.writes and redirection.target.text not in _NOWHERE:
            return False
        if redirection.target.text.startswith(("/dev/tcp", "/dev/udp")):
            return False
    if any(dangerous(assignment.name) for assignment in script.assignments):
        return False
    return all(_reads_only(command) for command in script.commands)


def _reads_only(command: Command) -> bool:
    if not command.words or command.wrapper or command.function:
        return True
    if command.opaque is not None or command.words[0].text != command.name:
        return False
    check = _PROGRAMS.get(command.name or "")
    return check is not None and check(command.arguments)


def _always(_words: tuple[Word, ...]) -> bool:
    return True


def _without(*options: str) -> Check:
    """Any arguments but these options; a short one also inside a bundle, a long one also shortened or with `=`."""

    def check(words: tuple[Word, ...]) -> bool:
        return not any(_is_option(word, option) for word in words for option in options)

    return check


def _is_option(word: Word, option: str) -> bool:
    if word.text.startswith(HOLE):
        return not word.glob
    if option.startswith("--"):
        name = word.text.partition("=")[0]
        return len(name) > 2 and option.startswith(name)
    if len(option) == 2 and word.text.startswith("-") and not word.text.startswith("--"):
        return option[1] in word.text[1:]
    return word.text == option


def _operands_at_most(most: int, *options: str) -> Check:
    """At most so many operands, and not these options: a further operand is a file that is written."""
    without = _without(*options)

    def check(words: tuple[Word, ...]) -> bool:
        ended = next((at for at, word in enumerate(words) if word.text == "--"), len(words))
        operands = [word for word in words[:ended] if not word.text.startswith("-") or word.text == "-"]
        operands += words[ended + 1 :]
        return len(operands) <= most and all(not word.text.startswith(HOLE) for word in operands) and without(words)

    return check


_GIT_READS: Final = frozenset(
    {"status", "log", "diff", "show", "blame", "annotate", "rev-parse", "ls-files", "ls-tree", "describe", "shortlog",
     "cat-file", "rev-list", "diff-tree", "name-rev", "show-ref", "merge-base", "cherry", "count-objects",
     "whatchanged",
     "check-ignore", "grep", "version", "help", "for-each-ref", "diff-index", "diff-files", "var"}
)  # fmt: skip
_GIT_WRITES: Final = _without("--output", "--ext-diff", "--textconv", "--open-files-in-pager", "--filters")
_GIT_LISTS: Final = {
    "branch": re.compile(r"-[avrl]+|--(list|all|remotes|show-current|verbose|merged|no-merged|contains)"),
    "tag": re.compile(r"-l|-n\d*|--list"),
    "remote": re.compile(r"-v|--verbose"),
    "stash": re.compile(r"list|show"),
    "worktree": re.compile(r"list"),
    "config": re.compile(r"--get|--get-all|--list|-l|list|get"),
    "reflog": re.compile(r"show"),
}
_GIT_CONFIG_SHOWS: Final = re.compile(
    r"--(global|local|system|worktree|show-origin|show-scope|null|name-only|all|includes|(type|default|url|regexp)=.*"
    r"|bool|int|path)|-z"
)


def _git(words: tuple[Word, ...]) -> bool:
    rest = quiet_form(words, trusting=True)
    if not rest:
        return all(word.text in ("--version", "--help") for word in words)
    name, arguments = rest[0].text, rest[1:]
    if name == "grep" and any(word.text.startswith("-O") for word in arguments):
        return False
    if name in _GIT_READS:
        return _GIT_WRITES(arguments)
    listing = _GIT_LISTS.get(name)
    if listing is None or any(not word.literal for word in arguments):
        return False
    if not _GIT_WRITES(arguments):
        return False
    if name == "config":
        options = [word.text for word in arguments[1:] if word.text.startswith("-")]
        first = bool(arguments) and listing.fullmatch(arguments[0].text) is not None
        return first and all(_GIT_CONFIG_SHOWS.fullmatch(text) for text in options)
    if name in ("stash", "worktree", "reflog"):
        return bool(arguments) and listing.fullmatch(arguments[0].text) is not None
    return all(listing.fullmatch(word.text) for word in arguments)


_SED: Final = Options(
    "nErsuzl:e:", "quiet silent expression= regexp-extended separate unbuffered null-data posix debug"
)


def _sed(words: tuple[Word, ...]) -> bool:
    given = _SED.read_anywhere(words)
    scripts = given.values("-e", "--expression") or given.operands[:1]
    return given.unknown is None and all(plain_sed(script.text) for script in scripts)


_AWK: Final = Options("F:v:", "field-separator= assign= posix traditional re-interval csv sandbox")


def _awk(words: tuple[Word, ...]) -> bool:
    given = _AWK.read(words)
    program = given.operands[:1]
    # print > "file" writes; a comparison is given up with it
    return given.unknown is None and bool(program) and not re.search(rf"[>{HOLE}]", program[0].text)


def _only_version(words: tuple[Word, ...]) -> bool:
    return bool(words) and all(word.text in ("--version", "-V", "--help") for word in words)


_DATE: Final = Options("uRI::d:r:", "utc universal date= reference= iso-8601[= rfc-email rfc-3339=")


def _date(words: tuple[Word, ...]) -> bool:
    given = _DATE.read_anywhere(words)
    return given.unknown is None and all(word.text.startswith("+") for word in given.operands)


_PLAIN: Final = (
    "cat", "head", "tail", "wc", "ls", "pwd", "echo", "printf", "true", "false", ":", "test", "[", "stat",
    "basename", "dirname", "realpath", "readlink", "cut", "tr", "nl", "tac", "rev", "grep", "egrep", "fgrep",
    "zgrep", "whoami", "id", "groups", "uname", "arch", "nproc", "which", "type", "cd", "du", "df", "cmp", "comm",
    "join", "paste", "fold", "seq", "md5sum", "sha1sum", "sha256sum", "sha512sum", "cksum", "expr", "diff", "od",
    "hexdump", "strings", "column", "sleep", "uptime", "free", "ps", "pgrep", "lsof", "exit", "return", "break",
    "continue", "shift", "export", "local", "declare", "typeset", "readonly", "unset", "read", "set", "wait",
    "printenv", "locale", "tty", "zcat", "jq", "look", "getconf",
)  # fmt: skip
_PROGRAMS: Final[dict[str, Check]] = {
    **dict.fromkeys(_PLAIN, _always),
    "sort": _without("-o", "--output", "--compress-program", "-T", "--temporary-directory"),
    "uniq": _operands_at_most(1),
    "file": _without("-C", "--compile"),
    "tree": _without("-o", "-R"),
    "rg": _without("--pre", "--hostname-bin", "--search-zip", "-z"),
    "fd": _without("-x", "--exec", "-X", "--exec-batch"),
    "find": _without("-delete", "-exec", "-execdir", "-ok", "-okdir", "-fprint", "-fprint0", "-fprintf", "-fls"),
    "xxd": _operands_at_most(1, "-r"),
    "date": _date,
    "hostname": lambda words: not words,
    "env": lambda words: not words,
    "git": _git,
    **dict.fromkeys(("sed", "gsed"), _sed),
    **dict.fromkeys(("awk", "gawk", "mawk"), _awk),
    **dict.fromkeys(("python", "python3", "node", "npm", "cargo", "go", "rustc", "make", "gcc", "java"), _only_version),
}
