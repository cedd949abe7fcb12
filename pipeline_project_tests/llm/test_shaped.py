"""Schema-shaped answers: what is recognised, what stays empty, and that nothing breaks its schema."""

import asyncio
import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_project.errors import InvalidInput
from pipeline_project.llm.offline import OfflineModel
from pipeline_project.llm.offline.shaped import shape_of

MAIL = """Name: Ada Byron
Order No.: 4711-B
Ordered on 2026-02-28, delivery by March 5, 2026.
Express: yes
Total: 1.234,56 €
Boxes: 12
The parcel arrived damaged. Write to ada@example.org or help@example.com, see https://example.org/claims."""


def shaped(schema, text=MAIL):
    value = shape_of(schema, text, where="$")
    jsonschema.validate(value, schema)
    return value


def an_object(*required, **properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(required or properties),
        "additionalProperties": False,
    }


STRING, NUMBER, INTEGER, BOOLEAN = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))


@pytest.mark.parametrize(
    ("name", "schema", "value"),
    [
        ("name", STRING, "Ada Byron"),
        ("orderNumber", STRING, "4711-B"),
        ("express", BOOLEAN, True),
        ("total", NUMBER, 1234.56),
        ("boxes", INTEGER, 12),
        ("delivery", {"type": "string", "format": "date"}, "2026-03-05"),
        ("order_date", STRING, "2026-02-28"),
        ("email", STRING, "ada@example.org"),
        ("claims", {"type": "string", "format": "uri"}, "https://example.org/claims"),
        ("currency", STRING, "EUR"),
        ("condition", {"enum": ["intact", "damaged"]}, "damaged"),
        (
            "contacts",
            {"type": "array", "items": {"type": "string", "format": "email"}},
            ["ada@example.org", "help@example.com"],
        ),
        ("total", {"anyOf": [NUMBER, {"type": "null"}]}, 1234.56),
        ("phone", {"type": ["string", "null"]}, None),
        ("phone", {"anyOf": [STRING, {"type": "null"}]}, None),
        ("phone", STRING, ""),
        ("stages", {"type": "array", "items": STRING}, []),
        ("plan", {"enum": ["basic", "pro", "unknown"]}, "unknown"),
        ("weight", {"type": ["number", "null"]}, None),
        ("version", {"const": 2}, 2),
    ],
)
def test_a_required_value_is_read_from_the_text_or_is_empty(name, schema, value):
    assert shaped(an_object(**{name: schema})) == {name: value}


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("weight", NUMBER),
        ("weight", {"type": "integer", "minimum": 3}),
        ("insured", BOOLEAN),
        ("paid_on", {"type": "string", "format": "date"}),
        ("plan", {"enum": ["basic", "pro"]}),
    ],
)
def test_what_the_text_does_not_hold_is_refused_by_name_and_not_made_up(name, schema):
    with pytest.raises(InvalidInput, match=f"does not say `{name}`") as caught:
        shaped(an_object("name", name, **{"name": STRING, name: schema}))
    assert "null" in str(caught.value)


def test_an_optional_value_that_is_not_recognised_is_left_out():
    schema = an_object("name", name=STRING, phone=STRING, weight=NUMBER, insured=BOOLEAN)
    assert shaped(schema) == {"name": "Ada Byron"}


def test_references_and_all_of_are_followed():
    schema = {
        "$defs": {"order": an_object("boxes", boxes={"$ref": "#/$defs/count"}), "count": INTEGER},
        "type": "object",
        "properties": {"order": {"allOf": [{"$ref": "#/$defs/order"}]}},
        "required": ["order"],
    }
    assert shaped(schema) == {"order": {"boxes": 12}}


def test_a_schema_that_refers_to_itself_ends():
    schema = {"type": "object", "properties": {"name": STRING, "parent": {"$ref": "#"}}, "required": ["name"]}
    assert shaped(schema) == {"name": "Ada Byron"}
    node = {"type": "object", "properties": {side: {"$ref": "#/$defs/node"} for side in ("left", "right")}}
    assert shaped({"$defs": {"node": node}, "$ref": "#/$defs/node"}) == {}


