"""What real clients send, judged by the simulated vendors after translation: nothing the real vendor would refuse."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from powerautomation.gateway.dialects import DIALECTS, InvalidRequest, Target
from powerautomation.gateway.families import family_of
from powerautomation.gateway.providers import family_at
from tests.contract.gateway.dialects.responses_bodies import codex_body
from tests.contract.gateway.dialects.wire import DIALECT_NAMES, MODELS, REPLY, DialectName
from tests.fixtures.simulators.chat_models import CHAT_HOSTS, ChatHost
from tests.fixtures.simulators.chat_rules import check_chat
from tests.fixtures.simulators.messages_rules import check_messages
from tests.fixtures.simulators.signatures import redact, sign

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
ANTHROPIC, OPENAI, RESPONSES = (DIALECTS[name] for name in ("anthropic-messages", "openai-chat", "openai-responses"))
HEADERS = {"anthropic-version": "2023-06-01", "anthropic-beta": "context-management-2025-06-27,tool-search-2025-10-19"}
CHAT_MODELS = [(host, model) for host in CHAT_HOSTS.values() for model in host.models]
CLAUDE_MODELS = ["claude-sonnet-4-5", "claude-sonnet-4-6", "claude-opus-4-8", "claude-haiku-5-5"]
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "definitions": {"Edit": {"type": "object", "properties": {"next": {"$ref": "#/definitions/Edit"}}}},
    "properties": {
        "edit": {"$ref": "#/definitions/Edit", "description": "What to change."},
        "mode": {"anyOf": [{"const": "a"}, {"description": "free"}], "type": "string"},
        "path": {"type": "string", "minLength": 1},
    },
    "required": ["path"],
    "additionalProperties": False,
}


def claude_code_body(model: str) -> dict[str, Any]:
    """A second turn as Claude Code 2.1 sends it: billing header, cache marks, system messages, parallel calls of which
    one failed, an image among the results, thinking signed and not, a deferred tool and a server tool."""
    mark = {"type": "ephemeral", "ttl": "1h"}
    return {
        "model": model,
        "max_tokens": 32000,
        "stream": True,
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.329; cch=abc;"},
            {"type": "text", "text": "You are Claude Code.", "cache_control": mark},
            {"type": "text", "text": "Be careful.", "cache_control": mark},
        ],
        "thinking": {"type": "enabled", "budget_tokens": 31999, "display": "summarized"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "metadata": {"user_id": json.dumps({"device_id": "d", "session_id": "0199-session"})},
        "messages": [
            {"role": "user", "content": "read both"},
            {"role": "system", "content": [{"type": "text", "text": "Today is Saturday."}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "I read.", "signature": sign("I read.")},
                    {"type": "redacted_thinking", "data": redact("secret")},
                    {"type": "text", "text": "Reading."},
                    {"type": "tool_use", "id": "toolu_01aaa", "name": "Read", "input": {"path": "a"}},
                    {"type": "tool_use", "id": "toolu_01bbb", "name": "Read", "input": {"path": "b"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_01bbb", "content": "no file", "is_error": True},
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_01aaa",
                        "content": [{"type": "text", "text": "pixel"}],
                    },
                    {"type": "text", "text": "go on", "cache_control": mark},
                ],
            },
            {"role": "system", "content": "A reminder."},
        ],
        "tools": [
            {"name": "Read", "description": "Reads.", "input_schema": SCHEMA, "cache_control": mark},
            {"name": "Later", "description": "Deferred.", "input_schema": {"type": "object"}, "defer_loading": True},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
        ],
    }


def openai_body(model: str) -> dict[str, Any]:
    """A second turn as agents on the OpenAI SDK send it, Kimi's ids and reasoning included."""
    return {
        "model": model,
        "stream": True,
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "read"}]},
            {
                "role": "assistant",
                "content": None,
                "reasoning_content": "I read.",
                "tool_calls": [
                    {"id": "functions.Read:0", "type": "function", "function": {"name": "Read", "arguments": "{}"}},
                    {
                        "id": "call_abc",
                        "type": "function",
                        "function": {"name": "Read", "arguments": '{"path": "b"}'},
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "functions.Read:0", "content": "a"},
            {"role": "tool", "tool_call_id": "call_abc", "content": [{"type": "text", "text": "b"}]},
            {"role": "user", "content": "go on"},
        ],
        "tools": [{"type": "function", "function": {"name": "Read", "description": "Reads.", "parameters": SCHEMA}}],
        "temperature": 0.7,
        "stop": ["END"],
        "max_tokens": 2000,
    }


