"""MultiEdit makes all its edits or none, and names the one that does not fit."""


def edits(*pairs):
    return [{"old_string": old, "new_string": new} for old, new in pairs]


def test_each_edit_works_on_the_outcome_of_the_one_before(desk):
    path = desk.read_file("a.txt", b"one\r\ntwo\r\n")
    result = desk.call("MultiEdit", file_path="a.txt", edits=edits(("one", "1\n1.5"), ("1.5\ntwo", "2")))
    assert path.read_bytes() == b"1\r\n2\r\n"
    assert result.text.startswith(f"Made 2 edits in {path}.")
    assert result.structured["replaced"] == 2


def test_one_that_does_not_fit_stops_all(desk):
    path = desk.read_file("a.txt", "one\ntwo\n")
    words = desk.refusal("MultiEdit", file_path="a.txt", edits=edits(("one", "1"), ("three", "3")))
    assert words.startswith(f"{path}: edits[1]: old_string is not in the file.")
    assert path.read_text(encoding="utf-8") == "one\ntwo\n"
    many = desk.refusal("MultiEdit", file_path="a.txt", edits=edits(("o", "0")))
    assert many.startswith(f"{path}: edits[0]: old_string is in the file 2 times, on lines 1, 2.")


def test_a_new_file_begins_with_an_empty_old_string(desk):
    words = desk.text("MultiEdit", file_path="new.txt", edits=edits(("", "one\ntwo\n"), ("two", "2")))
    assert words == f"Created {desk.folder}/new.txt with 2 edits."
    assert (desk.folder / "new.txt").read_text(encoding="utf-8") == "one\n2\n"


def test_an_empty_old_string_later_on_is_refused(desk):
    desk.read_file("a.txt", "one")
    words = desk.refusal("MultiEdit", file_path="a.txt", edits=edits(("one", "1"), ("", "x")))
    assert "edits[1]: old_string is empty. Only the first edit of a new or empty file may" in words


def test_an_unread_file_a_missing_file_and_no_edits_are_refused(desk):
    desk.file("a.txt", "one")
    assert "Read it first" in desk.refusal("MultiEdit", file_path="a.txt", edits=edits(("one", "1")))
    assert "there is no such file" in desk.refusal("MultiEdit", file_path="zzz", edits=edits(("one", "1")))
    assert "at least 1 item" in desk.refusal("MultiEdit", file_path="a.txt", edits=[])
    assert "edits.0.replace is no field of it" in desk.refusal(
        "MultiEdit", file_path="a.txt", edits=[{"old_string": "a", "new_string": "b", "replace": True}]
    )


def test_replace_all_holds_for_its_own_edit(desk):
    path = desk.read_file("a.txt", "a a b")
    all_of_them = [{"old_string": "a", "new_string": "c", "replace_all": True}, *edits(("b", "d"))]
    desk.text("MultiEdit", file_path="a.txt", edits=all_of_them)
    assert path.read_text(encoding="utf-8") == "c c d"
