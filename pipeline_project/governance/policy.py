"""Rule sets: what a policy file or mapping says.

    allow: [Read, "Edit(src/**)", "Bash(git *)"]
    ask:   ["Bash(git push *)"]
    deny:  ["Read(.env)", "WebFetch(domain:example.com)"]
    actors:
      agent:reviewer: {deny: [Edit]}

Deny beats ask beats allow. Refuses a file with a single rule that cannot be read: a rule that is left out quietly is a
permission nobody gave.
"""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal, cast

import yaml

from pipeline_project.errors import InvalidInput, NotConfigured
from pipeline_project.governance.rules import Rule, Verdict, parse_rule

_VERDICTS: Final = ("allow", "ask", "deny")
_DEFAULTS: Final = (*_VERDICTS, "levels")
_KINDS: Final = ("user", "agent", "workflow")
"""What an actor's name begins with, before the colon."""
_KEYS: Final = (*_VERDICTS, "default", "actors")
Default = Verdict | Literal["levels"]
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Policy:
    """Rules by verdict.

    `default`: the verdict on what no rule covers; "levels" leaves it to the built-in levels, and so does None, unless
    there is an allow rule: then it denies. `actors`: more rules for the actors of a name (`agent:reviewer`, `agent:*`).
    """

    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    default: Default | None = None
    actors: Mapping[str, "Policy"] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        for name in _VERDICTS:
            for rule in getattr(self, name):
                parse_rule(rule)

    def for_actor(self, actor: str) -> "Policy":
        """These rules and those of the sections that name the actor; the most specific section's default counts."""
        if not self.actors:
            return self
        sections = [key for key in sorted(self.actors, key=len) if key == actor or fnmatchcase(actor, key)]
        merged = Policy(self.allow, self.ask, self.deny, self.default)
        for key in sections:
            more = self.actors[key]
            merged = Policy(
                merged.allow + more.allow,
                merged.ask + more.ask,
                merged.deny + more.deny,
                more.default or merged.default,
            )
        return merged

    @cached_property
    def rules(self) -> dict[Verdict, tuple[Rule, ...]]:
        """Its own rules, parsed."""
        return {
            "allow": tuple(map(parse_rule, self.allow)),
            "ask": tuple(map(parse_rule, self.ask)),
            "deny": tuple(map(parse_rule, self.deny)),
        }


ALLOW_ALL: Final = Policy(allow=("*",))
"""Trusts the caller with everything."""


def as_policy(value: "Policy | Mapping[str, Any] | str | None", *, known: Collection[str] = ()) -> Policy | None:
    """The policy of what a caller gave: one, a mapping as in a policy file, "allow_all", or None.

    `known`: as for `load_policy`. Raises InvalidInput naming every problem with its place.
    """
    if value is None or isinstance(value, Policy):
        return value
    if value == "allow_all":
        return ALLOW_ALL
    if not isinstance(value, Mapping):
        remedy = 'Give a mapping with allow, ask and deny, or "allow_all".'
        raise InvalidInput(f"{value!r} is no policy", where="policy", remedy=remedy)
    problems: list[tuple[Place, str]] = []
    policy = _policy(value, (), problems, known)
    if problems:
        raise _refusal("policy", [f"{_spelled(place)}: {problem}" for place, problem in problems])
    return policy


def load_policy(path: Path, *, known: Collection[str] = ()) -> Policy:
    """The policy of a YAML file.

    `known`: names of tools and step types; where given, a rule about another name is refused. Raises InvalidInput
    naming every problem with its line, NotConfigured for a file that cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Correct PIPELINE_POLICY_FILE, or write the file."
        raise NotConfigured(f"the policy cannot be read: {error}", where=str(path), remedy=remedy) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidInput(f"is no YAML: {' '.join(str(error).split())}", where=str(path)) from error
    if not isinstance(value, Mapping) or not isinstance(node, yaml.MappingNode):
        raise InvalidInput("is no mapping", where=str(path), remedy="Write allow, ask and deny lists.")
    problems = _duplicates(node, ())
    policy = _policy(value, (), problems, known)
    if problems:
        numbered = sorted((_line(node, place), _spelled(place), problem) for place, problem in problems)
        raise _refusal(str(path), [f"line {line}, {place}: {problem}" for line, place, problem in numbered])
    return policy


def _policy(
    value: Mapping[Any, Any], place: Place, problems: list[tuple[Place, str]], known: Collection[str]
) -> Policy:
    for key in value:
        if key not in _KEYS or (place and key == "actors"):
            near = difflib.get_close_matches(str(key), _KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_KEYS)}"
            problems.append(((*place, str(key)), f"is no part of a policy; {hint}"))
    lists = {name: _rules(value.get(name), (*place, name), problems, known) for name in _VERDICTS}
    default = value.get("default")
    if default is not None and default not in _DEFAULTS:
        problems.append(((*place, "default"), f"is allow, ask, deny or levels, not {default!r}"))
        default = None
    actors: dict[str, Policy] = {}
    given = None if place else value.get("actors")
    if given is not None and not isinstance(given, Mapping):
        problems.append((("actors",), "is a mapping of actor to rules"))
    elif given is not None:
        for name, section in given.items():
            if not _names_actors(str(name)):
                problems.append(
                    (("actors", str(name)), "names no actor; write user:…, agent:…, workflow:… or a * in it")
                )
            if isinstance(section, Mapping):
                actors[str(name)] = _policy(section, ("actors", str(name)), problems, known)
            else:
                problems.append((("actors", str(name)), "is a mapping with allow, ask and deny"))
    return Policy(**lists, default=cast("Default | None", default), actors=actors)


def _names_actors(key: str) -> bool:
    """Whether a section can be about anybody: kinds of actors are few, and a misspelt one would forbid nothing."""
    kind, colon, name = key.partition(":")
    return bool(name) and any(fnmatchcase(each, kind) for each in _KINDS) if colon else "*" in key


def _rules(value: Any, place: Place, problems: list[tuple[Place, str]], known: Collection[str]) -> tuple[str, ...]:
    """The rules of a list that can be read; the others are named in `problems`."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        problems.append((place, "is a list of rules"))
        return ()
    good = []
    for index, rule in enumerate(value):
        if not isinstance(rule, str):
            problems.append(((*place, index), f"is a text, not {rule!r} (quote it)"))
            continue
        try:
            parsed = parse_rule(rule)
        except InvalidInput as error:
            problems.append(((*place, index), str(error)))
            continue
        if known and _is_stranger(parsed, known):
            near = difflib.get_close_matches(parsed.tool, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(((*place, index), f"there is no tool or step {parsed.tool!r}{hint}"))
        good.append(parsed.source)
    return tuple(good)


def _is_stranger(rule: Rule, known: Collection[str]) -> bool:
    """Whether nothing has the name the rule is about; tools of MCP servers are known only when those run."""
    return "*" not in rule.tool and rule.tool not in known and not rule.tool.startswith("mcp__")


def _duplicates(node: yaml.Node, place: Place) -> list[tuple[Place, str]]:
    found: list[tuple[Place, str]] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                found.append(((*place, str(key.value)), "is there twice"))
            seen.add(str(key.value))
            found += _duplicates(value, (*place, str(key.value)))
    return found


def _line(node: yaml.Node, place: Place) -> int:
    """The line of a place, or of the nearest thing around it."""
    line = node.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if str(key.value) == str(step)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def _spelled(place: Place) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _refusal(where: str, problems: list[str]) -> InvalidInput:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return InvalidInput(f"{count}: {'; '.join(problems)}", where=where)
