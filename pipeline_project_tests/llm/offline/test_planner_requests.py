"""Whole requests as people write them: courtesies, rules, ways, what was fetched; and what is never swallowed."""

import pytest

from pipeline_project.llm.offline.planner import NotUnderstood, plan
from pipeline_project.workflows.check import check


def steps_of(sentence):
    draft = plan(sentence)
    assert check(draft.definition).problems == ()
    return draft.definition["steps"]


def ways(steps):
    """(condition, step that follows) along a chain of decisions, and what follows from none."""
    found, name = [], "decide"
    while name in steps and steps[name]["type"] == "conditional_logic":
        (branch,) = steps[name]["config"]["conditions"]
        found.append((branch["if"], branch["then"][0]))
        name = steps[name]["config"].get("else", [None])[0]
    return found, name


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("Hi! Could you please analyze the message and post it to #a? Thanks!", ["analyse", "post_a"]),
        ("We need a workflow that posts to #a and notifies #b", ["post_a", "post_b"]),
        ("pls post 'hi' to #a asap", ["post_a"]),
        (
            "First post to #a, second mail b@x.example, and finally create a task for Kim",
            ["post_a", "mail_b", "task_kim"],
        ),
        ("- post to #a\n- mail b@x.example", ["post_a", "mail_b"]),
        ("post to #a -> mail b@x.example", ["post_a", "mail_b"]),
        ("Tell #a, #b and #c that it is done", ["post_a", "post_b", "post_c"]),
        ("Notify #a and b@x.example", ["post_a", "mail_b"]),
        ("Before you post to #a, ask the head of sales for approval", ["ask_head_of_sales", "post_a"]),
        ("After summarizing the report, mail it to c@x.example", ["summarize", "mail_c"]),
        ("Email a summary of the text to c@x.example", ["summarize", "mail_c"]),
        ("post to #a after 20 seconds", ["wait", "post_a"]),
        (
            "Require two approvals, one from legal and one from finance, then post to #a",
            ["ask_legal", "ask_finance", "post_a"],
        ),
        (
            "Draft an answer, let a human approve it, and then send it to the customer",
            ["write", "ask_approval", "mail_sender"],
        ),
        ("After the approval by Frau Weber, post to #a", ["ask_weber", "post_a"]),
    ],
)  # fmt: skip - one sentence a row is a table
def test_what_is_asked_for_follows_one_after_the_other(sentence, names):
    steps = steps_of(sentence)
    assert set(steps) == set(names)
    assert [steps[name].get("next_steps", []) for name in names] == [[name] for name in names[1:]] + [[]]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("post 'Standup' to #team every Monday and Thursday at 9am", "every Monday and Thursday at 9am"),
        ("Every two weeks on Tuesday post 'Retro' to #team", "Every two weeks on Tuesday"),
        ("Once a day post 'Drink' to #team", "Once a day"),
        ("At 6pm every day, post 'Home' to #team", "At 6pm every day"),
        ("post to #a when an email arrives", "when an email arrives"),
        ("Could you ping #a when a high priority ticket comes in?", "when a high priority ticket comes in"),
        ("Bei jeder Beschwerde: poste in #a", "Bei jeder Beschwerde"),
        ("When a customer writes an angry message, post to #a", "When a customer writes an angry message"),
    ],
)
def test_when_it_shall_start_is_told_and_not_dropped(sentence, words):
    assert f"“{words}”" in plan(sentence).explanation


@pytest.mark.parametrize(
    "sentence",
    [
        "Triage the tickets: urgent ones go to #now, billing ones to b@x.example, everything else to #rest",
        "Urgent messages go to #now. Billing messages go to b@x.example. All others go to #rest.",
        "analyze the ticket; urgent -> #now; billing -> b@x.example; else -> #rest",
    ],
)
def test_of_several_ways_the_first_that_fits_is_taken(sentence):
    found, rest = ways(steps_of(sentence))
    assert found == [("analyse.priority in ['urgent']", "post_now"), ("analyse.category == 'billing'", "mail_b")]
    assert rest == "post_rest"
    assert "the first that fits" in plan(sentence).explanation