def to_chat(body: dict[str, Any], model: str, host: str = "") -> dict[str, Any]:
    request = ANTHROPIC.decode_request(json.dumps(body).encode())
    sent = OPENAI.encode_request(request, _target(model, host))
    decoded: dict[str, Any] = json.loads(sent)
    return decoded


@pytest.mark.parametrize(("host", "model"), CHAT_MODELS, ids=lambda value: getattr(value, "name", value))
def test_claude_code_reaches_every_chat_model(host: ChatHost, model: str) -> None:
    sent = to_chat(claude_code_body("claude-sonnet-4-5"), model, host.name)
    _, warnings = check_chat(sent, host)
    assert warnings == []
    text = json.dumps(sent, ensure_ascii=False)
    assert "billing-header" not in text
    assert "cache_control" not in text
    assert "web_search" not in text
    for kept in ("Be careful.", "Today is Saturday.", "A reminder.", "no file", "pixel", "go on", "What to change."):
        assert kept in text
    assert sent["stream_options"] == {"include_usage": True}


def test_a_failed_tool_result_says_so_to_the_other_vendor() -> None:
    sent = to_chat(claude_code_body("claude-sonnet-4-5"), "kimi-k2.6")
    (failed,) = [m for m in sent["messages"] if m["role"] == "tool" and "no file" in json.dumps(m["content"])]
    assert "error" in json.dumps(failed).lower()


def test_no_thinking_asked_of_anthropic_is_no_thinking_at_kimi() -> None:
    """In Anthropic's format thinking is off unless asked for; Kimi's toggled models think unless told not to."""
    body = claude_code_body("claude-haiku-4-5")
    del body["thinking"], body["context_management"]
    assert to_chat(body, "kimi-k2.6").get("thinking") == {"type": "disabled"}
    assert to_chat(body, "kimi-k2.7-code").get("thinking") in (None, {"type": "enabled"})
    assert to_chat(body, "gpt-5.5").get("reasoning_effort") == "low"


@pytest.mark.parametrize(("effort", "sent"), [("low", "low"), ("medium", "medium"), ("max", "high"), ("xhigh", "high")])
def test_efforts_are_said_in_words_every_reasoning_model_knows(effort: str, sent: str) -> None:
    body = claude_code_body("claude-opus-4-8")
    body["thinking"], body["output_config"] = {"type": "adaptive"}, {"effort": effort}
    assert to_chat(body, "gpt-5.5")["reasoning_effort"] == sent


@pytest.mark.parametrize(
    ("effort", "sent"), [("none", "low"), ("low", "low"), ("medium", "high"), ("high", "high"), ("xhigh", "max")]
)
def test_k3_is_told_how_much_to_think_in_its_own_words(effort: str, sent: str) -> None:
    """Left alone it thinks at its most, which costs the most; and it takes no thinking object."""
    body = {**openai_body("kimi-k3"), "reasoning_effort": effort, "thinking": {"type": "enabled"}}
    raw = json.dumps(body).encode()
    told = json.loads(OPENAI.forward_request(raw, OPENAI.peek(raw), _target("kimi-k3")))
    assert (told["reasoning_effort"], told.get("thinking")) == (sent, None)
    background = claude_code_body("claude-haiku-4-5")
    del background["thinking"], background["context_management"]
    assert to_chat(background, "kimi-k3")["reasoning_effort"] == "low"


@pytest.mark.parametrize(("host", "model"), CHAT_MODELS, ids=lambda value: getattr(value, "name", value))
@pytest.mark.parametrize("wish", [{"type": "any"}, {"type": "tool", "name": "Read"}, {"type": "none"}])
def test_every_tool_choice_is_legal_at_every_chat_model(host: ChatHost, model: str, wish: dict[str, Any]) -> None:
    body = claude_code_body("claude-sonnet-4-5")
    body["tool_choice"] = wish
    body["thinking"] = {"type": "disabled"}
    check_chat(to_chat(body, model, host.name), host)


