"""The plain keys of a request → chat completions: limits, sampling, stops, user, answer format, streaming.

A key that the target does not know is never forwarded; it is dropped and reported.
"""

from typing import Any, Final

from pipeline_project.conversion import shape
from pipeline_project.conversion.draft import Draft
from pipeline_project.conversion.naming import digest
from pipeline_project.conversion.schema import object_root, strict_schema
from pipeline_project.conversion.schema_gemini import gemini_schema

_READ: Final = frozenset(
    {"model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "output_format"}
    | {"max_tokens", "temperature", "top_p", "stop_sequences", "metadata", "stream"}
)
_CONFIG_KEYS: Final = frozenset({"effort", "format"})
# "Invalid 'user': string too long. Expected a string with maximum length 64"; a SHA-256 has just as many digits.
_USER_LIMIT: Final = 64
_ANSWER_NAME: Final = "answer"


def plain_keys(draft: Draft, body: dict[str, Any]) -> dict[str, Any]:
    """Every key of the converted request that comes from one plain key of `body`. Raises InvalidInput."""
    result: dict[str, Any] = {}
    draft.lose_extras(body, _READ, "$")
    if body.get("max_tokens") is not None:
        _limit(draft, shape.an_integer(body["max_tokens"], "$.max_tokens"), result)
    for key in ("temperature", "top_p"):
        if body.get(key) is not None:
            _sampling(draft, key, shape.a_number(body[key], f"$.{key}"), result)
    if body.get("stop_sequences") is not None:
        _stops(draft, shape.a_list(body["stop_sequences"], "$.stop_sequences"), result)
    if body.get("metadata") is not None:
        _user(draft, shape.an_object(body["metadata"], "$.metadata"), result)
    if body.get("stream") is not None:
        result["stream"] = shape.a_boolean(body["stream"], "$.stream")
        if result["stream"]:
            # Without it no usage is sent at all.
            result["stream_options"] = {"include_usage": True}
    return result


def _limit(draft: Draft, limit: int, result: dict[str, Any]) -> None:
    most = draft.model.max_output
    if most is not None and limit > most:
        draft.lose("$.max_tokens", f"{limit} became {most}", "the model writes no more")
        limit = most
    reasons = draft.model.reasoning and draft.profile.max_completion_tokens
    result["max_completion_tokens" if reasons else "max_tokens"] = limit


def _sampling(draft: Draft, key: str, value: float, result: dict[str, Any]) -> None:
    if draft.model.sampling:
        result[key] = value
    elif value != 1:
        draft.lose(f"$.{key}", "dropped", "the model takes no sampling parameters")


def _stops(draft: Draft, stops: list[Any], result: dict[str, Any]) -> None:
    kept = [stop for index, stop in enumerate(stops) if shape.a_string(stop, f"$.stop_sequences[{index}]")]
    if len(kept) < len(stops):
        draft.lose("$.stop_sequences", "empty ones dropped", "an empty stop sequence stops nothing")
    if not draft.model.stop:
        if kept:
            draft.lose("$.stop_sequences", "dropped", "the model takes no stop sequences")
        return
    most = draft.profile.max_stops
    if most is not None and len(kept) > most:
        draft.lose("$.stop_sequences", f"{len(kept)} became the first {most}", f"{draft.profile.name} takes {most}")
        kept = kept[:most]
    if kept:
        result["stop"] = kept


def _user(draft: Draft, metadata: dict[str, Any], result: dict[str, Any]) -> None:
    draft.lose_extras(metadata, frozenset({"user_id"}), "$.metadata")
    if metadata.get("user_id") is None:
        return
    user = shape.a_string(metadata["user_id"], "$.metadata.user_id")
    if not draft.profile.user_field:
        draft.lose("$.metadata.user_id", "dropped", draft.no_field)
        return
    if len(user) > _USER_LIMIT:
        draft.lose("$.metadata.user_id", "became its hash", f"{draft.profile.name} takes {_USER_LIMIT} characters")
        user = digest(user, _USER_LIMIT)
    result["user"] = user


def answer_format(draft: Draft, body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """(the `response_format` keys, an instruction for the system text or "") of the requested answer format.

    Raises InvalidInput for a malformed format.
    """
    wanted, path = body.get("output_format"), "$.output_format"
    if (config := body.get("output_config")) is not None:
        shape.an_object(config, "$.output_config")
        draft.lose_extras(config, _CONFIG_KEYS, "$.output_config")
        if config.get("format") is not None:
            wanted, path = config["format"], "$.output_config.format"
    if wanted is None:
        return {}, ""
    schema = shape.an_object(shape.an_object(wanted, path).get("schema"), f"{path}.schema")
    where = f"{path}.schema"
    if draft.profile.response_format == "json_object":
        draft.lose(path, "became an instruction", f"{draft.profile.name} has a JSON mode without schema")
        text = f"Answer with one JSON object that fits this JSON Schema:\n{shape.json_text(schema, where)}"
        return {"response_format": {"type": "json_object"}}, text
    named: dict[str, Any] = {"name": _ANSWER_NAME}
    if draft.profile.schema == "gemini":
        named["schema"] = gemini_schema(schema, where, draft.lose)
    elif (strict := strict_schema(object_root(schema, where, draft.lose), where, draft.lose)) is not None:
        named |= {"strict": True, "schema": strict}
    else:
        draft.lose(path, "not strict", "strict mode would change which answers the schema accepts")
        named |= {"strict": False, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}, ""
