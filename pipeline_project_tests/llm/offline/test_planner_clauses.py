# ruff: noqa: RUF001 - one sentence a row is a table, and people type curly quotes
"""Each kind of clause that people say, looked at in the steps it becomes; and what stays refused."""

import pytest

from pipeline_project.llm.offline.planner import NotUnderstood, plan
from pipeline_project.workflows.check import check


def steps_of(sentence):
    draft = plan(sentence)
    assert check(draft.definition).problems == ()
    return draft.definition["steps"]


def decides(step):
    (condition,) = step["config"]["conditions"]
    return condition["if"], condition["then"], step["config"].get("else")


@pytest.mark.parametrize(
    ("sentence", "assignee"),
    [
        ("Create a task for the support team", "support team"),
        ("Hand it over to the legal team", "legal team"),
        ("Escalate to the support manager", "support manager"),
        ("Open a ticket for the IT department", "IT department"),
        ("Remind bob to call the customer", "bob"),
    ],
)
def test_a_task_is_for_the_person_or_group_that_was_named(sentence, assignee):
    (step,) = steps_of(sentence).values()
    assert (step["type"], step["config"]["assignee"]) == ("task_creation", assignee)


def test_anna_and_bob_are_both_asked_and_either_may_reject():
    steps = steps_of("Ask anna and bob for approval. If rejected, post to #no, otherwise post to #yes")
    assert [steps[name]["config"]["approvers"] for name in ("ask_anna", "ask_bob")] == [["anna"], ["bob"]]
    assert steps["ask_anna"]["next_steps"] == ["ask_bob"]
    assert steps["ask_bob"]["next_steps"] == ["post_yes"]
    assert {steps[name]["config"]["on_reject"] for name in ("ask_anna", "ask_bob")} == {"goto:post_no"}


def test_a_step_between_two_questions_is_not_taken_for_one_of_them():
    steps = steps_of("ask ada for approval, then post to #a, then ask ada for approval. If rejected, post to #no")
    assert not any("on_reject" in steps[name]["config"] for name in ("ask_ada", "post_a"))
    assert steps["ask_ada_2"]["config"]["on_reject"] == "goto:post_no"


def test_legal_or_finance_is_one_question_to_either():
    steps = steps_of("Ask legal or finance to sign off, then post to #x")
    assert steps["ask_legal_finance"]["config"]["approvers"] == ["legal", "finance"]


@pytest.mark.parametrize(
    ("sentence", "order"),
    [
        ("ask the manager for approval before emailing s@b.example", ["ask_approval", "mail_s"]),
        ("Summarize the customer's feedback before posting it to #product", ["summarize", "post_product"]),
        ("Fass die Kundenanfrage zusammen, bevor du sie in #vertrieb postest", ["summarize", "post_vertrieb"]),
        ("frag Anna um Freigabe und poste dann in #buchhaltung", ["ask_anna", "post_buchhaltung"]),
        ("Once the finance team has approved it, post to #a", ["ask_finance", "post_a"]),
        ("Ask anna for approval. Once she has approved, post to #a", ["ask_anna", "post_a"]),
        (
            "hol die Freigabe von Anna und Bob ein, dann schick eine Mail an f@b.example",
            ["ask_anna", "ask_bob", "mail_f"],
        ),
    ],
)  # fmt: skip - one sentence a row is a table
def test_one_thing_comes_before_the_other(sentence, order):
    steps = steps_of(sentence)
    assert set(steps) == set(order)
    assert [steps[name].get("next_steps", []) for name in order] == [[name] for name in order[1:]] + [[]]


@pytest.mark.parametrize(
    ("condition", "expression"),
    [
        ("the customer's message is angry", "analyse.sentiment == 'negative'"),
        ("it's urgent", "analyse.priority in ['urgent']"),
        ("it’s urgent", "analyse.priority in ['urgent']"),
        ("it isn't urgent", "not (analyse.priority in ['urgent'])"),
        ("category is billing", "analyse.category == 'billing'"),
        ("its priority is high", "analyse.priority in ['high', 'urgent']"),
        ("sentiment isn't positive", "not (analyse.sentiment == 'positive')"),
        ("it's about billing", "analyse.category == 'billing'"),
        ("it's a complaint", "analyse.intent == 'complain'"),
        ("it's over 100 EUR", "input.currency != 'EUR' or input.amount > 100"),
        ("it isn't over 100 EUR", "not (input.currency != 'EUR' or input.amount > 100)"),
        ("it doesn't mention refund", "not (contains(lower(input.text), 'refund'))"),
    ],
)
def test_a_condition_says_what_it_compares(condition, expression):
    steps = steps_of(f"if {condition}, post to #a")
    assert decides(steps["decide"]) == (expression, ["post_a"], None)


