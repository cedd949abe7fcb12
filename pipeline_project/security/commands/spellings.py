"""The same option in its spellings: `-f`, `-rf`, `--force`, `--forc`, `-o x`, `-ox`, `--output=x`, `kill -9`.

Words of a command or of a rule become named options and operands. Refuses to know every program: where a letter's long
name is not listed, the letter is its name, and where it is not listed that a value follows, the next word may be one.
"""

import signal
from dataclasses import dataclass
from functools import cache
from typing import Final

from pipeline_project.security.commands.script import HOLE

# program and subcommand: letters with the long names they stand for, `:` where a value follows, `=` where none does
_LETTERS: Final[dict[str, str]] = {
    "rm": "r=recursive R=recursive f=force i=interactive I=interactive v=verbose d=dir",
    "cp": "r=recursive R=recursive f=force a=archive n=no-clobber v=verbose u=update t:target-directory",
    "mv": "f=force n=no-clobber v=verbose u=update t:target-directory",
    "ln": "s=symbolic f=force v=verbose n=no-dereference",
    "mkdir": "p=parents m:mode v=verbose",
    **dict.fromkeys(("chmod", "chown", "chgrp"), "R=recursive f=quiet v=verbose c=changes"),
    "shred": "u=remove f=force z=zero n:iterations v=verbose",
    "sed": "i=in-place e:expression f:file n=quiet E=regexp-extended r=regexp-extended",
    "curl": "o:output O=remote-name X:request d:data F:form H:header u:user k=insecure L=location s=silent f=fail "
    "T:upload-file x:proxy K:config I=head A:user-agent e:referer b:cookie c:cookie-jar m:max-time w:write-out",
    "wget": "O:output-document P:directory-prefix o:output-file i:input-file q=quiet r=recursive m=mirror U:user-agent",
    "tar": "x=extract c=create t=list f:file z=gzip j=bzip2 J=xz v=verbose C:directory X:exclude-from r=append",
    "make": "f:file C:directory j:jobs B=always-make i=ignore-errors k=keep-going n=just-print",
    "umount": "f=force l=lazy a=all",
    "python": "c:c m:m W:W X:X",
    "pip install": "U=upgrade r:requirement e:editable t:target i:index-url c:constraint",
    "npm install": "g=global D=save-dev",
    "npm uninstall": "g=global",
    **dict.fromkeys(("apt", "apt-get"), "y=yes q=quiet"),
    "docker run": "i=interactive t=tty d=detach e:env v:volume p:publish w:workdir u:user l:label m:memory h:hostname",
    "docker exec": "i=interactive t=tty d=detach e:env w:workdir u:user",
    "docker rm": "f=force v=volumes l=link",
    "docker rmi": "f=force",
    "docker system": "a=all f=force",
    "docker compose": "f:file p:project-name v=volumes",
    "kubectl": "n:namespace f:filename l:selector A=all-namespaces o:output c:container",
    "psql": "c:command f:file d:dbname h:host p:port U:username o:output",
    "git push": "f=force d=delete n=dry-run u=set-upstream q=quiet v=verbose o:push-option",
    "git clean": "f=force n=dry-run q=quiet i=interactive e:exclude",
    "git branch": "f=force d=delete D=delete+force m=move M=move+force c=copy C=copy+force a=all r=remotes",
    "git tag": "f=force d=delete a=annotate m:message l=list s=sign",
    "git checkout": "f=force q=quiet b:b B:B",
    "git switch": "f=discard-changes c:create C:force-create",
    "git commit": "a=all n=no-verify m:message F:file q=quiet s=signoff c:reedit-message C:reuse-message t:template",
    "git add": "A=all f=force u=update p=patch n=dry-run",
    "git rm": "f=force n=dry-run q=quiet",
    "git rebase": "i=interactive x:exec f=force-rebase",
    "git fetch": "f=force p=prune a=append",
    "git pull": "f=force r=rebase q=quiet",
    "git worktree": "f=force",
}
# programs whose long options have one dash
_ONE_DASH: Final = frozenset(
    {"find", "java", "go", "terraform", "tofu", "gcc", "g++", "clang", "clang++", "cc", "ffmpeg", "convert", "openssl",
     "qemu", "xrandr", "ld", "javac", "dotnet", "packer", "vault", "nomad", "consul"}
)  # fmt: skip
_SIGNALLING: Final = frozenset({"kill", "pkill", "killall", "skill"})


