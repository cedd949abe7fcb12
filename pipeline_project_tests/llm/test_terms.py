"""What a call costs beside its plain tokens: writes that live an hour, faster or local service, searches."""

from decimal import Decimal

import pytest

from pipeline_project.llm import cost
from pipeline_project.llm.budgets import Budgets
from pipeline_project.llm.requests import Caller
from pipeline_project.llm.responses import Usage
from pipeline_project.llm.terms import Terms, charged, terms_asked, terms_of
from pipeline_project.persistence import engine
from pipeline_project_tests.llm.clients import ask, configure, of, records
from pipeline_project_tests.servers.anthropic import AnthropicServer
from pipeline_project_tests.servers.upstream import Fault

MODEL = ("claude-opus-5-5", "anthropic")
TABLE = "models:\n  - {pattern: claude-opus-5-5, provider: anthropic}\n"
MILLION = 1_000_000


def test_a_write_that_lives_an_hour_has_its_own_price():
    five, hour = (cost.price(Usage(cache_write=MILLION, cache_write_hour=each), *MODEL) for each in (0, MILLION))
    plain = cost.price(Usage(input=MILLION), *MODEL)
    assert plain is not None
    assert (five, hour) == (plain * Decimal("1.25"), plain * 2)
    half = cost.price(Usage(cache_write=MILLION, cache_write_hour=MILLION // 2), *MODEL)
    assert half == plain * Decimal("1.625")
    # beyond the tier of long prompts, too
    assert cost.price(Usage(cache_write=200_000, cache_write_hour=200_000), "claude-haiku-5-5", "anthropic") == Decimal(
        "0.2"
    )


def test_own_prices_may_name_the_hour(data_dir, monkeypatch, tmp_path):
    row = "{pattern: m, provider: ollama, prefixed: true, input_price: 1, output_price: 2, cache_write_price: 3"
    for more, dollars in ((", cache_write_hour_price: 4.5", "4.5"), ("", "3")):
        configure(monkeypatch, tmp_path, f"models:\n  - {row}{more}}}\n")
        found = cost.price(Usage(cache_write=MILLION, cache_write_hour=MILLION), "m", "ollama")
        assert found == Decimal(dollars)


def test_terms_multiply_searches_add_and_what_has_no_price_is_unknown():
    assert charged(Decimal(4), Terms(), *MODEL) == 4
    assert charged(Decimal(4), Terms(("fast",)), *MODEL) == 8
    assert charged(Decimal(4), Terms(("fast", "us")), *MODEL) == Decimal("8.8")
    assert charged(Decimal(4), Terms(searches=5), *MODEL) == Decimal("4.05")
    assert charged(Decimal(4), Terms(("fast",)), "claude-sonnet-5-5", "anthropic") is None
    assert charged(Decimal(4), Terms(("moon",)), *MODEL) is None
    assert charged(Decimal(4), Terms(searches=1), "m", "ollama") is None
    assert charged(None, Terms(("fast",)), *MODEL) is None


@pytest.mark.parametrize(
    ("usage", "terms"),
    [
        ({"speed": "fast", "inference_geo": "us"}, Terms(("fast", "us"))),
        ({"speed": "standard", "inference_geo": "not_available"}, Terms()),
        ({"server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 9}}, Terms(searches=3)),
        ({"server_tool_use": None, "speed": 7}, Terms()),
        (None, Terms()),
    ],
    ids=["both", "the usual", "searches", "odd", "none"],
)
def test_an_answer_names_its_terms(usage, terms):
    assert terms_of({"usage": usage}) == terms


def test_the_most_that_may_be_searched_is_asked_for():
    tools = [{"type": "web_search_20250305", "name": "web_search", "max_uses": 4}, {"name": "look"}]
    assert terms_asked({"tools": tools, "speed": "fast"}) == Terms(("fast",), 4)
    assert terms_asked({}) == Terms()


@pytest.mark.parametrize(("ttl", "times"), [(None, "1"), ("5m", "1.25"), ("1h", "2")])
def test_an_estimate_holds_what_writing_to_the_cache_costs(ttl, times):
    block = {"type": "text", "text": "word " * 2000}
    mark = {"type": "ephemeral"} | ({"ttl": ttl} if ttl else {})
    marked = {**block, "cache_control": mark} if ttl else block
    body = {"max_tokens": 1, "system": [marked], "messages": [{"role": "user", "content": "Hi"}]}
    plain = cost.estimate({**body, "system": [block]}, *MODEL)
    found, output = cost.estimate(body, *MODEL), cost.price(Usage(output=1), *MODEL)
    assert None not in (plain, found, output)
    assert found - output == (plain - output) * Decimal(times)


def test_a_call_is_charged_as_it_was_served_and_its_budget_too(data_dir, monkeypatch):
    usage = {"input_tokens": 1000, "cache_creation_input_tokens": MILLION, "output_tokens": 0, "speed": "fast"}
    usage |= {"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": MILLION}}
    usage |= {"server_tool_use": {"web_search_requests": 2}}
    body = {"type": "message", "content": [], "stop_reason": "end_turn", "usage": usage}
    with AnthropicServer() as server:
        configure(monkeypatch, data_dir, TABLE, anthropic=server)
        server.queue.append(Fault(200, body))
        Budgets(engine.default()).set("user", "ann", "day", limit=Decimal(100), by="a")
        answer = ask(of(caller=Caller(user="ann")))
    # $4 for input and $8 for what is written for an hour, twice as much when it is fast, and a cent for each search
    assert answer.cost == Decimal("16.028")
    assert [row.cost for row in records()] == [answer.cost]
    [use] = Budgets(engine.default()).uses(records()[0].at)
    assert use.spent == answer.cost