def test_a_schema_that_doubles_with_every_level_is_refused_soon():
    twice = {
        f"n{level}": an_object(a={"$ref": f"#/$defs/n{level + 1}"}, b={"$ref": f"#/$defs/n{level + 1}"})
        for level in range(20)
    }
    with pytest.raises(InvalidInput, match="too many parts"):
        shape_of({"$defs": {**twice, "n20": STRING}, "$ref": "#/$defs/n0"}, MAIL, where="$")


@pytest.mark.parametrize("text", ["Due date: 03/04/2026", "Due date: 31.02.2026", "Due date: soon"])
def test_a_date_that_can_be_read_in_two_ways_or_not_at_all_is_not_taken(text):
    assert shaped(an_object(due_date={"type": ["string", "null"], "format": "date"}), text) == {"due_date": None}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1,234.56", 1234.56),
        ("1.234,56", 1234.56),
        ("1'234.50", 1234.5),
        ("-3.5", -3.5),
        ("12,5", 12.5),
        ("1,234", 1234),
    ],
)
def test_numbers_are_read_as_they_are_written(written, number):
    assert shaped(an_object(level=NUMBER), f"Level: {written}") == {"level": number}


@pytest.mark.parametrize(
    "schema",
    [
        an_object(code={"type": "string", "pattern": "^[A-Z]{9}$"}),
        an_object(code={"type": "string", "format": "date"}) | {"required": ["code", "other"]},
        {"type": "objekt"},
        an_object(a={"type": "array", "items": False, "minItems": 1}),
    ],
)
def test_a_schema_that_nothing_found_can_fill_is_refused(schema):
    with pytest.raises(InvalidInput) as caught:
        shape_of(schema, "Nothing here.", where="$.output_config.format.schema")
    assert caught.value.where == "$.output_config.format.schema"


@pytest.mark.parametrize("place", ["output_config", "output_format"])
def test_a_request_for_a_format_is_answered_with_bare_json(place):
    wanted = {"type": "json_schema", "schema": an_object(boxes=INTEGER, name=STRING)}
    keys = {place: wanted if place == "output_format" else {"format": wanted}}
    request = {"messages": [{"role": "user", "content": MAIL}], "max_tokens": 99, **keys}
    message = asyncio.run(OfflineModel().complete(request))
    assert json.loads(message["content"][0]["text"]) == {"boxes": 12, "name": "Ada Byron"}
    assert message["model"] == "offline"
    assert message["stop_reason"] == "end_turn"


_leaf = st.sampled_from(
    [
        STRING,
        NUMBER,
        INTEGER,
        BOOLEAN,
        {"type": "null"},
        {"enum": ["damaged", 3, None]},
        {"type": "string", "minLength": 2},
        {"type": "integer", "minimum": 5, "maximum": 20},
        {"type": "string", "format": "date"},
        True,
        {},
    ]
)
_names = st.sampled_from(["name", "total", "boxes", "date", "email", "priority", "order number", ""])


def _grown(inner):
    objects = st.dictionaries(_names, inner, max_size=4).flatmap(
        lambda properties: st.lists(st.sampled_from(sorted(properties) or ["x"]), unique=True).map(
            lambda required: {"type": "object", "properties": properties, "required": required}
        )
    )
    arrays = st.builds(
        lambda items, least: {"type": "array", "items": items, "minItems": least}, inner, st.integers(0, 2)
    )
    return objects | arrays | st.lists(inner, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches})


@settings(max_examples=200, deadline=None)
@given(st.recursive(_leaf, _grown, max_leaves=10), st.sampled_from([MAIL, "", "Total: 3"]) | st.text(max_size=80))
def test_a_value_fits_its_schema_or_is_refused(schema, text):
    if not isinstance(schema, dict):
        return
    try:
        value = shape_of(schema, text, where="$")
    except InvalidInput:
        return
    jsonschema.validate(value, schema)
    json.dumps(value, allow_nan=False)
