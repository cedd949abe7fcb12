"""nlu_analysis: what a text wants, what it is about, who and what is named in it, and what is to be done.

The text is data: it reaches the model between marks, and nothing in it steers. Refuses an answer of another shape.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline_project import clock
from pipeline_project.errors import InvalidInput, ServiceError
from pipeline_project.llm.framing import RULE, frame
from pipeline_project.llm.requests import Needs, Request
from pipeline_project.llm.responses import Response
from pipeline_project.llm.structured import AnswerSchema
from pipeline_project.workflows.failure import message_of, path_of
from pipeline_project.workflows.steps.answered import Answered, answered_by, caller_of, facts_of
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext

_MOST_TOKENS = 4096
_INTENTS = (
    "What the writer wants: report_problem (something does not work), request_access (login or rights), ask_question, "
    "request_feature, request_refund (money back), query_invoice (wrong or unclear invoice or charge), remind_payment "
    "(the writer is owed money), submit_invoice, place_order, sales_inquiry (demo, price, quote, tender, partnership), "
    "cancel, request_change (address, bank details), data_request (personal data: copy, deletion, consent), "
    "review_contract (a contract, or its review, renewal, amendment), apply (for a job), schedule_meeting, complain "
    "(displeasure, threats), praise, inform (nothing is asked), advertise (newsletter, spam)"
)
_CATEGORIES = (
    "Who deals with it: technical (product, devices, accounts), billing (money), sales (offers, orders, partners), "
    "legal (contracts, privacy, threats of legal action), logistics (goods on their way), hr (jobs, employees), "
    "general (the rest); or one of yours"
)
_PRIORITIES = (
    "urgent: work, safety or data are at stake right now; high: a deadline within two days, blocked work, a threat or "
    "last notice; low: nothing is asked, or it may wait; normal: the rest"
)
_TASK = (
    "Analyse the text. Answer with the object the schema describes, from the text alone; leave out what it does not "
    "hold. intent and category are short words in English, in snake_case. A task is something the text asks somebody "
    "to do, worded as an order. confidence is how sure you are of intent and category, from 0 to 1."
)


class Config(StepConfig):
    """The text, and what to look for beyond the usual."""

    text: str = Field(min_length=1, description="What is analysed: a mail, a ticket, a document's text")
    instructions: str = Field("", description="What to mind, such as the categories you use")
    categories: tuple[str, ...] = Field((), description="The only categories there are; none: the model's own")
    schema_: AnswerSchema | None = Field(
        None, alias="schema", description="JSON Schema of further values, which come back as `extracted`"
    )
    model: str | None = Field(None, description="A model's name or alias; none: PIPELINE_LLM_MODEL")
    reference_date: date | None = Field(
        None, description="The day that words such as tomorrow are counted from; none: today (UTC)"
    )
    max_tokens: int = Field(_MOST_TOKENS, ge=1, description="The longest answer, in tokens")


class _Answered(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Entity(_Answered):
    """Something that is named in the text."""

    type: str = Field(description="money, date, email, phone, url, person, company, order_number, invoice_number …")
    text: str = Field(description="As the text has it")
    value: str | None = Field(default=None, description="In one form: an ISO date, a plain number, digits only")
    currency: str | None = Field(default=None, description="ISO 4217 code, for money")


class NamedTask(_Answered):
    """Something that the text asks somebody to do."""

    title: str
    assignee: str | None = None
    due: str | None = Field(default=None, description="An ISO date, else the words of the text")


class Analysis(_Answered):
    """What the model answers."""

    intent: str = Field(description=_INTENTS)
    category: str = Field(description=_CATEGORIES)
    priority: Literal["low", "normal", "high", "urgent"] = Field(description=_PRIORITIES)
    sentiment: Literal["positive", "neutral", "negative"]
    language: str = Field(description="ISO 639-1 code")
    confidence: float = Field(ge=0, le=1)
    summary: str = Field(default="", description="One or two sentences")
    entities: tuple[Entity, ...] = ()
    tasks: tuple[NamedTask, ...] = ()


class Result(Answered):
    """The analysis, and which model made it."""

    intent: str
    category: str
    priority: Literal["low", "normal", "high", "urgent"]
    sentiment: Literal["positive", "neutral", "negative"]
    language: str
    confidence: float = Field(description="How sure the model says it is, from 0 to 1")
    summary: str
    entities: tuple[Entity, ...]
    tasks: tuple[NamedTask, ...]
    extracted: Any = Field(default=None, description="What your schema asked for")


class NluAnalysis(BaseStepExecutor[Config, Result]):
    """Reads a text: intent, category, priority, sentiment, language, entities and tasks, as data."""

    config = Config
    result = Result
    needs = frozenset({"llm"})

    async def execute(self, config: Config, context: StepContext) -> Result:
        """The analysis. Raises what the client raises, and ServiceError for an answer of another shape."""
        response: Response = await context.clients["llm"].complete(_request(config, context))
        return _result(config, response, where=f"steps.{context.step_id}")

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """What it is, how urgent, and who says so."""
        by = answered_by(result)
        sure = f"confidence {result['confidence']}"
        return f"{result['intent']}, {result['category']}, {result['priority']} ({sure}, {by})"

    @classmethod
    def explain(cls, result: Mapping[str, Any]) -> list[str]:
        """The summary and the tasks."""
        tasks = [f"to do: {task['title']}" for task in result["tasks"]]
        return [line for line in (result["summary"], *tasks) if line]


def answer_schema(config: Config) -> dict[str, Any]:
    """The JSON Schema of the answer; optional values are left open, closed sets are closed."""
    schema = Analysis.model_json_schema(ref_template="#/$defs/analysis_{model}")
    schema["$defs"] = {f"analysis_{name}": part for name, part in schema["$defs"].items()}
    if config.categories:
        schema["properties"]["category"] = {"type": "string", "enum": list(config.categories)}
    if config.schema_ is not None:
        own = dict(config.schema_)
        # references of the schema are counted from the root, which is now elsewhere
        for key in ("$defs", "definitions"):
            if shared := own.pop(key, None):
                schema.setdefault(key, {}).update(shared)
        own.pop("$schema", None)
        schema["properties"]["extracted"] = own
        schema["required"] = [*schema["required"], "extracted"]
    return schema


def _request(config: Config, context: StepContext) -> Request:
    day = (config.reference_date or clock.now().date()).isoformat()
    system = [_TASK, RULE, f"Reference date: {day}"]
    if config.instructions:
        system.append(config.instructions)
    return Request.of_text(
        f"Analyse this text:\n\n{frame(config.text, name='text')}",
        model=config.model,
        system="\n\n".join(system),
        max_tokens=config.max_tokens,
        temperature=0,
        schema=answer_schema(config),
        needs=Needs(complexity="simple", json=True),
        caller=caller_of(context),
    )


def _result(config: Config, response: Response, *, where: str) -> Result:
    answered = response.parsed
    if not isinstance(answered, dict):
        raise ServiceError("the model's answer is no object", where=where, remedy="Try again, or name another model.")
    try:
        analysis = Analysis.model_validate(answered)
    except ValidationError as error:
        found = error.errors()[0]
        problem = f"{path_of(found['loc'], answered)}: {message_of(found)}"
        raise ServiceError(f"the model's answer is not the analysis asked for: {problem}", where=where) from error
    if config.categories and analysis.category not in config.categories:
        given = ", ".join(config.categories)
        raise ServiceError(f"the model's category {analysis.category!r} is none of {given}", where=where)
    if config.schema_ is not None and "extracted" not in answered:
        raise InvalidInput("the model's answer lacks `extracted`", where=where, remedy="Loosen the schema.")
    return Result(
        **{name: getattr(analysis, name) for name in Analysis.model_fields},
        extracted=answered.get("extracted"),
        **facts_of(response),
    )
