import asyncio
import json

import pytest

from pipeline_project.errors import AuthenticationFailed, RateLimited, RequestRejected, ServiceError, ServiceUnavailable
from pipeline_project.integrations.slack import SlackApi, SlackMessage, SlackReceipt
from pipeline_project.integrations.slack.api import TOKEN_VARIABLE
from pipeline_project.integrations.transport import Transport
from pipeline_project_tests.servers.slack import TOKEN, Fault, SlackServer


@pytest.fixture
def server():
    with SlackServer() as server:
        yield server


def use(server, work, token=TOKEN):
    async def run():
        headers = {"authorization": f"Bearer {token}"}
        async with Transport(
            "slack", server.base_url, headers=headers, address="PIPELINE_SLACK_BASE_URL", credential=TOKEN_VARIABLE
        ) as transport:
            return await work(SlackApi(transport))

    return asyncio.run(run())


def post(server, message=None, **kwargs):
    message = message or SlackMessage("#finance", "hello")
    return use(server, lambda slack: slack.post(message, idempotency_key="run/notify/"), **kwargs)


def failure(server, *, reply=None, work=post, **fault) -> ServiceError:
    if reply is not None:
        fault["body"] = json.dumps({"ok": False, **reply}).encode()
    server.faults.append(Fault(**fault))
    with pytest.raises(ServiceError) as caught:
        work(server)
    return caught.value


def test_a_message_is_posted_as_json_with_our_key_in_its_metadata(server):
    assert post(server) == SlackReceipt(ts="1503435956.000000", channel="C0FINANCE", delivered=True)
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/api/chat.postMessage")
    assert json.loads(request.body) == {
        "channel": "#finance",
        "text": "hello",
        "metadata": {"event_type": "pipeline_message", "event_payload": {"idempotency_key": "run/notify/"}},
    }


def test_a_permalink_and_a_check_come_from_slack(server):
    receipt = post(server)
    link = use(server, lambda slack: slack.permalink(receipt))
    assert link == "https://acme.slack.com/archives/C0FINANCE/p1503435956000000"
    assert use(server, lambda slack: slack.check()) == "posts to Acme (https://acme.slack.com/) as pipeline"


@pytest.mark.parametrize(
    ("message", "code", "remedy"),
    [
        (SlackMessage("#nowhere", "x"), "channel_not_found", "invite the bot"),
        (SlackMessage("C0OLD", "x"), "is_archived", "unarchive"),
        (SlackMessage("#finance", blocks=({"type": "nonsense"},)), "invalid_blocks", "Block Kit"),
    ],
)
def test_what_slack_refuses_is_refused_for_good_with_its_code_and_a_remedy(server, message, code, remedy):
    with pytest.raises(RequestRejected) as caught:
        post(server, message)
    assert code in str(caught.value)
    assert remedy in str(caught.value)
    assert not caught.value.outcome_unknown


def test_the_details_slack_gives_are_shown(server):
    with pytest.raises(RequestRejected, match=r"\[ERROR\] unsupported type: nonsense"):
        post(server, SlackMessage("#finance", blocks=({"type": "nonsense"},)))
    assert "needs chat:write" in str(failure(server, reply={"error": "missing_scope", "needed": "chat:write"}))


@pytest.mark.parametrize("token", ["xoxb-wrong"])
def test_a_wrong_token_names_the_variable_to_replace(server, token):
    with pytest.raises(AuthenticationFailed, match="invalid_auth") as caught:
        post(server, token=token)
    assert "PIPELINE_SECRET_SLACK_BOT_TOKEN" in str(caught.value)
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind", "unknown"),
    [
        ("not_authed", AuthenticationFailed, False),
        ("token_revoked", AuthenticationFailed, False),
        ("token_expired", AuthenticationFailed, False),
        ("account_inactive", AuthenticationFailed, False),
        ("ratelimited", RateLimited, False),
        ("rate_limited", RateLimited, False),
        ("internal_error", ServiceUnavailable, True),
        ("fatal_error", ServiceUnavailable, True),
        ("service_unavailable", ServiceUnavailable, False),
        ("request_timeout", ServiceUnavailable, False),
        ("team_added_to_org", ServiceUnavailable, False),
        ("not_in_channel", RequestRejected, False),
        ("msg_too_long", RequestRejected, False),
        ("a_code_of_tomorrow", RequestRejected, False),
    ],
)
def test_every_code_of_slack_s_becomes_one_error(server, code, kind, unknown):
    error = failure(server, reply={"error": code}, headers={"retry-after": "3"})
    assert type(error) is kind
    assert code in str(error)
    assert error.outcome_unknown is unknown
    assert error.retry_after == (3 if error.transient else None)
    assert server.posted == []


def test_the_limit_comes_with_the_seconds_to_wait(server):
    error = failure(server, status=429, headers={"retry-after": "30"}, body=b'{"ok":false,"error":"ratelimited"}')
    assert type(error) is RateLimited
    assert error.retry_after == 30
    assert not error.outcome_unknown


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"body": b'{"ok": true, "ts": "15', "cut": True},
        {"reset": True},
        {"body": b"<html>Bad gateway</html>"},
        {"body": b"null"},
        {"body": b"[]"},
        {"body": b'{"ok": "yes"}'},
        {"body": b'{"ok": true}'},
        {"body": b'{"ok": true, "ts": 1503435956.0001, "channel": "C1"}'},
    ],
    ids=str,
)
def test_an_answer_that_does_not_say_what_became_of_the_message_leaves_the_outcome_unknown(server, fault):
    error = failure(server, **fault)
    assert type(error) is ServiceUnavailable
    assert error.outcome_unknown
    assert len(server.requests) == 1


def test_a_lost_answer_to_a_mere_question_leaves_nothing_unknown(server):
    def check(server):
        return use(server, lambda slack: slack.check())

    assert not failure(server, work=check, cut=True, body=b"{").outcome_unknown
    assert not failure(server, work=check, reply={"error": "internal_error"}).outcome_unknown
