"""The ops of a batch of tool calls: a few lines each between Dagster and `planner` and `batch`.

What travels between them is kept in memory only, secrets hidden. Refuses calls that belong to another job, and to
call a run a success in which a call failed, unless the config says so.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from dagster import Config, DynamicOut, DynamicOutput, Failure, MetadataValue, OpExecutionContext, Out, Output, op
from pydantic import Field

from pipeline_project.errors import InvalidInput, PipelineError
from pipeline_project.security.redaction import redact_text

SHOWN = 100
"""How many calls an event shows."""
Value = dict[str, Any]


class BatchConfig(Config):
    """Calls, and what they may do."""

    workspace: str = Field(default="", description="The folder the tools may work in; empty: the one of the settings")
    calls: list[dict[str, Any]] = Field(default=[], description="The calls, each {name, input}")
    path: str = Field(default="", description="Instead of `calls`, a file of them: JSON, YAML or JSONL")
    atomic: bool = Field(
        default=False, description="All file changes stand or none; the whole batch runs in one op then"
    )
    policy: dict[str, Any] = Field(
        default={}, description="Rules: {allow, ask, deny}; empty: those of the settings' policy file, or the built-in"
    )
    actor: str = Field(default="", description="On whose behalf, such as agent:reviewer; empty: whoever runs this")
    fail_on_error: bool = Field(default=True, description="Whether the run fails when a call did")


@op(
    out={"lane": DynamicOut(dict), "batch": Out(dict)},
    required_resource_keys={"tool_family"},
    description="Deals the calls into lanes that share nothing; what conflicts keeps its order in one lane",
)
def plan_tool_batch(context: OpExecutionContext, config: BatchConfig) -> Iterator[Any]:
    """One `lane` per lane, or one for all of an atomic batch; `batch`: what the collecting op must know."""
    from pipeline_project.tools import lanes, planner  # tools: a code location loads without them

    if context.instance.is_ephemeral:
        context.log.warning("this Dagster instance is temporary: the run will be gone; set DAGSTER_HOME")
    with _reported(context):
        if not config.calls and not config.path:
            remedy = "Write `calls` of {name, input}, or name a file of them as `path`."
            raise InvalidInput("there is no call to make", where="plan_tool_batch", remedy=remedy)
        calls = lanes.calls_of(config.path, config.calls)
        lanes.check_family(calls, context.resources.tool_family)
        made = planner.plan(calls, lanes.session_of(config.model_dump(), context.run_id))
    shared = config.model_dump(include={"workspace", "atomic", "policy", "actor"})
    dealt = [tuple(range(len(calls)))] if config.atomic and calls else made.lanes
    for number, lane in enumerate(dealt, start=1):
        some = [[index, calls[index].name, dict(calls[index].input)] for index in lane]
        yield DynamicOutput({**shared, "calls": some}, f"lane_{number}", "lane")
    text = redact_text("\n".join(made.lines()[: 2 * SHOWN]))
    shown = {"calls": len(calls), "lanes": len(dealt), "plan": MetadataValue.md(f"```\n{text}\n```")}
    names = [call.name for call in calls]
    yield Output({"names": names, "fail_on_error": config.fail_on_error}, "batch", metadata=shown)


@op(description="Runs the calls of one lane in a session of its own")
def run_tool_lane(context: OpExecutionContext, lane: Value) -> list[Value]:
    """{"index", "result"} of each call. What a lane has read counts for its own later calls, and for no other lane."""
    from pipeline_project.tools import results
    from pipeline_project.tools.lanes import run_lane
    from pipeline_project.tools.planner import Call

    calls = {index: Call(name, values) for index, name, values in lane["calls"]}
    with _reported(context):
        ended = asyncio.run(run_lane(list(calls.values()), lane, context.run_id))
    done = [{"index": index, "result": results.as_json(each)} for index, each in zip(calls, ended, strict=True)]
    told = [results.outline(each["index"] + 1, calls[each["index"]], each["result"]) for each in done]
    for each in told:
        outcome = f"failed: {each['text']}" if each["is_error"] else "done"
        context.log.info(f"call {each['call']} ({each['tool']}) {outcome} in {each['duration_ms']} ms")
    context.add_output_metadata({"calls": _json(told[:SHOWN]), "errors": sum(each["is_error"] for each in told)})
    return done


@op(description="The results in call order; fails when a call did, unless the config says otherwise")
def collect_tool_results(context: OpExecutionContext, batch: Value, lanes: list[list[Value]]) -> Value:
    """{"results": in call order, "calls", "errors"}."""
    from pipeline_project.tools import results
    from pipeline_project.tools.planner import Call

    names = batch["names"]
    in_order = [each["result"] for each in sorted((each for lane in lanes for each in lane), key=lambda x: x["index"])]
    failed = [number for number, result in enumerate(in_order, start=1) if result["is_error"]]
    told = [results.outline(n, Call(names[n - 1]), each) for n, each in enumerate(in_order[:SHOWN], start=1)]
    shown: Value = {"calls": len(in_order), "errors": len(failed), "results": _json(told)}
    if failed and batch["fail_on_error"]:
        first = failed[0]
        sentence = redact_text(results.text_of(in_order[first - 1]))
        context.instance.add_run_tags(context.run_id, {"dagster/max_retries": "0"})
        raise Failure(
            f"{len(failed)} of {len(in_order)} calls failed, first call {first} ({names[first - 1]}): {sentence}",
            metadata=shown,
            allow_retries=False,
        )
    context.add_output_metadata(shown)
    return {"results": in_order, "calls": len(in_order), "errors": len(failed)}


@contextmanager
def _reported(context: OpExecutionContext) -> Iterator[None]:
    """Our errors as permanent failures that Dagster shows without the stack, which would show the calls."""
    try:
        yield
    except PipelineError as error:
        context.instance.add_run_tags(context.run_id, {"dagster/max_retries": "0"})
        metadata = {"error": type(error).__name__}
        raise Failure(redact_text(str(error)), metadata=metadata, allow_retries=False) from None


def _json(values: list[Value]) -> MetadataValue:
    return MetadataValue.json(json.loads(json.dumps(values, default=_number)))


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)
