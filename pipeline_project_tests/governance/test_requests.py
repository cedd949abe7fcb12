"""Permission requests: asked once, decided by somebody else, used once."""

import threading

import pytest

from pipeline_project.errors import ApprovalNeeded, Conflict, NotFound, PermissionDenied
from pipeline_project.governance import requests
from pipeline_project.governance.actions import Action, Complexity, Resource
from pipeline_project.governance.permissions import Decision
from pipeline_project.persistence.engine import Database
from pipeline_project.security import redaction

DECISION = Decision("ask", "built-in:agent", "agents ask first", Complexity.CRITICAL)


@pytest.fixture
def database(data_dir):
    store = Database(f"sqlite:///{data_dir / 'pipeline.db'}")
    yield store
    store.dispose()


def ask(database, text="make", actor="agent:x"):
    shown = {"tool": "Bash", "input": {"command": text}}
    return requests.ask(
        database, actor=actor, action=Action("Bash"), decision=DECISION,
        resource=Resource("command", text), shown=shown, digest=requests.digest_of(actor, "Bash", shown),
    )  # fmt: skip


def approve(database, error, answer="approve", actor="user:boss"):
    return requests.answer(database, error.request_id[:8], answer, actor=actor, via="cli", comment="fine")


def test_a_question_is_kept_and_asked_again_it_is_the_same(database):
    first, second, other = ask(database), ask(database), ask(database, "make clean")
    assert isinstance(first, ApprovalNeeded)
    assert first.request_id == second.request_id != other.request_id
    assert f"approval approve {first.request_id[:8]}" in str(first)
    assert [each.id for each in requests.pending(database)] == [first.request_id, other.request_id]
    assert requests.find(database, first.request_id[:6]).shown == {"tool": "Bash", "input": {"command": "make"}}


def test_without_a_database_the_remedy_says_what_is_needed():
    error = ask(None)
    assert error.request_id is None
    assert "rule" in str(error)
    assert "database" in str(error)


def test_a_grant_is_used_once_and_only_for_the_same_input(database):
    error = ask(database)
    assert not requests.use_grant(database, error.digest)
    approve(database, error)
    assert not requests.use_grant(database, ask(database, "make all").digest)
    assert requests.use_grant(database, error.digest)
    assert not requests.use_grant(database, error.digest)
    assert requests.find(database, error.request_id).used_at is not None
    assert ask(database).request_id != error.request_id


def test_of_two_who_use_a_grant_at_once_one_gets_it(database):
    error = ask(database)
    approve(database, error)
    start, got = threading.Barrier(6), []

    def use():
        start.wait()
        got.append(requests.use_grant(database, error.digest))

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 5 + [True]


def test_a_rejected_request_grants_nothing_and_a_new_one_may_be_asked(database):
    error = ask(database)
    approve(database, error, "reject")
    assert not requests.use_grant(database, error.digest)
    assert ask(database).request_id != error.request_id


def test_who_asked_may_not_decide_and_only_a_person_may(database):
    mine = ask(database, actor="user:me")
    with pytest.raises(PermissionDenied, match="asked for it"):
        approve(database, mine, actor="user:me")
    with pytest.raises(PermissionDenied, match="only a person"):
        approve(database, mine, actor="agent:other")
    assert requests.find(database, mine.request_id).decision is None


def test_the_same_answer_again_changes_nothing_and_another_is_refused(database):
    error = ask(database)
    first = approve(database, error)
    assert approve(database, error, actor="user:second") == first
    with pytest.raises(Conflict, match="approve by user:boss"):
        approve(database, error, "reject")


def test_ids_that_name_nothing_or_several_are_refused(database):
    with pytest.raises(NotFound, match="approval list"):
        requests.find(database, "nothing")
    for each in ("", "%", "_"):
        with pytest.raises(NotFound):
            requests.find(database, each)
    for number in range(20):
        ask(database, f"make {number}")
    firsts = [each.id[0] for each in requests.pending(database)]
    twice = next(letter for letter in firsts if firsts.count(letter) > 1)
    with pytest.raises(Conflict, match="several"):
        requests.find(database, twice)


def test_a_secret_is_stored_nowhere(database, data_dir):
    redaction.register("hunter2-marked-secret")
    error = ask(database, "deploy --token hunter2-marked-secret")
    approve(database, error)
    assert "hunter2" not in str(error) + repr(error.shown) + repr(requests.find(database, error.request_id))
    database.dispose()
    assert all(b"hunter2" not in file.read_bytes() for file in data_dir.rglob("*") if file.is_file())


def test_the_digest_is_of_actor_action_and_input():
    base = requests.digest_of("a", "b", {"x": 1, "y": 2})
    assert base == requests.digest_of("a", "b", {"y": 2, "x": 1})
    assert (
        len({base, requests.digest_of("c", "b", {"x": 1, "y": 2}), requests.digest_of("a", "c", {"x": 1, "y": 2})}) == 3
    )
