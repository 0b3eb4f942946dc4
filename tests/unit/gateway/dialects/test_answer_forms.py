"""The form an answer must have, with its name and its strictness, from dialect to dialect."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS, Target
from powerautomation.gateway.families import family_of

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
MODELS = {"openai-chat": "gpt-4o", "openai-responses": "gpt-5.5", "anthropic-messages": "claude-opus-4-5"}


def asked(dialect: str, **form: Any) -> bytes:
    """A request of a client of this dialect."""
    if dialect == "openai-responses":
        wanted = {"format": {"type": "json_schema", "schema": SCHEMA, **form}}
        return json.dumps({"model": "m", "input": "hi", "text": wanted}).encode()
    format_ = {"type": "json_schema", "json_schema": {"schema": SCHEMA, **form}}
    return json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": "hi"}], "response_format": format_}
    ).encode()


def sent(source: str, dialect: str, **form: Any) -> dict[str, Any]:
    """What the vendor gets."""
    model = MODELS[dialect]
    request = DIALECTS[source].decode_request(asked(source, **form))
    body: dict[str, Any] = json.loads(DIALECTS[dialect].encode_request(request, Target(model, family_of(model))))
    return body


@pytest.mark.parametrize("strict", [{"strict": True}, {"strict": False}, {"strict": None}, {}])
@pytest.mark.parametrize("name", [{"name": "weather"}, {}])
def test_name_and_strictness_cross_between_the_dialects_of_openai(name: dict[str, Any], strict: dict[str, Any]) -> None:
    said = {} if strict.get("strict") is None else strict
    form = {"name": name.get("name", "answer"), "schema": SCHEMA, **said}
    to_chat = sent("openai-responses", "openai-chat", **name, **strict)
    assert to_chat["response_format"] == {"type": "json_schema", "json_schema": form}
    to_responses = sent("openai-chat", "openai-responses", **name, **strict)
    assert to_responses["text"] == {"format": {"type": "json_schema", **form}}


@pytest.mark.parametrize("source", ["openai-chat", "openai-responses"])
def test_where_a_form_has_no_name_only_the_schema_arrives(source: str) -> None:
    body = sent(source, "anthropic-messages", name="weather", strict=True)
    assert body["output_config"]["format"] == {"type": "json_schema", "schema": SCHEMA}
