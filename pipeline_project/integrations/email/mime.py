"""A mail as it goes over the wire: headers, a text part that is the Markdown, an HTML part made of it.

Refuses to let chance in: one idempotency key always gives one Message-ID, so that a mail sent twice can be
told.
"""

import hashlib
import html
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

from pipeline_project import clock
from pipeline_project.integrations.email.message import MailMessage, address, addresses
from pipeline_project.integrations.markdown import to_html

# bodies in 7 bits, so that no server along the way needs 8BITMIME
_ASCII, _UTF8 = SMTP.clone(cte_type="7bit"), SMTPUTF8.clone(cte_type="7bit")
_STYLE = "font-family: sans-serif; line-height: 1.4"


def message_id(idempotency_key: str, sender: Address) -> str:
    """The Message-ID of a key, in the sender's domain (RFC 5322, 3.6.4)."""
    return f"<{hashlib.sha256(idempotency_key.encode()).hexdigest()[:32]}@{sender.domain}>"


def compose(message: MailMessage, *, sender: Address, idempotency_key: str) -> EmailMessage:
    """The mail; Bcc stands only in the envelope."""
    mail = EmailMessage(policy=_UTF8 if needs_utf8(message, sender) else _ASCII)
    mail["From"] = sender
    mail["To"] = addresses(message.to, where="mail.to")
    if message.cc:
        mail["Cc"] = addresses(message.cc, where="mail.cc")
    if message.reply_to:
        mail["Reply-To"] = address(message.reply_to, where="mail.reply_to")
    mail["Subject"] = message.subject
    mail["Date"] = clock.now()
    mail["Message-ID"] = message_id(idempotency_key, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: an absence notice does not answer it
    mail.set_content(message.body)
    mail.add_alternative(page(message), subtype="html")
    # of the key and the body, so that it is the same again and no body can hold it
    mail.set_boundary("=" + hashlib.sha256(f"{idempotency_key} {message.body}".encode()).hexdigest()[:32])
    return mail


def needs_utf8(message: MailMessage, sender: Address) -> bool:
    """Whether an address has letters beyond ASCII before its @, which a server must support (RFC 6531)."""
    replies = [address(message.reply_to, where="mail.reply_to").addr_spec] if message.reply_to else []
    return not "".join([sender.addr_spec, *message.recipients, *replies]).isascii()


def page(message: MailMessage) -> str:
    """The body as a whole HTML page."""
    head = f'<meta charset="utf-8"><title>{html.escape(message.subject)}</title>'
    body = f'<body style="{_STYLE}">\n{to_html(message.body)}</body>'
    return f"<!doctype html>\n<html><head>{head}</head>\n{body}</html>\n"
