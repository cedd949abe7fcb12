"""`llm …`: what the commands print, that a key is never an argument and never shown."""

import json

import pytest
from typer.testing import CliRunner

from pipeline_project import settings
from pipeline_project.cli.llm import app
from pipeline_project.errors import AuthenticationFailed, InvalidInput, NotConfigured, NotFound
from pipeline_project.observability import logs
from pipeline_project_tests.llm.clients import configure
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.ollama import OllamaServer
from pipeline_project_tests.servers.upstream import KEY, Reply, Turn

SECRET = "sk-test-aaaabbbbccccddddeeee1111"


def run(*arguments, stdin=None, fails=None):
    logs.configure()  # as the root command does
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    assert SECRET not in result.output
    assert SECRET not in str(result.exception)
    if fails is not None:
        assert isinstance(result.exception, fails), result.output
        return str(result.exception)
    assert result.exception is None, result.exception
    return result.stdout


def test_chat_streams_and_says_who_answered(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        server.queue.extend([Turn(text="one two three")] * 2)
        assert run("chat", "Hi", "--model", "claude-opus-5-5").startswith("one two three\n")
        found = json.loads(run("chat", "-", "--model", "claude-opus-5-5", "--json", stdin="Hi"))
    assert found["text"] == "one two three"
    assert found["provider"] == "anthropic"
    assert found["cost"] > 0
    costs = json.loads(run("cost", "--by", "model", "--since", "1h", "--json"))
    assert [(row["subject"], row["calls"]) for row in costs] == [("claude-opus-5-5", 2)]


@pytest.mark.parametrize(("finish", "says"), [("length", "cut off"), ("filtered", "refused")])
def test_an_answer_that_is_not_whole_says_so(data_dir, monkeypatch, finish, says):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        server.queue.append(Turn(text="one two", finish=finish))
        logs.configure()
        result = CliRunner().invoke(app, ["chat", "Hi", "--model", "claude-opus-5-5"])
    assert result.exit_code == 0
    assert says in result.stderr


@pytest.mark.parametrize("more", [[], ["--json"]], ids=["text", "json"])
def test_half_a_surrogate_pair_in_an_answer_is_written_as_a_mark(data_dir, monkeypatch, more):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        body = {"type": "message", "role": "assistant", "content": [], "usage": {"input_tokens": 1}}
        events = [
            {"type": "message_start", "message": body},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "half \ud83d pair"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
            {"type": "message_stop"},
        ]
        pieces = tuple(f"data: {json.dumps(event)}\n\n".encode() for event in events)
        monkeypatch.setattr(
            server, "answer", lambda _: Reply(headers={"content-type": "text/event-stream"}, pieces=pieces)
        )
        assert "half ? pair" in run("chat", "Hi", "--model", "claude-opus-5-5", *more)


def test_chat_without_a_key_says_what_to_set(data_dir, monkeypatch):
    configure(monkeypatch, data_dir)
    assert "llm keys set anthropic" in run("chat", "Hi", "--model", "claude-opus-5-5", fails=NotConfigured)
    assert "ffline" in run("chat", "Hi")


def test_models_tell_which_can_be_used(data_dir, monkeypatch):
    configure(monkeypatch, data_dir)
    rows = {row["asked"]: row for row in json.loads(run("models", "--json"))}
    assert rows["offline"]["ready"]
    assert not rows["opus"]["ready"]
    assert "no key" in run("models")


def test_a_key_is_set_from_standard_input_listed_rotated_and_revoked(data_dir, monkeypatch):
    configure(monkeypatch, data_dir)
    assert "…1111" in run("keys", "set", "openai", "--workspace", "north", stdin=f"{SECRET}\n")
    [key] = json.loads(run("keys", "list", "--json"))
    assert (key["last4"], key["place"]["workspace"], key["created_by"]) == ("1111", "north", "user:tester")
    assert "sealed" not in key
    run("keys", "rotate", key["id"][:8], stdin="sk-test-ffffgggghhhhiiiijjjj2222\n")
    assert "…2222" in run("keys", "list")
    assert len(json.loads(run("keys", "list", "--all", "--json"))) == 2
    assert "Sealed 1" in run("keys", "rotate", "--encryption")
    [key] = json.loads(run("keys", "list", "--json"))
    run("keys", "revoke", key["id"])
    assert "No key is stored" in run("keys", "list")
    run("keys", "rotate", fails=InvalidInput)
    run("keys", "set", "nobody", stdin=SECRET, fails=NotFound)
    run("keys", "set", "openai", stdin="", fails=InvalidInput)


def test_a_key_is_no_argument(data_dir):
    assert CliRunner().invoke(app, ["keys", "set", "openai", SECRET]).exit_code == 2


def test_a_key_is_tested_at_its_provider(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        run("keys", "set", "anthropic", stdin=f"{KEY}\n")
        [key] = json.loads(run("keys", "list", "--json"))
        assert run("keys", "test", key["id"])
    assert "ok" in run("keys", "list")


def test_a_key_of_the_environment_is_listed_and_tested_by_its_variable_or_its_provider(data_dir, monkeypatch):
    variable = "env:PIPELINE_SECRET_ANTHROPIC_API_KEY"
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        listed = CliRunner().invoke(app, ["keys", "list"])
        assert f"{variable} …{KEY[-4:]}" in listed.output
        assert KEY not in listed.output
        assert run("keys", "test", variable) == run("keys", "test", "anthropic")
        assert len(server.requests) == 2
        assert "among them" in run("keys", "test", variable, "--model", "claude-opus-5-5")
        # a stored key goes first, and its test is noted
        run("keys", "set", "anthropic", stdin=f"{KEY}-other\n")
        run("keys", "test", "anthropic", fails=AuthenticationFailed)
        assert json.loads(run("keys", "list", "--json"))[0]["test_outcome"] == "authentication_failed"
        assert run("keys", "test", variable)
        monkeypatch.setenv("PIPELINE_SECRET_ANTHROPIC_API_KEY", SECRET)
        assert "llm keys set anthropic" in run("keys", "test", variable, fails=AuthenticationFailed)
    assert variable in run("keys", "test", "env:NO_SUCH_KEY", fails=NotFound)
    run("keys", "test", "openai", fails=NotConfigured)


def test_a_provider_that_needs_no_key_is_tested_by_its_name(data_dir, monkeypatch):
    with OllamaServer() as server:
        monkeypatch.setenv("PIPELINE_OLLAMA_BASE_URL", server.base_url)
        settings.load.cache_clear()
        assert "llama3:8b among them" in run("keys", "test", "ollama", "--model", "llama3:8b")
        assert "authorization" not in server.requests[0].headers


def test_budgets_are_set_listed_and_removed(data_dir, monkeypatch):
    configure(monkeypatch, data_dir)
    assert "No budget" in run("budget", "list")
    run("budget", "set", "user", "*", "12.50", "--per", "day")
    assert "each user per day" in run("budget", "list")
    [use] = json.loads(run("budget", "list", "--json"))
    run("budget", "remove", use["budget"]["id"])
    run("budget", "set", "planet", "*", "1", fails=InvalidInput)
    run("budget", "set", "user", "*", "much", fails=InvalidInput)


@pytest.mark.parametrize("since", ["yesterday", "", "7x"])
def test_a_time_that_is_none_is_refused(data_dir, since):
    run("cost", "--since", since, fails=InvalidInput)
    assert "No call" in run("cost", "--since", "2026-11-01")
