"""Slack: one message type, posted over the Web API or written to the outbox."""

from pipeline_project.integrations.slack.api import SlackApi
from pipeline_project.integrations.slack.message import Slack, SlackMessage, SlackReceipt
from pipeline_project.integrations.slack.outbox import SlackOutbox

__all__ = ["Slack", "SlackApi", "SlackMessage", "SlackOutbox", "SlackReceipt"]
