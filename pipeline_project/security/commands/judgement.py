"""Rules held against every simple command of a command line.

Deny beats ask beats allow. Denied when any command fits a deny rule, wrapped ones too; allowed only when each one fits
an allow rule or does nothing by itself. What could not be parsed, or is known only when it runs, is asked. Deny and ask
rules hold for a command in any spelling (`Bash(rm -rf *)` also for `/bin/rm x --force -R`), allow rules for their text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from pipeline_project.security.commands.environment import dangerous
from pipeline_project.security.commands.matching import CommandRule, rule_of, spellings
from pipeline_project.security.commands.parsing import parse
from pipeline_project.security.commands.script import HOLE, Command, Script

UNCLEAR: Final = "unclear-command"
HARMLESS: Final = "harmless-command"
_HARMLESS: Final = frozenset(
    {"echo", "printf", "true", "false", ":", "test", "[", "pwd", "cd", "exit", "return", "break", "continue", "shift",
     "wait", "read", "export", "local", "declare", "typeset", "readonly", "unset", "set", "sleep", "getopts", "umask"}
)  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """`rule`: as it is written; `unclear-command` for what cannot be seen through, `harmless-command` for what does
    nothing by itself; None where no rule applied.

    `verdict` is ask when no rule applied. `reason`: one sentence. `uncovered`: the commands no rule speaks of, as a
    rule could be written for them.
    """

    verdict: Literal["allow", "ask", "deny"]
    rule: str | None
    reason: str
    uncovered: tuple[str, ...] = ()


def judge(
    command: str,
    *,
    allow: Iterable[str] = (),
    ask: Iterable[str] = (),
    deny: Iterable[str] = (),
    tool: str = "Bash",
) -> Judgement:
    """What rules such as `Bash(git *)` say to a command line."""
    return judge_script(parse(command), allow=allow, ask=ask, deny=deny, tool=tool)


def judge_script(
    script: Script,
    *,
    allow: Iterable[str] = (),
    ask: Iterable[str] = (),
    deny: Iterable[str] = (),
    tool: str = "Bash",
) -> Judgement:
    """The same for a parsed one."""
    denying, asking, allowing = (_rules(each, tool) for each in (deny, ask, allow))
    strikes: tuple[tuple[tuple[CommandRule, ...], Literal["ask", "deny"]], ...] = ((denying, "deny"), (asking, "ask"))
    for rules, verdict in strikes:
        found = _strike(script, rules)
        if found is not None:
            rule, command = found
            return Judgement(verdict, rule.source, f"{rule.source} covers `{_short(command)}`")
    doubtful = _doubt(script, (*denying, *asking), allowing)
    everything = next((rule for rule in allowing if rule.everything), None)
    if everything is not None and not (doubtful and (denying or asking)):
        return Judgement("allow", everything.source, f"{everything.source} covers every command")
    if doubtful:
        return Judgement("ask", UNCLEAR, doubtful)
    uncovered = [command for command in script.commands if not _covered(command, allowing)]
    if uncovered:
        rules = dict.fromkeys(spellings(each, trusting=True)[-1].replace(HOLE, "*") for each in uncovered)
        return Judgement("ask", None, f"no rule covers `{_short(uncovered[0])}`", tuple(rules))
    used = [
        rule.source for rule in allowing if any(rule.surely(spellings(each, trusting=True)) for each in script.commands)
    ]
    if not used and not allowing:
        return Judgement("ask", None, "no rule covers it")
    if not used:
        return Judgement("allow", HARMLESS, "nothing in it does anything by itself")
    return Judgement("allow", used[0], f"{', '.join(used)} cover{'s' if len(used) == 1 else ''} every command in it")


def _rules(sources: Iterable[str], tool: str) -> tuple[CommandRule, ...]:
    return tuple(rule for source in sources if (rule := rule_of(source, tool)) is not None)


def _strike(script: Script, rules: tuple[CommandRule, ...]) -> tuple[CommandRule, Command] | None:
    """The first rule that surely fits a command."""
    for rule in rules:
        if rule.everything:
            return rule, script.commands[0] if script.commands else Command(())
        for command in script.commands:
            if rule.surely(spellings(command, trusting=False)) or rule.means(command):
                return rule, command
    return None


def _doubt(script: Script, against: tuple[CommandRule, ...], allowing: tuple[CommandRule, ...]) -> str | None:
    """Why what the script does cannot be known well enough, in one sentence."""
    if script.unclear:
        return script.unclear[0]
    for assignment in script.assignments:
        if dangerous(assignment.name):
            return f"it sets {assignment.name}, which changes what programs do"
    for redirection in script.redirections:
        if redirection.target.text.startswith(("/dev/tcp/", "/dev/udp/")):
            return "it opens a network connection through a redirection"
    for command in script.commands:
        texts = spellings(command, trusting=False)
        for rule in against:
            if rule.perhaps(texts) or rule.may_mean(command):
                return f"{rule.source} may cover `{_short(command)}`, which is known only when it runs"
        if command.opaque is not None and against and not _named(command, against, allowing):
            return f"`{command.name}` runs code that is not looked through"
    return None


def _named(command: Command, against: tuple[CommandRule, ...], allowing: tuple[CommandRule, ...]) -> bool:
    """Whether a rule allows this very program, and its code mentions none that another rule speaks of."""
    texts = spellings(command, trusting=True)
    if not any(not rule.everything and rule.surely(texts) for rule in allowing):
        return False
    first = {re.split(r"[ *:]", pattern)[0].rpartition("/")[2] for rule in against for pattern in rule.patterns}
    return not any(name and name in (command.opaque or "") for name in first) and HOLE not in (command.opaque or "")


def _covered(command: Command, allowing: tuple[CommandRule, ...]) -> bool:
    if not command.words or command.wrapper or command.covered or command.function:
        return True
    if any(rule.surely(spellings(command, trusting=True)) for rule in allowing):
        return True
    return command.name in _HARMLESS and command.words[0].text == command.name


def _short(command: Command) -> str:
    text = str(command)
    return text if len(text) <= 80 else f"{text[:79]}…"
