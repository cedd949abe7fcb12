import asyncio
from dataclasses import replace

import pytest

from pipeline_project.errors import NotConfigured
from pipeline_project.integrations.factory import EmailConnection, SlackConnection
from pipeline_project.settings import Settings


@pytest.fixture
def connections(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SMTP_PASSWORD"):
        monkeypatch.delenv(f"PIPELINE_SECRET_{name}", raising=False)
    settings = Settings(data_dir=tmp_path)
    return SlackConnection.from_settings(settings), EmailConnection.from_settings(settings)


def opened(connection):
    async def run():
        async with connection.open() as client:
            return await client.check()

    return asyncio.run(run())


def refusal(connection) -> str:
    with pytest.raises(NotConfigured) as caught:
        opened(connection)
    return str(caught.value)


def test_out_of_the_box_everything_goes_to_the_outbox_of_the_data_directory(connections, tmp_path):
    slack, email = connections
    assert opened(slack) == f"writes messages to {tmp_path}/outbox/slack; nothing is delivered"
    assert opened(email) == f"writes mail to {tmp_path}/outbox/email; nothing is delivered"
    assert not (tmp_path / "outbox").exists(), "looking writes nothing"


def test_a_half_configured_integration_is_one_sentence_that_names_the_variables(connections):
    slack, email = connections
    smtp = replace(email, mode="smtp")
    assert refusal(replace(slack, mode="api")) == (
        "PIPELINE_SECRET_SLACK_BOT_TOKEN: the secret SLACK_BOT_TOKEN is not set. "
        "Set PIPELINE_SECRET_SLACK_BOT_TOKEN in the environment or in .env."
    )
    assert refusal(smtp) == (
        "email: mail shall go over SMTP and is only half configured. "
        "Set PIPELINE_SMTP_HOST and PIPELINE_EMAIL_FROM, or PIPELINE_EMAIL_MODE=outbox."
    )
    assert "Set PIPELINE_EMAIL_FROM, or" in refusal(replace(smtp, host="mail.test"))
    assert "Set PIPELINE_SMTP_HOST, or" in refusal(replace(smtp, sender="a@example.com"))
    with_user = replace(smtp, host="mail.test", sender="a@example.com", user="finance")
    assert "PIPELINE_SECRET_SMTP_PASSWORD" in refusal(with_user)


def test_a_wrong_base_url_names_its_setting(connections, monkeypatch):
    monkeypatch.setenv("PIPELINE_SECRET_SLACK_BOT_TOKEN", "xoxb-1")
    slack, _ = connections
    assert refusal(replace(slack, mode="api", base_url="slack.com/api")).startswith("PIPELINE_SLACK_BASE_URL: ")
