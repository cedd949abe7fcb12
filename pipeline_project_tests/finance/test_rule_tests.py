"""Sets of rule tests are read and judged as their authors say, and nothing unjudged counts as passed."""

from pathlib import Path

import pytest

from pipeline_project.errors import InvalidDocument, NotFound
from pipeline_project.finance.rule_tests import find_sets, judge, read_set

OFFICIAL = Path(__file__).parents[3] / "shared" / "fixtures" / "en16931-rules"
UBL = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:{name}-2"'
    ' xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"'
    ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)
NUMBERED = f"<Invoice {UBL.format(name='Invoice')}><cbc:ID>R-1</cbc:ID></Invoice>"
EMPTY = f"<Invoice {UBL.format(name='Invoice')}/>"
CREDIT_NOTE = f"<CreditNote {UBL.format(name='CreditNote')}><cbc:ID>C-1</cbc:ID></CreditNote>"
CII = (
    '<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"'
    ' xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100">'
    "<rsm:ExchangedDocument><ram:ID>R-1</ram:ID></rsm:ExchangedDocument></rsm:CrossIndustryInvoice>"
)
CARD = (
    f"<Invoice {UBL.format(name='Invoice')}><cac:PaymentMeans><cac:CardAccount>"
    "<cbc:PrimaryAccountNumberID>12345678901</cbc:PrimaryAccountNumberID>"
    "</cac:CardAccount></cac:PaymentMeans></Invoice>"
)
UNREADABLE_DATE = f"<Invoice {UBL.format(name='Invoice')}><cbc:IssueDate>soon</cbc:IssueDate></Invoice>"


def test(expectations, document):
    asserted = "".join(f"<{outcome}>{rule}</{outcome}>" for outcome, rule in expectations)
    return f"<test><assert><description>about  it</description>{asserted}</assert>{document}</test>"


test.__test__ = False


@pytest.fixture
def write(tmp_path):
    def _write(*tests, scope=(), name="set.xml"):
        scopes = "".join(f"<scope>{rule}</scope>" for rule in scope)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            '<testSet xmlns="http://difi.no/xsd/vefa/validator/1.0" configuration="any">'
            f"<assert>{scopes}</assert>{''.join(tests)}</testSet>",
            encoding="utf-8",
        )
        return path

    return _write


def verdicts(path):
    return [judge(each) for each in read_set(path)]


def got(verdict):
    return [each.got for each in verdict.judgments]


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official rule tests are not beside this repository")
def test_the_official_tests_at_hand_are_judged_as_their_authors_say():
    judged = [verdict for path in find_sets(OFFICIAL) for verdict in verdicts(path)]
    assert {verdict.status for verdict in judged if verdict.source.startswith(("BR-CO-1", "BR-S-01"))} == {"passed"}
    assert [verdict for verdict in judged if verdict.status == "failed"] == []
    assert {each.expected for verdict in judged for each in verdict.judgments} == {"success", "error"}


@pytest.mark.parametrize("document", [NUMBERED, CREDIT_NOTE, CII], ids=["invoice", "credit note", "cii"])
def test_a_rule_that_holds_is_a_success(document, write):
    path = write(test([("success", "BR-02")], document), test([("error", "BR-02")], document), scope=["BR-02"])
    right, wrong = verdicts(path)
    assert (right.status, got(right)) == ("passed", ["success"])
    assert (wrong.status, got(wrong)) == ("failed", ["success"])


def test_a_rule_that_breaks_is_an_error(write):
    path = write(test([("error", "BR-02")], EMPTY), test([("success", "BR-02")], EMPTY), scope=["BR-02"])
    assert [verdict.status for verdict in verdicts(path)] == ["passed", "failed"]


def test_fatal_is_another_word_for_error(write):
    assert verdicts(write(test([("fatal", "BR-02")], EMPTY)))[0].status == "passed"


def test_a_warning_is_not_an_error(write):
    path = write(test([("warning", "BR-51")], CARD), test([("error", "BR-51")], CARD), scope=["BR-51"])
    assert [verdict.status for verdict in verdicts(path)] == ["passed", "failed"]


