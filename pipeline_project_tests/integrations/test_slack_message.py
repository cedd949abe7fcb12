import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.integrations.slack import SlackMessage
from pipeline_project.integrations.slack.message import LONGEST_TEXT, MOST_BLOCKS

DIVIDER = {"type": "divider"}


@pytest.mark.parametrize("channel", ["C0123ABCD", "#finance", "finance-team", "#zahlungen_ü", "U0123ABCD", "D0123"])
def test_ids_and_names_are_channels(channel):
    assert SlackMessage(channel, "hi").payload() == {"channel": channel, "text": "hi"}


@pytest.mark.parametrize(
    "channel", ["", "#", "@ada", "two words", "a\nb", "ada@example.com", "<!here>", "x" * 90, "-x"]
)
def test_what_is_no_channel_is_refused_with_the_way_to_write_one(channel):
    with pytest.raises(InvalidInput, match=r"is no channel\. Give a channel's id"):
        SlackMessage(channel, "hi")


def test_mentions_come_first_and_in_slack_s_own_words():
    mentions = ("U0123ABCD", "@here", "S0123ABCD", "everyone", "W0123")
    shown = SlackMessage("#x", "**hi** <@U999>", mentions=mentions).rendered
    assert shown == "<@U0123ABCD> <!here> <!subteam^S0123ABCD> <!everyone> <@W0123> *hi* &lt;@U999&gt;"
    assert SlackMessage("#x", mentions=("here",)).rendered == "<!here>"


@pytest.mark.parametrize("name", ["ada", "", "U1> <!here", "channel>", "#x", "u0123"])
def test_a_mention_of_nobody_is_refused(name):
    with pytest.raises(InvalidInput, match="cannot be mentioned"):
        SlackMessage("#x", "hi", mentions=(name,))


def test_blocks_and_thread_travel_as_they_are():
    message = SlackMessage("#x", "fallback", blocks=(DIVIDER,), thread_ts="1503435956.000247")
    assert message.payload() == {
        "channel": "#x",
        "text": "fallback",
        "blocks": [DIVIDER],
        "thread_ts": "1503435956.000247",
    }
    assert SlackMessage("#x", blocks=(DIVIDER,)).payload() == {"channel": "#x", "blocks": [DIVIDER]}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "nothing to say"),
        ({"text": " \n"}, "nothing to say"),
        ({"text": "[a]: https://example.com"}, "nothing to say"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, "40001 characters"),
        ({"blocks": (DIVIDER,) * (MOST_BLOCKS + 1)}, "51 blocks"),
        ({"blocks": (DIVIDER,), "mentions": ("here",)}, "mention cannot stand beside blocks"),
        ({"text": "half \ud83d"}, "half a character"),
        ({"blocks": ({"type": object()},)}, "no JSON form"),
    ],
)
def test_what_slack_would_cut_or_misread_is_refused_before_it_is_sent(arguments, problem):
    with pytest.raises(InvalidInput, match=problem):
        SlackMessage("#x", **arguments)
