"""The message pipeline as graphs: independent checks and conversions fan out, the rest is a line."""

from typing import Any

from dagster import GraphOut, graph

from pipeline_project.gateway import ops


@graph(description="Three independent checks of a request, and the decision what to do with their findings")
def request_validation(request: Any) -> Any:
    """The request to go on with."""
    found = [ops.validate_message(request), ops.validate_tools(request), ops.validate_conversation(request)]
    return ops.accept_request(request, found)


@graph(description="A Messages request as the provider's request, with the loss report")
def anthropic_to_litellm(request: Any) -> dict:
    """What `call_model` needs."""
    mapping = ops.map_model(request)
    messages = ops.convert_messages(request, mapping)
    tools = ops.convert_tools(request, mapping)
    return ops.assemble_request(request, mapping, messages, tools)


@graph(description="The provider's answer as an Anthropic message")
def litellm_to_anthropic(assembled: dict, answer: dict) -> dict:
    """The message."""
    return ops.convert_response(assembled, answer)


@graph(description="The rules about answers, and what the answer used")
def response_validation(assembled: dict, message: dict) -> dict:
    """The message."""
    return ops.validate_response(assembled, message)


@graph(name="message_pipeline", description="One message through every check and conversion, around one call")
def message_pipeline() -> Any:
    """The answer as an Anthropic message."""
    assembled = anthropic_to_litellm(request_validation(ops.read_request()))
    answer = ops.call_model(assembled)
    return response_validation(assembled, litellm_to_anthropic(assembled, answer))


@graph(
    name="message_batch_pipeline",
    description="JSONL of requests to JSONL of results; run it again to continue after a kill",
    out=GraphOut(description="The summary"),
)
def message_batch_pipeline() -> Any:
    """The counts."""
    chunks, plan = ops.split_batch()
    return ops.collect_batch(plan, chunks.map(ops.send_chunk).collect())
