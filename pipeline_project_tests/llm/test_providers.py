"""The factory and what providers refuse on their own: names, missing keys, addresses, images."""

import asyncio

import pytest

from pipeline_project import errors
from pipeline_project.conversion import accumulate
from pipeline_project.llm.providers import factory
from pipeline_project.settings import Settings
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.openai import OpenAiServer
from pipeline_project_tests.servers.upstream import KEY

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}


def test_every_provider_says_what_it_needs():
    for name in factory.names():
        info = factory.info(name)
        assert info.name == name
        assert info.keyless or info.variable == f"PIPELINE_SECRET_{info.secret}"
        assert not info.address or info.address in Settings.model_fields


@pytest.mark.parametrize("name", [name for name in factory.names() if not factory.info(name).keyless])
def test_a_missing_key_names_the_command_and_the_variable(name):
    with pytest.raises(errors.NotConfigured) as caught:
        factory.create(name, api_key=None, settings=Settings(azure_base_url="https://x.openai.azure.com/"))
    assert f"llm keys set {name}" in str(caught.value)
    assert factory.info(name).variable in str(caught.value)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(errors.NotFound, match=r"anthropic, azure"):
        factory.create("claude", api_key=KEY, settings=Settings())


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://models.example.com/v1", "clear text"),
        ("ftp://x/", "must be http"),
        ("https://user:word@x/", "must be http"),
        ("https://x:port/", "no URL"),
        ("", "no address"),
    ],
)
def test_an_address_that_cannot_be_used_names_its_variable(url, says):
    with pytest.raises(errors.NotConfigured, match=says) as caught:
        factory.create("openai", api_key=KEY, settings=Settings(openai_base_url=url))
    assert "PIPELINE_OPENAI_BASE_URL" in str(caught.value)
    assert "word" not in str(caught.value)


def test_a_key_that_no_header_can_carry_is_refused_without_showing_it():
    with pytest.raises(errors.NotConfigured) as caught:
        factory.create("openai", api_key="sk-secret\nvalue", settings=Settings())
    assert "sk-secret" not in str(caught.value)


def test_the_offline_provider_keeps_the_contract_without_key_or_network():
    body = {"model": "offline", "max_tokens": 200, "messages": [{"role": "user", "content": "Pay invoice 7 today."}]}

    async def run():
        async with factory.create("offline", api_key=None, settings=Settings()) as provider:
            events = [event async for event in provider.stream_completion(body)]
            counted = await provider.count_tokens(body)
            return await provider.chat_completion(body), events, counted, provider.get_model_info("offline")

    message, events, counted, info = asyncio.run(run())
    assert accumulate(events) == message
    assert message["model"] == "offline"
    assert not counted.exact
    assert info.input_price == "0"


@pytest.mark.parametrize("nested", [False, True])
def test_an_image_for_a_model_without_vision_is_refused_and_nothing_is_sent(nested):
    block = {"type": "tool_result", "tool_use_id": "a", "content": [IMAGE]} if nested else IMAGE
    body = {"model": "gpt-3.5-turbo", "max_tokens": 9, "messages": [{"role": "user", "content": [block]}]}

    async def run(server):
        settings = Settings(openai_base_url=server.base_url)
        async with factory.create("openai", api_key=KEY, settings=settings) as provider:
            with pytest.raises(errors.InvalidInput, match="sees no images") as caught:
                await provider.chat_completion(body)
        return caught.value

    with OpenAiServer() as server:
        error = asyncio.run(run(server))
        assert not server.requests
    assert error.where.startswith("$.messages[0].content")


def test_anthropic_counts_tokens_itself_and_takes_betas_as_a_header():
    body = {
        "model": "claude-opus-5-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "x"}],
        "betas": ["a", "b"],
    }

    async def run(server):
        settings = Settings(anthropic_base_url=server.base_url)
        async with factory.create("anthropic", api_key=KEY, settings=settings) as provider:
            await provider.chat_completion(body)
            return await provider.count_tokens(body)

    with AnthropicServer() as server:
        found = asyncio.run(run(server))
        assert [request.headers["anthropic-beta"] for request in server.requests] == ["a,b", "a,b"]
    assert found.exact
