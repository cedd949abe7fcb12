"""What a draft becomes when a person activates it: the same definition, alone in its place, or nothing at all."""

import threading
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from pipeline_project import settings
from pipeline_project.errors import Conflict, InvalidDefinition, StoreError
from pipeline_project.llm.responses import Response, Usage
from pipeline_project.persistence import engine
from pipeline_project.persistence.tables.drafts import workflow_drafts
from pipeline_project.workflows import activation, drafted_file, drafts, generate, load
from pipeline_project.workflows.check import check


@pytest.fixture(autouse=True)
def _nobody_answers(data_dir, monkeypatch):
    monkeypatch.setenv("PIPELINE_DAGSTER_URL", "http://127.0.0.1:9")
    settings.load.cache_clear()


class Answers:
    """A client that answers one object."""

    def __init__(self, workflow):
        self.parsed = {"workflow": workflow, "explanation": "", "refusal": None}

    async def complete(self, request):
        return Response({"content": []}, Usage(), None, "m", "test", "m", parsed=self.parsed)


def workflow(name="hello", channel="#a", **more):
    steps = {"tell": {"type": "slack_notification", "config": {"channel": channel, "message": "Hi"}}}
    return {"id": name, "steps": steps, **more}


def draft_of(name="hello", channel="#a", **more):
    return generate.generate_dynamic_workflow("say hi", client=Answers(workflow(name, channel, **more)))


def activate(draft, **more):
    return activation.activate(draft.id, "user:tester", **more)


SCALARS = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["yes", "1e3", "0o17", "12:30", "2026-01-01", "~", "a\x85b", "\r\n", "#x: y", "- a", "=", "<<"]),
)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)))
def test_a_file_reads_back_as_what_was_drafted_or_is_refused(value):
    definition = check(workflow(variables={"given": value})).definition
    assert definition is not None
    try:
        text = drafted_file.text_of(definition)
    except InvalidDefinition:
        return
    again = check(load.parse(text, name="here")).definition
    assert again is not None
    assert again.content_hash == definition.content_hash


@pytest.mark.parametrize("value", [1.5, Decimal("0.10"), Decimal("12345678.90"), 1e300, "a\x85b", "1e3", [], None])
def test_numbers_and_texts_keep_their_kind_in_the_file(value):
    draft = draft_of(variables={"given": value})
    activate(draft)
    assert load.load_default().get("hello").content_hash == draft.content_hash


@pytest.mark.parametrize(
    ("message", "reason"), [("\ud800", "half a character"), ("x" * 1_100_000, "more than 1024"), (float("nan"), "nan")]
)
def test_what_no_file_can_hold_is_a_problem_of_the_draft(message, reason):
    step = {"type": "slack_notification", "config": {"channel": "#a", "message": message}}
    with pytest.raises(InvalidDefinition, match=reason):
        generate.generate_dynamic_workflow("x", client=Answers({"id": "big", "steps": {"tell": step}}))
    assert drafts.listed(engine.default(), None) == []


def changed(draft, config):
    steps = {"tell": {**draft.definition["steps"]["tell"], "config": config}}
    values = {"definition": {**draft.definition, "steps": steps}}
    with engine.default().write() as connection:
        connection.execute(update(workflow_drafts).where(workflow_drafts.c.id == draft.id).values(**values))


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"channel": "#elsewhere", "message": "Hi"}, "not those that were drafted"),
        ({"chanel": "#a", "message": "Hi"}, "chanel: is not a field"),
    ],
)
def test_a_draft_that_is_not_what_was_checked_is_not_activated(config, reason):
    draft = draft_of()
    changed(draft, config)
    with pytest.raises(InvalidDefinition, match=reason):
        activate(draft)
    assert not (load.own_folder() / "hello.yaml").exists()
    assert drafts.find(engine.default(), draft.id).state == "draft"


def test_a_draft_whose_effects_are_rated_otherwise_now_is_not_activated():
    draft = draft_of()
    rated = [{"step": "tell", "does": "reads", "complexity": 1}]
    with engine.default().write() as connection:
        connection.execute(update(workflow_drafts).values(permissions=rated))
    with pytest.raises(InvalidDefinition, match="rated differently"):
        activate(draft)


@pytest.mark.parametrize("text", ["this: is my\nbroken: [file", "id: other\nsteps: {}\n"])
@pytest.mark.parametrize("replace", [True, False])
def test_a_file_that_holds_something_else_is_not_written_over(text, replace):
    draft = draft_of()
    path = load.own_folder() / "hello.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Conflict, match="holds something else"):
        activate(draft, replace=replace)
    assert path.read_text(encoding="utf-8") == text
    assert drafts.find(engine.default(), draft.id).state == "draft"


def test_an_update_is_written_where_the_workflow_is():
    draft = draft_of(channel="#new")
    path = load.own_folder() / "said-hello.yml"
    path.parent.mkdir(parents=True)
    step = "tell: {type: slack_notification, config: {channel: '#old', message: Hi}}"
    path.write_text(f"id: hello\nsteps:\n  {step}\n", encoding="utf-8")
    with pytest.raises(Conflict, match="another workflow has the id"):
        activate(draft)
    assert activate(draft, replace=True).path == path
    catalog = load.load_default()
    assert catalog.get("hello").steps["tell"].config["channel"] == "#new"
    assert catalog.broken == ()


def test_of_drafts_with_one_id_that_are_activated_at_once_one_wins():
    made = [draft_of(channel=f"#c{number}") for number in range(6)]
    outcomes = []

    def attempt(draft):
        try:
            outcomes.append(activate(draft).draft.id)
        except Conflict:
            outcomes.append(None)

    threads = [threading.Thread(target=attempt, args=(draft,)) for draft in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [draft for draft in made if draft.id in outcomes]
    assert load.load_default().get("hello").content_hash == winner.content_hash
    assert [draft.id for draft in drafts.listed(engine.default(), "active")] == [winner.id]


def test_a_draft_that_is_discarded_while_it_is_activated_leaves_no_file():
    draft = draft_of()
    path = load.own_folder() / "hello.yaml"
    path.parent.mkdir(parents=True)
    drafts.discard(engine.default(), draft.id, actor="user:other")
    with pytest.raises(Conflict, match="discarded"), drafted_file.appearing(path, "x"):
        drafts.settle(engine.default(), draft.id, "active", actor="user:tester")
    assert list(path.parent.iterdir()) == []


def test_activating_twice_is_the_same_as_once():
    draft = draft_of()
    assert activate(draft).path == activate(draft).path
    assert drafts.find(engine.default(), draft.id).state == "active"


def test_a_folder_that_cannot_be_made_is_said(data_dir):
    draft = draft_of()
    (data_dir / "workflows").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        activate(draft)
    assert drafts.find(engine.default(), draft.id).state == "draft"
