"""E-mails are taken apart: subject, text, attachments; hostile and odd ones too."""

from email.message import EmailMessage

import pytest

from pipeline_project.errors import InvalidDocument
from pipeline_project.finance.documents import open_document
from pipeline_project.finance.mail import html_text, open_mail


def opened(message):
    data = message if isinstance(message, bytes) else message.as_bytes()
    return open_mail(open_document(data, name="mail.eml"))


def message(**headers):
    mail = EmailMessage()
    for name, value in {"From": "a@b.example", "To": "c@d.example", "Subject": "Hi", **headers}.items():
        mail[name] = value
    return mail


def test_subject_text_and_attachments_are_found():
    mail = message(Subject="Rechnung für Müller")
    mail.set_content("Guten Tag")
    mail.add_attachment(b"<a/>", maintype="application", subtype="xml", filename="bill.xml")
    mail.add_attachment(b"\x89PNG....", maintype="image", subtype="png", filename="logo.png")
    found = opened(mail)
    assert (found.subject, found.text.strip()) == ("Rechnung für Müller", "Guten Tag")
    assert [(each.name, each.kind) for each in found.attachments] == [("mail.eml: bill.xml", "xml")]


def test_a_mail_with_only_html_gives_the_text_of_it_line_by_line():
    mail = message()
    mail.set_content("<p>Hello</p><table><tr><td>Pen</td><td>2</td></tr></table><style>x</style>", subtype="html")
    assert opened(mail).text.splitlines() == ["Hello", "Pen    2"]


def test_raw_utf8_without_a_character_set_is_read():
    found = opened("From: a@b.example\nSubject: Café\nDate: now\n\nStraße 5 €\n".encode())
    assert (found.subject, found.text.strip()) == ("Café", "Straße 5 €")


def test_an_unknown_character_set_is_read_as_what_its_bytes_are():
    found = opened(b"From: a@b.example\nSubject: x\nContent-Type: text/plain; charset=nonsense\n\nStra\xdfe\n")
    assert found.text.strip() == "Straße"


def test_a_mail_of_too_many_parts_is_refused():
    mail = message()
    mail.set_content("x")
    for _ in range(120):
        mail.add_attachment(b"<a/>", maintype="application", subtype="xml")
    with pytest.raises(InvalidDocument, match="122 parts"):
        opened(mail)


@pytest.mark.parametrize("markup", ["", "<", "<script>x</script>", "<!-- -->"])
def test_html_without_text_is_empty(markup):
    assert html_text(markup) in {"", "<"}