def test_the_invoices_amount_is_what_it_is_over():
    steps = steps_of("Extract the invoice, check the IT budget, and if it's over 5000 USD ask the CFO for approval")
    assert decides(steps["decide"]) == ("read.currency != 'USD' or read.payable > 5000", ["ask_cfo"], None)
    assert steps["check_budget"]["config"]["category"] == "it"


@pytest.mark.parametrize(
    "sentence",
    [
        "If category is billing, post to #b, if it is technical post to #t, otherwise mail x@b.example",
        "If it is billing, post to #b. If it is technical, post to #t. Otherwise mail x@b.example",
        "If it's billing, ping #b, else if it's technical, ping #t, otherwise mail x@b.example",
    ],
)
def test_a_chain_of_alternatives_takes_one_way(sentence):
    steps = steps_of(sentence)
    assert decides(steps["decide"]) == ("analyse.category == 'billing'", ["post_b"], ["decide_2"])
    assert decides(steps["decide_2"]) == ("analyse.category == 'technical'", ["post_t"], ["mail_x"])
    assert not any("next_steps" in steps[name] for name in ("post_b", "post_t", "mail_x"))


def test_a_condition_behind_a_comma_decides_the_action_in_front_of_it():
    steps = steps_of("Erstelle eine Aufgabe für Anna, wenn die Rechnung über 1000 Euro liegt, sonst verbuche sie")
    assert decides(steps["decide"])[1:] == (["task_anna"], ["book"])


@pytest.mark.parametrize(
    ("sentence", "expression"),
    [
        ("Forward urgent messages to oncall@b.example", "analyse.priority in ['urgent']"),
        ("Leite dringende Nachrichten an oncall@b.example weiter", "analyse.priority in ['urgent']"),
        ("Forward technical requests to oncall@b.example", "analyse.category == 'technical'"),
    ],
)
def test_only_messages_of_a_kind_are_forwarded(sentence, expression):
    assert decides(steps_of(sentence)["decide"]) == (expression, ["mail_oncall"], None)


@pytest.mark.parametrize(
    ("where", "expression"),
    [
        ("active is true", "item.active == true"),
        ("status is not open", "item.status != 'open'"),
        ("country is 'New York'", "item.country == 'New York'"),
        ("flag is 'true'", "item.flag == 'true'"),
        ("count is 3", "item.count == 3"),
        ("name contains bob", "contains(item.name, 'bob')"),
    ],
)
def test_rows_are_compared_with_a_boolean_a_number_or_a_text(where, expression):
    (operation,) = steps_of(f"filter rows where {where}")["arrange"]["config"]["operations"]
    assert operation == {"op": "filter", "where": expression}


def test_the_rows_as_they_are_in_the_end_are_what_is_posted():
    steps = steps_of(
        "Fetch https://a.example/u, filter rows where active is true, sort by name and post the result to #data"
    )
    assert steps["post_data"]["config"]["message"] == "${json(arrange_2.data)}"


def test_the_team_in_a_channel_is_told_there():
    assert (
        steps_of("tag it by urgency and notify the team in #support")["post_support"]["config"]["channel"] == "#support"
    )


def test_what_goes_to_the_customer_is_a_message_and_no_task():
    assert steps_of("forward it to the customer")["mail_sender"]["type"] == "email_send"


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("mail a@b.example after posting to #a", "not understood"),
        ("Post to #a after the manager approves", "not understood"),
        ("Once approved, post to #a", "it must be said who approves"),
        ("Post to #a and mail x@y.example, if it is urgent", "put the condition first"),
        ("Don't book the invoice unless the manager approves it", "not understood"),
        ("notify the finance team", "not understood"),
        ("hand it over to slack", "not understood"),
        ("Ask anna and bob or carl for approval", "not understood"),
        ("Route technical questions to #tech and billing questions to #billing", "not understood"),
    ],
)
def test_what_could_be_read_wrongly_is_refused(sentence, reason):
    with pytest.raises(NotUnderstood, match=reason):
        plan(sentence)
