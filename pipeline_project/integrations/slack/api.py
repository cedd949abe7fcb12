"""Slack's Web API: posting over HTTP, and what its error codes mean for whoever posts.

Slack answers most refusals with HTTP 200 and `ok: false`. It has no idempotency key; ours travels in the
message's metadata, so that a person can tell whether it arrived. Refuses to call a message posted that has no
`ts`.
"""

from typing import Any

from pipeline_project.errors import (
    AuthenticationFailed,
    RateLimited,
    RequestRejected,
    ServiceError,
    ServiceUnavailable,
)
from pipeline_project.integrations.slack.message import SlackMessage, SlackReceipt
from pipeline_project.integrations.transport import Answer, Transport

TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105 - the secret's name
TOKEN_VARIABLE = f"PIPELINE_SECRET_{TOKEN}"

_REPLACE = f"Replace {TOKEN_VARIABLE}."
_CREDENTIALS = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "not_allowed_token_type",
    }
)
_LIMITS = frozenset({"ratelimited", "rate_limited"})
# Slack says of the first two that part of the work may have been done before they were raised
_MAYBE_DONE = frozenset({"internal_error", "fatal_error"})
_OUTAGES = _MAYBE_DONE | {"service_unavailable", "request_timeout", "team_added_to_org", "org_login_required"}
_REMEDIES = {
    "channel_not_found": "Use the channel's id, and invite the bot to it if it is private (/invite).",
    "not_in_channel": "Invite the bot to the channel (/invite), or give it the scope chat:write.public.",
    "is_archived": "Choose another channel, or unarchive this one.",
    "missing_scope": "Add the scope to the Slack app and install it again.",
    "msg_too_long": "Shorten the message.",
    "no_text": "Give the message a text or blocks.",
    "invalid_blocks": "Correct the blocks (Slack's Block Kit Builder checks them).",
    "restricted_action": "Ask a workspace administrator to let the bot post there.",
}


class SlackApi:
    """Posts through `transport`, which carries the base URL and the token."""

    repeatable = False

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def post(self, message: SlackMessage, *, idempotency_key: str) -> SlackReceipt:
        """chat.postMessage. Raises AuthenticationFailed, RateLimited, RequestRejected, ServiceUnavailable."""
        metadata = {"event_type": "pipeline_message", "event_payload": {"idempotency_key": idempotency_key}}
        reply = await self._call("chat.postMessage", {**message.payload(), "metadata": metadata})
        ts, channel = reply.get("ts"), reply.get("channel")
        if not (isinstance(ts, str) and isinstance(channel, str)):
            problem = "answered ok without saying which message that is"
            raise ServiceUnavailable(problem, where="slack chat.postMessage", outcome_unknown=True)
        return SlackReceipt(ts=ts, channel=channel, delivered=True)

    async def permalink(self, receipt: SlackReceipt) -> str | None:
        """chat.getPermalink."""
        arguments = {"channel": receipt.channel, "message_ts": receipt.ts}
        answer = await self._transport.request("GET", "chat.getPermalink", params=arguments)
        return _checked(answer).get("permalink")

    async def check(self) -> str:
        """auth.test: who the token is."""
        reply = await self._call("auth.test", {}, idempotent=True)
        return f"posts to {reply.get('team')} ({reply.get('url')}) as {reply.get('user')}"

    async def _call(self, method: str, arguments: dict[str, Any], *, idempotent: bool = False) -> dict[str, Any]:
        return _checked(await self._transport.request("POST", method, body=arguments, idempotent=idempotent))


def _checked(answer: Answer) -> dict[str, Any]:
    """The reply of an answer that says ok. Raises what the code of any other means."""
    reply = answer.json()
    if not (isinstance(reply, dict) and isinstance(reply.get("ok"), bool)):
        problem = f"the answer is not one of Slack's: {answer.excerpt()}"
        raise ServiceUnavailable(problem, where=answer.place, outcome_unknown=not answer.repeatable)
    if not reply["ok"]:
        raise _failure(str(reply.get("error", "no code")), reply, answer)
    return reply


def _failure(code: str, reply: dict[str, Any], answer: Answer) -> ServiceError:
    message = f"Slack answered {code}{_details(reply)}"
    if code in _CREDENTIALS:
        return AuthenticationFailed(message, where=answer.place, remedy=_REPLACE)
    if code in _LIMITS:
        return RateLimited(message, where=answer.place, retry_after=answer.retry_after)
    if code in _OUTAGES:
        unknown = code in _MAYBE_DONE and not answer.repeatable
        return ServiceUnavailable(message, where=answer.place, retry_after=answer.retry_after, outcome_unknown=unknown)
    return RequestRejected(message, where=answer.place, remedy=_REMEDIES.get(code))


def _details(reply: dict[str, Any]) -> str:
    """What Slack adds to a code: the scope it needs, what is wrong with the blocks."""
    metadata = reply.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    parts = [f"needs {reply['needed']}"] if "needed" in reply else []
    parts += map(str, messages) if isinstance(messages, list) else []
    return f" ({'; '.join(parts)})" if parts else ""
