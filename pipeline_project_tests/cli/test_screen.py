"""What the terminal gets: nothing that steers it, whoever wrote the text."""

import pytest

from pipeline_project.cli import screen

HOSTILE = {
    "colour that hides": "\x1b[8mrm -rf\x1b[0m",
    "line that is wiped": "rm -rf /\x1b[2K\rls",
    "overwriting": "rm -rf /\rls      ",
    "C1 escape": "\x9b8m",
    "turned round": "\u202efdp.exe\u2066",
    "bell and backspace": "a\x07\x08b",
    "half a pair": "half \ud83d",
    "title": "\x1b]0;mine\x07",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_would_steer_the_terminal_is_spelled_out(text, capsys):
    screen.say(text)
    screen.show_table(["question"], [[text]], empty="")
    screen.fail(text)
    screen.note(text)
    screen.warn(text)
    written = capsys.readouterr()
    for character in "\x1b\x9b\r\x07\x08\u202e\u2066\ud83d":
        assert character not in written.out + written.err
    assert "\\" in written.out


def test_lines_and_other_scripts_stay_as_they_are(capsys):
    screen.say("one two\r\nthree — Grüße 你好 🎉")
    assert capsys.readouterr().out == "one two\nthree — Grüße 你好 🎉\n"
