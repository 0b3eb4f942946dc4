"""No number is too large for the control API: it is answered, or refused in words, on both databases."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from powerautomation.app.asgi import create_control_app
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Json, installation

DESCRIBED: Json = create_control_app(Settings()).openapi()
# Just beyond what a database's column holds, and far beyond.
NUMBERS = (2**31, 2**63, -(10**30))
LIMIT: Json = {"subject_kind": "organization", "measure": "money", "currency": "USD", "window": "month", "amount": 1}


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, methods in DESCRIBED["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), re.sub(r"\{\w+\}", "nothing", path), operation


def example(schema: Json, depth: int = 0) -> Any:
    """A value of the kind a schema describes, with every number 1."""
    if "$ref" in schema:
        return example(DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth + 1)
    for one in schema.get("anyOf", ()):
        if one.get("type") != "null":
            return example(one, depth)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        return {name: example(one, depth + 1) for name, one in schema.get("properties", {}).items() if depth < 5}
    if kind == "array":
        return [example(schema["items"], depth + 1)]
    return {"integer": 1, "number": 1, "boolean": True}.get(str(kind), "2026-11-21T00:00:00Z")


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every number of an example."""
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*way, name))
    elif value == 1 and not isinstance(value, bool):
        yield way


def changed(value: Any, way: tuple[Any, ...], number: int) -> Any:
    if not way:
        return number
    copy = value.copy()
    copy[way[0]] = changed(value[way[0]], way[1:], number)
    return copy


async def test_large_numbers_in_addresses_are_answered_or_refused(here: Installation) -> None:
    admin = await here.administrator()
    tried = [
        (method, path, one["name"])
        for method, path, operation in operations()
        for one in operation.get("parameters", ())
        if one["in"] == "query" and example(one["schema"]) == 1 and one["schema"].get("type") != "boolean"
    ]
    assert tried
    wrong = []
    for method, path, name in tried:
        for number in NUMBERS:
            answer = await admin.http.request(method, path, params={name: str(number)})
            if answer.status_code >= 500:
                wrong.append((method, path, name, number))
    assert wrong == []


async def test_large_numbers_in_bodies_are_answered_or_refused(here: Installation) -> None:
    admin = await here.administrator()
    bodies = [("POST", "/api/v1/limits", LIMIT)]
    for method, path, operation in operations():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            bodies.append((method, path, example(content["application/json"]["schema"])))
    tried = [(method, path, body, way) for method, path, body in bodies for way in places(body)]
    assert len(tried) > 10
    wrong = []
    for method, path, body, way in tried:
        for number in NUMBERS:
            answer = await admin.http.request(method, path, json=changed(body, way, number))
            if answer.status_code >= 500:
                wrong.append((method, path, way, number))
    assert wrong == []
