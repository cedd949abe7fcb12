"""What a model may answer: calls it may not make, half answers, no answers, and what no store takes."""

import asyncio
import json

import pytest

from pipeline_project import settings
from pipeline_project.agents import journal
from pipeline_project.agents.order import Order
from pipeline_project.agents.start import start
from pipeline_project.errors import ContentRefused, PipelineError, RequestRejected
from pipeline_project.llm.factory import LlmConnection
from pipeline_project.persistence import engine
from pipeline_project.security import redaction
from pipeline_project_tests.servers.upstream import Call, Fault, Turn


def run(workspace, **values):
    async def go():
        async with LlmConnection.from_settings(settings.load()).open() as client:
            order = Order(
                **{"task": "do it", "policy": {"allow": ["*"]}, **values}, model="gpt-4o", workspace=workspace
            )
            return await start(order, client=client, database=engine.default(), user="user:tester")

    return asyncio.run(go())


def said(*, finish="stop", **message):
    """An answer in OpenAI's own words, right or wrong."""
    choice = {"index": 0, "message": {"role": "assistant", "content": None, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return Fault(200, {"id": "x", "object": "chat.completion", "model": "gpt-4o", "choices": [choice], "usage": usage})


def calling(name, arguments, *, finish="tool_calls"):
    function = {"name": name, "arguments": arguments}
    return said(finish=finish, tool_calls=[{"id": "c1", "type": "function", "function": function}])


def told(server):
    """What the model was told of its calls last."""
    return [message["content"] for message in server.bodies[-1]["messages"] if message["role"] == "tool"]


def test_a_tool_that_the_profile_does_not_give_is_not_called_whatever_the_policy_allows(server, workspace):
    server.queue.extend([Turn(calls=(Call("c1", "Write", {"file_path": "new.txt", "content": "x"}),)), Turn("ok")])
    result = run(workspace, agent="explore")
    assert [call.is_error for call in result.calls] == [True]
    assert not (workspace / "new.txt").exists()
    assert "Write is none of your tools. Your tools are Read, LS" in told(server)[0]


def test_tools_named_in_the_order_are_all_it_has(server, workspace):
    server.queue.extend([Turn(calls=(Call("c1", "Glob", {"pattern": "*"}),)), Turn("ok")])
    assert run(workspace, tools=("Read",)).calls[0].is_error
    assert "Your tools are Read." in told(server)[0]


def test_no_call_of_an_answer_that_was_cut_off_is_made(server, workspace):
    half = json.dumps({"file_path": "half.txt", "content": "only the first ha"})
    server.queue.extend([calling("Write", half, finish="length"), Turn("ok")])
    result = run(workspace)
    assert result.text == "ok"
    assert not (workspace / "half.txt").exists()
    assert "cut off at its limit of tokens" in told(server)[0]


@pytest.mark.parametrize("arguments", ['{"file_path": "su', '["sums.py"]', "sums.py"], ids=["cut", "list", "bare"])
def test_arguments_that_are_no_object_are_named_as_such(server, workspace, arguments):
    server.queue.extend([calling("Read", arguments), Turn("ok")])
    assert run(workspace).calls[0].is_error
    assert "its input is no JSON object" in told(server)[0]


@pytest.mark.parametrize("answer", [said(), said(content=""), said(content=" \n")], ids=["null", "empty", "blank"])
def test_an_answer_of_nothing_is_no_result_and_is_asked_for_again(server, workspace, answer):
    server.queue.append(answer)
    with pytest.raises(RequestRejected, match="answered with nothing"):
        run(workspace, run_id="r1")
    assert journal.run(engine.default(), "r1")[0]["status"] == "failed"
    server.queue.append(Turn("here it is"))
    assert run(workspace, run_id="r1").text == "here it is"


@pytest.mark.parametrize(
    "answer",
    [said(refusal="I cannot help with that"), said(content="half", finish="content_filter")],
    ids=["refusal", "filter"],
)
def test_a_refusal_is_no_result(server, workspace, answer):
    server.queue.append(answer)
    with pytest.raises(ContentRefused, match="its model refused to go on"):
        run(workspace)


def test_halves_of_surrogate_pairs_are_replaced_and_the_run_can_be_taken_up(server, workspace):
    half = {"file_path": "half.txt", "content": "half \ud83d"}
    server.queue.extend([Turn(calls=(Call("c1", "Write", half),)), Turn("ok \ud800")])
    assert run(workspace, run_id="r1").text == "ok \ufffd"
    assert (workspace / "half.txt").read_text(encoding="utf-8") == "half \ufffd"
    again = run(workspace, run_id="r1")
    assert (again.text, again.restored) == ("ok \ufffd", 3)


def test_halves_of_surrogate_pairs_in_what_is_asked_are_replaced_too(server, workspace):
    server.queue.append(Turn("ok"))
    assert run(workspace, task="half \ud83d", inputs={"name \ud800": "other \udfff"}).text == "ok"
    asked = next(each["content"] for each in server.bodies[0]["messages"] if each["role"] == "user")
    assert asked.count("\ufffd") == 3


def test_a_conversation_with_fractions_goes_on_after_it_was_cut_off(server, workspace):
    fractions = {"command": "true", "timeout": 1500.0}
    unknown = {"file_path": "sums.py", "share": 0.1, "huge": 1e300}
    server.queue.append(Turn(calls=(Call("c1", "Bash", fractions), Call("c2", "Read", unknown))))
    server.queue.append(Fault(400, {"error": {"message": "no"}}))
    with pytest.raises(PipelineError, match="no"):
        run(workspace, run_id="r1")
    server.queue.append(Turn("done"))
    result = run(workspace, run_id="r1")
    assert (result.text, result.restored) == ("done", 3)
    assert server.bodies[-1] == server.bodies[-2]


def test_a_registered_secret_in_the_conversation_does_not_make_it_another_one(server, workspace):
    redaction.register("tok-of-the-crm-0123456789")
    (workspace / "notes.txt").write_text("the token is tok-of-the-crm-0123456789\n", encoding="utf-8")
    reading = Turn(calls=(Call("c1", "Read", {"file_path": "notes.txt"}),))
    server.queue.extend([reading, Turn("and", calls=(Call("c2", "Glob", {"pattern": "*"}),)), Turn("done")])
    assert run(workspace, run_id="r1").restored == 0
    asked = len(server.requests)
    assert run(workspace, run_id="r1").restored == 5
    assert len(server.requests) == asked
