import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.integrations.slack.mrkdwn import escape, from_markdown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**bold** *italic* ~~gone~~ `code`", "*bold* _italic_ ~gone~ `code`"),
        ("***both***", "_*both*_"),
        ("# Title with **stress**\n\ntext", "*Title with stress*\n\ntext"),
        ("one\ntwo  \nthree", "one\ntwo\nthree"),
        ("[docs](https://example.com/?a=1&b=2)", "<https://example.com/?a=1&amp;b=2|docs>"),
        ("<https://example.com/a|b>", "<https://example.com/a%7Cb|https://example.com/a|b>"),
        ("<https://example.com>", "<https://example.com>"),
        ("[**x** & `y`](mailto:a@example.com)", "<mailto:a@example.com|x &amp; y>"),
        ("![chart](https://example.com/c.png)", "<https://example.com/c.png|chart>"),
        ("- a\n- b\n  - c\n\n1. x\n2. y", "• a\n• b\n    • c\n\n1. x\n2. y"),
        ("3. x\n4. y", "3. x\n4. y"),
        ("> said\n>\n> twice", "> said\n>\n> twice"),
        ("```python\nif a < b: pass\n```", "```\nif a &lt; b: pass\n```"),
        ("a\n\n---\n\nb", "a\n\n" + "─" * 20 + "\n\nb"),
        ("| a | b |\n|---|---|\n| **1** | long |", "```\na | b\n--+-----\n1 | long\n```"),
        ("**two\nlines**", "*two*\n*lines*"),
        ("これは**重要**です", "これは\u200b*重要*\u200bです"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("``a`b``", "a`b"),
        ("", ""),
        ("[nothing]: https://example.com", ""),
    ],
)
def test_markdown_is_said_in_slack_s_own_marks(markdown, shown):
    assert from_markdown(markdown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "<!channel>",
        "<!here|x>",
        "<@U0123>",
        "<#C0123>",
        "[x](!channel)",
        "[x](@U0123)",
        "[x](<!here>)",
        "[x](#C0123)",
        "[x](javascript:alert(1))",
        "![x](!everyone)",
        "`<!channel>`",
        "```\n<!channel>\n```",
        "    <!channel>",
        "| <!here> |\n|---|\n| <@U1> |",
        "# <!channel>",
        "[<!channel>](https://example.com)",
        "[x](https://example.com/><!channel>)",
        "<https://example.com/|<!channel>>",
    ],
)
def test_no_text_can_call_anyone(text):
    assert not re.search(r"<[!@#]", from_markdown(text))


@given(text=st.text(st.sampled_from("ab <>!@#[]()|`*_~\\\n-&:/.1"), max_size=60))
@settings(max_examples=200, deadline=None)
def test_whatever_is_written_only_links_are_commands(text):
    shown = from_markdown(text + " [l](http://x.test)")
    for command in re.findall(r"<([^<>]*)>", shown):
        assert command.startswith(("http://", "https://", "mailto:", "tel:"))
    assert shown.count("<") == len(re.findall(r"<[^<>\n]+>", shown)), "an opened one is closed"


def test_the_three_control_characters_are_escaped_and_nothing_else():
    assert escape("a & b <c> \"d\" 'e'") == "a &amp; b &lt;c&gt; \"d\" 'e'"
