"""Cases of the rules on messages, turns, calls and thinking blocks."""

from pipeline_project.validation.rules.messages import MAX_MESSAGES
from pipeline_project_tests.validation.cases.build import (
    Case,
    assistant,
    call,
    request,
    result,
    system,
    text,
    thinking,
    user,
)

ASKED = user("hello")
CALLED = assistant(call())
SERVED = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
SERVED_RESULT = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
SEARCHED = {"type": "search_result", "source": "s", "title": "t", "content": [text("x")]}
OPUS_4_8 = {"model": "claude-opus-4-8"}

CASES = [
    Case("messages.list", "$.messages", request(messages={}), request()),
    Case("messages.list", "$.messages", request(messages=[]), request()),
    Case(
        "messages.count",
        "$.messages",
        request(messages=[ASKED] * (MAX_MESSAGES + 1)),
        request(messages=[ASKED] * 3),
    ),
    Case("message.object", "$.messages[1]", request(ASKED, "hello"), request(ASKED, ASKED)),
    Case(
        "message.role",
        "$.messages[0].role",
        request({"role": "tool", "content": "x"}),
        request(ASKED),
    ),
    Case("message.content", "$.messages[0].content", request({"role": "user"}), request(ASKED)),
    Case("message.empty", "$.messages[0].content", request(user("")), request(ASKED, {**CALLED, "content": []})),
    Case("block.object", "$.messages[0].content[0]", request(user(*["x", "y"])), request(user(text("x")))),
    Case("block.object", "$.system[0]", request(system=[{"text": "x"}]), request(system=[text("x")])),
    Case(
        "block.fields",
        "$.messages[1].content[0].input",
        request(ASKED, assistant({**call(), "input": "{}"}), user(result())),
        request(ASKED, CALLED, user(result())),
    ),
    Case(
        "tool-result.content",
        "$.messages[2].content[0].content",
        request(ASKED, CALLED, user(result(content={"a": 1}))),
        request(ASKED, CALLED, user({"type": "tool_result", "tool_use_id": "call_1"})),
    ),
    Case(
        "tool-result.content",
        "$.messages[2].content[0].is_error",
        request(ASKED, CALLED, user(result(is_error="yes"))),
        request(ASKED, CALLED, user(result(is_error=True))),
    ),
    Case("block.unknown", "$.messages[0].content[0]", request(user({"type": "hologram"})), request(ASKED)),
    Case("block.role", "$.messages[0].content[0]", request(user(call())), request(ASKED)),
    Case(
        "block.role",
        "$.messages[1].content[0]",
        request(ASKED, assistant(result())),
        request(ASKED, CALLED, user(result())),
    ),
    Case(
        "block.media-role",
        "$.messages[1].content[0]",
        request(ASKED, assistant(SEARCHED)),
        request(user(SEARCHED)),
    ),
    Case("text.empty", "$.messages[0].content[0]", request(user(text(""))), request(user(text("x")))),
    Case("text.empty", "$.messages[0].content", request(user(" \n")), request(user(" x"))),
    Case("text.empty", "$.system[0]", request(system=[text(" ")]), request(system="")),
    Case(
        "text.nested-empty",
        "$.messages[2].content[0].content[0]",
        request(ASKED, CALLED, user(result(content=[text("")]))),
        request(ASKED, CALLED, user(result(content=""))),
    ),
    Case(
        "tool-use.id",
        "$.messages[1].content[0].id",
        request(ASKED, assistant(call("a.b")), user(result("a.b"))),
        request(ASKED, assistant(call("a-b_C1")), user(result("a-b_C1"))),
    ),
    Case(
        "tool-use.duplicate",
        "$.messages[3].content[0].id",
        request(ASKED, CALLED, user(result()), CALLED, user(result())),
        request(ASKED, CALLED, user(result()), assistant(call("call_2")), user(result("call_2"))),
    ),
    Case(
        "tool-use.name",
        "$.messages[1].content[0].name",
        request(ASKED, assistant(call(name="n" * 201)), user(result())),
        request(ASKED, assistant(call(name="n" * 200)), user(result())),
    ),
    Case(
        "tool-result.missing",
        "$.messages[1].content[0]",
        request(ASKED, CALLED, user("go on")),
        request(ASKED, CALLED, user(result(), text("go on"))),
    ),
    Case(
        "tool-result.missing",
        "$.messages[1].content[1]",
        request(ASKED, assistant(call(), call("call_2")), user(result())),
        request(ASKED, assistant(call(), call("call_2")), user(result()), user(result("call_2"))),
    ),
    Case("tool-result.missing", "$.messages[1].content[0]", request(ASKED, CALLED), request(ASKED)),
    Case(
        "tool-result.stray",
        "$.messages[2].content[1].tool_use_id",
        request(ASKED, CALLED, user(result(), result("call_9"))),
        request(ASKED, assistant(call(), call("call_9")), user(result("call_9"), result())),
    ),
    Case(
        "tool-result.duplicate",
        "$.messages[2].content[1].tool_use_id",
        request(ASKED, CALLED, user(result(), result())),
        request(ASKED, CALLED, user(result())),
    ),
    Case(
        "tool-result.order",
        "$.messages[2].content[0]",
        request(ASKED, CALLED, user(text("here"), result())),
        request(ASKED, CALLED, user(result(), text("here"))),
    ),
    Case(
        "tool-result.split",
        "$.messages[2]",
        request(ASKED, assistant(call(), call("call_2")), user(result()), user(result("call_2"))),
        request(ASKED, assistant(call(), call("call_2")), user(result(), result("call_2"))),
    ),
    Case(
        "tool-result.search-mix",
        "$.messages[2].content[0].content",
        request(ASKED, CALLED, user(result(content=[SEARCHED, text("x")]))),
        request(ASKED, CALLED, user(result(content=[SEARCHED, SEARCHED]))),
    ),
    Case(
        "server-result.stray",
        "$.messages[1].content[0].tool_use_id",
        request(ASKED, assistant(SERVED_RESULT)),
        request(ASKED, assistant(SERVED, SERVED_RESULT)),
    ),
    Case(
        "server-tool.unresolved",
        "$.messages[1].content[0]",
        request(ASKED, assistant(SERVED, call()), user(result(), text("go on"))),
        request(ASKED, assistant(SERVED, call()), user(result())),
    ),
    Case("system.first", "$.messages[0]", request(system("be brief"), ASKED), request(ASKED, system("be brief"))),
    Case(
        "system.placement",
        "$.messages[1]",
        request(ASKED, system("be brief"), ASKED),
        request(ASKED, system("be brief"), system("be kind"), assistant("yes"), ASKED),
    ),
    Case(
        "system.placement",
        "$.messages[2]",
        request(ASKED, CALLED, system("be brief"), user(result())),
        request(ASKED, CALLED, user(result()), system("be brief")),
    ),
    Case(
        "system.placement",
        "$.messages[2]",
        request(ASKED, assistant("yes"), system("be brief")),
        request(ASKED, assistant(SERVED, SERVED_RESULT), system("be brief")),
    ),
    Case(
        "system.model",
        "$.messages[1].role",
        request(ASKED, system("be brief"), model="claude-haiku-4-5"),
        request(ASKED, system("be brief"), **OPUS_4_8),
    ),
    Case(
        "turns.alternate",
        "$.messages[1]",
        request(ASKED, ASKED),
        request(ASKED, assistant("yes"), ASKED),
        {"provider": "deepseek"},
    ),
    Case(
        "prefill.model",
        "$.messages[1].content",
        request(ASKED, assistant("{"), **OPUS_4_8),
        request(ASKED, assistant("{"), model="claude-sonnet-4-5"),
    ),
    Case(
        "prefill.model",
        "$.messages[1].content[0]",
        request(ASKED, assistant(text("{")), **OPUS_4_8),
        request(ASKED, assistant(text("let me look"), SERVED, SERVED_RESULT, text("so")), **OPUS_4_8),
    ),
    Case(
        "prefill.thinking",
        "$.messages[1].content",
        request(ASKED, assistant("{"), thinking={"type": "adaptive"}),
        request(ASKED, assistant("{"), thinking={"type": "disabled"}),
    ),
    Case(
        "prefill.format",
        "$.messages[1].content",
        request(ASKED, assistant("{"), output_config={"format": {"type": "json_schema", "schema": {}}}),
        request(ASKED, output_config={"format": {"type": "json_schema", "schema": {}}}),
    ),
    Case(
        "prefill.whitespace",
        "$.messages[1].content",
        request(ASKED, assistant("so ")),
        request(ASKED, assistant("so "), ASKED),
    ),
    Case(
        "prefill.ignored",
        "$.messages[1].content",
        request(ASKED, assistant("so")),
        request(ASKED, assistant("so"), ASKED),
        {"provider": "openai"},
    ),
    Case(
        "thinking-block.signature",
        "$.messages[1].content[0].signature",
        request(ASKED, assistant({"type": "thinking", "thinking": "hm"}, text("so")), ASKED),
        request(ASKED, assistant(thinking(), text("so")), ASKED),
    ),
    Case(
        "thinking-block.final",
        "$.messages[1].content[1]",
        request(ASKED, assistant(text("so"), thinking()), ASKED),
        request(ASKED, assistant(thinking(), text("so")), ASKED),
    ),
    Case(
        "thinking-block.first",
        "$.messages[1].content[0]",
        request(ASKED, CALLED, user(result()), thinking={"type": "enabled", "budget_tokens": 2000}),
        request(
            ASKED,
            assistant(thinking(), call()),
            user(result()),
            thinking={"type": "enabled", "budget_tokens": 2000},
        ),
    ),
]
