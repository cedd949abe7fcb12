"""What models write for "nothing" and for lists is understood; what is really wrong is still refused by its name."""

import asyncio

import pytest

from pipeline_project.tools import Session, run_tool
from pipeline_project.tools.registry import tools
from pipeline_project.tools.run import parse


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("Read", {"file_path": "a", "offset": None, "limit": "", "pages": None}, {"file_path": "a"}),
        ("Read", {"file_path": "a", "offset": "7", "limit": " 2 "}, {"file_path": "a", "offset": 7, "limit": 2}),
        ("Grep", {"pattern": "x", "-n": None, "-i": "", "output_mode": "", "glob": None}, {"pattern": "x"}),
        ("Grep", {"pattern": "x", "-C": None, "-i": "true"}, {"pattern": "x", "-i": True}),
        ("Edit", {"file_path": "a", "old_string": "", "new_string": "", "replace_all": None},
         {"file_path": "a", "old_string": "", "new_string": ""}),
        ("MultiEdit", {"file_path": "a", "edits": '[{"old_string": "x", "new_string": "y", "replace_all": null}]'},
         {"file_path": "a", "edits": [{"old_string": "x", "new_string": "y"}]}),
        ("LS", {"path": None, "ignore": "*.pyc"}, {"ignore": ["*.pyc"]}),
        ("LS", {"ignore": '["a", "b"]'}, {"ignore": ["a", "b"]}),
        ("TodoWrite", {"todos": '[{"content": "x", "status": "pending", "id": null}]'},
         {"todos": [{"content": "x", "status": "pending"}]}),
        ("TaskUpdate", {"taskId": 1, "addBlockedBy": "2", "addBlocks": None, "metadata": '{"a": null}'},
         {"taskId": "1", "addBlockedBy": ["2"], "metadata": {"a": None}}),
        ("WebSearch", {"query": "x y", "allowed_domains": "a.example", "blocked_domains": ""},
         {"query": "x y", "allowed_domains": ["a.example"]}),
        ("NotebookEdit", {"notebook_path": "a", "cell_number": "", "edit_mode": None, "new_source": ""},
         {"notebook_path": "a", "new_source": ""}),
    ],
)  # fmt: skip
def test_nulls_empty_strings_and_lists_as_text_mean_what_they_mean(name, given, meant):
    assert parse(tools().get(name), given) == parse(tools().get(name), meant)


def test_only_what_was_said_counts_as_said():
    said = parse(tools().get("TaskUpdate"), {"taskId": "1", "status": None, "owner": ""})
    assert said.model_fields_set == {"task_id", "owner"}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("Read", {"file_path": None}, "file_path"),
        ("Read", {"file_path": "a", "offset": "ten"}, "offset: Input should be a valid integer"),
        ("TodoWrite", {"todos": ""}, "todos: Input should be a list"),
        ("TodoWrite", {"todos": '{"content": "x"}'}, "todos: Input should be a list"),
        ("TodoWrite", {"todos": "[" * 100_000}, "todos: Input should be a list"),
        ("TaskCreate", {"subject": "x", "metadata": "[1]"}, "metadata: Input should be an object"),
        ("TodoWrite", {"todos": ["x"]}, "todos.0: Input should be an object"),
        (
            "TodoWrite",
            {"todos": [{"subject": "x"}]},
            "todos.0.subject is no field of it. Required in each of todos: content, status; optional: activeForm",
        ),
        ("Grep", {"pattern": "x", "nothing": None}, "nothing is no field of it"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(tmp_path, name, given, words):
    session = Session(tmp_path, "allow_all", actor="user:tester")
    result = asyncio.run(run_tool(name, given, session))
    assert result.is_error
    assert words in result.text