def test_a_rule_without_implementation_is_skipped_with_its_reason(write):
    [verdict] = verdicts(write(test([("success", "BR-CO-05")], NUMBERED), scope=["BR-CO-05"]))
    assert (verdict.status, got(verdict)) == ("skipped", [None])
    assert verdict.reason.startswith("BR-CO-05 compares the meaning")


def test_one_rule_without_implementation_keeps_a_test_from_passing_but_not_from_failing(write):
    rules = ["BR-02", "UBL-SR-12"]
    path = write(
        test([("success", "BR-02"), ("success", "UBL-SR-12")], NUMBERED),
        test([("success", "BR-02"), ("success", "UBL-SR-12")], EMPTY),
        scope=rules,
    )
    assert [verdict.status for verdict in verdicts(path)] == ["skipped", "failed"]


def test_rules_out_of_scope_are_not_judged(write):
    [verdict] = verdicts(write(test([("success", "BR-02"), ("error", "BR-01")], NUMBERED), scope=["BR-02"]))
    assert [each.rule for each in verdict.judgments] == ["BR-02"]


def test_a_rule_in_scope_that_a_test_does_not_mention_must_not_fire(write):
    [verdict] = verdicts(write(test([("success", "BR-02")], NUMBERED), scope=["BR-02", "BR-01"]))
    assert (verdict.status, got(verdict)) == ("failed", ["success", "error"])


def test_a_set_without_scope_judges_what_its_tests_mention(write):
    [verdict] = verdicts(write(test([("success", "BR-02"), ("error", "BR-01")], NUMBERED)))
    assert (verdict.status, got(verdict)) == ("passed", ["success", "error"])


def test_a_rule_is_not_blamed_for_a_value_that_no_reader_can_read(write):
    path = write(
        test([("success", "BR-03")], UNREADABLE_DATE),
        test([("error", "BR-03")], UNREADABLE_DATE),
        test([("error", "BR-03")], NUMBERED),
        scope=["BR-03"],
    )
    skipped, *others = verdicts(path)
    assert skipped.status == "skipped"
    assert "soon" in skipped.reason
    assert [verdict.status for verdict in others] == ["passed", "passed"]


def test_a_document_that_is_no_invoice_fails_its_test(write):
    [verdict] = verdicts(write(test([("success", "BR-02")], "<order xmlns='urn:x'/>")))
    assert (verdict.status, got(verdict)) == ("failed", [None])
    assert "set.xml, test 1" in verdict.reason


def test_a_test_knows_where_it_stands_and_what_it_is_about(write):
    _, second = read_set(write(test([], EMPTY), test([], EMPTY), scope=["BR-02"]))
    assert (second.source, second.number, second.description) == ("set.xml", 2, "about it")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<Invoice/>", "not testSet"),
        ("<testSet", "well-formed"),
        (f"<testSet xmlns='http://difi.no/xsd/vefa/validator/1.0'>{test([], '')}</testSet>", "0 documents"),
        (
            f"<testSet xmlns='http://difi.no/xsd/vefa/validator/1.0'>{test([], EMPTY * 2)}</testSet>",
            "2 documents",
        ),
        (
            f"<testSet xmlns='http://difi.no/xsd/vefa/validator/1.0'>{test([('no', 'BR-02')], EMPTY)}</testSet>",
            "'no' is not known",
        ),
    ],
)
def test_a_file_of_another_format_is_refused(content, complaint, tmp_path):
    path = tmp_path / "odd.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidDocument, match=complaint) as refused:
        read_set(path)
    assert "odd.xml" in str(refused.value)


def test_a_folder_is_searched_for_sets_and_other_documents_are_left_out(write, tmp_path):
    first = write(test([], EMPTY), name="b/one.XML")
    second = write(test([], EMPTY), name="a/two.xml")
    (tmp_path / "a" / "invoice.xml").write_text(NUMBERED, encoding="utf-8")
    (tmp_path / "a" / "notes.txt").write_text("no XML", encoding="utf-8")
    assert find_sets(tmp_path) == [second, first]


def test_a_folder_without_sets_or_a_path_with_nothing_is_refused(tmp_path):
    (tmp_path / "invoice.xml").write_text(NUMBERED, encoding="utf-8")
    with pytest.raises(InvalidDocument, match="none of the 1 XML files"):
        find_sets(tmp_path)
    with pytest.raises(NotFound, match="no such file"):
        find_sets(tmp_path / "nowhere")
