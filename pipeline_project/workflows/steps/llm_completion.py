"""llm_completion: asks a model for a text, or for an object of a schema.

What comes from outside belongs into `data`: it reaches the model between marks, and nothing in it steers. Refuses
tools: a model that shall act is an agent.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from pipeline_project.errors import ServiceError
from pipeline_project.llm.framing import RULE, frame
from pipeline_project.llm.requests import Needs, Request
from pipeline_project.llm.responses import Response
from pipeline_project.llm.structured import AnswerSchema
from pipeline_project.persistence import json
from pipeline_project.workflows.steps.answered import Answered, answered_by, caller_of, facts_of
from pipeline_project.workflows.steps.base import BaseStepExecutor, StepConfig, StepContext

_SHOWN = 80


class Message(StepConfig):
    """One turn of a conversation."""

    role: Literal["user", "assistant"] = Field(description="Who speaks")
    content: str | list[dict[str, Any]] = Field(description="A text, or blocks of the Messages API")


class Config(StepConfig):
    """What is asked, of which model."""

    prompt: str | None = Field(None, description="What is asked; or messages instead")
    messages: list[Message] = Field([], description="A conversation that ends with a user's turn; or prompt instead")
    data: dict[str, Any] = Field(
        {}, description="Material from outside, by name; put between marks after the prompt, so that it cannot steer"
    )
    system: str | None = Field(None, description="The system prompt")
    model: str | None = Field(None, description="A model's name or alias; none: PIPELINE_LLM_MODEL")
    schema_: AnswerSchema | None = Field(
        None, alias="schema", description="JSON Schema of an object to answer with, instead of a text"
    )
    max_tokens: int = Field(4096, ge=1, description="The longest answer, in tokens")
    temperature: float | None = Field(None, ge=0, le=2, description="0 is most repeatable; none: the model's own")
    cache: bool = Field(False, description="Take a stored answer to the same request, at temperature 0")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.prompt is None) == (not self.messages):
            raise ValueError("give exactly one of prompt and messages")
        if self.prompt is not None and not self.prompt.strip():
            raise ValueError("the prompt is empty")
        if self.messages and self.messages[-1].role != "user":
            raise ValueError("messages end with a turn of the user")
        return self


class Result(Answered):
    """The answer, and what it took."""

    text: str = Field(description="The answer; of an object, its JSON")
    object: Any = Field(default=None, description="The object, where a schema asked for one")
    stop_reason: str | None = Field(description="end_turn, max_tokens (cut off), stop_sequence …")


class LlmCompletion(BaseStepExecutor[Config, Result]):
    """Asks a model once: a text, or an object that fits a schema."""

    config = Config
    result = Result
    needs = frozenset({"llm"})

    async def execute(self, config: Config, context: StepContext) -> Result:
        """The answer. Raises what the client raises; ServiceError when an object was asked for and none came."""
        response: Response = await context.clients["llm"].complete(_request(config, context))
        if config.schema_ is not None and response.parsed is None:
            where = f"steps.{context.step_id}"
            raise ServiceError("the model gave no object", where=where, remedy="Try again, or name another model.")
        if response.stop_reason == "max_tokens":
            context.log.warning("the answer was cut off", max_tokens=config.max_tokens)
        return Result(
            text=response.text if config.schema_ is None else response.text or json.dumps(response.parsed),
            object=response.parsed,
            stop_reason=response.stop_reason,
            **facts_of(response),
        )

    @classmethod
    def summarize(cls, result: Mapping[str, Any]) -> str:
        """The beginning of the answer, and who gave it."""
        by = answered_by(result)
        line = " ".join(result["text"].split())
        cut = ", cut off at max_tokens" if result["stop_reason"] == "max_tokens" else ""
        return f"{line[:_SHOWN]}{'…' if len(line) > _SHOWN else ''} ({by}{cut})"


def _request(config: Config, context: StepContext) -> Request:
    frames = [frame(_text(value), name=name) for name, value in config.data.items()]
    turns: list[dict[str, Any]] = [{"role": turn.role, "content": turn.content} for turn in config.messages]
    if config.prompt is not None:
        turns = [{"role": "user", "content": "\n\n".join([config.prompt, *frames])}]
    elif frames:
        turns[-1] = {"role": "user", "content": [*_blocks(turns[-1]["content"]), *map(_block, frames)]}
    system = "\n\n".join(part for part in (config.system, RULE if frames else None) if part)
    return Request(
        messages=turns,
        model=config.model,
        system=system or None,
        max_tokens=config.max_tokens,
        temperature=config.temperature,
        schema=config.schema_,
        needs=Needs(json=config.schema_ is not None),
        cache="on" if config.cache else "off",
        caller=caller_of(context),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=1)


def _block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _blocks(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_block(content)] if isinstance(content, str) else content
