"""The ops of one message and of a batch: a few lines each between Dagster and `pipeline`.

What travels between them is plain JSON, kept in memory only. Refuses to log a request.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import (
    Config,
    DynamicOut,
    DynamicOutput,
    Failure,
    MetadataValue,
    OpExecutionContext,
    Out,
    Output,
    op,
)
from pydantic import Field

from pipeline_project import clock, settings, validation
from pipeline_project.errors import InvalidInput, PipelineError
from pipeline_project.gateway import batch, pipeline
from pipeline_project.gateway.journal import Journal, only_sender
from pipeline_project.gateway.models import Route, Step
from pipeline_project.gateway.pipeline import Check, Mode
from pipeline_project.persistence import engine
from pipeline_project.persistence.json import to_json
from pipeline_project.security.redaction import redact, redact_text
from pipeline_project.validation import Finding

SHOWN = 100
"""How many findings or losses an event shows; a hostile request has thousands."""
TOKENS = ("input", "output", "cache_read", "cache_write", "reasoning")
LONG = 60
"""Characters; a longer text is shown as its length."""
Value = dict[str, Any]


class RequestConfig(Config):
    """Where the request is: one of the two."""

    path: str = Field(default="", description="A JSON file with a Messages request")
    body: dict[str, Any] = Field(default={}, description="The request itself")


class AcceptConfig(Config):
    """What findings lead to."""

    mode: str = Field(default="strict", description="strict: refuse errors; repair: mend, then refuse; report: go on")


class ModelConfig(Config):
    """Which model, and for whom to convert."""

    model: str = Field(default="", description="Asked for instead of the request's own model")
    target: str = Field(
        default="",
        description="Show the conversion for openai, anthropic, gemini, deepseek or generic; "
        "empty: for what the model's provider speaks. The call always uses what the provider speaks",
    )


@op(description="Reads the request from a file or the config")
def read_request(context: OpExecutionContext, config: RequestConfig) -> Any:
    """The request, whatever JSON it is."""
    with _stage(context) as shown:
        if bool(config.path) == bool(config.body):
            raise InvalidInput("give `path` or `body`, one of the two", where="read_request")
        if config.body:
            return config.body
        content = batch.read_file(Path(config.path))
        shown["bytes"] = len(content)
        try:
            return pipeline.parse(content)
        except InvalidInput as error:
            raise InvalidInput(error.message, where=config.path) from error


@op(description="The rules about everything but tools and turns")
def validate_message(context: OpExecutionContext, request: Any) -> list[Value]:
    """Findings."""
    return _check(context, request, "message")


@op(description="The rules about tools and tool_choice")
def validate_tools(context: OpExecutionContext, request: Any) -> list[Value]:
    """Findings."""
    return _check(context, request, "tools")


@op(description="The rules about turns: calls and results, roles, order")
def validate_conversation(context: OpExecutionContext, request: Any) -> list[Value]:
    """Findings."""
    return _check(context, request, "conversation")


@op(description="Goes on with the request, mended or as it is, or refuses it")
def accept_request(context: OpExecutionContext, config: AcceptConfig, request: Any, found: list[list[Value]]) -> Any:
    """The request to go on with."""
    with _stage(context) as shown:
        modes: dict[str, Mode] = {"strict": "strict", "repair": "repair", "report": "report"}
        if config.mode not in modes:
            raise InvalidInput(f"mode is {', '.join(modes)}, not {config.mode!r}", where="accept_request")
        findings = [Finding(**{**each, "providers": tuple(each["providers"])}) for part in found for each in part]
        shown["findings"] = len(findings)
        request, report = pipeline.accept(request, findings, modes[config.mode])
        shown["repairs"] = _listed(report.repairs)
        return request


@op(required_resource_keys={"models"}, description="Finds the model")
def map_model(context: OpExecutionContext, config: ModelConfig, request: Any) -> Value:
    """{"asked": the model's name, "route": the way to it, "target": whom to convert for}."""
    with _stage(context) as shown:
        asked = pipeline.asking_for(request, config.model)["model"]
        route: Route = context.resources.models.route(asked)
        target = pipeline.target_named(config.target) if config.target else route.wire
        shown.update(model=route.model, provider=route.provider, called_as=route.wire, converted_for=target)
        return {"asked": asked, "route": route._asdict(), "target": target}


@op(description="Converts system and messages")
def convert_messages(context: OpExecutionContext, request: Any, mapping: Value) -> Value:
    """The keys of the converted request."""
    return _convert(context, request, mapping, "messages")


@op(description="Converts tools and tool_choice")
def convert_tools(context: OpExecutionContext, request: Any, mapping: Value) -> Value:
    """The keys of the converted request."""
    return _convert(context, request, mapping, "tools")


@op(description="Puts the converted parts together; shows the whole loss report")
def assemble_request(context: OpExecutionContext, request: Any, mapping: Value, messages: Value, tools: Value) -> Value:
    """{"request": with the model asked for, "route", "sent": what the provider is sent, "names": for the way back}."""
    with _stage(context) as shown:
        route = Route(**mapping["route"])
        target = mapping["target"]
        converted = pipeline.convert(request, model=route.model, target=target)
        rest, _ = pipeline.part(converted, "rest")
        whole = {**rest, **tools, **messages}
        shown["loss_report"] = _listed(converted.losses)
        shown["losses"] = len(converted.losses)
        shown["converted_for"] = target
        shown["sent_as_converted"] = target == route.wire
        shown["converted_request"] = _outline(whole)
        sent, names = whole, converted.names
        if target != route.wire:
            context.log.info(f"the conversion for {target} is shown; {route.provider} is called as {route.wire}")
            own = pipeline.convert(request, model=route.model, target=route.wire)
            sent, names = own.value, own.names
            shown["losses_as_sent"] = _listed(own.losses)
        asked = pipeline.asking_for(request, mapping["asked"])
        return {"request": asked, "route": mapping["route"], "sent": sent, "names": names}


@op(required_resource_keys={"models"}, description="The one call")
async def call_model(context: OpExecutionContext, assembled: Value) -> Value:
    """The provider's answer, in its own words."""
    with _stage(context) as shown:
        route = Route(**assembled["route"])
        shown.update(model=route.model, provider=route.provider)
        called = await context.resources.models.call(
            route,
            assembled["request"],
            assembled["sent"],
            read=lambda answer: _read(assembled, answer)[0],
            step=_step(context),
        )
        # an unknown price is unknown, which is not zero
        shown["cost"] = MetadataValue.null() if called.cost is None else f"{called.cost:f}"
        used = vars(called.usage) if called.usage else {}
        shown |= {f"{name}_tokens": count for name, count in used.items() if name in TOKENS}
        return called.answer


@op(description="The answer as an Anthropic message")
def convert_response(context: OpExecutionContext, assembled: Value, answer: Value) -> Value:
    """The message."""
    with _stage(context) as shown:
        message, losses = _read(assembled, answer)
        shown["loss_report"] = _listed(losses)
        return message


@op(description="The rules about answers")
def validate_response(context: OpExecutionContext, assembled: Value, message: Value) -> Value:
    """The message, its findings shown."""
    with _stage(context) as shown:
        report = validation.validate_response(message, request=assembled["request"])
        shown["findings"] = _listed(report.findings)
        shown["message"] = MetadataValue.json(_plain(message))
        shown["stop_reason"] = str(message.get("stop_reason"))
        for name, count in pipeline.tokens(message).items():
            shown[name] = MetadataValue.null() if count is None else count
        return message


def _read(assembled: Value, answer: Value) -> tuple[Value, Any]:
    return pipeline.read_answer(
        answer, wire=assembled["route"]["wire"], request=assembled["request"], names=assembled["names"]
    )


class BatchConfig(Config):
    """A batch of requests."""

    path: str = Field(description='JSONL, a {"custom_id", "params"} a line; params is a Messages request')
    output: str = Field(description="Where the results go, as JSONL in the order of the input")
    concurrency: int = Field(default=8, description="How many requests may be in flight at a time, 1 to 256")
    chunk_size: int = Field(default=100, description="How many requests one op sends, 1 to 10000")
    model: str = Field(default="", description="Asked for instead of each request's own model")
    batch_id: str = Field(
        default="", description="A run with the same id continues; empty: from the file and the model"
    )


@op(
    out={"chunk": DynamicOut(dict), "plan": Out(dict)},
    required_resource_keys={"models"},
    description="Reads the requests and deals them into chunks",
)
def split_batch(context: OpExecutionContext, config: BatchConfig) -> Iterator[Any]:
    """One `chunk` per `chunk_size` requests; `plan`: what the collecting op must know."""
    if context.instance.is_ephemeral:
        context.log.warning("this Dagster instance is temporary: the run will be gone; set DAGSTER_HOME")
    with _reported(context):
        _check_range("concurrency", config.concurrency, 256)
        _check_range("chunk_size", config.chunk_size, 10_000)
        content = batch.read_file(Path(config.path))
        if config.model:
            context.resources.models.check(context.resources.models.route(config.model))
        batch_id = batch.identity(content, config.model, config.batch_id)
        batch.check_output(Path(config.path), Path(config.output))
    items = batch.read_items(content)
    context.log.info(f"batch {batch_id}: {len(items)} requests")
    shared = {"batch_id": batch_id, "model": config.model, "concurrency": config.concurrency, "of": len(items)}
    for number, start in enumerate(range(0, len(items), config.chunk_size), start=1):
        some = [item._asdict() for item in items[start : start + config.chunk_size]]
        yield DynamicOutput({**shared, "number": number, "items": some}, f"chunk_{number}", "chunk")
    shown = {"batch_id": batch_id, "requests": len(items), "malformed": sum(item.error is not None for item in items)}
    yield Output({"batch_id": batch_id, "output": config.output}, "plan", metadata=shown)


@op(required_resource_keys={"models"}, description="Sends what has no journaled answer")
async def send_chunk(context: OpExecutionContext, chunk: Value) -> Value:
    """{"number", "items": [[line, custom_id]], "errors": {line: body}, "sent", "resent", "kept"}."""
    with _stage(context) as shown:
        items = [batch.Item(**item) for item in chunk["items"]]
        batch_id = chunk["batch_id"]
        with only_sender(settings.load().home / "batches", batch_id):
            ended = await batch.run_items(
                items,
                journal=Journal(engine.default(), batch_id),
                models=context.resources.models,
                model=chunk["model"],
                concurrency=chunk["concurrency"],
                step=_step(context),
            )
        shown.update(sent=ended.sent, resent=ended.resent, kept=ended.kept, not_sent=len(ended.errors))
        shown["progress"] = f"up to line {items[-1].line}, {chunk['of']} requests in all"
        context.log.info(
            f"batch {batch_id}, chunk {chunk['number']}: {ended.sent} sent, {ended.resent} of them again, "
            f"{ended.kept} had an answer, {len(ended.errors)} could not be sent"
        )
        errors = {str(line): body for line, body in ended.errors.items()}
        listed = [[item.line, item.custom_id] for item in items]
        return {**ended._asdict(), "errors": errors, "number": chunk["number"], "items": listed}


@op(description="Writes the results, all or nothing")
def collect_batch(context: OpExecutionContext, plan: Value, chunks: list[Value]) -> Value:
    """The summary: counts of this run, and over the batch's whole life."""
    with _stage(context) as shown:
        chunks = sorted(chunks, key=lambda chunk: chunk["number"])
        items = [(line, custom_id) for chunk in chunks for line, custom_id in chunk["items"]]
        errors = {int(line): body for chunk in chunks for line, body in chunk["errors"].items()}
        journal = Journal(engine.default(), plan["batch_id"])
        succeeded = batch.write_results(Path(plan["output"]), items, errors, journal)
        summary = {"batch_id": plan["batch_id"], "requests": len(items), "succeeded": succeeded}
        summary["errored"] = len(items) - succeeded
        summary |= {name: sum(chunk[name] for chunk in chunks) for name in ("sent", "resent", "kept")}
        totals = journal.totals()
        summary |= {"sent_in_all_runs": totals.sends, "resent_in_all_runs": totals.resends}
        shown.update(summary, output=MetadataValue.path(str(Path(plan["output"]).absolute())))
        return summary


def _check_range(name: str, value: int, most: int) -> None:
    # not in the schema: Dagster would show pydantic's report instead of a sentence
    if not 1 <= value <= most:
        raise InvalidInput(f"is {value}", where=name, remedy=f"Write a number from 1 to {most}.")


def _check(context: OpExecutionContext, request: Any, check: Check) -> list[Value]:
    with _stage(context) as shown:
        found = pipeline.findings(request, check)
        shown["findings"] = _listed(found)
        shown["errors"] = sum(finding.severity == "error" for finding in found)
        return _plain(found)


def _convert(context: OpExecutionContext, request: Any, mapping: Value, name: pipeline.Part) -> Value:
    with _stage(context) as shown:
        converted = pipeline.convert(request, model=mapping["route"]["model"], target=mapping["target"])
        keys, losses = pipeline.part(converted, name)
        shown["loss_report"] = _listed(losses)
        return keys


@contextmanager
def _stage(context: OpExecutionContext) -> Iterator[dict[str, Any]]:
    """Where an op does its work: what it puts into the dict is shown, with its latency, even when it fails."""
    shown: dict[str, Any] = {}
    begun = clock.now()
    with _reported(context, shown):
        try:
            yield shown
        finally:
            shown["latency_ms"] = round((clock.now() - begun).total_seconds() * 1000, 3)
    context.add_output_metadata(shown)


@contextmanager
def _reported(context: OpExecutionContext, shown: dict[str, Any] | None = None) -> Iterator[None]:
    """Our errors as permanent failures that Dagster shows without the stack, which would show the request."""
    try:
        yield
    except PipelineError as error:
        context.instance.add_run_tags(context.run_id, {"dagster/max_retries": "0"})
        metadata = {**(shown or {}), "error": type(error).__name__}
        raise Failure(redact_text(str(error)), metadata=metadata, allow_retries=False) from None


def _step(context: OpExecutionContext) -> Step:
    return Step(context.run_id, str(context.op_handle))


def _listed(values: Sequence[Any]) -> MetadataValue:
    return MetadataValue.json(_plain(list(values[:SHOWN])))


def _outline(request: Value) -> MetadataValue:
    """A converted request without its texts: which keys it has, and how much of what is long."""
    return MetadataValue.json(_plain({key: _size(value) for key, value in request.items()}))


def _size(value: Any) -> Any:
    if isinstance(value, list):
        return f"{len(value)} entries"
    if isinstance(value, str) and len(value) > LONG:
        return f"{len(value)} characters"
    return value


def _plain(value: Any) -> Any:
    """JSON that Dagster can show: no Decimal, no secret."""
    return json.loads(json.dumps(redact(to_json(value), by_name=False), default=str))
