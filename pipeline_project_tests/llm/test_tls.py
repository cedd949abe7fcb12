"""Servers that take the connection and go no further: no handshake, or a certificate nobody signed."""

import asyncio
import socket

import pytest

from pipeline_project import errors
from pipeline_project.llm.providers import factory
from pipeline_project.llm.requests import Timeouts
from pipeline_project.settings import Settings
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.smtp import Certificate
from pipeline_project_tests.servers.upstream import KEY

# two of the wires that are called directly, and the one that litellm calls
VENDORS = {"openai": "gpt-4o", "anthropic": "claude-opus-5-5", "google": "gemini-2.5-pro"}
BODY = {"max_tokens": 10, "messages": [{"role": "user", "content": "hello there"}]}

each_vendor = pytest.mark.parametrize("vendor", VENDORS)


async def call(vendor, base_url, *, stream=False, connect=20.0):
    settings = Settings(**{factory.info(vendor).address: base_url})
    limits = Timeouts(connect=connect, first_token=60, total=120)
    body = {**BODY, "model": VENDORS[vendor]}
    async with factory.create(vendor, api_key=KEY, settings=settings, timeouts=limits) as provider:
        if stream:
            return [event async for event in provider.stream_completion(body)]
        return await provider.chat_completion(body)


class Silent:
    """Listens and takes connections, and says nothing on them: no TLS handshake ever ends."""

    def __enter__(self):
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"https://127.0.0.1:{self._listening.getsockname()[1]}/"
        return self

    def __exit__(self, *_):
        self._listening.close()


@each_vendor
@pytest.mark.parametrize("stream", [False, True])
def test_a_handshake_that_does_not_end_passes_the_connect_limit(vendor, stream):
    with Silent() as server, pytest.raises(errors.ServiceUnavailable, match="connect limit") as caught:
        asyncio.run(call(vendor, server.base_url, stream=stream, connect=0.3))
    assert "within 0.3 seconds" in caught.value.message
    assert "PIPELINE_LLM_CONNECT_SECONDS" in str(caught.value)


@pytest.fixture
def certificate(tmp_path):
    return Certificate.create(tmp_path)


@pytest.fixture
def encrypted(certificate):
    with OpenAiServer(tls=certificate.context()) as server:
        yield server


@each_vendor
@pytest.mark.parametrize("stream", [False, True])
def test_a_certificate_nobody_trusts_is_refused_and_says_what_to_do(encrypted, vendor, stream):
    with pytest.raises(errors.ServiceError, match="certificate is not trusted") as caught:
        asyncio.run(call(vendor, encrypted.base_url, stream=stream))
    assert "SSL_CERT_FILE" in str(caught.value)
    # asking again would not make it trusted
    assert not caught.value.transient
    assert KEY not in str(caught.value)


def test_a_certificate_of_a_named_file_is_trusted_for_its_host_alone(encrypted, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    answer = asyncio.run(call("openai", encrypted.url("localhost")))
    assert answer["content"][0]["text"] == "echo: hello there"
    with pytest.raises(errors.ServiceError, match="certificate is not trusted"):
        asyncio.run(call("openai", encrypted.base_url))