def test_a_choice_of_a_removed_server_tool_is_reset() -> None:
    body = claude_code_body("claude-sonnet-4-5")
    body["tool_choice"] = {"type": "tool", "name": "web_search"}
    assert to_chat(body, "kimi-k2.6").get("tool_choice", "auto") == "auto"


def test_images_in_a_tool_result_follow_as_a_message_of_the_user() -> None:
    body = claude_code_body("claude-sonnet-4-5")
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
    body["messages"][3]["content"][1]["content"].append(image)
    sent = to_chat(body, "kimi-k2.6")
    check_chat(sent, CHAT_HOSTS["moonshot"])
    roles = [message["role"] for message in sent["messages"]]
    carrier = next(i for i, message in enumerate(sent["messages"]) if PNG in json.dumps(message))
    assert roles[carrier] == "user"
    assert roles[carrier - 1] == "tool"


@pytest.mark.parametrize("model", CLAUDE_MODELS)
def test_an_openai_agent_reaches_every_claude(model: str) -> None:
    body = openai_body("gpt-4o")
    sent = json.loads(ANTHROPIC.encode_request(OPENAI.decode_request(json.dumps(body).encode()), _target(model)))
    check_messages(sent, HEADERS)
    text = json.dumps(sent)
    assert "Be brief." in text
    assert "signature" not in text


def _target(model: str, host: str = "") -> Target:
    return Target(model, family_at(host, "", model))


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high"])
@pytest.mark.parametrize("model", CLAUDE_MODELS)
def test_reasoning_effort_is_legal_at_every_claude(model: str, effort: str) -> None:
    body = {
        "model": "x",
        "messages": [{"role": "user", "content": "hi"}],
        "reasoning_effort": effort,
        "max_tokens": 900,
    }
    sent = json.loads(ANTHROPIC.encode_request(OPENAI.decode_request(json.dumps(body).encode()), _target(model)))
    check_messages(sent, HEADERS)
    assert sent["max_tokens"] == 900, "the client's own limit stands"
    if model in ("claude-opus-4-8", "claude-haiku-5-5"):
        assert sent.get("thinking", {}).get("type") != "enabled", "these models take adaptive thinking only"


@pytest.mark.parametrize("model", CLAUDE_MODELS)
def test_a_wanted_schema_is_legal_at_every_claude(model: str) -> None:
    body = {"model": "x", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 900}
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    body["response_format"] = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema, "strict": True}}
    sent = json.loads(ANTHROPIC.encode_request(OPENAI.decode_request(json.dumps(body).encode()), _target(model)))
    check_messages(sent, {"anthropic-version": "2023-06-01"})
    assert json.dumps(schema) in json.dumps(sent)


@pytest.mark.parametrize(("host", "model"), CHAT_MODELS, ids=lambda value: getattr(value, "name", value))
def test_an_openai_agent_reaches_every_chat_model_in_its_own_dialect(host: ChatHost, model: str) -> None:
    body = openai_body("public-name")
    if host.moonshot_manners:
        body["messages"][0]["role"] = "system"
    if host.name == "xai":
        del body["stop"]  # no Grok takes any, which is said clearly: see test_host_facts
    raw = json.dumps(body).encode()
    sent = json.loads(OPENAI.forward_request(raw, OPENAI.peek(raw), _target(model, host.name)))
    _, warnings = check_chat(sent, host)
    if host.kimi_ids:
        assert warnings == []


KIMI_THOUGHTS: list[list[dict[str, Any]]] = [[], [{"type": "thinking", "thinking": "Kimi thought.", "signature": ""}]]


@pytest.mark.parametrize("thoughts", KIMI_THOUGHTS, ids=["without thinking", "thinking"])
@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-sonnet-4-6"])
def test_after_kimi_answered_a_conversation_can_go_on_with_claude(model: str, thoughts: list[dict[str, Any]]) -> None:
    """Claude Code sends back, unsigned, what Kimi thought, if it did; and system messages, which older models
    refuse."""
    body = claude_code_body("public-name")
    body["messages"][2]["content"][:2] = thoughts
    body["messages"].pop()
    raw = json.dumps(body).encode()
    sent = json.loads(ANTHROPIC.forward_request(raw, ANTHROPIC.peek(raw), _target(model)))
    check_messages(sent, HEADERS)
    assert "Kimi thought." not in json.dumps(sent)
    for kept in ("Today is Saturday.", "no file"):
        assert kept in json.dumps(sent)


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-sonnet-4-6"])
def test_system_messages_between_turns_reach_models_that_do_not_know_them(model: str) -> None:
    body = claude_code_body("public-name")
    body["messages"].insert(3, {"role": "system", "content": "Between call and result."})
    raw = json.dumps(body).encode()
    sent = json.loads(ANTHROPIC.forward_request(raw, ANTHROPIC.peek(raw), _target(model)))
    check_messages(sent, HEADERS)
    for kept in ("Today is Saturday.", "Between call and result.", "A reminder.", "no file"):
        assert kept in json.dumps(sent)
    assert sign("I read.") in json.dumps(sent), "signed thinking stays"


