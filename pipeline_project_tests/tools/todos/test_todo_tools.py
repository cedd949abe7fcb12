"""The list of a session: replaced as a whole, changed task by task, one store, kept in the database."""

import asyncio

import pytest

from pipeline_project.persistence.engine import Database
from pipeline_project.tools import Session, run_tool


@pytest.fixture(params=["session", "database"])
def database(request, tmp_path):
    if request.param == "session":
        yield None
    else:
        opened = Database(f"sqlite:///{tmp_path / 'store.db'}")
        yield opened
        opened.dispose()


@pytest.fixture
def use(tmp_path, database):
    """Calls a tool as an agent under the built-in rules, which ask nobody about a list."""
    session = Session(tmp_path, session_id="s1", database=database)

    def call(tool, **arguments):
        return asyncio.run(run_tool(tool, arguments, session))

    return call


def todo(content, status="pending", **more):
    return {"content": content, "status": status, **more}


def test_the_whole_list_is_replaced_and_read(use):
    result = use("TodoWrite", todos=[todo("Run", "in_progress", activeForm="Running"), todo("Rest")])
    assert result.text == "The list is now:\n1. [~] Run\n2. [ ] Rest"
    assert result.structured["oldTodos"] == []
    assert result.structured["newTodos"][0] == {
        "id": "1", "content": "Run", "status": "in_progress", "activeForm": "Running",
    }  # fmt: skip
    use("TodoWrite", todos=[todo("Rest", "completed")])
    assert use("TodoRead").text == "2. [x] Rest"
    assert use("TodoWrite", todos=[]).text == "The to-do list is empty."


def test_the_older_shape_is_taken(use):
    use("TodoWrite", todos=[todo("A", id="7", priority="high"), todo("B", id=9, priority="low"), todo("C")])
    assert [(each["id"], each.get("priority")) for each in use("TodoRead").structured["todos"]] == [
        ("7", "high"), ("9", "low"), ("10", None),
    ]  # fmt: skip


def test_several_in_progress_are_taken_with_a_remark(use):
    text = use("TodoWrite", todos=[todo("A", "in_progress"), todo("B", "in_progress")]).text
    assert text.endswith("2 items are in progress; usually it is one at a time.")


@pytest.mark.parametrize(("todos", "words"), [
    ([todo("A", "doing")], "todos.0.status: Input should be 'pending', 'in_progress' or 'completed'"),
    ([todo("")], "todos.0.content: String should have at least 1 character"),
    ([{"content": "A"}], "todos.0.status is missing"),
    ([todo("A", id="1"), todo("B", id="1")], "the id '1' is there twice. Give each its own, or none."),
])  # fmt: skip
def test_a_list_that_does_not_fit_is_refused_and_the_old_one_kept(use, todos, words):
    use("TodoWrite", todos=[todo("Old")])
    assert words in use("TodoWrite", todos=todos).text
    assert use("TodoRead").text == "1. [ ] Old"


def test_both_ways_look_at_one_list(use):
    use("TaskCreate", subject="Fix", description="All of it", activeForm="Fixing", metadata={"n": 1})
    use("TodoWrite", todos=[todo("Fix", "in_progress"), todo("Test")])
    result = use("TaskGet", taskId="1")
    assert result.structured["task"] == {
        "id": "1", "subject": "Fix", "status": "in_progress", "activeForm": "Fixing", "description": "All of it",
        "metadata": {"n": 1},
    }  # fmt: skip
    assert use("TaskList").text == "1. [~] Fix\n2. [ ] Test"


def test_a_task_is_changed_field_by_field(use):
    assert use("TaskCreate", subject="A").text == "Task 1 created: A"
    use("TaskUpdate", taskId=1, status="completed", owner="me", metadata={"a": 1, "b": 2}, subject="B")
    use("TaskUpdate", task_id="1", metadata={"a": None}, description="more")
    assert use("TaskGet", id="1").structured["task"] == {
        "id": "1", "subject": "B", "status": "completed", "owner": "me", "description": "more", "metadata": {"b": 2},
    }  # fmt: skip


