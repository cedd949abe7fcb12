from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidInput
from pipeline_project.integrations.email import MailMessage
from pipeline_project.integrations.email.message import address
from pipeline_project.integrations.email.mime import compose

SENDER = address("Finance <finance@example.com>", where="from")


def composed(**arguments):
    message = MailMessage(**{"to": ("ada@example.com",), "subject": "Hi", "body": "text", **arguments})
    raw = compose(message, sender=SENDER, idempotency_key="run/mail/").as_bytes()
    return raw, message_from_bytes(raw, policy=default)


def part(mail, kind):
    return mail.get_body((kind,)).get_content().replace("\r\n", "\n")


def test_a_mail_has_its_headers_a_text_part_and_an_html_part():
    raw, mail = composed(
        to=("Ädä <ada@example.com>",),
        cc=("bob@x.test",),
        bcc=("eve@x.test",),
        subject="Grüße an alle",
        body="**Hallo** <b>\nzwei",
        reply_to="Desk <desk@example.com>",
    )
    assert mail["From"] == "Finance <finance@example.com>"
    assert mail["To"] == "Ädä <ada@example.com>"
    assert mail["Cc"] == "bob@x.test"
    assert mail["Reply-To"] == "Desk <desk@example.com>"
    assert mail["Subject"] == "Grüße an alle"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail.get_content_type() == "multipart/alternative"
    assert part(mail, "plain") == "**Hallo** <b>\nzwei\n"
    page = part(mail, "html")
    assert "<p><strong>Hallo</strong> &lt;b&gt;<br />\nzwei</p>" in page
    assert "<title>Grüße an alle</title>" in page
    assert b"eve@x.test" not in raw, "a blind copy is nobody else's to see"


def test_one_key_gives_one_message_id_in_the_sender_s_domain():
    first, second = composed()[1], composed(body="other")[1]
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@example.com>")
    other = compose(MailMessage(("a@x.test",), "Hi", "text"), sender=SENDER, idempotency_key="run/mail/1")
    assert other["Message-ID"] != first["Message-ID"]


def test_an_address_with_letters_beyond_ascii_is_written_as_rfc_6531_says():
    raw, _ = composed(to=("用户@例え.jp",), body="für")
    assert "To: 用户@xn--r8jz45g.jp\r\n".encode() in raw
    assert b"f=C3=BCr" in raw or b"ZsO8cg" in raw


LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=80).filter(str.strip)
BODY = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), min_size=1, max_size=300)


@given(subject=LINE, body=BODY.filter(str.strip), name=LINE)
@settings(max_examples=100, deadline=None)
def test_whatever_is_written_arrives_as_it_was_and_makes_no_header_of_its_own(subject, body, name):
    quoted = '"' + name.replace("\\", "").replace('"', "") + '"'
    raw, mail = composed(subject=subject, body=body, to=(f"{quoted} <ada@example.com>",))
    assert {name.lower() for name in mail} == {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type",
    }  # fmt: skip
    assert mail["Subject"].split() == subject.split()
    assert [recipient.addr_spec for recipient in mail["To"].addresses] == ["ada@example.com"]
    assert part(mail, "plain").rstrip("\n") == body.rstrip("\n")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n")), "RFC 5322, 2.1.1"
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("length", [10, 1_000, 100_000])
def test_a_long_line_is_folded(length):
    raw, mail = composed(body="x" * length, subject="s" * min(length, 998))
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert part(mail, "plain") == "x" * length + "\n"
    assert mail["Subject"] == "s" * min(length, 998)


def test_no_header_can_be_smuggled_in():
    with pytest.raises(InvalidInput):
        composed(subject="Hi\r\nBcc: eve@example.com")
