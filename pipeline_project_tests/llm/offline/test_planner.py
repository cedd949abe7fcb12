"""Which sentences become workflows, which steps they become, and that what is not understood is refused by name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.llm.offline.planner import NotUnderstood, plan
from pipeline_project.workflows.check import check

SENTENCES = {
    "when an invoice arrives over 1000 EUR ask finance for approval, then post to #finance": (
        "read decide ask_finance post_finance"
    ),
    "when an invoice arrives, if it is over 500 EUR ask ada to approve it, otherwise post to #finance": (
        "read decide ask_ada post_finance"
    ),
    "whenever a support ticket comes in, analyze it. If it is urgent, post to #oncall, otherwise mail s@example.com": (
        "analyse decide post_oncall mail_s"
    ),
    "if the message mentions refund, create a task for Bob to call the customer": "decide task_bob",
    "summarize the document in two sentences and post the summary to #news": "summarize post_news",
    'every Monday at 9 post "Standup in ten minutes" to #team': "post_team",
    "mail ada@example.com and post to #general at the same time": "together mail_ada post_general",
    "wenn eine Rechnung über 1000 EUR eintrifft, frage finance um Freigabe, dann poste in #finance": (
        "read decide ask_finance post_finance"
    ),
    "analysiere die Nachricht, dann schreibe in #support": "analyse post_support",
    "sende eine E-Mail an ada@example.com": "mail_ada",
    "warte 1 Sekunde, dann poste in #team": "wait post_team",
    "wait 2 seconds and then post to #team": "wait post_team",
    "post to #urgent if it is urgent": "analyse decide post_urgent",
    "1. analyze the message 2. create a task to answer it 3. post to #team": "analyse task post_team",
    "ask ada for approval. If approved, mail bob@example.com, otherwise post to #rejected": (
        "ask_ada mail_bob post_rejected"
    ),
    "check the marketing budget, then post to #finance": "check_budget post_finance",
    "reply to the sender saying Thank you for your message": "mail_sender",
    "sort the rows by amount descending, then take the first 3": "arrange arrange_2",
    "keep rows where amount is over 100 and post the result to #data": "arrange post_data",
    "draft a friendly reply and post the draft to #support": "write post_support",
    "erstelle eine Aufgabe für Bob": "task_bob",
    "if it is not urgent do nothing, otherwise post to #oncall": "analyse decide post_oncall",
    "in parallel, post to #a and post to #b": "together post_a post_b",
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_becomes_a_workflow_without_problems(sentence):
    draft = plan(sentence)
    assert check(draft.definition).problems == ()
    assert sorted(draft.definition["steps"]) == sorted(SENTENCES[sentence].split())


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("ask finance for approval by pigeon", "ask finance for approval by pigeon"),
        ("post to #a, then dance a little, then post to #b", "dance a little"),
        ("if the moon is full, post to #a", "if the moon is full"),
        ("post the summary to #a", "post the summary to #a"),
        ("otherwise post to #a", "otherwise post to #a"),
        ("post to #a and mail ${secrets.X} to a@b.example", "${secrets.X}"),
        ("", "empty"),
    ],
)
def test_what_is_not_understood_is_quoted_and_no_workflow_comes_of_it(sentence, part):
    with pytest.raises(NotUnderstood) as caught:
        plan(sentence)
    assert part in str(caught.value)


def test_a_step_type_that_is_not_there_is_refused():
    with pytest.raises(NotUnderstood, match="slack_notification, which this version does not have"):
        plan("post to #a", types=["email_send"])


def test_a_trigger_is_explained_and_not_pretended():
    assert "this version has no triggers" in plan("every Monday at 9 post 'Hello' to #team").explanation


def test_an_amount_in_another_currency_cannot_slip_below_the_limit():
    steps = plan("when an invoice arrives over 1000 EUR ask finance for approval").definition["steps"]
    assert steps["decide"]["config"]["conditions"][0]["if"] == "read.currency != 'EUR' or read.payable > 1000"


WORDS = [
    "if",
    "post to #a",
    "then",
    "and",
    "otherwise",
    "mail",
    "a@b.example",
    "urgent",
    "when",
    "an invoice",
    "arrives",
    "in parallel",
    "x",
    ",",
    ".",
]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_any_words_give_a_sound_workflow_or_a_refusal(words):
    try:
        draft = plan(" ".join(words))
    except NotUnderstood:
        return
    assert check(draft.definition).problems == ()
