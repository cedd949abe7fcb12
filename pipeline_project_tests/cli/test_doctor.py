"""`doctor` on models and tools: where keys are, which ones cannot be opened, what holds commands."""

import json

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from pipeline_project import settings
from pipeline_project.cli import app
from pipeline_project.llm.keys import KeyStore, Place
from pipeline_project.persistence import engine
from pipeline_project.security import sandbox

SECRET = "sk-doctor-aaaabbbbccccddddeeee1111"


@pytest.fixture
def doctor(data_dir, monkeypatch):
    def look(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.load.cache_clear()
        result = CliRunner().invoke(app, ["doctor", "--json"])
        assert SECRET not in result.output
        return result.exit_code, {each["about"]: each for each in json.loads(result.stdout)}

    return look


def test_it_names_the_default_model_and_the_providers_without_a_key(doctor):
    code, found = doctor()
    assert code == 0
    assert "no model does" in found["default model"]["text"]
    assert "openai" in found["providers without a key"]["text"]


def test_it_shows_where_a_key_is_and_no_more_of_it_than_its_end(doctor):
    code, found = doctor(PIPELINE_SECRET_OPENAI_API_KEY=SECRET, PIPELINE_LLM_MODEL="gpt-4o")
    assert code == 0
    assert "PIPELINE_SECRET_OPENAI_API_KEY …1111" in found["provider openai"]["text"]
    assert found["default model"]["text"] == "gpt-4o (openai)"


def test_a_stored_key_that_cannot_be_opened_and_an_unknown_model_are_problems(doctor, monkeypatch):
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", Fernet.generate_key().decode())
    settings.load.cache_clear()
    KeyStore(engine.default(), settings.load()).set(Place("openai"), SECRET, by="user:tester")
    code, found = doctor(PIPELINE_ENCRYPTION_KEY=Fernet.generate_key().decode(), PIPELINE_LLM_MODEL="nobody-9")
    assert code == 1
    assert found["encryption of stored keys"]["verdict"] == "problem"
    assert found["default model"]["verdict"] == "problem"


def test_it_says_what_holds_commands_and_fails_only_where_a_layer_was_asked_for(doctor, monkeypatch):
    _, found = doctor()
    assert found["sandbox"]["text"] == sandbox.report(settings.load())[1]
    monkeypatch.setattr(sandbox, "report", lambda _: ("problem", "commands cannot be run"))
    assert doctor()[1]["sandbox"]["verdict"] == "note"
    code, found = doctor(PIPELINE_SANDBOX="bubblewrap")
    assert (code, found["sandbox"]["verdict"]) == (1, "problem")


def test_what_it_cannot_look_at_is_a_problem_and_the_rest_is_looked_at(doctor, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, found = doctor(PIPELINE_DATA_DIR=str(tmp_path / "file"))
    assert code == 1
    assert (found["store"]["verdict"], found["data directory"]["verdict"]) == ("problem", "problem")
    assert found["versions"]["verdict"] == "ok"
    assert "sandbox" in found