def test_waiting_is_kept_at_both_ends_and_ends_with_completion(use):
    for subject in "ABC":
        use("TaskCreate", subject=subject)
    use("TaskUpdate", taskId="1", addBlocks=["2"])
    use("TaskUpdate", taskId="3", addBlockedBy=["1", "2"])
    assert use("TaskGet", taskId="2").structured["task"]["blockedBy"] == ["1"]
    assert use("TaskGet", taskId="1").structured["task"]["blocks"] == ["2", "3"]
    assert use("TaskList").text == "1. [ ] A\n2. [ ] B [waits for 1]\n3. [ ] C [waits for 1, 2]"
    use("TaskUpdate", taskId="1", status="completed")
    assert use("TaskList").text == "1. [x] A\n2. [ ] B\n3. [ ] C [waits for 2]"
    use("TaskUpdate", taskId="2", status="deleted")
    assert use("TaskList").text == "1. [x] A\n3. [ ] C"
    assert "blockedBy" in use("TaskGet", taskId="3").structured["task"]


def test_an_id_is_never_given_twice(use):
    use("TaskCreate", subject="A")
    use("TaskUpdate", taskId="1", status="deleted")
    assert use("TaskCreate", subject="B").structured["task"]["id"] == "2"
    use("TodoWrite", todos=[])
    assert use("TaskCreate", subject="C").structured["task"]["id"] == "3"


@pytest.mark.parametrize(("arguments", "words"), [
    ({"taskId": "9", "status": "completed"}, "there is no task '9'. There are: 1, 2."),
    ({"taskId": "9", "status": "deleted"}, "there is no task '9'"),
    ({"taskId": "1", "addBlocks": ["9"]}, "there is no task '9'"),
    ({"taskId": "1", "addBlocks": ["1"]}, "task 1 cannot wait for itself"),
    ({"taskId": "1", "addBlocks": ["2"], "addBlockedBy": ["2"]}, "task 1 would wait for itself by way of others"),
    ({"taskId": "1"}, "names nothing to change"),
    ({"status": "completed"}, "taskId is missing"),
    ({"taskId": "1", "status": "done"}, "status: Input should be"),
])  # fmt: skip
def test_a_change_that_does_not_fit_is_refused(use, arguments, words):
    use("TaskCreate", subject="A")
    use("TaskCreate", subject="B")
    result = use("TaskUpdate", **arguments)
    assert result.is_error
    assert words in result.text
    assert use("TaskList").text == "1. [ ] A\n2. [ ] B"


def test_a_circle_by_way_of_others_is_refused(use):
    for subject in "ABC":
        use("TaskCreate", subject=subject)
    use("TaskUpdate", taskId="1", addBlocks=["2"])
    use("TaskUpdate", taskId="2", addBlocks=["3"])
    assert "task 3 would wait for itself by way of others" in use("TaskUpdate", taskId="3", addBlocks=["1"]).text


def test_empty_lists_say_so(use):
    assert use("TodoRead").text == "The to-do list is empty."
    assert use("TaskList").text == "There are no tasks."
    assert "The list is empty: TaskCreate makes one." in use("TaskGet", taskId="1").text


def test_calls_at_once_lose_nothing(tmp_path):
    opened = Database(f"sqlite:///{tmp_path / 'store.db'}")
    sessions = [Session(tmp_path, session_id="s1", database=opened) for _ in range(2)]

    async def all_of_them():
        calls = (run_tool("TaskCreate", {"subject": f"T{n}"}, sessions[n % 2]) for n in range(12))
        return await asyncio.gather(*calls)

    made = asyncio.run(all_of_them())
    assert sorted(int(each.structured["task"]["id"]) for each in made) == list(range(1, 13))
    opened.dispose()


def test_a_new_session_of_the_same_id_sees_the_list_and_another_does_not(tmp_path):
    opened = Database(f"sqlite:///{tmp_path / 'store.db'}")

    def call(session_id, tool, **arguments):
        session = Session(tmp_path, session_id=session_id, database=opened)
        return asyncio.run(run_tool(tool, arguments, session))

    call("s1", "TodoWrite", todos=[todo("A"), todo("B")])
    call("s1", "TaskUpdate", taskId="1", status="deleted")
    assert call("s1", "TodoRead").text == "2. [ ] B"
    assert call("s1", "TaskCreate", subject="C").structured["task"]["id"] == "3"
    assert call("s2", "TodoRead").text == "The to-do list is empty."
    opened.dispose()
