from email.headerregistry import Address

import pytest

from pipeline_project.errors import InvalidInput
from pipeline_project.integrations.email import MailMessage
from pipeline_project.integrations.email.message import address


def mail(**arguments):
    return MailMessage(**{"to": ("ada@example.com",), "subject": "Hi", "body": "text", **arguments})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ada@example.com", Address("", "ada", "example.com")),
        ("ada+tag@mail.finance.test", Address("", "ada+tag", "mail.finance.test")),
        ("Ada Lovelace <ada@example.com>", Address("Ada Lovelace", "ada", "example.com")),
        ("Ädä, Gräfin <ada@example.com>", Address("Ädä, Gräfin", "ada", "example.com")),
        ('"Lovelace, Ada" <ada@example.com>', Address("Lovelace, Ada", "ada", "example.com")),
        ("<ada@example.com>", Address("", "ada", "example.com")),
        ("ada@bücher.example", Address("", "ada", "xn--bcher-kva.example")),
        ("用户@例え.jp", Address("", "用户", "xn--r8jz45g.jp")),
    ],
)
def test_an_address_may_have_a_name_and_letters_of_any_language(text, expected):
    assert address(text, where="to") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@@example.com",
        "ada@localhost",
        "ada@example",
        "ada@exa mple.com",
        "ada@example.com, eve@example.com",
        "ada@example.com;eve@example.com",
        "Ada <ada@example.com> <eve@example.com>",
        "<ada@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "Ada\nBcc: eve@example.com <ada@example.com>",
        "ada@example.com\u2028",
        "ada@example.com\x00",
        "ada@[127.0.0.1]",
        ".ada@example.com",
        "ada@" + "x" * 300 + ".com",
    ],
)
@pytest.mark.parametrize("field", ["to", "cc", "bcc", "reply_to"])
def test_what_is_no_address_is_refused_with_its_place(field, text):
    with pytest.raises(InvalidInput, match=rf"^mail\.{field}: "):
        mail(**{field: text if field == "reply_to" else (text,)})


@pytest.mark.parametrize(
    "subject",
    ["", "  ", "Hi\r\nBcc: eve@example.com", "Hi\n", "Hi\rX", "Hi\x0bX", "Hi\u2028X", "Hi\x85X", "\ud83d", "x" * 999],
)
def test_a_subject_is_one_line_of_text(subject):
    with pytest.raises(InvalidInput, match=r"^mail\.subject: "):
        mail(subject=subject)


@pytest.mark.parametrize("body", ["", " \n", "a\0b", "half \ud83d"])
def test_a_body_is_text(body):
    with pytest.raises(InvalidInput, match=r"^mail\.body: "):
        mail(body=body)


def test_a_mail_needs_somebody_to_go_to():
    with pytest.raises(InvalidInput, match=r"^mail\.to: "):
        mail(to=())


def test_everyone_gets_it_once():
    message = mail(
        to=("Ada <ada@example.com>", "bob@x.test"), cc=("ada@example.com",), bcc=("eve@x.test", "bob@X.test")
    )
    assert message.recipients == ("ada@example.com", "bob@x.test", "eve@x.test")
