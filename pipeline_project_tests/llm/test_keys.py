"""Keys: whose is used, that no value is shown or stored in the clear, and what a lost encryption key does."""

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from pipeline_project import settings
from pipeline_project.errors import AuthenticationFailed, Conflict, InvalidInput, NotConfigured, NotFound
from pipeline_project.llm import diagnosis
from pipeline_project.llm.keys import KeyStore, Place
from pipeline_project.llm.requests import Caller
from pipeline_project.llm.sealing import fingerprint
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import configure
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import KEY

SECRET = "sk-test-aaaabbbbccccddddeeee1111"
OTHER = "sk-test-ffffgggghhhhiiiijjjj2222"


@pytest.fixture
def store(data_dir, monkeypatch):
    configure(monkeypatch, data_dir)
    return fresh()


def fresh():
    settings.load.cache_clear()
    return KeyStore(engine.default(), settings.load())


def value(store, provider="openai", **caller):
    return store.get_for(Caller(**caller), provider).secret.get_secret_value()


def test_the_most_specific_key_is_used(store):
    for number, place in enumerate(
        [Place("openai"), Place("openai", user="u"), Place("openai", "w"), Place("openai", "w", "u")]
    ):
        store.set(place, f"{SECRET}{number}", by="user:a")
    assert value(store) == f"{SECRET}0"
    assert value(store, user="u") == f"{SECRET}1"
    assert value(store, workspace="w") == f"{SECRET}2"
    assert value(store, workspace="w", user="u") == f"{SECRET}3"
    assert value(store, workspace="other", user="other") == f"{SECRET}0"


def test_a_key_of_another_environment_is_not_used(store):
    store.set(Place("openai", environment="production"), SECRET, by="a")
    with pytest.raises(NotConfigured):
        value(store)
    with pytest.raises(NotConfigured):
        value(store, environment="staging")
    assert value(store, environment="production") == SECRET
    store.set(Place("openai"), OTHER, by="a")
    assert value(store, environment="staging") == OTHER
    assert value(store, environment="production") == SECRET


