"""Anthropic Messages ⇄ LiteLLM/OpenAI chat completions: requests, answers and streams, with a report of every loss.

Plain dicts in, plain dicts out. Refuses to import what is not needed for that: no dagster, no litellm, no pydantic.
"""

from pipeline_project.conversion.accumulate import accumulate
from pipeline_project.conversion.capabilities import Capabilities
from pipeline_project.conversion.failures import Failure, failure_of, service_error, upstream_failure
from pipeline_project.conversion.report import Conversion, Loss, Names, Target
from pipeline_project.conversion.request import convert_request
from pipeline_project.conversion.response import convert_response
from pipeline_project.conversion.reverse import convert_request_back
from pipeline_project.conversion.sse import PING, SseReader, encode_sse
from pipeline_project.conversion.stream import StreamConverter

__all__ = [
    "PING",
    "Capabilities",
    "Conversion",
    "Failure",
    "Loss",
    "Names",
    "SseReader",
    "StreamConverter",
    "Target",
    "accumulate",
    "convert_request",
    "convert_request_back",
    "convert_response",
    "encode_sse",
    "failure_of",
    "service_error",
    "upstream_failure",
]
