"""Files: a broken one leaves the others working and says in one sentence what is wrong where."""

import pytest

from pipeline_project.errors import InvalidDefinition, NotFound
from pipeline_project.workflows import load as loading

GOOD = "id: good\nsteps:\n  a: {type: delay, config: {seconds: 1}}\n"


def only_problem(path):
    (source,) = loading.load([path]).sources
    (problem,) = source.report.problems
    return problem.message


def test_a_broken_file_leaves_the_others_working(tmp_path):
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text("id: bad\nsteps: {")
    (tmp_path / "notes.txt").write_text("not a workflow")
    catalog = loading.load([tmp_path])
    assert list(catalog.definitions) == ["good"]
    assert [source.path.name for source in catalog.broken] == ["bad.yaml"]
    with pytest.raises(InvalidDefinition, match="line 2"):
        catalog.get("bad")
    with pytest.raises(NotFound, match="Known workflows: good"):
        catalog.get("other")


def test_a_workflow_that_is_read_and_has_a_problem_is_no_definition(tmp_path):
    (tmp_path / "bad.yaml").write_text("id: bad\nsteps:\n  a: {type: delay, config: {sekonds: 1}}\n")
    catalog = loading.load([tmp_path])
    assert catalog.definitions == {}
    with pytest.raises(InvalidDefinition, match="sekonds"):
        catalog.get("bad")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id: x\nsteps:\n  a: {type: delay}\n  a: {type: delay}\n", "line 4, column 3: .* the key 'a' is said twice"),
        (b"- 1\n- 2\n", "a workflow file holds a mapping"),
        (b"", "a workflow file holds a mapping"),
        (b"id: \xff\xfe\n", "is not UTF-8 text"),
        (b"id: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        (b"x" * (1024 * 1024 + 1), "is larger than 1024 kB"),
        (b"a: " + b"[" * 200 + b"]" * 200, "deeper than 100|not valid YAML"),
    ],
)
def test_what_is_no_workflow_file_is_told_in_one_sentence(tmp_path, content, message):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    assert __import__("re").search(message, only_problem(path))


def test_anchors_that_unfold_without_measure_are_refused(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines))
    assert "use fewer anchors" in only_problem(path)


def test_a_file_that_is_not_there_is_a_problem_of_that_file(tmp_path):
    assert "cannot be read: No such file" in only_problem(tmp_path / "gone.yaml")


def test_an_id_taken_twice_is_the_second_files_problem(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    catalog = loading.load([tmp_path])
    assert len(catalog.definitions) == 1
    assert "is taken by" in loading.summary(catalog.broken[0].report)


def test_the_shipped_templates_are_valid():
    catalog = loading.load([loading.TEMPLATES])
    assert [loading.summary(source.report) for source in catalog.broken] == []
    assert catalog.definitions
