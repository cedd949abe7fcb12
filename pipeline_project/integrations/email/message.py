"""A mail as its author gives it, the receipt for it, and what every way of sending it must offer.

Refuses what no server should ever see: an address that is none, a subject that smuggles a header, an empty
mail. Addresses are checked by their form alone, without DNS; names kept for tests and examples are welcome.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from email.headerregistry import Address
from pathlib import Path
from typing import Protocol

from email_validator import EmailNotValidError, validate_email

from pipeline_project.errors import InvalidInput

LONGEST_SUBJECT = 998  # characters, as many as an unfolded line may have (RFC 5322, 2.1.1)

_LINE_BREAKS = ("Cc", "Zl", "Zp")  # Unicode categories: control characters, line and paragraph separators
_NAMED = re.compile(r'\s*(?:"(?P<quoted>[^"\\]*)"|(?P<name>[^<>"]*?))\s*<(?P<address>[^<>]*)>\s*')


@dataclass(frozen=True)
class MailMessage:
    """What to write to whom; `body` is Markdown. Addresses may carry a name: `Ada <ada@example.com>`.

    Raises InvalidInput.
    """

    to: tuple[str, ...]
    subject: str
    body: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str | None = None

    def __post_init__(self) -> None:
        if not self.to:
            raise InvalidInput("nobody is named to write to", where="mail.to", remedy="Give at least one address.")
        for where, texts in (
            ("to", self.to),
            ("cc", self.cc),
            ("bcc", self.bcc),
            ("reply_to", self._reply_to),
        ):
            for text in texts:
                address(text, where=f"mail.{where}")
        check_line(self.subject, where="mail.subject")
        if len(self.subject) > LONGEST_SUBJECT:
            problem = f"has {len(self.subject)} characters, and {LONGEST_SUBJECT} is the most"
            raise InvalidInput(problem, where="mail.subject", remedy="Move the rest into the text.")
        if not self.subject.strip():
            raise InvalidInput("is empty", where="mail.subject", remedy="Give the mail a subject.")
        if not self.body.strip():
            raise InvalidInput("is empty", where="mail.body", remedy="Give the mail a text.")
        if "\0" in self.body:
            raise InvalidInput("holds a NUL character", where="mail.body", remedy="Remove it.")
        try:
            self.body.encode()
        except UnicodeEncodeError as error:
            raise InvalidInput(f"holds half a character: {error}", where="mail.body") from error

    @property
    def _reply_to(self) -> tuple[str, ...]:
        return () if self.reply_to is None else (self.reply_to,)

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address the mail goes to, each once, without names."""
        everyone = (*self.to, *self.cc, *self.bcc)
        return tuple(dict.fromkeys(address(text, where="mail").addr_spec for text in everyone))


@dataclass(frozen=True)
class MailReceipt:
    """What became of a mail. `delivered`: a server took it; `path`: its file in the outbox."""

    message_id: str
    delivered: bool
    path: Path | None = None


class Mailer(Protocol):
    """A way to send mail."""

    @property
    def repeatable(self) -> bool:
        """Whether sending again under the same idempotency key does no harm."""
        ...

    async def send(self, message: MailMessage, *, idempotency_key: str) -> MailReceipt:
        """Send one mail to all of its recipients or to none. Raises ServiceError."""
        ...

    async def check(self) -> str:
        """Whether mail can be sent, in a sentence that says through what. Raises ServiceError."""
        ...


def address(text: str, *, where: str) -> Address:
    """`text` as an address, its domain in ASCII (IDNA). Raises InvalidInput naming `where`."""
    check_line(text, where=where)
    named = _NAMED.fullmatch(text)
    bare = named["address"] if named else text
    try:
        # "test environment" is what lets .test pass; without DNS nothing else depends on it
        valid = validate_email(bare, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidInput(f"{text!r} is no mail address: {error}", where=where, remedy="Write name@domain.") from error
    name = named["quoted"] or named["name"] or "" if named else ""
    return Address(name.strip(), valid.local_part, valid.ascii_domain)


def addresses(texts: Iterable[str], *, where: str) -> tuple[Address, ...]:
    """Each of `texts` as an address. Raises InvalidInput naming `where`."""
    return tuple(address(text, where=where) for text in texts)


def check_line(text: str, *, where: str) -> None:
    """Refuse a text for a header that would end its line, or that is not text. Raises InvalidInput."""
    for character in text:
        if unicodedata.category(character) in (*_LINE_BREAKS, "Cs"):
            problem = f"holds the character U+{ord(character):04X}, which no mail header may"
            raise InvalidInput(problem, where=where, remedy="Write it on one line.")
