"""`message convert|validate|repair|explain`: what they print where, what they exit with, and what they refuse."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline_project.cli.message import app
from pipeline_project.errors import InvalidInput

EXAMPLE = Path(__file__).parents[2] / "examples" / "message.json"
ORPHAN = {
    "model": "claude-opus-5",
    "max_tokens": 9,
    "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "a", "input": {}}]},
        {"role": "user", "content": "And?"},
    ],
    "tools": [{"name": "a", "input_schema": {"type": "object"}}],
}


def run(*arguments, stdin=None):
    return CliRunner().invoke(app, list(map(str, arguments)), input=stdin)


def refused(*arguments, stdin=None):
    done = run(*arguments, stdin=stdin)
    assert isinstance(done.exception, InvalidInput), done.output
    assert done.stdout == ""
    return str(done.exception)


@pytest.fixture
def orphan(tmp_path):
    file = tmp_path / "orphan.json"
    file.write_text(json.dumps(ORPHAN), encoding="utf-8")
    return file


def test_convert_prints_the_request_and_its_losses_apart():
    done = run("convert", EXAMPLE)
    assert done.exit_code == 0
    value = json.loads(done.stdout)
    assert [message["role"] for message in value["messages"]] == ["system", "user"]
    assert value["tools"][0]["function"]["name"] == "book_invoice"
    assert "warning: lost      $.system[0].cache_control" in done.stderr


def test_convert_json_has_value_losses_and_names():
    for target in ("openai", "anthropic", "gemini", "deepseek", "generic"):
        answer = json.loads(run("convert", EXAMPLE, "--target", target, "--json").stdout)
        assert set(answer) == {"value", "losses", "names"}
        assert answer["names"]["target"] == target


def test_convert_back_reads_what_convert_wrote():
    there = run("convert", EXAMPLE)
    back = json.loads(run("convert", "-", "--back", stdin=there.stdout).stdout)
    original = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert back["system"] == original["system"][0]["text"]
    assert back["tools"] == original["tools"]
    assert "--target" in refused("convert", EXAMPLE, "--back", "--target", "openai")


def test_convert_hides_and_changes_nothing_of_the_request():
    body = {"messages": [{"role": "user", "content": "Grüße 😀 \ud800"}], "tools": []}
    schema = {"type": "object", "properties": {"password": {"type": "string"}, "rate": {"minimum": 0.1}}}
    body["tools"] = [{"name": "log_in", "input_schema": schema}]
    value = json.loads(run("convert", "-", stdin=json.dumps(body)).stdout)
    assert value["messages"][0]["content"] == body["messages"][0]["content"]
    assert value["tools"][0]["function"]["parameters"] == schema


def test_validate_says_ok_and_exits_with_zero():
    done = run("validate", EXAMPLE)
    assert (done.exit_code, done.stdout) == (0, "no findings\n")
    assert json.loads(run("validate", EXAMPLE, "--json").stdout) == {"ok": True, "findings": []}


def test_validate_exits_with_one_and_a_line_for_each_finding(orphan):
    done = run("validate", orphan)
    assert done.exit_code == 1
    *findings, count = done.stdout.splitlines()
    assert any(line.startswith("error     $.messages[1].content[0]") for line in findings)
    assert count == f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"
    answer = json.loads(run("validate", orphan, "--json").stdout)
    assert answer["ok"] is False
    assert len(answer["findings"]) == len(findings)


def test_validate_knows_the_provider_and_the_endpoint(tmp_path):
    body = {**ORPHAN, "messages": [{"role": "user", "content": "Hi"}], "stop_sequences": list("abcde")}
    assert run("validate", "-", stdin=json.dumps(body)).exit_code == 0
    assert "stop" in run("validate", "-", "--provider", "openai", stdin=json.dumps(body)).stdout
    del body["max_tokens"], body["stop_sequences"]
    assert run("validate", "-", stdin=json.dumps(body)).exit_code == 1
    assert run("validate", "-", "--endpoint", "count_tokens", stdin=json.dumps(body)).exit_code == 0
    recorded = {"path": "/v1/messages/count_tokens?beta=true", "headers": {}, "body": body}
    assert run("validate", "-", stdin=json.dumps(recorded)).exit_code == 0


def test_repair_prints_a_request_that_is_valid_and_what_it_did(orphan):
    done = run("repair", orphan)
    assert done.exit_code == 0
    assert "repaired  $.messages" in done.stderr
    assert run("validate", "-", stdin=done.stdout).exit_code == 0
    answer = json.loads(run("repair", orphan, "--json").stdout)
    assert answer["value"] == json.loads(done.stdout)
    assert answer["ok"] is True
    assert answer["repairs"]


def test_repair_exits_with_one_when_an_error_is_left():
    done = run("repair", "-", stdin='{"messages": [{"role": "user", "content": "Hi"}]}')
    assert done.exit_code == 1
    assert "error     $" in done.stderr


def test_explain_tells_repairs_findings_and_losses_line_by_line(orphan):
    body = {**ORPHAN, "service_tier": "auto", "container": "a\nb"}
    done = run("explain", "-", stdin=json.dumps(body))
    assert done.exit_code == 0
    *lines, counts = done.stdout.splitlines()
    kinds = [line.split()[0] for line in lines]
    assert {"repaired", "lost"} <= set(kinds) <= {"repaired", "error", "warning", "info", "lost"}
    assert all(line.split()[1].startswith("$") for line in lines)
    assert any(line.startswith("lost      $.service_tier  ") for line in lines)
    assert counts.startswith("1 repair, ")
    answer = json.loads(run("explain", "-", "--json", stdin=json.dumps(body)).stdout)
    assert len(answer["repairs"]) + len(answer["findings"]) + len(answer["losses"]) == len(lines)
    assert answer["refused"] is None
    assert not any(
        line.startswith("lost") for line in run("explain", orphan, "--target", "anthropic").stdout.splitlines()
    )


def test_explain_says_why_a_request_cannot_be_converted():
    image = {"type": "image", "source": {"type": "file", "file_id": "file_1"}}
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": [image]}]}
    done = run("explain", "-", stdin=json.dumps(body))
    assert done.exit_code == 1
    assert "refused   $.messages[0].content[0]" in done.stdout
    assert "file" in json.loads(run("explain", "-", "--json", stdin=json.dumps(body)).stdout)["refused"]


def test_recorded_requests_stand_for_their_bodies(outside_fixtures):
    for file in sorted((outside_fixtures / "claude-code-requests").glob("*.json")):
        assert run("validate", file).exit_code == 0, file.name
        done = run("convert", file, "--target", "anthropic")
        assert json.loads(done.stdout)["messages"] == json.loads(file.read_text(encoding="utf-8"))["body"]["messages"]


@pytest.mark.parametrize("command", ["convert", "validate", "repair", "explain"])
@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"{", "standard input: is not valid JSON"),
        (b"", "standard input: is not valid JSON"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": 1e999}', "1e999 is no JSON number"),
        (b"\xff\xfe", "standard input: is not UTF-8 text"),
        (b"[" * 200_000, "standard input: is not valid JSON"),
    ],
)
def test_what_is_no_json_is_one_sentence(command, text, says):
    said = refused(command, "-", stdin=text)
    assert says in said
    assert "\n" not in said


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path):
    assert "nowhere.json: cannot be read: No such file" in refused("convert", tmp_path / "nowhere.json")
    assert "cannot be read" in refused("validate", tmp_path)


@pytest.mark.parametrize("text", ["[]", "null", "3", '"x"', '{"body": {}}', '{"messages": 3}'])
def test_json_of_another_shape_is_judged_not_a_crash(text):
    assert run("validate", "-", stdin=text).exit_code == 1
    assert run("explain", "-", stdin=text).exit_code == 1
    assert run("repair", "-", stdin=text).exit_code == 1
    assert refused("convert", "-", stdin=text)
