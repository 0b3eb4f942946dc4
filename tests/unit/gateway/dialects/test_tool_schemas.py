"""Schemas of real tools become what Moonshot accepts; a simulated vendor with rules of its own is the judge."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import InvalidRequest
from powerautomation.gateway.dialects.tool_schemas import moonshot_schema
from tests.fixtures.simulators.moonshot_schema import schema_objection

POINT = {"type": "object", "properties": {"x": {"type": "number"}, "next": {"$ref": "#/definitions/Point"}}}
CASES: dict[str, dict[str, Any]] = {
    "empty": {},
    "no type": {"properties": {"a": {}}},
    "draft 7": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {"Point": POINT},
        "properties": {"at": {"$ref": "#/definitions/Point", "description": "Where.", "type": "object"}},
    },
    "a property called definitions": {"type": "object", "properties": {"definitions": {"type": "string"}}},
    "reference at the root": {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"type": "object", "properties": {"a": {"$ref": "#"}}}},
    },
    "required branches": {
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
        "properties": {"a": {"type": "string"}, "b": {"format": "uri"}},
    },
    "type beside anyOf": {
        "type": "object",
        "properties": {"a": {"type": "string", "anyOf": [{"minLength": 3}, {"pattern": "^x"}, {"type": "null"}]}},
    },
    "odd branches": {
        "type": "object",
        "properties": {
            "a": {"anyOf": [{"allOf": [{"type": "string"}]}, {"not": {"type": "null"}}, {"title": "x"}, True]}
        },
    },
    "wrong types": {"type": "OBJECT", "properties": {"a": {"type": "any"}, "b": {"type": ["STRING", "null", "file"]}}},
    "tuples": {
        "type": "object",
        "properties": {"a": {"items": [{"type": "string"}, {"minimum": 3}]}, "b": {"items": []}},
    },
    "draft 3 required": {"type": "object", "properties": {"a": {"type": "string", "required": True}}},
    "pointers": {
        "type": "object",
        "properties": {
            "a": {"$ref": "https://example.org/other.json"},
            "b": {"$ref": "#/properties/c/items"},
            "c": {"type": "array", "items": {"type": "string"}},
            "d": {"$ref": "#/properties/c", "minItems": 2},
            "e": {"$ref": "#/nowhere", "description": "Anything."},
        },
    },
    "nested definitions": {
        "type": "object",
        "$defs": {"Q": {"type": "number"}},
        "properties": {
            "a": {
                "type": "object",
                "$defs": {"Q": {"type": "string"}},
                "properties": {"q": {"$ref": "#/properties/a/$defs/Q"}, "r": {"$ref": "#/$defs/Q"}},
            }
        },
    },
    "array at the root": {"type": "array", "items": {"type": "string"}},
}


def made_of(schema: Any) -> dict[str, Any]:
    made = json.loads(moonshot_schema(json.dumps(schema).encode()))
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize("schema", CASES.values(), ids=CASES)
def test_the_vendor_accepts_it_and_a_second_pass_changes_nothing(schema: dict[str, Any]) -> None:
    made = made_of(schema)
    assert schema_objection(made) is None
    assert made_of(made) == made


def test_what_was_fine_keeps_its_bytes() -> None:
    raw = b'{ "type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}, "additionalProperties": false }'
    assert moonshot_schema(raw) == raw


def test_notes_beside_a_reference_survive() -> None:
    at = made_of(CASES["draft 7"])["properties"]["at"]
    assert at == {"description": "Where.", "anyOf": [{"$ref": "#/$defs/Point"}]}


def test_recursive_definitions_travel_with_what_refers_to_them() -> None:
    made = made_of(CASES["draft 7"])
    assert made["$defs"]["Point"]["properties"]["next"] == {"$ref": "#/$defs/Point"}
    assert "definitions" not in made


def test_definitions_of_the_same_name_stay_apart() -> None:
    made = made_of(CASES["nested definitions"])
    inner = made["properties"]["a"]["properties"]
    defs = made["$defs"]
    assert defs[inner["q"]["$ref"].removeprefix("#/$defs/")] == {"type": "string"}
    assert defs[inner["r"]["$ref"].removeprefix("#/$defs/")] == {"type": "number"}


def test_the_type_moves_into_the_branches() -> None:
    branches = made_of(CASES["type beside anyOf"])["properties"]["a"]["anyOf"]
    assert branches == [{"type": "string", "minLength": 3}, {"type": "string", "pattern": "^x"}, {"type": "null"}]


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"5", b"{", b'{"a":' * 3000])
def test_what_is_no_schema_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        moonshot_schema(raw)


def test_a_schema_nested_beyond_reason_is_refused() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(150):
        schema = {"type": "object", "properties": {"a": schema}}
    with pytest.raises(InvalidRequest, match="100 levels"):
        moonshot_schema(json.dumps(schema).encode())


leaves = st.sampled_from(
    [
        {},
        True,
        {"type": "string"},
        {"$ref": "#/definitions/D"},
        {"$ref": "#"},
        {"enum": [1]},
        {"minimum": 1},
        {"title": "t"},
    ]
)
schemas = st.recursive(
    leaves,
    lambda child: st.one_of(
        st.builds(lambda a, b: {"properties": {"a": a, "b": b}}, child, child),
        st.builds(lambda a: {"type": "array", "items": a}, child),
        st.builds(lambda a, b: {"items": [a, b]}, child, child),
        st.builds(lambda a, b: {"type": "object", "anyOf": [a, b]}, child, child),
        st.builds(lambda a, b: {"oneOf": [a, b], "description": "d"}, child, child),
        st.builds(lambda a: {"$ref": "#/definitions/D", "definitions": {"D": a}, "description": "d"}, child),
        st.builds(lambda a: {"additionalProperties": a, "required": ["a"]}, child),
    ),
    max_leaves=12,
)


@settings(max_examples=150)
@given(schemas.filter(lambda schema: isinstance(schema, dict)), schemas)
def test_whatever_is_composed_of_these_is_accepted(schema: dict[str, Any], definition: Any) -> None:
    assert schema_objection(made_of({**schema, "definitions": {"D": definition}})) is None
