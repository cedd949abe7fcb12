"""The resources inside real Dagster jobs: bound by key, opened in the op body, their secrets nowhere to be seen."""

import asyncio
import json

import dagster as dg
import pytest

from pipeline_project.errors import NotConfigured
from pipeline_project.integrations.email import MailMessage
from pipeline_project.integrations.resources import EmailResource, SlackResource
from pipeline_project.integrations.slack import SlackMessage
from pipeline_project.settings import Settings
from pipeline_project_tests.servers.slack import TOKEN, SlackServer


@dg.op(required_resource_keys={"slack", "email"})
def send_both(context):
    async def body():
        async with context.resources.slack.open() as slack, context.resources.email.open() as email:
            posted = await slack.post(SlackMessage("#finance", "hello"), idempotency_key="run/notify/")
            mailed = await email.send(MailMessage(("a@example.com",), "Hi", "text"), idempotency_key="run/mail/")
            return posted.delivered, mailed.delivered

    return asyncio.run(body())


@dg.job
def messages():
    send_both()


def run(tmp_path, **overrides):
    settings = Settings(data_dir=tmp_path, **overrides)
    resources = {"slack": SlackResource.from_settings(settings), "email": EmailResource.from_settings(settings)}
    result = messages.execute_in_process(resources=resources, raise_on_error=False)
    return resources, result


def test_an_op_opens_the_clients_on_its_own_event_loop(tmp_path):
    _, result = run(tmp_path)
    assert result.success
    assert result.output_for_node("send_both") == (False, False)
    assert len(list((tmp_path / "outbox").glob("*/*.json"))) == 2


def test_no_secret_is_a_field_or_stands_in_an_event(tmp_path, monkeypatch):
    monkeypatch.setenv("PIPELINE_SECRET_SLACK_BOT_TOKEN", TOKEN)
    with SlackServer() as server:
        resources, result = run(tmp_path, slack_mode="api", slack_base_url=server.base_url)
    assert result.output_for_node("send_both") == (True, False)
    assert TOKEN not in json.dumps(resources["slack"].model_dump(), default=str)
    assert TOKEN not in str(result.all_events)


def test_a_half_configured_resource_is_set_up_and_fails_when_it_is_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PIPELINE_SECRET_SLACK_BOT_TOKEN", raising=False)
    resources, result = run(tmp_path, slack_mode="api")
    assert not result.success
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "PIPELINE_SECRET_SLACK_BOT_TOKEN" in str(event.event_specific_data)
    with pytest.raises(NotConfigured):
        asyncio.run(resources["slack"].test_connection())


def test_a_connection_can_be_tested(tmp_path):
    resources, _ = run(tmp_path)
    for resource in resources.values():
        assert "nothing is delivered" in asyncio.run(resource.test_connection())


def test_a_mode_that_does_not_exist_is_refused_by_dagster():
    with pytest.raises(ValueError, match="mode"):
        SlackResource(mode="carrier pigeon", outbox_directory="x")
