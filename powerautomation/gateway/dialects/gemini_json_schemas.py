"""JSON Schemas and the schemas of Google's format, both ways."""

from typing import Any

import msgspec

from powerautomation.gateway.dialects.errors import InvalidRequest
from powerautomation.gateway.dialects.tool_schemas import moonshot_schema

Schema = dict[str, Any]

_DEEPEST = 100
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_CHILDREN = ("properties", "$defs", "defs", "definitions", "patternProperties")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "contains")
# 64-bit numbers are strings in JSON of protocol buffers.
_COUNTS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
_NAMES = {
    "any_of": "anyOf", "min_items": "minItems", "max_items": "maxItems", "min_length": "minLength",
    "max_length": "maxLength", "min_properties": "minProperties", "max_properties": "maxProperties",
    "property_ordering": "propertyOrdering", "additional_properties": "additionalProperties", "defs": "$defs",
    "ref": "$ref",
}  # fmt: skip
# What Google's own clients add, and validators of JSON Schema do not know.
_GOOGLES = frozenset({"nullable", "propertyOrdering", "example"})
# What says which dialect a schema is of; Google has no use for it (NousResearch/hermes-agent 98928, 2026-08).
_ABOUT = ("$schema", "$id", "$comment")


def json_schema(given: Any, path: str) -> msgspec.Raw:
    """Return a schema of a Gemini client as JSON Schema: types in lower case, ``nullable`` as a type. Raises
    InvalidRequest for what is no schema."""
    if given is None:
        return msgspec.Raw(b'{"type":"object","properties":{}}')
    if not isinstance(given, dict):
        raise InvalidRequest(f"{path}: must be a schema")
    try:
        return msgspec.Raw(msgspec.json.encode(_plain(given, 0)))
    except RecursionError:
        raise InvalidRequest(f"{path}: is nested too deeply") from None


def _plain(node: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise RecursionError
    if not isinstance(node, dict):
        return node
    made: Schema = {}
    for given_name, value in node.items():
        name: str = _NAMES.get(given_name) or given_name
        if name in _GOOGLES:
            continue
        if name in _CHILDREN and isinstance(value, dict):
            made[name] = {key: _plain(child, depth + 1) for key, child in value.items()}
        elif name in _LISTS and isinstance(value, list):
            made[name] = [_plain(child, depth + 1) for child in value]
        elif name in _SINGLE:
            made[name] = _plain(value, depth + 1)
        elif name == "type":
            made[name] = [_type(one) for one in value] if isinstance(value, list) else _type(value)
        elif name in _COUNTS and isinstance(value, str) and value.isdecimal():
            made[name] = int(value)
        elif name == "format" and value == "enum":
            continue
        else:
            made[name] = value
    if node.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
    if made.get("type") == "TYPE_UNSPECIFIED":
        del made["type"]
    return made


def _type(word: Any) -> Any:
    if isinstance(word, str) and word.lower() in _TYPES:
        return word.lower()
    return word


def tool_parameters(schema: bytes) -> msgspec.Raw:
    """Return a JSON Schema as Google takes one for ``parametersJsonSchema``: an object at the root, references without
    siblings (anomalyco/opencode 12295, 2026-02), a constant as the only value of an enumeration. Moonshot wants the
    first two as well. Raises InvalidRequest for what is no schema."""
    return msgspec.Raw(msgspec.json.encode(_fitting(msgspec.json.decode(moonshot_schema(schema)), 0)))


def answer_schema(schema: bytes) -> msgspec.Raw:
    """Return a JSON Schema as Google takes one for ``responseJsonSchema``. Raises InvalidRequest."""
    try:
        decoded = msgspec.json.decode(schema)
        if isinstance(decoded, dict) and "$ref" not in schema.decode(errors="replace"):
            return msgspec.Raw(msgspec.json.encode(_fitting(decoded, 0)))
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest("The schema of the answer cannot be read.") from None
    return tool_parameters(schema)


def _fitting(node: Any, depth: int) -> Any:
    if not isinstance(node, dict):
        return node
    if depth > _DEEPEST:
        raise InvalidRequest(f"A schema is nested more than {_DEEPEST} levels deep.")
    made: Schema = {}
    for name, value in node.items():
        if name in _ABOUT:
            continue
        if name in _CHILDREN and isinstance(value, dict):
            made[name] = {key: _fitting(child, depth + 1) for key, child in value.items()}
        elif name in _LISTS and isinstance(value, list):
            made[name] = [_fitting(child, depth + 1) for child in value]
        elif name in _SINGLE:
            made[name] = _fitting(value, depth + 1)
        elif name == "const":
            made["enum"] = [value]
        else:
            made[name] = value
    return made
