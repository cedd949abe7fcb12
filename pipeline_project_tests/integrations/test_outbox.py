import json
import threading
from decimal import Decimal

import pytest

from pipeline_project.errors import InvalidDocument, StoreError
from pipeline_project.integrations.outbox import Outbox, file_name
from pipeline_project.security import redaction


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "outbox")


def write(outbox, key="run/step/", text="hello", integration="slack", **content):
    return outbox.write(
        integration,
        idempotency_key=key,
        summary=f"#x: {text}",
        content={"text": text, **content},
        previews={".txt": text},
    )


def test_a_message_is_one_json_file_that_says_it_was_not_delivered_and_a_preview(outbox):
    entry = write(outbox, amount=Decimal("10.10"))
    record = json.loads(entry.path.read_text(encoding="utf-8"), parse_float=str)
    assert record["delivered"] is False
    assert record["content"] == {"text": "hello", "amount": "10.10"}
    assert record["idempotency_key"] == "run/step/"
    assert [preview.read_text(encoding="utf-8") for preview in entry.previews] == ["hello"]
    assert entry.path.parent == outbox.directory / "slack"
    assert entry.content["amount"] == Decimal("10.10")


def test_the_same_key_is_there_once_with_the_newest_content(outbox):
    write(outbox, text="first")
    write(outbox, text="second")
    (entry,) = outbox.list()
    assert entry.content["text"] == "second"
    assert len(list((outbox.directory / "slack").iterdir())) == 2


def test_the_list_is_in_the_order_of_writing_and_by_integration(outbox):
    assert outbox.list() == []
    for number in (3, 1, 2):
        write(outbox, key=f"run/step/{number}", text=str(number))
    write(outbox, key="run/mail/", integration="email", text="mail")
    assert [entry.content["text"] for entry in outbox.list()] == ["3", "1", "2", "mail"]
    assert [entry.summary for entry in outbox.list("email")] == ["#x: mail"]


def test_the_file_s_name_tells_the_key_and_is_its_own():
    assert file_name("ab12/notify/0").startswith("ab12-notify-0-")
    keys = ["a/b", "a-b", "A/B", "a//b", "../../etc/passwd", "", "a\x00b", "x" * 5000, "ü/ö", ".", "\ud800"]
    names = [file_name(key) for key in keys]
    assert len({name.lower() for name in names}) == len(keys)
    for name in names:
        assert "/" not in name
        assert not name.startswith(".")
        assert len(name) < 120


def test_registered_secrets_are_hidden_and_names_the_author_chose_are_not(outbox):
    redaction.register("outbox-marked-secret")
    entry = write(outbox, text="key outbox-marked-secret", token="a word")
    for path in (entry.path, *entry.previews):
        assert "outbox-marked-secret" not in path.read_text(encoding="utf-8")
    assert entry.content == {"text": "key ***", "token": "a word"}


def test_a_reader_sees_whole_files_only_while_they_are_replaced(outbox):
    write(outbox)
    stop = threading.Event()

    def keep_writing():
        while not stop.is_set():
            write(outbox, text="x" * 20_000)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for _ in range(50):
            (entry,) = outbox.list()
            assert entry.content["text"] in ("hello", "x" * 20_000)
    finally:
        stop.set()
        writer.join()
    assert not [path for path in (outbox.directory / "slack").iterdir() if path.name.startswith(".")]


def test_a_file_that_is_no_entry_is_named(outbox):
    write(outbox)
    for number, text in enumerate(("{", "[]", "{}", '{"integration": "x"}')):
        stray = outbox.directory / "slack" / f"stray{number}.json"
        stray.write_text(text)
        with pytest.raises(InvalidDocument, match=f"stray{number}.json: is no entry"):
            outbox.list()
        stray.unlink()


def test_a_place_that_cannot_be_written_is_named_with_the_setting(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"outbox cannot be written.*PIPELINE_DATA_DIR"):
        write(Outbox(tmp_path / "file"))


def test_a_failed_write_leaves_no_remains(outbox):
    entry = write(outbox)
    entry.path.unlink()
    entry.path.mkdir()
    with pytest.raises(StoreError):
        write(outbox)
    assert sorted(path.suffix for path in entry.path.parent.iterdir()) == [".json", ".txt"]