@dataclass(frozen=True)
class Option:
    """`name`: the long name without dashes, or the letter with one. `attached`: its value, where it is one word with
    it. `following`: the word behind it, which may be its value."""

    name: str
    attached: str | None = None
    following: str | None = None


@dataclass(frozen=True)
class Operand:
    """`doubtful`: it stands behind an option whose value it may be."""

    text: str
    doubtful: bool = False


Part = Option | Operand


def key_of(program: str, operands: tuple[str, ...]) -> str:
    """Under which name the options of a program, or of its subcommand, are listed."""
    named = f"{program} {operands[0]}" if operands else program
    return named if named in _LETTERS else program


def parts(program: str, key: str, texts: tuple[str, ...]) -> tuple[Part, ...]:
    """The words behind a program, as options and operands; `--` is an option of that name."""
    found: list[Part] = []
    ended, index = False, 0
    while index < len(texts):
        text = texts[index]
        following = texts[index + 1] if index + 1 < len(texts) else None
        index += 1
        if ended or not text.startswith("-") or text == "-":
            found.append(Operand(text, doubtful=not ended and _may_be_value(found, text)))
            continue
        ended = text == "--"
        options, taken = _options(program, key, text, following)
        found += options
        index += taken
    return tuple(found)


def _may_be_value(found: list[Part], text: str) -> bool:
    last = found[-1] if found else None
    return isinstance(last, Option) and last.attached is None and last.following == text


def _options(program: str, key: str, text: str, following: str | None) -> tuple[list[Option], int]:
    """What one word with a dash says, and how many words more belong to it for certain."""
    letters, names = _listed(key)
    if program in _SIGNALLING and (number := _signal(text, following)):
        return number
    if text.startswith("--"):
        name, equals, value = text[2:].partition("=")
        name = _whole(name, names)
        takes = name in {long for long, valued in letters.values() if valued}
        if equals or (takes and following is not None):
            return [Option(name, value if equals else following)], int(not equals)
        return [Option(name, None, following)], 0
    if program in _ONE_DASH or text[1:].isdigit():
        name, equals, value = text.partition("=")
        return [Option(name, value if equals else None, following)], 0
    return _bundle(text[1:], letters, following)


def _bundle(text: str, letters: dict[str, tuple[str, bool]], following: str | None) -> tuple[list[Option], int]:
    found: list[Option] = []
    for at, letter in enumerate(text):
        long, valued = letters.get(letter, (f"-{letter}", False))
        rest = text[at + 1 :]
        if valued:
            found.append(Option(long, rest or following))
            return found, int(not rest and following is not None)
        # a letter that is not listed may have the rest of the word as its value
        attached = rest if rest and letter not in letters else None
        found += [Option(name, attached, following if not rest else None) for name in long.split("+")]
    return found, 0


@cache
def _listed(key: str) -> tuple[dict[str, tuple[str, bool]], frozenset[str]]:
    """Letters → (long name, whether a value follows); the long names."""
    entries = (entry for entry in _LETTERS.get(key, "").split())
    letters = {entry[0]: (entry[2:], entry[1] == ":") for entry in entries}
    return letters, frozenset(name for long, _ in letters.values() for name in long.split("+"))


def _whole(name: str, names: frozenset[str]) -> str:
    """The long name of which this is an unambiguous beginning, if there is one."""
    longer = [each for each in names if each.startswith(name)]
    return longer[0] if name not in names and len(longer) == 1 and HOLE not in name else name


def _signal(text: str, following: str | None) -> tuple[list[Option], int] | None:
    """`-9`, `-KILL`, `-SIGKILL`, `-s KILL`, `-n 9`, `--signal=9` as one option; None for another option."""
    name, equals, value = text.partition("=")
    if name in ("--signal", "-s", "-n"):
        given = value if equals else following
        number = _number(given or "")
        return ([Option("signal", number)], int(not equals)) if number else None
    number = _number(text[2:] if text.startswith(("-s", "-n")) and _number(text[2:]) else text[1:])
    return ([Option("signal", number)], 0) if number else None


def _number(text: str) -> str | None:
    if text.isdigit():
        return text
    found = getattr(signal, f"SIG{text.upper().removeprefix('SIG')}", None)
    return str(int(found)) if isinstance(found, signal.Signals) else None