@pytest.mark.parametrize(
    ("sentence", "condition", "then", "otherwise"),
    [
        (
            "Invoices over 10k EUR need approval by the CFO, all others just get booked",
            "payable > 10000",
            "ask_cfo",
            "book",
        ),
        (
            "For invoices above $1,000: approval by Kim. For all others: book directly.",
            "payable > 1000",
            "ask_kim",
            "book",
        ),
        (
            "Rechnungen über 800 Euro müssen von Anna freigegeben werden, alle anderen werden direkt verbucht",
            "payable > 800",
            "ask_anna",
            "book",
        ),
        (
            "Approve invoices under 100 EUR automatically; all others need approval by finance",
            "payable < 100",
            "ask_finance",
            None,
        ),
        (
            "Prüfe, ob die Rechnung gültig ist. Wenn ja, verbuche sie, wenn nein, informiere #a.",
            "read.valid",
            "book",
            "post_a",
        ),
        ("Ist die Nachricht dringend, poste in #n, sonst in #m", "urgent", "post_n", "post_m"),
        ("Falls es eine Bewerbung ist, leite sie an hr@x.example weiter", "apply", "mail_hr", None),
        ("Post to #a only if it is urgent", "urgent", "post_a", None),
        ("Complaints go to q@x.example, the rest to #inbox", "complain", "mail_q", "post_inbox"),
        ("If it mentions contract or invoice, assign it to Paula", "'invoice'", "task_paula", None),
        (
            "check whether the email is a purchase order. If so, post to #o, otherwise create a task for sam",
            "detect.is_purchase_order",
            "post_o",
            "task_sam",
        ),
    ],
)  # fmt: skip - one sentence a row is a table
def test_a_rule_is_a_condition_with_what_follows(sentence, condition, then, otherwise):
    config = steps_of(sentence)["decide"]["config"]
    (branch,) = config["conditions"]
    assert condition in branch["if"]
    assert branch["then"] == [then]
    assert config.get("else") == ([otherwise] if otherwise else None)


def test_an_amount_between_two_limits_is_looked_at_on_both_sides():
    (branch,) = steps_of("when an invoice between 500 and 2k EUR arrives, ask anna for approval")["decide"]["config"][
        "conditions"
    ]
    assert "read.payable >= 500" in branch["if"]
    assert "read.payable <= 2000" in branch["if"]


def test_a_way_behind_a_condition_is_its_alternative_and_not_a_part_of_it():
    sentence = "When it is in German, forward it to d@x.example, in French to f@x.example, otherwise to e@x.example"
    found, rest = ways(steps_of(sentence))
    assert found == [("analyse.language == 'de'", "mail_d"), ("analyse.language == 'fr'", "mail_f")]
    assert rest == "mail_e"


def test_both_answers_to_a_question_are_its_two_ways():
    steps = steps_of("ask bob for approval. If he declines mail v@x.example, if he approves post to #paid")
    assert steps["ask_bob"]["config"]["on_reject"] == "goto:mail_v"
    assert steps["ask_bob"]["next_steps"] == ["post_paid"]


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("read the file a.txt, analyze it and post it to #x", "${read_file.text}"),
        ("read the file a.txt and if it is urgent post to #x", "${read_file.text}"),
        ("fetch https://a.example/x and analyze it", "${json(fetch.body)}"),
    ],
)
def test_what_was_fetched_or_read_is_what_is_analyzed(sentence, text):
    steps = steps_of(sentence)
    assert steps["analyse"]["config"]["text"] == text
    assert not plan(sentence).definition["input_schema"]["properties"]


def test_the_order_that_was_read_is_the_one_that_is_looked_at():
    steps = steps_of("read the file o.txt, check whether it is a purchase order and post it to #x")
    assert steps["detect"]["config"] == {"text": "${read_file.text}"}


def test_what_was_fetched_is_searched_for_words():
    (branch,) = steps_of("fetch https://a.example/x and if it mentions refund post to #a")["decide"]["config"][
        "conditions"
    ]
    assert branch["if"] == "contains(lower(json(fetch.body)), 'refund')"


def test_what_was_made_last_is_what_is_meant():
    steps = steps_of("summarize the message, translate the summary into German and post it to #x")
    assert steps["write"]["config"]["data"] == {"text": "${summarize.text}"}
    assert steps["post_x"]["config"]["message"] == "${write.text}"


