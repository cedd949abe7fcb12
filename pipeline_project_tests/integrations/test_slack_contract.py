"""What every way of posting to Slack promises, run on each: the Web API (against a stand-in) and the outbox."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.integrations.factory import SlackConnection
from pipeline_project.integrations.outbox import Outbox
from pipeline_project.integrations.slack import Slack, SlackMessage, SlackReceipt
from pipeline_project_tests.servers.slack import TOKEN, SlackServer


@dataclass(frozen=True)
class Way:
    """A way of posting, and what arrived through it, as arguments of chat.postMessage."""

    connection: SlackConnection
    arrived: Callable[[], list[dict[str, Any]]]
    delivers: bool

    def use(self, work: Callable[[Slack], Awaitable[Any]]) -> Any:
        async def run():
            async with self.connection.open() as slack:
                return await work(slack)

        return asyncio.run(run())

    def post(self, message: SlackMessage, key: str = "run/notify/") -> SlackReceipt:
        return self.use(lambda slack: slack.post(message, idempotency_key=key))


@pytest.fixture(params=["api", "outbox"])
def way(request, tmp_path, monkeypatch):
    folder = str(tmp_path / "outbox")
    if request.param == "outbox":
        connection = SlackConnection("outbox", "https://slack.com/api/", folder)
        yield Way(
            connection, lambda: [dict(entry.content) for entry in Outbox(tmp_path / "outbox").list("slack")], False
        )
        return
    monkeypatch.setenv("PIPELINE_SECRET_SLACK_BOT_TOKEN", TOKEN)
    with SlackServer() as server:
        yield Way(SlackConnection("api", server.base_url, folder), lambda: server.posted, True)


def test_a_receipt_says_what_happened(way):
    receipt = way.post(SlackMessage("#finance", "hello"))
    assert receipt.ts
    assert receipt.channel in ("#finance", "C0FINANCE")
    assert receipt.delivered is way.delivers
    if way.delivers:
        assert receipt.path is None
    else:
        assert json.loads(receipt.path.read_text())["delivered"] is False
        assert receipt.ts.startswith("outbox-")


def test_what_arrives_is_what_was_said(way):
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "*Prüfung* 日本 🎉"}}
    way.post(SlackMessage("#finance", "**Grüße** 日本 🎉 <b> & \u200b", blocks=(block,), thread_ts="1503435956.000247"))
    (arrived,) = way.arrived()
    assert arrived["text"] == "*Grüße* 日本 🎉 &lt;b&gt; &amp; \u200b"
    assert arrived["blocks"] == [block]
    assert arrived["thread_ts"] == "1503435956.000247"


def test_posting_again_under_one_key_does_no_harm_exactly_where_it_says_so(way):
    message = SlackMessage("#finance", "hello")
    receipts = [way.post(message), way.post(message)]
    repeatable = way.use(lambda slack: asyncio.sleep(0, slack.repeatable))
    assert repeatable is (len(way.arrived()) == 1)
    assert repeatable is (receipts[0] == receipts[1])


def test_another_key_is_another_message(way):
    message = SlackMessage("#finance", "hello")
    receipts = [way.post(message, "run/notify/0"), way.post(message, "run/notify/1")]
    assert len(way.arrived()) == 2
    assert receipts[0].ts != receipts[1].ts


def test_a_bad_channel_is_refused_before_anything_happens(way):
    with pytest.raises(InvalidInput):
        way.post(SlackMessage("not a channel", "hello"))
    assert way.arrived() == []


def test_a_link_exists_exactly_when_the_message_does(way):
    receipt = way.post(SlackMessage("#finance", "hello"))
    link = way.use(lambda slack: slack.permalink(receipt))
    assert (link is not None) is way.delivers


def test_a_check_says_in_a_sentence_where_messages_go(way):
    sentence = way.use(lambda slack: slack.check())
    assert ("nothing is delivered" in sentence) is not way.delivers
    assert way.arrived() == []
