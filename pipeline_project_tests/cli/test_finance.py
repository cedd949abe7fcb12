"""`finance check-rules` prints a line a test and the counts, and its exit code says how it went."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SET = (
    '<testSet xmlns="http://difi.no/xsd/vefa/validator/1.0"><assert><scope>{rule}</scope></assert>'
    "<test><assert><{outcome}>{rule}</{outcome}></assert>"
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/></test></testSet>'
)


@pytest.fixture
def check(tmp_path):
    for rule, outcome in (("BR-02", "error"), ("BR-01", "success"), ("UBL-SR-12", "success")):
        (tmp_path / f"{rule}.xml").write_text(SET.format(rule=rule, outcome=outcome), encoding="utf-8")

    def run(name, *options):
        command = [sys.executable, "-m", "pipeline_project", "finance", "check-rules", name, *options]
        environment = {**os.environ, "PIPELINE_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)

    return run


def test_passed_tests_exit_with_zero(check):
    done = check("BR-02.xml")
    assert done.stdout.splitlines() == [
        "BR-02  expected error  got error  passed  BR-02.xml test 1",
        "1 passed, 0 failed, 0 skipped",
    ]
    assert done.returncode == 0


def test_a_failed_test_exits_with_one_and_a_skipped_one_says_why(check):
    done = check(".")
    failed, _, skipped, counts = done.stdout.splitlines()
    assert failed == "BR-01  expected success  got error  failed  BR-01.xml test 1"
    assert skipped.startswith("UBL-SR-12  expected success  got not judged  skipped")
    assert "is about the XML syntax" in skipped
    assert counts == "1 passed, 1 failed, 1 skipped"
    assert done.returncode == 1


def test_json_has_the_counts_and_every_test(check):
    done = check("BR-01.xml", "--json")
    answer = json.loads(done.stdout)
    assert {key: answer[key] for key in ("passed", "failed", "skipped")} == {
        "passed": 0,
        "failed": 1,
        "skipped": 0,
    }
    assert answer["tests"][0]["judgments"] == [{"rule": "BR-01", "expected": "success", "got": "error"}]
    assert done.returncode == 1


def test_unusable_input_exits_with_two_and_one_sentence(check):
    done = check("nowhere.xml")
    assert done.returncode == 2
    assert "nowhere.xml: there is no such file or folder" in done.stderr
    assert "Traceback" not in done.stderr
