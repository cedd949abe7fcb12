"""The official unit tests of the EN 16931 rules: read a set, judge each document as its authors say.

A set names the rules in scope; a test says of some rules what its document brings about: success, warning,
error. The documents are fragments, so only rules in scope are judged; one in scope that the test does not
mention must not fire. How often a rule fires is not compared (`number` counts places in the XML, a finding
is a place in the invoice). A test is skipped, never passed, when a rule is not implemented or when a rule
breaks where the document has a value that no reader can read. Refuses files of another format and
expectations the format does not know.

Format: the test sets of https://github.com/ConnectingEurope/eInvoicing-EN16931, whose namespace is that of
the VEFA validator.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lxml import etree

from pipeline_project.errors import InvalidDocument, NotFound
from pipeline_project.finance.elements import Problem
from pipeline_project.finance.invoices.models import Invoice
from pipeline_project.finance.invoices.read import read_xml
from pipeline_project.finance.rules import RULES, check_rules
from pipeline_project.finance.rules.not_implemented import reason
from pipeline_project.security import xml

Outcome = Literal["success", "warning", "error"]
Status = Literal["passed", "failed", "skipped"]

_SET = "{http://difi.no/xsd/vefa/validator/1.0}"
_OUTCOMES: dict[str, Outcome] = {
    "success": "success",
    "warning": "warning",
    "error": "error",
    "fatal": "error",
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a document should bring about at one rule."""

    rule: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test: where it stands, what it is about, its document and what is expected of it."""

    source: str
    number: int
    description: str
    expectations: tuple[Expectation, ...]
    document: bytes


@dataclass(frozen=True, slots=True)
class Judgment:
    """What was expected at one rule and what came; `got` is None where the rule could not be judged."""

    rule: str
    expected: Outcome
    got: Outcome | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one test; `reason` says why it was skipped, or why its document could not be read."""

    source: str
    number: int
    judgments: tuple[Judgment, ...]
    status: Status
    reason: str = ""


def find_sets(path: Path) -> list[Path]:
    """The test sets at `path`: the file itself, or every XML file below the folder that is one, in order.

    Raises NotFound for nothing there, InvalidDocument for a file that is no XML or a folder without sets.
    """
    if not path.exists():
        raise NotFound("there is no such file or folder", where=str(path), remedy="Check the path.")
    if path.is_file():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".xml" and file.is_file())
    sets = [file for file in files if _root(file).tag == f"{_SET}testSet"]
    if not sets:
        raise InvalidDocument(
            f"none of the {len(files)} XML files in this folder is a set of rule tests",
            where=str(path),
            remedy="Give a file whose root element is testSet, or a folder with such files.",
        )
    return sets


def read_set(path: Path) -> list[RuleTest]:
    """The tests of one file. Raises InvalidDocument for a file that is not a well-formed test set."""
    root = _root(path)
    if root.tag != f"{_SET}testSet":
        raise InvalidDocument(
            f"the root element is {etree.QName(root).localname}, not testSet",
            where=str(path),
            remedy=f"Give a test set of the name space {_SET.strip('{}')}.",
        )
    scope = _texts(root, "assert/scope")
    return [_test(element, scope, path, number) for number, element in enumerate(root.findall(f"{_SET}test"), 1)]


def judge(test: RuleTest) -> Verdict:
    """Whether the rules in scope say of the test's document what its authors say."""
    try:
        reading = read_xml(test.document, name=f"{test.source}, test {test.number}")
    except InvalidDocument as error:
        unjudged = tuple(Judgment(each.rule, each.outcome, None) for each in test.expectations)
        return Verdict(test.source, test.number, unjudged, "failed", str(error))
    judgments = tuple(
        Judgment(each.rule, each.outcome, _outcome(reading.invoice, each.rule)) for each in test.expectations
    )
    status, why = _status(judgments, reading.problems)
    return Verdict(test.source, test.number, judgments, status, why)


def _status(judgments: tuple[Judgment, ...], problems: tuple[Problem, ...]) -> tuple[Status, str]:
    unjudged = [each.rule for each in judgments if each.got is None]
    wrong = [each for each in judgments if each.got not in (each.expected, None)]
    if wrong and problems and all(each.expected == "success" for each in wrong):
        return "skipped", f"{wrong[0].rule} cannot tell: {problems[0]}"
    if wrong:
        return "failed", ""
    return ("skipped", f"{unjudged[0]} {reason(unjudged[0])}") if unjudged else ("passed", "")


def _outcome(invoice: Invoice, rule: str) -> Outcome | None:
    """The gravest finding of one rule; None for a rule that is not implemented."""
    if rule not in RULES:
        return None
    severities = {finding.severity for finding in check_rules(invoice, [rule])}
    if "error" in severities:
        return "error"
    return "warning" if severities else "success"


def _root(path: Path) -> etree._Element:
    return xml.parse(path.read_bytes(), name=str(path))


def _texts(element: etree._Element, path: str) -> list[str]:
    steps = "/".join(f"{_SET}{step}" for step in path.split("/"))
    return [(found.text or "").strip() for found in element.findall(steps)]


def _test(element: etree._Element, scope: list[str], path: Path, number: int) -> RuleTest:
    where = f"{path}, test {number}"
    documents = [child for child in element if not str(child.tag).startswith(_SET)]
    if len(documents) != 1:
        raise InvalidDocument(
            f"the test has {len(documents)} documents",
            where=where,
            remedy="Put one invoice or credit note into it, beside its assert.",
        )
    scope = [*scope, *_texts(element, "assert/scope")]
    judged: dict[str, Outcome] = dict(_expectations(element, where))
    if scope:
        judged = {rule: judged.get(rule, "success") for rule in scope}
    return RuleTest(
        source=path.name,
        number=number,
        description=" ".join(" ".join(_texts(element, "assert/description")).split()),
        expectations=tuple(Expectation(rule, outcome) for rule, outcome in judged.items()),
        document=etree.tostring(documents[0], encoding="utf-8", with_tail=False),
    )


def _expectations(element: etree._Element, where: str) -> Iterator[tuple[str, Outcome]]:
    for child in element.findall(f"{_SET}assert/*"):
        name = etree.QName(child).localname
        if name in ("description", "scope"):
            continue
        if name not in _OUTCOMES:
            raise InvalidDocument(
                f"the expectation {name!r} is not known",
                where=where,
                remedy=f"Use one of {', '.join(_OUTCOMES)}.",
            )
        yield (child.text or "").strip(), _OUTCOMES[name]
