"""Requests toward Google, judged by the simulated vendor: nothing the real one would refuse."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS, InvalidRequest, Target, Thinking
from powerautomation.gateway.dialects.gemini_signatures import pack
from powerautomation.gateway.families import family_of
from tests.contract.gateway.dialects.test_requests import claude_code_body
from tests.fixtures.simulators.gemini_answers import call_signature
from tests.fixtures.simulators.gemini_rules import MODELS, check_gemini

GEMINI = DIALECTS["gemini"]
STAND_IN = "skip_thought_signature_validator"


def target(model: str) -> Target:
    return Target(model, family_of(model, None, "gemini"), [])


def sent(dialect: str, body: dict[str, Any], to: Target) -> dict[str, Any]:
    request = DIALECTS[dialect].decode_request(json.dumps(body).encode())
    wire: dict[str, Any] = json.loads(GEMINI.encode_request(request, to))
    check_gemini(wire, to.model)
    return wire


@pytest.mark.parametrize("model", MODELS)
def test_a_turn_of_claude_code_is_one_the_vendor_accepts(model: str) -> None:
    wire = sent("anthropic-messages", claude_code_body("x"), target(model))
    told = json.dumps(wire)
    assert "x-anthropic-billing-header" not in told
    calls = [part for content in wire["contents"] for part in content["parts"] if "functionCall" in part]
    signatures = [part.get("thoughtSignature") for part in calls]
    assert signatures == ([STAND_IN, None] if MODELS[model].signs else [None, None])
    answers = [part for content in wire["contents"] for part in content["parts"] if "functionResponse" in part]
    assert [list(one["functionResponse"]["response"]) for one in answers] == [["output"], ["error"]]


def test_calls_that_never_got_a_result_are_answered_and_a_result_without_a_call_is_refused() -> None:
    used = {"type": "tool_use", "id": "a", "name": "Read", "input": {}}
    body = {"model": "x", "max_tokens": 5, "messages": [
        {"role": "assistant", "content": [used]}, {"role": "user", "content": "go on"},
    ]}  # fmt: skip
    wire = sent("anthropic-messages", body, target("gemini-3.8-flash"))
    assert [content["role"] for content in wire["contents"]] == ["user", "model", "user"]
    lost = {"type": "tool_result", "tool_use_id": "z", "content": "?"}
    with pytest.raises(InvalidRequest):
        sent(
            "anthropic-messages", {**body, "messages": [{"role": "user", "content": [lost]}]}, target("gemini-2.5-pro")
        )


@pytest.mark.parametrize(
    ("model", "effort", "thinking"),
    [
        ("gemini-2.5-pro", "high", {"includeThoughts": True, "thinkingBudget": 24576}),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 128}),
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
        ("gemini-3.1-pro-preview", "minimal", {"includeThoughts": True, "thinkingLevel": "LOW"}),
        ("gemini-3.5-flash", "minimal", {"includeThoughts": True, "thinkingLevel": "MINIMAL"}),
        ("gemini-3.8-flash", "none", {"thinkingLevel": "LOW"}),
        ("gemini-3.8-flash", None, {"includeThoughts": True}),
    ],
)
def test_thinking_is_asked_for_in_the_familys_way(model: str, effort: str | None, thinking: dict[str, Any]) -> None:
    body = {"model": "x", "messages": [{"role": "user", "content": "hi"}], "reasoning_effort": effort}
    assert sent("openai-chat", body, target(model))["generationConfig"]["thinkingConfig"] == thinking


def test_wishes_the_models_refuse_are_left_out_and_noted() -> None:
    to = target("gemini-3.8-flash")
    body = {"model": "x", "messages": [{"role": "user", "content": "hi"}], "presence_penalty": 1, "seed": 3}
    wire = sent("openai-chat", {**body, "parallel_tool_calls": False, "tools": [_tool("f")]}, to)
    assert to.adapted == ["parallel_tool_calls", "presence_penalty"]
    assert wire["generationConfig"]["seed"] == 3


def _tool(name: str) -> dict[str, Any]:
    schema = {"$ref": "#/definitions/A", "definitions": {"A": {"type": "object", "properties": {"k": {"const": 1}}}}}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def test_tools_and_the_form_of_an_answer_go_together_only_where_the_model_can() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    body = {
        "model": "x",
        "messages": [{"role": "user", "content": "hi"}],
        "tools": [_tool("f")],
        "response_format": form,
    }
    assert sent("openai-chat", body, target("gemini-3.8-flash"))["generationConfig"]["responseJsonSchema"]
    with pytest.raises(InvalidRequest):
        sent("openai-chat", body, target("gemini-2.5-pro"))


def history(signature: str | None) -> dict[str, Any]:
    called: dict[str, Any] = {"functionCall": {"name": "f", "args": {}}}
    if signature:
        called["thoughtSignature"] = signature
    return {
        "contents": [
            {"role": "user", "parts": [{"text": "go"}]},
            {"role": "model", "parts": [called]},
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {}}}]},
        ]
    }


def forwarded(body: dict[str, Any], model: str) -> tuple[bytes, bytes]:
    raw = json.dumps(body, indent=1).encode()
    return raw, GEMINI.forward_request(raw, GEMINI.peek(raw), target(model))


def test_googles_own_signatures_pass_byte_for_byte() -> None:
    raw, out = forwarded(history(call_signature("f", {})), "gemini-3.8-flash")
    assert out == raw


@pytest.mark.parametrize("signature", [None, pack(Thinking("of Kimi"))])
def test_a_call_google_never_signed_gets_the_value_kept_for_that(signature: str | None) -> None:
    _, out = forwarded(history(signature), "gemini-3.8-flash")
    check_gemini(json.loads(out), "gemini-3.8-flash")
    assert json.loads(out)["contents"][1]["parts"][0]["thoughtSignature"] == STAND_IN
    _, out = forwarded(history(signature), "gemini-2.5-pro")
    assert "thoughtSignature" not in json.loads(out)["contents"][1]["parts"][0]


def test_a_level_becomes_a_budget_where_the_model_knows_no_levels() -> None:
    body = {**history(None), "generationConfig": {"thinkingConfig": {"thinkingLevel": "HIGH"}}}
    _, out = forwarded(body, "gemini-2.5-pro")
    check_gemini(json.loads(out), "gemini-2.5-pro")
    assert json.loads(out)["generationConfig"]["thinkingConfig"] == {"thinkingBudget": 24576}


def test_a_model_name_leads_nowhere_else() -> None:
    assert GEMINI.chat_path("../../v1/files?x=", stream=False) == "/models/..%2F..%2Fv1%2Ffiles%3Fx%3D:generateContent"
