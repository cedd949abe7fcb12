"""What a person is told a workflow does outside, and what may therefore start without one."""

import pytest

from pipeline_project.workflows.check import check
from pipeline_project.workflows.effects_outside import permissions


def does(kind, config):
    given = {"type": "object", "properties": {"x": {"type": "string"}}}
    report = check({"id": "it", "input_schema": given, "steps": {"step": {"type": kind, "config": config}}})
    assert report.problems == ()
    assert report.definition is not None
    (found,) = permissions(report.definition)
    return found.does, found.complexity


def test_everybody_who_gets_a_mail_is_named():
    said, _ = does(
        "email_send",
        {
            "to": ["a@b.example"],
            "cc": ["c@b.example"],
            "bcc": ["d@b.example", "e@b.example"],
            "reply_to": "f@b.example",
            "subject": "s",
            "body": "b",
        },
    )
    assert said == (
        "mails a@b.example; copies to c@b.example; hidden copies to d@b.example, e@b.example; answers go to f@b.example"
    )


@pytest.mark.parametrize(
    ("config", "level"),
    [
        ({"url": "https://api.example.com/x"}, 1),
        ({"url": "https://api.example.com/x?q=${input.x}"}, 3),
        ({"url": "https://api.example.com/x", "headers": {"X": "${secrets.TOKEN}"}}, 3),
        ({"url": "https://api.example.com/x", "method": "POST"}, 3),
    ],
)
def test_a_reading_call_that_takes_values_along_is_a_sending_one(config, level):
    assert does("api_call", config)[1] == level


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"tool": "Read", "input": {"file_path": "${input.x}"}}, ("uses the tool Read", 1)),
        ({"tool": "Read", "input": {"file_path": "a"}, "workspace": "/srv"}, ("uses the tool Read in /srv", 1)),
        ({"tool": "WebFetch", "input": {"url": "https://a.example", "prompt": "p"}}, ("uses the tool WebFetch", 1)),
        ({"tool": "WebFetch", "input": {"url": "${input.x}", "prompt": "p"}}, ("uses the tool WebFetch", 3)),
    ],
)
def test_a_tool_is_named_with_its_folder_and_what_it_could_carry_away(config, said):
    assert does("tool_call", config) == said


def test_what_is_told_steers_no_terminal():
    assert "\x1b" not in does("slack_notification", {"channel": "#a\x1b[31m", "message": "x"})[0]