def test_native_requests_stay_as_they_are() -> None:
    body = {**claude_code_body("claude-opus-4-8"), "thinking": {"type": "adaptive"}}
    raw = json.dumps(body, indent=1, ensure_ascii=False).encode()
    assert ANTHROPIC.forward_request(raw, ANTHROPIC.peek(raw), _target("claude-opus-4-8")) == raw
    renamed = json.loads(ANTHROPIC.forward_request(raw, ANTHROPIC.peek(raw), _target("claude-haiku-5-5")))
    assert renamed == {**body, "model": "claude-haiku-5-5"}
    check_messages(renamed, HEADERS)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def _broken_bodies(draw: st.DrawFn) -> bytes:
    """A real body with one to three of its nodes replaced, removed or doubled; sometimes with broken bytes."""
    make = draw(st.sampled_from([claude_code_body, openai_body, codex_body]))
    body = deepcopy(make("m"))
    for _ in range(draw(st.integers(1, 3))):
        node: Any = body
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            child = node[key]
            if isinstance(child, dict | list) and child and draw(st.booleans()):
                node = child
                continue
            if draw(st.booleans()):
                node[key] = draw(_json)
            elif isinstance(node, dict):
                del node[key]
            else:
                node.append(child)
            break
    raw = json.dumps(body).encode()
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.binary(max_size=4)) + raw[at + 1 :]
    return raw


def _refused(step: Callable[[], object]) -> InvalidRequest | None:
    try:
        step()
    except InvalidRequest as refusal:
        return refusal
    return None


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(raw=_broken_bodies(), name=st.sampled_from(DIALECT_NAMES))
def test_no_body_makes_anything_but_an_answer_or_a_clear_refusal(raw: bytes, name: DialectName) -> None:
    dialect = DIALECTS[name]
    refusals = [_refused(lambda: json.loads(dialect.forward_request(raw, dialect.peek(raw), _target(MODELS[name]))))]
    for other in (one for one in DIALECT_NAMES if one != name):
        encode = DIALECTS[other].encode_request
        refusals.append(_refused(lambda: json.loads(encode(dialect.decode_request(raw), _target(MODELS[other])))))  # noqa: B023
    assert all(refusal.message for refusal in refusals if refusal is not None)


_DEEP = b'data: {"choices":' + b"[" * 3000 + b"]" * 3000 + b"}\n\n"
_ODD_BYTES = (
    b"data: ", b"\n\n", b'{"choices":[{"delta":{"content":', b'"x"}}]}', b"[DONE]", b"data: null\n\n",
    b'data: {"type":"content_block_delta"}\n\n', b'data: {"usage":5,"choices":{}}\n\n', b"data: []\n\n",
    b'data: {"choices":[null]}\n\n', b'data: {"type":5}\n\n', b'data: {"error":"x"}\n\n', _DEEP,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    chunks=st.lists(st.binary(max_size=40) | st.sampled_from(_ODD_BYTES), max_size=20),
    name=st.sampled_from(DIALECT_NAMES),
)
def test_no_upstream_bytes_make_a_decoder_raise(chunks: list[bytes], name: DialectName) -> None:
    dialect = DIALECTS[name]
    decoder = dialect.stream_decoder(REPLY, family_of("kimi-k2.6"))
    scanner = dialect.stream_scanner(REPLY)
    for chunk in chunks:
        decoder.feed(chunk)
        scanner.feed(chunk)
    decoder.finish()
    scanner.finish()
    whole = b"".join(chunks)
    assert dialect.answer_events(whole, REPLY, family_of("kimi-k2.6"))
    dialect.answer_usage(whole)
    assert dialect.decode_failure(500, {}, whole).message