def test_given_then_stored_then_ours_then_the_vendors_variable(store, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-vendor-000011112222")
    assert value(store) == "sk-vendor-000011112222"
    monkeypatch.setenv("PIPELINE_SECRET_OPENAI_API_KEY", "sk-ours-000011112222")
    assert value(store) == "sk-ours-000011112222"
    store.set(Place("openai"), SECRET, by="a")
    assert value(store) == SECRET
    given = store.get_for(Caller(), "openai", given=SecretStr(OTHER))
    assert (given.secret.get_secret_value(), given.id) == (OTHER, "request")


def test_a_missing_key_is_refused_with_what_to_do_and_a_keyless_provider_needs_none(store):
    with pytest.raises(NotConfigured, match=r"llm keys set openai.*PIPELINE_SECRET_OPENAI_API_KEY.*OPENAI_API_KEY"):
        value(store)
    assert store.get_for(Caller(), "offline").secret is None
    assert store.has(Caller(), "offline")
    assert not store.has(Caller(), "openai")


def test_the_value_stands_in_no_file_list_or_repr(store, data_dir):
    key = store.set(Place("openai"), SECRET, by="a")
    handed = store.get_for(Caller(), "openai")
    for shown in (repr(key), str(store.every()), repr(handed), str(handed)):
        assert SECRET not in shown
        assert SECRET[:-4] not in shown
    assert key.last4 == "1111"
    engine.default().dispose()
    for file in data_dir.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()


def test_the_last_four_of_a_short_key_would_be_too_much_of_it(store):
    assert store.set(Place("openai"), "12345678", by="a").last4 == ""


@pytest.mark.parametrize("secret", ["", "short", "two words of text", "schlüssel-12345", "x" * 9000])
def test_what_is_no_key_is_refused(store, secret):
    with pytest.raises(InvalidInput):
        store.set(Place("openai"), secret, by="a")
    with pytest.raises(NotFound):
        store.set(Place("nobody"), SECRET, by="a")
    assert store.every() == []


def test_rotation_replaces_at_once_or_leaves_both_valid(store):
    old = store.set(Place("openai", "w"), SECRET, by="a")
    new = store.rotate(old.id, OTHER, by="a", keep_old=True)
    assert new.place == old.place
    assert [key.id for key in store.every()] == [old.id, new.id]
    assert value(store, workspace="w") == OTHER
    store.revoke(new.id)
    assert value(store, workspace="w") == SECRET
    store.rotate(old.id[:8], OTHER, by="a")
    assert value(store, workspace="w") == OTHER
    with pytest.raises(Conflict):
        store.revoke(old.id)
    with pytest.raises(NotFound):
        store.revoke("nothing")
    with pytest.raises(InvalidInput):
        store.revoke("")


def test_the_key_file_is_for_its_owner_alone_and_a_wider_one_is_named(store):
    assert not store.ring.file.exists()
    store.set(Place("openai"), SECRET, by="a")
    assert store.ring.file.stat().st_mode & 0o777 == 0o600
    assert store.ring.warnings() == []
    store.ring.file.chmod(0o644)
    assert "chmod 600" in store.ring.warnings()[0]
    assert value(store) == SECRET
    assert any(verdict == "problem" and "chmod" in text for verdict, _, text in diagnosis.report(settings.load()))


def test_both_encryption_keys_open_while_one_replaces_the_other(store, monkeypatch):
    first, second = (Fernet.generate_key().decode() for _ in range(2))
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", first)
    store.set(Place("openai"), SECRET, by="a")
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", f"{second},{first}")
    store.set(Place("anthropic"), OTHER, by="a")
    assert (value(store), value(store, "anthropic")) == (SECRET, OTHER)
    assert store.reseal() == 2
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", second)
    assert (value(store), value(store, "anthropic")) == (SECRET, OTHER)
    assert not store.ring.file.exists()


def test_the_key_file_is_renewed_and_the_old_key_dropped(store):
    store.set(Place("openai"), SECRET, by="a")
    before = store.ring.sealer().fingerprints
    assert store.reseal() == 1
    after = store.ring.sealer().fingerprints
    assert len(after) == 1
    assert after != before
    assert value(store) == SECRET


def test_a_key_that_another_process_seals_meanwhile_can_still_be_opened(store, monkeypatch):
    store.set(Place("openai"), SECRET, by="a")
    real, waiting = store._database.write, []

    @contextmanager
    def write():
        with real() as connection:
            yield connection
        while waiting:
            waiting.pop()()

    def meanwhile():
        # what another process does that renews the file, and has not sealed the old keys anew yet
        store.ring.renew_file()
        store.set(Place("anthropic"), OTHER, by="b")

    waiting.append(meanwhile)
    monkeypatch.setattr(store._database, "write", write)
    store.reseal()
    assert value(fresh(), "openai") == SECRET
    assert value(fresh(), "anthropic") == OTHER
    store.reseal()
    assert len(fresh().ring.sealer().fingerprints) == 1
    assert (value(fresh(), "openai"), value(fresh(), "anthropic")) == (SECRET, OTHER)


def test_a_lost_encryption_key_is_named_and_nothing_is_destroyed(store, monkeypatch):
    lost, other = (Fernet.generate_key().decode() for _ in range(2))
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", lost)
    key = store.set(Place("openai"), SECRET, by="a")
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", other)
    with pytest.raises(NotConfigured, match=fingerprint(lost)) as caught:
        value(store)
    assert lost not in str(caught.value)
    with pytest.raises(NotConfigured):
        store.reseal()
    assert any(fingerprint(lost) in text for _, _, text in diagnosis.report(settings.load()))
    monkeypatch.delenv("PIPELINE_ENCRYPTION_KEY")
    with pytest.raises(NotConfigured, match=fingerprint(lost)):
        store.set(Place("anthropic"), OTHER, by="a")  # a new key file would hide the loss
    assert not store.ring.file.exists()
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", lost)
    assert value(store) == SECRET
    assert [each.id for each in store.every()] == [key.id]


def test_what_is_no_encryption_key_is_refused_without_showing_it(store, monkeypatch):
    monkeypatch.setenv("PIPELINE_ENCRYPTION_KEY", "my passphrase")
    with pytest.raises(NotConfigured, match=r"Fernet\.generate_key") as caught:
        store.set(Place("openai"), SECRET, by="a")
    assert "passphrase" not in str(caught.value)


def test_two_processes_that_make_the_key_file_at_once_share_one(store, data_dir):
    code = "from pipeline_project import settings; from pipeline_project.llm.sealing import KeyRing; "
    code += "print(KeyRing(settings.load()).sealer(create=True).fingerprints[0])"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=dict(os.environ)) for _ in range(3)
    ]
    seen = {process.communicate(timeout=120)[0].split()[-1] for process in started}
    assert len(seen) == 1
    assert [file.name for file in store.ring.file.parent.iterdir()] == ["master.key"]


def test_a_key_is_tested_at_its_provider_and_the_outcome_noted(data_dir, monkeypatch):
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, anthropic=server)
        store = fresh()
        good, bad = store.set(Place("anthropic"), KEY, by="a"), store.set(Place("anthropic", "w"), SECRET, by="a")
        assert asyncio.run(store.test(good.id))
        with pytest.raises(AuthenticationFailed):
            asyncio.run(store.test(bad.id))
    assert [key.test_outcome for key in store.every()] == ["ok", "authentication_failed"]
