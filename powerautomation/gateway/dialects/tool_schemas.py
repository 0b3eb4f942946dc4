"""Rewrites JSON Schemas of tool arguments into the flavour Moonshot accepts, without changing what they mean.

What it refuses was read off its messages ``... is not a valid moonshot flavored json schema`` as quoted in
NousResearch/hermes-agent issue 14804, CommandCodeAI/command-code issue 566, pydantic/logfire issue 2191 and
Softeria/ms-365-mcp-server issue 458, 2026-04 to 2026-08.
"""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

from powerautomation.gateway.dialects.errors import InvalidRequest

_TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
_NOTES = frozenset({"description", "title", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"})
_COMBINED = frozenset({"enum", "const", "oneOf", "allOf", "not"})
_IMPLIED = (
    ("object", frozenset({"properties", "required", "additionalProperties", "patternProperties", "propertyNames"})),
    ("array", frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"})),
    ("string", frozenset({"pattern", "minLength", "maxLength", "format"})),
    ("number", frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})),
)
_KINDS = frozenset({"type", "$ref", "anyOf", "enum", "const"})
_DEFINITIONS = ("$defs", "definitions")
_MOST_REMEMBERED_BYTES = 16 * 1024
_DEEPEST = 100

Schema = dict[str, Any]


def moonshot_schema(raw: bytes) -> bytes:
    """Return ``raw``, the JSON of a tool's parameters, as Moonshot accepts it; unchanged when it already would. Raises
    InvalidRequest for what is no schema."""
    # The same tools come with every request of a session, so small schemas are worth remembering.
    return _remembered(raw) if len(raw) <= _MOST_REMEMBERED_BYTES else _rewritten(raw)


@lru_cache(maxsize=1024)
def _remembered(raw: bytes) -> bytes:
    return _rewritten(raw)


def _rewritten(raw: bytes) -> bytes:
    try:
        schema = msgspec.json.decode(raw)
        if schema is None or schema == {}:
            return b'{"type":"object","properties":{}}'
        if not isinstance(schema, dict):
            raise InvalidRequest("The parameters of a tool must be a JSON Schema object.")
        rewritten = _Rewriter(schema).whole()
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest("The parameters of a tool are no JSON Schema that could be read.") from None
    return raw if rewritten == schema else msgspec.json.encode(rewritten)


class _Rewriter:
    """Rewrites one schema. Whatever a reference points at ends up under ``$defs`` at the root."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._defs: Schema = {}
        self._names: dict[str, str] = {}

    def whole(self) -> Schema:
        root = self._inlined_root()
        for place in _DEFINITIONS:
            definitions = root.get(place)
            for name in definitions if isinstance(definitions, dict) else ():
                self._name_of(f"#/{place}/{_escape(name)}")
        rewritten: Schema = self._node(root, 0)
        kind = rewritten.get("type")
        if "$ref" in rewritten:
            rewritten = {"anyOf": [{"$ref": rewritten["$ref"]}]}
        if kind != "object":
            rewritten = {"type": "object", **{key: value for key, value in rewritten.items() if key != "type"}}
        if self._defs:
            rewritten["$defs"] = self._defs
        return rewritten

    def _inlined_root(self) -> Schema:
        """Follow a reference that stands at the root: there must be an object."""
        root = self._root
        for _ in range(8):
            reference = root.get("$ref")
            if not isinstance(reference, str):
                break
            found = self._find(reference)
            rest = {key: value for key, value in root.items() if key != "$ref"}
            root = {**(found if isinstance(found, dict) else {}), **rest}
            if found is self._root:
                break
        return {key: value for key, value in root.items() if key not in ("$ref", "$schema", "$id")}

    def _find(self, reference: str) -> Any:
        """Return what a reference inside this document points at, or None."""
        if not reference.startswith("#"):
            return None
        found: Any = self._root
        for step in reference[1:].split("/")[1:]:
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                return None
        return found

    def _name_of(self, reference: str) -> str | None:
        """Return the name under ``$defs`` of what ``reference`` points at, moving it there; None when it points
        nowhere."""
        if reference in self._names:
            return self._names[reference]
        found = self._find(reference)
        if not isinstance(found, dict | bool):
            return None
        wanted = re.sub(r"[^A-Za-z0-9_.-]", "_", unquote(reference).rsplit("/", 1)[-1].lstrip("#")) or "Root"
        name, number = wanted, 2
        while name in self._defs:
            name, number = f"{wanted}_{number}", number + 1
        self._names[reference] = name
        self._defs[name] = {}
        self._defs[name] = self._node(found, 0)
        return name

    def _node(self, node: Any, depth: int) -> Any:
        if isinstance(node, bool):
            return node
        if depth > _DEEPEST:
            raise InvalidRequest(f"The parameters of a tool are nested more than {_DEEPEST} levels deep.")
        if not isinstance(node, dict):
            return {}
        if "$ref" in node:
            return self._reference(node, depth)
        made = {key: self._member(key, value, depth) for key, value in node.items() if key not in _DEFINITIONS}
        if isinstance(made.get("items"), list):
            made = _without_tuple(made)
        _mend_type(made)
        required = made.get("required", [])
        if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
            del made["required"]
        if "anyOf" in made:
            _mend_any_of(made)
        elif "type" not in made and not _COMBINED & made.keys() and made.keys() - _NOTES:
            made["type"] = _implied_type(made)
        return made

    def _member(self, key: str, value: Any, depth: int) -> Any:
        if key in ("properties", "patternProperties"):
            return {n: self._node(v, depth + 1) for n, v in value.items()} if isinstance(value, dict) else {}
        if key in ("items", "prefixItems", "anyOf", "oneOf", "allOf") and isinstance(value, list):
            return [self._node(child, depth + 1) for child in value]
        if key in ("items", "additionalProperties", "not", "contains"):
            return self._node(value, depth + 1)
        return value

    def _reference(self, node: Schema, depth: int) -> Schema:
        reference = node["$ref"]
        rest = {key: value for key, value in node.items() if key != "$ref" and key not in _DEFINITIONS}
        name = self._name_of(reference) if isinstance(reference, str) else None
        if name is None:
            # It points outside the document: anything goes, as a validator without the other document would have it.
            made: Schema = self._node(rest, depth + 1)
            return made
        there = {"$ref": f"#/$defs/{name}"}
        notes = {key: value for key, value in rest.items() if key in _NOTES}
        more = {key: value for key, value in rest.items() if key not in _NOTES and key != "type"}
        if more:
            beside = {"type": rest["type"], **more} if "type" in rest else more
            return {**notes, "allOf": [there, self._node(beside, depth + 1)]}
        return {**notes, "anyOf": [there]} if notes else there


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1").replace("%", "%25")


def _without_tuple(made: Schema) -> Schema:
    """Draft 4 tuples: each place may hold any of the kinds listed, which is the nearest the flavour can say."""
    branches = made["items"]
    items = {"anyOf": branches} if len(branches) > 1 else branches[0] if branches else {}
    if "anyOf" in items and len(branches) > 1:
        _mend_any_of(items)
    return {**made, "items": items}


def _mend_type(made: Schema) -> None:
    """Leave only type names that exist, in lower case."""
    if "type" not in made:
        return
    given = made["type"]
    names = given if isinstance(given, list) else [given]
    kinds = [name.lower() for name in names if isinstance(name, str) and name.lower() in _TYPES]
    if not kinds:
        del made["type"]
    elif not isinstance(given, list):
        made["type"] = kinds[0]
    else:
        made["type"] = kinds


def _implied_type(made: Schema) -> str | list[str]:
    for kind, keys in _IMPLIED:
        if keys & made.keys():
            return kind
    return list(_TYPES)


def _mend_any_of(made: Schema) -> None:
    """The type belongs into the branches, and each branch needs one."""
    branches = made["anyOf"]
    if not isinstance(branches, list) or not branches:
        del made["anyOf"]
        return
    outer = made.pop("type", None)
    mended = []
    for branch in branches:
        if isinstance(branch, bool):
            branch = {"not": {"type": list(_TYPES)}} if not branch else {}
        if not _KINDS & branch.keys():
            branch = {"type": outer if outer is not None else _implied_type(branch), **branch}
        mended.append(branch)
    made["anyOf"] = mended
