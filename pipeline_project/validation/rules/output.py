"""Rules on output_config: effort levels the model has, a format with a valid schema."""

from collections.abc import Iterator

from pipeline_project.messages.blocks import EFFORTS
from pipeline_project.validation import sources
from pipeline_project.validation.registry import ANTHROPIC, Problem, rule
from pipeline_project.validation.schemas import read_schema
from pipeline_project.validation.subject import Request


@rule("effort.kind", sources.EFFORT, scope="request", severity="warning")
def effort_is_known(request: Request) -> Iterator[Problem]:
    """effort is a level that is known here."""
    effort = request.output_config.get("effort")
    if effort is not None and effort not in EFFORTS:
        yield ("output_config", "effort"), f"use one of {', '.join(EFFORTS)} as effort"


@rule("effort.model", sources.EFFORT, scope="request", providers=ANTHROPIC)
def model_has_this_effort(request: Request) -> Iterator[Problem]:
    """The model has this level of effort."""
    effort, levels = request.output_config.get("effort"), request.limits.efforts
    if effort in EFFORTS and levels is not None and effort not in levels:
        allowed = f"it takes {', '.join(levels)}" if levels else "leave it out"
        yield ("output_config", "effort"), f"{request.keys.get('model')} has no effort {effort}; {allowed}"


@rule("format.schema", sources.STRUCTURED, scope="request", providers=ANTHROPIC)
def format_has_a_valid_schema(request: Request) -> Iterator[Problem]:
    """An output format of type json_schema has a valid JSON Schema."""
    form = request.output_config.get("format")
    if form is None:
        return
    if not isinstance(form, dict):
        yield (
            ("output_config", "format"),
            'the format must be an object, {"type": "json_schema", "schema": …}',
        )
    elif form.get("type") == "json_schema":
        schema = form.get("schema")
        if not isinstance(schema, dict):
            yield ("output_config", "format", "schema"), "a format of type json_schema needs a schema object"
        elif problem := read_schema(schema, request.budget).problem:
            yield (
                ("output_config", "format", "schema", *problem.path),
                f"no valid JSON Schema, mend it: {problem.message}",
            )
