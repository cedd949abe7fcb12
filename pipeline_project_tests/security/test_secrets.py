import pytest

from pipeline_project.errors import InvalidInput, NotConfigured
from pipeline_project.security import redaction
from pipeline_project.security.secrets import SecretSource, variable_of


@pytest.fixture
def env_file(tmp_path, monkeypatch):
    monkeypatch.delenv("PIPELINE_SECRET_DEMO", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


def test_a_secret_comes_from_the_environment_and_is_hidden_from_then_on(env_file, monkeypatch):
    monkeypatch.setenv("PIPELINE_SECRET_DEMO", "from-the-environment")
    assert SecretSource().get("DEMO") == "from-the-environment"
    assert redaction.redact("x from-the-environment y") == "x *** y"


def test_the_environment_wins_over_the_file_and_the_file_is_read_anew(env_file, monkeypatch):
    source = SecretSource()
    env_file.write_text("PIPELINE_SECRET_DEMO=from-the-file\n")
    assert source.get("DEMO") == "from-the-file"
    env_file.write_text("PIPELINE_SECRET_DEMO=replaced-in-the-file\n")
    assert source.get("DEMO") == "replaced-in-the-file"
    monkeypatch.setenv("PIPELINE_SECRET_DEMO", "from-the-environment")
    assert source.get("DEMO") == "from-the-environment"


def test_a_dollar_in_a_secret_is_a_dollar(env_file, monkeypatch):
    monkeypatch.setenv("HOME", "/nowhere")
    env_file.write_text("PIPELINE_SECRET_DEMO='a${HOME}b$c'\n")
    assert SecretSource().get("DEMO") == "a${HOME}b$c"


def test_a_line_break_at_the_end_is_not_part_of_it(env_file, monkeypatch):
    monkeypatch.setenv("PIPELINE_SECRET_DEMO", " mounted from a file \r\n")
    assert SecretSource().get("DEMO") == " mounted from a file "


@pytest.mark.parametrize("value", ["", "\n"])
def test_a_missing_secret_is_one_sentence_with_the_variable_and_the_remedy(env_file, monkeypatch, value):
    monkeypatch.setenv("PIPELINE_SECRET_DEMO", value)
    with pytest.raises(NotConfigured) as caught:
        SecretSource().get("DEMO")
    assert str(caught.value) == (
        "PIPELINE_SECRET_DEMO: the secret DEMO is not set. Set PIPELINE_SECRET_DEMO in the environment or in .env."
    )


def test_a_misspelt_secret_is_pointed_at_the_one_that_is_set(env_file):
    env_file.write_text("PIPELINE_SECRET_SLACK_BOT_TOKEN=xoxb-1\nPIPELINE_SECRET_EMPTY=\nOTHER=1\n")
    with pytest.raises(NotConfigured, match="PIPELINE_SECRET_SLACK_BOT_TOKEN is set"):
        SecretSource().get("SLACK_BOT_TOKN")
    assert "SLACK_BOT_TOKEN" in SecretSource().names()
    assert not {"EMPTY", "OTHER"} & set(SecretSource().names())


@pytest.mark.parametrize(
    "name", ["", "smtp_password", "A-B", "A B", "1A", "_A", "A\n", "PATH;X", "Ä", "A" * 200, "../A"]
)
def test_what_cannot_be_a_name_is_refused(name):
    with pytest.raises(InvalidInput, match="no name of a secret"):
        variable_of(name)


def test_a_name_in_small_letters_is_told_how_to_write_it():
    with pytest.raises(InvalidInput, match="Write SMTP_PASSWORD"):
        SecretSource().get("smtp-password")


def test_an_unreadable_file_is_named(env_file):
    env_file.write_bytes(b"PIPELINE_SECRET_DEMO=\xff\xfe\n")
    with pytest.raises(NotConfigured, match=r"\.env: cannot be read"):
        SecretSource().get("DEMO")
