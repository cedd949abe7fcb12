"""Rules on the list of messages and on each message's own shape: role and content."""

from collections.abc import Iterator
from typing import Final

from pipeline_project.messages.blocks import ROLES
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.subject import Request, as_dict

MAX_MESSAGES: Final = 100_000


@rule("messages.list", sources.CREATE, scope="conversation")
def messages_are_a_list(request: Request) -> Iterator[Problem]:
    """`messages` is an array with at least one message."""
    value = request.keys.get("messages")
    if not isinstance(value, list):
        yield ("messages",), "messages is missing or no array; send [{role, content}, …]"
    elif not value:
        yield ("messages",), "there is no message; send at least one with role user"


@rule("messages.count", sources.CREATE, scope="conversation", providers=ANTHROPIC)
def messages_are_not_too_many(request: Request) -> Iterator[Problem]:
    """A request has at most 100,000 messages."""
    if len(request.messages) > MAX_MESSAGES:
        yield (
            ("messages",),
            f"{len(request.messages)} messages, the limit is {MAX_MESSAGES}; summarise the oldest",
        )


@rule("message.object", sources.CREATE, scope="conversation")
def each_message_is_an_object(request: Request) -> Iterator[Problem]:
    """Each message is an object."""
    for index, message in enumerate(request.messages):
        if not isinstance(message, dict):
            yield ("messages", index), "the message is not an object; send {role, content}"


@rule("message.role", sources.CREATE, scope="conversation")
def each_role_is_known(request: Request) -> Iterator[Problem]:
    """Each role is user, assistant or system."""
    for index, message in enumerate(request.messages):
        if isinstance(message, dict):
            role = message.get("role")
            if not isinstance(role, str) or role not in ROLES:
                yield ("messages", index, "role"), "the role must be user, assistant or system"


@rule("message.content", sources.CREATE, scope="conversation")
def each_content_is_text_or_blocks(request: Request) -> Iterator[Problem]:
    """Each content is a string or an array of blocks."""
    for index, message in enumerate(request.messages):
        if isinstance(message, dict) and not isinstance(message.get("content"), str | list):
            yield ("messages", index, "content"), "the content must be a string or an array of blocks"


@rule("message.empty", sources.CREATE, scope="conversation", providers=ANTHROPIC)
def each_content_has_something(request: Request) -> Iterator[Problem]:
    """Each message but a final assistant one has content that is not empty.

    The API: all messages must have non-empty content except for the optional final assistant message.
    """
    last = len(request.messages) - 1
    for index, message in enumerate(request.messages):
        message = as_dict(message)
        if message.get("content") in ("", []) and not (index == last and message.get("role") == "assistant"):
            yield ("messages", index, "content"), "the message is empty; drop it or give it content"
