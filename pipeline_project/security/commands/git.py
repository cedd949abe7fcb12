"""git: options before its subcommand, and the many places where it runs a command (git-scm.com/docs)."""

import re
from typing import Final

from pipeline_project.security.commands.inside import Inside
from pipeline_project.security.commands.options import Options, Read
from pipeline_project.security.commands.script import Command, Word

_GLOBAL: Final = Options(
    "C:c:pPhv",
    "exec-path[= html-path man-path info-path paginate no-pager no-replace-objects bare git-dir= work-tree= namespace= "
    "super-prefix= config-env= literal-pathspecs glob-pathspecs noglob-pathspecs icase-pathspecs no-optional-locks "
    "no-lazy-fetch attr-source= help version list-cmds=",
)
_QUIET: Final = frozenset(
    {"-C", "-P", "--no-pager", "--no-optional-locks", "--literal-pathspecs", "--glob-pathspecs", "--noglob-pathspecs",
     "--icase-pathspecs", "--no-replace-objects", "--no-lazy-fetch"}
)  # fmt: skip
_HARMLESS_KEYS: Final = re.compile(
    r"(?i)user\.(name|email)|author\..*|committer\..*|color\..*|column\..*|advice\..*|init\.defaultbranch|log\.(date|decorate)"
    r"|core\.(quotepath|autocrlf|eol|filemode|ignorecase|abbrev|longpaths|precomposeunicode)|diff\.(algorithm|renames"
    r"|noprefix|mnemonicprefix|context)|merge\.conflictstyle|push\.default|pull\.(rebase|ff)|rebase\.autosquash|safe\.directory"
    r"|commit\.gpgsign|tag\.gpgsign|gc\.auto|fetch\.prune|status\..*|blame\..*|grep\.(linenumber|extendedregexp|patterntype)"
)
_SHOWING_KEYS: Final = re.compile(r"(?i)core\.(pager|editor)|pager\.\w+|sequence\.editor")
_IDLE: Final = frozenset({"cat", "true", "false", ":", ""})
# option (of any subcommand) whose value is shell code
_CODE: Final = (
    "--upload-pack", "--receive-pack", "--exec", "--extcmd", "--open-files-in-pager", "--sendmail-cmd", "--tree-filter",
    "--index-filter", "--msg-filter", "--env-filter", "--commit-filter", "--parent-filter", "--tag-name-filter",
    "--to-cmd", "--cc-cmd", "--smtp-server", "--setup",
)  # fmt: skip
_CODE_LETTERS: Final = {"rebase": "x", "grep": "O", "clone": "u", "difftool": "x", "fetch-pack": "u"}


def read_globals(words: tuple[Word, ...]) -> Read:
    """The options before the subcommand."""
    return _GLOBAL.read(words)


def git(words: tuple[Word, ...], _command: Command) -> Inside:
    """The commands that configuration, options and some subcommands run."""
    given = read_globals(words)
    unclear = list(given.doubts("git"))
    if any(name in ("--exec-path", "--config-env") and value.text for name, value in given.found):
        unclear.append("git is told to find its own programs elsewhere")
    scripts: list[Word] = []
    for setting in given.values("-c"):
        _configured(setting, scripts, unclear)
    rest = given.operands
    if not rest:
        return Inside(scripts=tuple(scripts), unclear=tuple(unclear))
    commands = _started(rest, scripts)
    _read_options(rest, scripts, unclear)
    return Inside(commands, tuple(scripts), unclear=tuple(unclear))


def quiet_form(words: tuple[Word, ...], *, trusting: bool) -> tuple[Word, ...] | None:
    """The words from the subcommand on; None if `trusting` and an option before it could do more."""
    given = read_globals(words)
    harmless = all(name in _QUIET or (name == "-c" and _harmless(value)) for name, value in given.found)
    if given.unknown or (trusting and not harmless):
        return None
    return given.operands


def _harmless(setting: Word) -> bool:
    key, _, value = setting.text.partition("=")
    return _HARMLESS_KEYS.fullmatch(key) is not None or (_SHOWING_KEYS.fullmatch(key) is not None and value in _IDLE)


def _configured(setting: Word, scripts: list[Word], unclear: list[str]) -> None:
    """A setting that may name a program: its value is read as code."""
    key, _, value = setting.text.partition("=")
    if _harmless(setting):
        return
    unclear.append(f"the setting {key} of git may run a command".replace("\0", "…"))
    if value.strip("! "):
        scripts.append(Word(value.removeprefix("!")))


def _started(rest: tuple[Word, ...], scripts: list[Word]) -> tuple[tuple[Word, ...], ...]:
    texts = [word.text for word in rest]
    if texts[:2] == ["bisect", "run"]:
        return (rest[2:],)
    if texts[:2] == ["submodule", "foreach"]:
        code = [word for word in rest[2:] if word.text not in ("--recursive", "-q", "--quiet")]
        scripts.append(Word(" ".join(word.text for word in code)))
    if texts[0] == "config":
        pairs = [word for word in rest[1:] if not word.text.startswith("-")]
        pairs = pairs[1:] if pairs and pairs[0].text in ("set", "--add") else pairs
        if len(pairs) > 1 and not _HARMLESS_KEYS.fullmatch(pairs[0].text):
            scripts.append(Word(pairs[1].text.removeprefix("!")))
    return ()


def _read_options(rest: tuple[Word, ...], scripts: list[Word], unclear: list[str]) -> None:
    letter = _CODE_LETTERS.get(rest[0].text)
    for index, word in enumerate(rest[1:], start=1):
        text = word.text
        following = rest[index + 1] if index + 1 < len(rest) else Word("")
        name, equals, value = text.partition("=")
        # git takes an unambiguous beginning of a long option for the whole
        if name.startswith("--") and len(name) > 4 and any(option.startswith(name) for option in _CODE):
            scripts.append(Word(value) if equals else following)
        elif letter and text.startswith(f"-{letter}"):
            scripts.append(Word(text[2:]) if text[2:] else following)
        elif rest[0].text == "clone" and (text in ("-c", "--config") or text.startswith(("--config=", "-c"))):
            _configured(Word(value) if text.startswith("--config=") else following, scripts, unclear)
        elif text.startswith("ext::"):
            scripts.append(Word(text.removeprefix("ext::")))