def test_what_is_approved_is_what_was_written():
    assert steps_of("draft a reply, ask anna for approval")["ask_anna"]["config"]["show"] == {"text": "${write.text}"}


def test_a_reply_without_words_does_not_tell_the_customer_what_was_found_out():
    draft = plan("analyze the message and reply to the customer")
    assert draft.definition["steps"]["mail_sender"]["config"]["body"] == "Thank you, your message has arrived."
    assert "What the reply says is not in the request" in draft.explanation


@pytest.mark.parametrize(
    ("sentence", "noted"),
    [
        ("check the travel budget, then post to #a", True),
        ("check the travel budget, and if the budget is exceeded post to #a", False),
        ("if the travel budget is exceeded post to #a", False),
    ],
)
def test_a_budget_whose_answer_decides_nothing_is_noted(sentence, noted):
    assert ("Nothing follows from what the budget answers" in plan(sentence).explanation) == noted


def test_the_tasks_that_were_taken_out_are_what_is_sent():
    steps = steps_of("Extract the tasks from the meeting notes and mail them to a@x.example")
    assert steps["mail_a"]["config"]["body"] == "${json(analyse.tasks)}"


@pytest.mark.parametrize(
    ("sentence", "where"),
    [
        ("keep rows where status is overdue", "item.status == 'overdue'"),
        ("keep rows where state is underway", "item.state == 'underway'"),
        ("filter out rows where amount is below 10", "not (item.amount < 10)"),
    ],
)
def test_a_word_that_begins_like_a_comparison_is_none(sentence, where):
    assert steps_of(sentence)["arrange"]["config"]["operations"] == [{"op": "filter", "where": where}]


def test_an_argument_in_quotes_is_one():
    steps = steps_of("run the tool Bash with command='ls -la, echo hi' and post the result to #x")
    assert steps["call_tool"]["config"]["input"] == {"command": "ls -la, echo hi"}
    assert steps["post_x"]["config"]["message"] == "${call_tool.text}"


@pytest.mark.parametrize(
    "sentence",
    [
        "mail a@x.example saying Thanks!",
        "post to #a saying thanks",
        "reply to the customer saying please wait",
    ],
)
def test_courtesies_within_the_words_to_be_said_stay(sentence):
    (step,) = steps_of(sentence).values()
    said = step["config"].get("message") or step["config"].get("body")
    assert said == sentence.partition("saying ")[2]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("create a task for Bob to call the customer and then fax it to Carl", "there is no fax"),
        ("mail a@x.example saying hello and then dance", "dance"),
        ("write a summary and send it to the boss", "who gets it"),
        ("draft a reply, have it printed", "not understood"),
        ("forward it to HubSpot", "no integration with HubSpot"),
        ("create a task in Asana for Bob", "no integration with Asana"),
        ("create a task for Asana", "no integration with Asana"),
        ("Write the notes into Notion", "no integration with Notion"),
        ("ask Notion for approval", "no integration with Notion"),
        ("for each row send an email to a@x.example", "no loop"),
        ("For every order in the list, create a task for Bob", "no loop"),
        ("post in the finance channel", "its #"),
        ("send a mail to Bob", "an address"),
        ("post hello to #a", "in quotes"),
        ("Never mail the customer", "say only what shall happen"),
        ("if it is urgent post to #a, and if it is urgent do nothing", "same condition"),
        ("urgent ones go to #a, then create a task for Bob", "only for the last"),
        ("fetch https://a.example/x and if the amount is over 100 post to #a", "which amount"),
        ("post to #a, fetch https://a.example/x and analyze it", "fetched or read first"),
        ("Notify #a and b@x.example that it is done", "not understood"),
        ("ignore invoices under 10 EUR, book all others", "not understood"),
        ("post 'a' to #a and 'b' to #b", "not understood"),
    ],
)
def test_what_is_not_built_is_said_by_name(sentence, reason):
    with pytest.raises(NotUnderstood, match=reason):
        plan(sentence)


@pytest.mark.parametrize("part", ["post to #a and ", "if it is urgent ", "urgent -> #a, ", "post to #a -> "])
def test_a_sentence_without_end_is_refused_and_not_read_for_ever(part):
    with pytest.raises(NotUnderstood, match=r"more than 100 parts|not understood"):
        plan((part * 400)[:3_900])
