"""Token counts: exact where the tokenizer is bundled, told as an estimate elsewhere, images and documents included."""

import base64
import io

import pytest
from PIL import Image
from pypdf import PdfWriter

from pipeline_project.errors import InvalidInput
from pipeline_project.llm import tokens
from pipeline_project.llm.image_tokens import image_tokens, size_of


def body(*content, **more):
    return {"messages": [{"role": "user", "content": list(content) or "hello world"}], **more}


def picture(width, height):
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


def test_plain_text_for_a_model_with_a_bundled_tokenizer_is_exact():
    # "hello world" is two tokens and the role one, in a wrapping of three for the message and three for the answer
    found = tokens.count(body(), "gpt-4o", "openai")
    assert (found.tokens, found.exact, found.method) == (9, True, "o200k_base")


@pytest.mark.parametrize(
    ("model", "provider"), [("claude-opus-5-5", "anthropic"), ("gemini-2.5-pro", "google"), ("gpt-5", "openai")]
)
def test_anything_else_says_that_it_is_an_estimate(model, provider):
    found = tokens.count(body(), model, provider)
    assert not found.exact
    assert "estimate" in found.method
    assert found.tokens > 2


def test_tools_system_and_results_count_and_make_it_an_estimate():
    plain = tokens.count(body(), "gpt-4o", "openai")
    tool = {"name": "read", "description": "Reads a file", "input_schema": {"type": "object", "properties": {}}}
    for more in ({"tools": [tool]}, {"system": "You are brief and kind."}):
        assert tokens.count(body(**more), "gpt-4o", "openai").tokens > plain.tokens
    assert not tokens.count(body(tools=[tool]), "gpt-4o", "openai").exact
    result = {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "word " * 100}]}
    assert tokens.count(body(result), "gpt-4o", "openai").tokens >= 100


def test_an_image_counts_by_its_pixels_and_not_by_its_bytes():
    for provider, model, expected in (("openai", "gpt-4o", 765), ("anthropic", "claude-haiku-4-5", 1_398)):
        bare = tokens.count(body({"type": "text", "text": ""}), model, provider).tokens
        assert tokens.count(body(picture(1024, 1024)), model, provider).tokens - bare == pytest.approx(
            expected * (1.2 if provider == "anthropic" else 1), abs=2
        )


@pytest.mark.parametrize(
    ("size", "model", "provider", "expected"),
    [
        ((1024, 1024), "gpt-4o", "openai", 765),
        ((2048, 4096), "gpt-4o", "openai", 1105),
        ((1024, 1024), "gpt-4.1-mini", "openai", 1659),
        ((1092, 1092), "claude-haiku-4-5", "anthropic", 1590),
        ((8000, 8000), "claude-haiku-4-5", "anthropic", 1600),
        ((8000, 8000), "claude-opus-5-5", "anthropic", 4784),
        ((300, 300), "gemini-2.5-pro", "google", 258),
        ((1500, 700), "gemini-2.5-pro", "google", 516),
        ((1, 1), "claude-opus-5-5", "anthropic", 1),
    ],
)
def test_the_vendors_rules_for_images(size, model, provider, expected):
    assert image_tokens(*size, model, provider) == expected


@pytest.mark.parametrize("source", [{"type": "url", "url": "https://x/y"}, {"type": "base64", "data": "bm9uZQ=="}, {}])
def test_an_image_that_cannot_be_read_is_taken_for_a_screenshot(source):
    assert size_of(source) == (1280, 800)


def test_a_document_counts_by_its_pages():
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(100, 100)
    file = io.BytesIO()
    writer.write(file)
    source = {"type": "base64", "media_type": "application/pdf", "data": base64.b64encode(file.getvalue()).decode()}
    counts = [
        tokens.count(body({"type": "document", "source": each}), "gpt-4o", "openai").tokens
        for each in (source, {**source, "data": "bm9uZQ=="})
    ]
    assert counts[0] - counts[1] == 2 * 2_250


def test_a_million_blanks_do_not_end_the_process():
    assert tokens.count(body({"type": "text", "text": " " * 1_000_000 + "x"}), "gpt-4o", "openai").tokens > 1_000


def test_without_the_tokenizers_files_it_is_a_quarter_of_the_characters(monkeypatch):
    monkeypatch.setattr(tokens.encodings, "encoding", lambda _: None)
    found = tokens.count(body({"type": "text", "text": "a" * 400}), "gpt-4o", "openai")
    assert not found.exact
    assert 100 <= found.tokens <= 110


@pytest.mark.parametrize(
    "source",
    [
        {"type": "text", "media_type": "text/plain", "data": "word " * 500},
        {"type": "content", "content": "word " * 500},
        {"type": "content", "content": [{"type": "text", "text": "word " * 500}]},
    ],
    ids=["text", "content as text", "content as blocks"],
)
def test_the_words_of_a_document_count(source):
    found = tokens.count(body({"type": "document", "title": "Terms", "source": source}), "gpt-4o", "openai").tokens
    assert 500 <= found <= 520


@pytest.mark.parametrize("messages", ["text", [None], ["text"], [{"role": "user", "content": 5}], None])
def test_what_is_no_message_counts_nothing_and_breaks_nothing(messages):
    assert tokens.count({"messages": messages}, "gpt-4o", "openai").tokens < 10


def test_bottomless_nesting_is_refused():
    value = {"type": "tool_use", "id": "t", "name": "n", "input": {}}
    for _ in range(5_000):
        value = {**value, "input": {"deeper": value}}
    with pytest.raises(InvalidInput, match="nested too deeply"):
        tokens.count(body(value), "gpt-4o", "openai")
