"""Public sandbox escapes end in ExpressionError; all of them fit in 1 GiB and 20 seconds of one processor."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline_project.errors import ExpressionError
from pipeline_project.workflows.expressions import Names, Scope, evaluate, holds, problems, references, resolve

SCOPE = Scope(input={"name": "Bo", "x": {"y": 1}}, steps={"fetch": {"a": 1}}, vars={"v": "a"})


def corpus():
    lines = Path(__file__).with_name("escapes.txt").read_text(encoding="utf-8").split("\n")
    written = [line for line in lines if line.strip() and not line.startswith("# ")]
    listed = [json.loads(line) if line.startswith('"') and len(line) > 3 else line for line in written]
    return [*listed, *computed()]


def computed():
    """What is too long for a line of a file."""
    yield from ("(" * 5_000, "[" * 3_900, "-" * 3_900 + "1", "not " * 900 + "1", "a" * 100_000, "1" * 3_999)
    yield from ("x.y" + ".y" * 1_900, "x" + "['y']" * 700, "1+" * 1_900 + "1", "2**" * 1_200 + "2", "{'a':" * 700)
    yield from ("len(" * 900 + ")" * 900, "'" + "\\" * 3_900, "1 if x else " * 300 + "1", "f" * 3_900 + "'a'")
    yield "[" + "'a' * 9," * 400 + "]"


CORPUS = corpus()


def test_the_corpus_is_a_corpus():
    assert len(CORPUS) > 200


@pytest.mark.parametrize("source", CORPUS, ids=range(len(CORPUS)))
def test_an_escape_is_an_expression_error_everywhere(source):
    with pytest.raises(ExpressionError):
        evaluate(source, SCOPE)
    with pytest.raises(ExpressionError):
        holds({"path": source, "op": "==", "value": 1}, SCOPE)
    assert isinstance(problems("${" + source + "}", Names(), where="config"), list)
    assert isinstance(references("${" + source + "}"), frozenset)
    with suppress(ExpressionError):
        resolve("${" + source + "}", SCOPE)


def test_the_whole_corpus_runs_in_little_time_and_memory():
    program = (
        "import json, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "from pipeline_project.errors import ExpressionError\n"
        "from pipeline_project.workflows.expressions import Scope, evaluate\n"
        "refused = 0\n"
        "for source in json.load(sys.stdin):\n"
        "    try:\n"
        "        evaluate(source, Scope())\n"
        "    except ExpressionError:\n"
        "        refused += 1\n"
        "sys.stdout.write(str(refused))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        input=json.dumps(CORPUS),
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert int(done.stdout) == len(CORPUS)
