"""Cases of the rules on responses; the option `request` is the request that the response answers."""

from pipeline_project_tests.validation.cases.build import Case, answer, call, request, text, tool, user

ASKED = user("hello")
SAID = text("hi")
CALLED = {"stop_reason": "tool_use"}
OFFERED = {"request": request(ASKED, tools=[tool()])}
FORCED = {"request": request(ASKED, tools=[tool()], tool_choice={"type": "tool", "name": "look"})}

CASES = [
    Case("response.object", "$", "hi", answer(SAID)),
    Case("response.object", "$", {"type": "error", "error": {"type": "api_error"}}, answer(SAID)),
    Case("response.object", "$.type", answer(SAID, type="completion"), answer(SAID)),
    Case("response.envelope", "$.id", answer(SAID, id=""), answer(SAID)),
    Case("response.envelope", "$.role", answer(SAID, role="user"), answer(SAID)),
    Case("response.envelope", "$.content", answer(content="hi"), answer(SAID)),
    Case("response.usage", "$.usage", answer(SAID, usage=None), answer(SAID)),
    Case(
        "response.usage",
        "$.usage.output_tokens",
        answer(SAID, usage={"input_tokens": 1, "output_tokens": -1}),
        answer(SAID, usage={"input_tokens": 1, "output_tokens": 0, "cache_read_input_tokens": None}),
    ),
    Case(
        "response.output-limit",
        "$.usage.output_tokens",
        answer(SAID, usage={"input_tokens": 1, "output_tokens": 101}),
        answer(SAID, usage={"input_tokens": 1, "output_tokens": 100}),
        {"request": request(ASKED)},
    ),
    Case("stop-reason.kind", "$.stop_reason", answer(SAID, stop_reason=None), answer(SAID)),
    Case("stop-reason.unknown", "$.stop_reason", answer(SAID, stop_reason="bored"), answer(SAID)),
    Case("stop-reason.tool-use", "$.stop_reason", answer(call()), answer(call(), **CALLED)),
    Case(
        "stop-reason.tool-use",
        "$.stop_reason",
        answer(SAID, **CALLED),
        answer(call(), stop_reason="max_tokens"),
    ),
    Case(
        "stop-reason.sequence",
        "$.stop_sequence",
        answer(SAID, stop_reason="stop_sequence"),
        answer(SAID, stop_reason="stop_sequence", stop_sequence="END"),
    ),
    Case("stop-reason.sequence", "$.stop_sequence", answer(SAID, stop_sequence="END"), answer(SAID)),
    Case(
        "stop-reason.asked",
        "$.stop_sequence",
        answer(SAID, stop_reason="stop_sequence", stop_sequence="FIN"),
        answer(SAID, stop_reason="stop_sequence", stop_sequence="END"),
        {"request": request(ASKED, stop_sequences=["END"])},
    ),
    Case("response.empty", "$.content", answer(), answer(SAID)),
    Case("response.text", "$.content[1]", answer(SAID, text("")), answer(SAID)),
    Case("response.tool", "$.content[0].name", answer(call(name="other"), **CALLED), answer(call(), **CALLED), OFFERED),
    Case(
        "response.input",
        "$.content[0].input.at",
        answer(call(at=1), **CALLED),
        answer(call(at="x"), **CALLED),
        OFFERED,
    ),
    Case("response.choice", "$.content", answer(SAID), answer(call(), **CALLED), FORCED),
    Case("block.fields", "$.content[0].id", answer({**call(), "id": 7}, **CALLED), answer(call(), **CALLED)),
    Case("tool-use.duplicate", "$.content[1].id", answer(call(), call(), **CALLED), answer(call(), **CALLED)),
    Case("block.role", "$.content[0]", answer({"type": "tool_result", "tool_use_id": "a"}), answer(SAID)),
]
