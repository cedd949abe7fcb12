"""An e-mail taken apart: its subject, its text, and the documents attached to it.

Refuses to follow links or load remote parts; attachments of kinds that hold no document are left out.
"""

import dataclasses
import email
import email.policy
from email.message import EmailMessage

from lxml import etree, html

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.documents import Document, decoded, kind_of

MAX_PARTS = 100

_CELLS = {"td", "th"}
_BLOCKS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table"}


@dataclasses.dataclass(frozen=True)
class Mail:
    """The readable content of one e-mail."""

    subject: str
    sender: str
    text: str
    attachments: tuple[Document, ...]


def open_mail(document: Document) -> Mail:
    """The parts of a message in RFC 5322 form; HTML-only mails give the text of their HTML.

    Raises InvalidDocument for more than MAX_PARTS parts.
    """
    message = email.message_from_bytes(document.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    parts = list(message.walk())
    if len(parts) > MAX_PARTS:
        raise InvalidDocument(
            f"the e-mail has {len(parts)} parts, more than the {MAX_PARTS} that are read",
            where=document.name,
            remedy="Save the attachment you mean and send it alone.",
        )
    attached = (_attachment(part, document.name) for part in parts if isinstance(part, EmailMessage))
    return Mail(
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        text=_body(message, document.name),
        attachments=tuple(each for each in attached if each is not None),
    )


def _header(message: EmailMessage, name: str) -> str:
    """A header as text; bytes that are not ASCII, which no header may have, are read as UTF-8."""
    written = str(next((value for key, value in message.raw_items() if key.lower() == name.lower()), ""))
    if written.isascii():
        return str(message.get(name, ""))
    return written.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _attachment(part: EmailMessage, mail: str) -> Document | None:
    if part.is_multipart() or (part.get_content_maintype() == "text" and not part.get_filename()):
        return None
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return None
    name = f"{mail}: {part.get_filename() or part.get_content_type()}"
    try:
        return Document(name, data, kind_of(data, name))
    except InvalidDocument:  # a logo, a signature, an archive: nothing to read
        return None


def _body(message: EmailMessage, name: str) -> str:
    """The text of a mail in the character set it names, or in what its bytes are when it names none it knows."""
    body = message.get_body(preferencelist=("plain", "html"))
    data = body.get_payload(decode=True) if body is not None else None
    if body is None or not isinstance(data, bytes):
        return ""
    try:
        content = data.decode(body.get_content_charset() or "")
    except (LookupError, UnicodeDecodeError):
        content = decoded(data, name)
    return html_text(content) if body.get_content_subtype() == "html" else content


def html_text(markup: str) -> str:
    """The text of an HTML mail, one line for each block, table cells apart from each other."""
    try:
        root = html.document_fromstring(markup)
    except (etree.ParserError, ValueError):
        return ""
    etree.strip_elements(root, "script", "style", "head", with_tail=False)
    for element in root.iter(etree.Element):
        if element.tag in _CELLS:
            element.tail = "    " + (element.tail or "").strip()
        elif element.tag in _BLOCKS:
            element.tail = "\n" + (element.tail or "")
    lines = (line.strip() for line in str(etree.tostring(root, method="text", encoding="unicode")).splitlines())
    return "\n".join(line for line in lines if line)
