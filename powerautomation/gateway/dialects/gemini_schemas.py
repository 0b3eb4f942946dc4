"""Rewrites JSON Schemas of tool arguments into what Google's API takes, without changing what they mean where it can
say it.

What it refuses was read off its messages ``Unknown name "…": Cannot find field`` as quoted in
openswarm-ai/openswarm 24, zed-industries/zed 44875 and musistudio/claude-code-router 187; what it takes stands in
https://ai.google.dev/api/caching#Schema, read 2026-11.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

from powerautomation.gateway.dialects.errors import InvalidRequest

_KEPT = frozenset({
    "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "required", "minProperties",
    "maxProperties", "minLength", "maxLength", "pattern", "minimum", "maximum",
})  # fmt: skip
_FORMATS = {"string": ("enum", "date-time"), "number": ("float", "double"), "integer": ("int32", "int64")}
_DEEPEST = 40
_MOST_NODES = 10_000
_MOST_REMEMBERED_BYTES = 16 * 1024

Schema = dict[str, Any]


def gemini_schema(raw: bytes) -> bytes:
    """Return ``raw``, the JSON of a tool's parameters, as Google accepts it. Raises InvalidRequest for what is no
    schema or would become too large."""
    return _remembered(raw) if len(raw) <= _MOST_REMEMBERED_BYTES else _rewritten(raw)


@lru_cache(maxsize=1024)
def _remembered(raw: bytes) -> bytes:
    return _rewritten(raw)


def _rewritten(raw: bytes) -> bytes:
    try:
        schema = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest("The parameters of a tool are no JSON Schema that could be read.") from None
    if not schema:
        return b'{"type":"object","properties":{}}'
    if not isinstance(schema, dict):
        raise InvalidRequest("The parameters of a tool must be a JSON Schema object.")
    made = _node(schema, _Walk(schema), 0)
    made["type"] = "object"
    return msgspec.json.encode(made)


class _Walk:
    """The whole document, and how many nodes may still be written: references multiply them."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.left = _MOST_NODES


def _node(node: Any, walk: _Walk, depth: int) -> Schema:
    """Return one schema. References are written out; a schema that contains itself ends at the depth limit, where
    anything goes."""
    walk.left -= 1
    if walk.left < 0:
        raise InvalidRequest("The parameters of a tool are too large once their references are written out.")
    if not isinstance(node, dict) or depth > _DEEPEST:
        return {"type": "object"}
    if isinstance(node.get("$ref"), str):
        found = _find(node["$ref"], walk.root)
        depth += 8  # a reference may lead back to where it stands: this bounds how often it is followed
        node = {**(found if isinstance(found, dict) else {}), **{k: v for k, v in node.items() if k != "$ref"}}
        return _node(node, walk, depth)
    parts = node.get("allOf")
    for part in parts if isinstance(parts, list) else ():
        node = _merged(node, part)
    made: Schema = {key: value for key, value in node.items() if key in _KEPT}
    _fit_type(made)
    if "const" in node:
        made["enum"] = [node["const"]]
    if "enum" in made:
        _fit_enum(made)
    properties = node.get("properties")
    if isinstance(properties, dict):
        made["properties"] = {name: _node(child, walk, depth + 1) for name, child in properties.items()}
        made.setdefault("type", "object")
    if "required" in made:
        known = made.get("properties", {})
        given = made.pop("required")
        required = (
            [name for name in given if isinstance(name, str) and name in known] if isinstance(given, list) else []
        )
        if required:
            made["required"] = required
    if made.get("type") == "array" or "items" in node or "prefixItems" in node:
        items = node.get("items", node.get("prefixItems"))
        made["type"] = "array"
        made["items"] = _node({"anyOf": items} if isinstance(items, list) else items or {}, walk, depth + 1)
    branches = node.get("anyOf") or node.get("oneOf")
    if isinstance(branches, list) and branches:
        _fit_branches(made, [branch for branch in branches if isinstance(branch, dict)], walk, depth)
    if "type" not in made and "anyOf" not in made:
        made["type"] = "string" if made.keys() & {"enum", "pattern", "minLength", "maxLength"} else "object"
    if made.get("format") not in (None, *_FORMATS.get(str(made.get("type")), ())):
        del made["format"]
    return made


def _find(reference: str, root: Schema) -> Any:
    found: Any = root
    for step in reference.lstrip("#").split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _merged(node: Schema, part: Any) -> Schema:
    if not isinstance(part, dict):
        return node
    merged = {**part, **node}
    if "properties" in part or "properties" in node:
        merged["properties"] = {**_object(part.get("properties")), **_object(node.get("properties"))}
    if "required" in part or "required" in node:
        merged["required"] = [*_list(part.get("required")), *_list(node.get("required"))]
    return merged


def _object(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _fit_type(made: Schema) -> None:
    """One type only; a list of types becomes one of them, with ``nullable`` for null."""
    kinds = made.get("type")
    if not isinstance(kinds, list):
        return
    some = [kind for kind in kinds if kind != "null"]
    if "null" in kinds:
        made["nullable"] = True
    if len(some) == 1:
        made["type"] = some[0]
    else:
        del made["type"]
        if some:
            made["anyOf"] = [{"type": kind} for kind in some]


def _fit_enum(made: Schema) -> None:
    """Values are strings only: others are told in the description."""
    values = made["enum"] if isinstance(made["enum"], list) else []
    texts = [value for value in values if isinstance(value, str) and value]
    if None in values:
        made["nullable"] = True
    if len(texts) == len([value for value in values if value is not None]) and texts:
        made["enum"] = texts
        made["type"] = "string"
        return
    del made["enum"]
    told = ", ".join(msgspec.json.encode(value).decode() for value in values[:50])
    made["description"] = f"{made.get('description', '')} One of: {told}.".strip()
    kinds = {type(value) for value in values if value is not None}
    if "type" not in made:
        made["type"] = {bool: "boolean", int: "integer", float: "number"}.get(next(iter(kinds), str), "string")


def _fit_branches(made: Schema, branches: list[Schema], walk: _Walk, depth: int) -> None:
    """Alternatives; null among them becomes ``nullable``, and a single one is no alternative."""
    some = [branch for branch in branches if branch.get("type") != "null"]
    if len(some) < len(branches):
        made["nullable"] = True
    written = [_node(branch, walk, depth + 1) for branch in some]
    if len(written) == 1:
        for key, value in written[0].items():
            made.setdefault(key, value)
    elif written:
        made["anyOf"] = written
        if "properties" not in made:
            made.pop("type", None)
