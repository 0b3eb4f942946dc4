"""Every client dialect against every upstream dialect, whole and streamed: meaning arrives, counts agree."""

import base64
import json
from typing import Any

import pytest

from tests.fixtures.clients import READ, WRITE, Caller, Seen, Tool
from tests.fixtures.simulators import Answer, Call, Count, Simulator, Text, Think, Vendor, call, say
from tests.integration.gateway.proxy.conftest import Lane

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
TEXT = "Grüße, 世界 — “quoted”, \\n not a newline,\nand a real one. 🚀"


@pytest.fixture(params=["moonshot", "anthropic", "responses", "google"])
def vendor(request: pytest.FixtureRequest, sim: Simulator) -> Vendor:
    return sim.vendors[request.param]


@pytest.fixture
def model(vendor: Vendor, lane: Lane) -> str:
    return {"moonshot": lane.kimi, "responses": "native-gpt", "google": "native-gemini"}.get(vendor.name, lane.sonnet)


def counted(seen: Seen) -> Count:
    """What the client was told, in the ledger's words."""
    usage = seen.usage
    if "promptTokenCount" in usage:
        cached = usage["cachedContentTokenCount"]
        output = usage["candidatesTokenCount"] + usage["thoughtsTokenCount"]
        return Count(input=usage["promptTokenCount"] - cached, cached=cached, output=output)
    if "input_tokens_details" in usage:
        cached = usage["input_tokens_details"]["cached_tokens"]
        return Count(input=usage["input_tokens"] - cached, cached=cached, output=usage["output_tokens"])
    if "input_tokens" in usage:
        return Count(
            input=usage["input_tokens"], cached=usage.get("cache_read_input_tokens", 0), output=usage["output_tokens"]
        )
    cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
    return Count(input=usage["prompt_tokens"] - cached, cached=cached, output=usage["completion_tokens"])


def reported(vendor: Vendor) -> Count:
    """What the vendor said about its last answer, without the parts a client of either dialect may not see."""
    usage = vendor.exchanges[-1].usage
    assert usage is not None
    return Count(input=usage.input, cached=usage.cached, output=usage.output)


def test_text_and_usage_arrive_to_the_letter(caller: Caller, model: str, vendor: Vendor, stream: bool) -> None:
    vendor.then(say(TEXT))
    seen = caller.ask(model, "héllo", stream=stream)
    assert (seen.status, seen.text, seen.complete) == (200, TEXT, True)
    assert seen.stop in ("end_turn", "stop")
    assert counted(seen) == reported(vendor)
    (exchange,) = vendor.exchanges
    assert exchange.warnings == []
    assert "héllo" in json.dumps(exchange.json, ensure_ascii=False)


def test_every_answer_says_who_served_it_and_what_it_cost_in_time(
    caller: Caller, model: str, vendor: Vendor, stream: bool
) -> None:
    vendor.then(say("x"))
    seen = caller.ask(model, stream=stream)
    names = {"moonshot": "kimi-k2.6", "responses": "gpt-5.5", "google": "gemini-3.8-flash"}
    upstream = names.get(vendor.name, "claude-sonnet-4-6")
    assert seen.deployment.endswith(f"/{upstream}")
    assert seen.request_id.startswith("req_")
    assert 0 <= float(seen.headers["x-powerautomation-overhead-ms"]) < 1000
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in seen.headers["content-security-policy"]


def test_thinking_reaches_the_client(caller: Caller, model: str, vendor: Vendor, stream: bool) -> None:
    vendor.then(Answer((Think("Erst denken… 想"), Text("Dann reden."))))
    extra: dict[str, Any] = {}
    if caller.dialect == "anthropic-messages":
        extra = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4000}
    seen = caller.ask(model, stream=stream, **extra)
    assert (seen.thinking, seen.text) == ("Erst denken… 想", "Dann reden.")
    assert counted(seen) == reported(vendor)


def test_thinking_signed_by_anthropic_comes_through_byte_for_byte(
    anthropic: Caller, lane: Lane, sim: Simulator, stream: bool
) -> None:
    """The simulated vendor refuses a signature or a text with one changed byte."""
    sim.anthropic.then(call("Read", {"path": "ä.py"}, think="I must read ä.py  "), say("Done."))
    thinking = {"type": "enabled", "budget_tokens": 1024}
    options: dict[str, Any] = {"thinking": thinking, "max_tokens": 4000, "tools": [READ], "stream": stream}
    first = anthropic.ask(lane.sonnet, **options)
    (identifier, name, arguments) = first.calls[0]
    history = [
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": first.thinking, "signature": first.signature},
                {"type": "tool_use", "id": identifier, "name": name, "input": json.loads(arguments)},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": identifier, "content": "print()"}]},
    ]
    assert anthropic.ask(lane.sonnet, history, **options).text == "Done."


def test_parallel_calls_keep_their_arguments(caller: Caller, model: str, vendor: Vendor, stream: bool) -> None:
    calls = (Call("Read", {"path": "a/ä.py"}), Call("Write", {"path": "b", "text": 'x="1"\n'}), Call("Read", {}))
    vendor.then(Answer((Text("Reading."), *calls), chunk=3))
    seen = caller.ask(model, stream=stream, tools=[READ, WRITE])
    assert seen.text == "Reading."
    assert [(name, json.loads(arguments)) for _, name, arguments in seen.calls] == [
        (item.name, item.arguments) for item in calls
    ]
    assert seen.stop in ("tool_use", "tool_calls")
    assert len({identifier for identifier, _, _ in seen.calls}) == 3
    assert counted(seen) == reported(vendor)


def _tool_history(caller: Caller, seen: Seen, results: list[str]) -> list[dict[str, Any]]:
    if caller.dialect == "gemini":
        said = [
            {"functionCall": {"id": identifier, "name": name, "args": json.loads(arguments)}}
            for identifier, name, arguments in seen.calls
        ]
        if seen.signature:
            said[0]["thoughtSignature"] = seen.signature  # type: ignore[assignment]
        told = [
            {"functionResponse": {"id": identifier, "name": name, "response": {"output": text}}}
            for (identifier, name, _), text in zip(seen.calls, results, strict=True)
        ]
        return [{"role": "model", "parts": said}, {"role": "user", "parts": told}]
    if caller.dialect == "openai-responses":
        made = [
            {"type": "function_call", "call_id": identifier, "name": name, "arguments": arguments}
            for identifier, name, arguments in seen.calls
        ]
        outputs = [
            {"type": "function_call_output", "call_id": call_["call_id"], "output": text}
            for call_, text in zip(made, results, strict=True)
        ]
        return [*made, *outputs]
    if caller.dialect == "openai-chat":
        calls = [
            {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}
            for identifier, name, arguments in seen.calls
        ]
        answers = [
            {"role": "tool", "tool_call_id": call_["id"], "content": text}
            for call_, text in zip(calls, results, strict=True)
        ]
        return [{"role": "assistant", "content": seen.text or None, "tool_calls": calls}, *answers]
    used = [
        {"type": "tool_use", "id": identifier, "name": name, "input": json.loads(arguments)}
        for identifier, name, arguments in seen.calls
    ]
    answered = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": text}
        for block, text in zip(used, results, strict=True)
    ]
    return [{"role": "assistant", "content": used}, {"role": "user", "content": answered}]


def test_tool_results_find_their_calls_over_several_turns(
    caller: Caller, model: str, vendor: Vendor, stream: bool
) -> None:
    """The same call index comes back in each turn, as Kimi hosts do: ids must not collide, and must be found again."""
    two = Answer((Call("Read", {"path": "a"}), Call("Read", {"path": "b"})))
    vendor.then(two, two, say("All read."))
    history: list[dict[str, Any]] = [{"role": "user", "content": "read twice"}]
    seen_ids: set[str] = set()
    for turn in range(2):
        seen = caller.ask(model, history, stream=stream, tools=[READ])
        assert len(seen.calls) == 2
        for identifier, _, _ in seen.calls:
            assert identifier not in seen_ids, f"the id {identifier} is used in two turns"
            seen_ids.add(identifier)
            if caller.dialect == "anthropic-messages":
                assert identifier.replace("_", "").replace("-", "").isalnum(), identifier
        history += _tool_history(caller, seen, [f"content {turn}a", f"content {turn}b"])
    final = caller.ask(model, history, stream=stream, tools=[READ])
    assert (final.status, final.text) == (200, "All read.")
    sent = json.dumps(vendor.exchanges[-1].json)
    assert all(f"content {turn}{which}" in sent for turn in range(2) for which in "ab")
    if vendor.name == "moonshot" and caller.dialect == "anthropic-messages":
        assert vendor.exchanges[-1].warnings == []


def picture(caller: Caller, question: str) -> list[dict[str, Any]]:
    """A question about a pixel, as this dialect says it."""
    url = f"data:image/png;base64,{PNG}"
    if caller.dialect == "gemini":
        return [{"text": question}, {"inlineData": {"mimeType": "image/png", "data": PNG}}]
    if caller.dialect == "openai-responses":
        return [{"type": "input_text", "text": question}, {"type": "input_image", "image_url": url}]
    if caller.dialect == "openai-chat":
        return [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": url}}]
    source = {"type": "base64", "media_type": "image/png", "data": PNG}
    return [{"type": "text", "text": question}, {"type": "image", "source": source}]


def test_images_arrive_unchanged(caller: Caller, model: str, vendor: Vendor) -> None:
    vendor.then(say("A pixel."))
    seen = caller.ask(model, [{"role": "user", "content": picture(caller, "what is it?")}])
    assert seen.text == "A pixel."
    assert base64.b64decode(PNG)
    assert PNG in vendor.exchanges[0].body.decode()


def test_an_image_goes_to_the_deployment_that_can_read_it(caller: Caller, lane: Lane, sim: Simulator) -> None:
    seen = caller.ask(lane.chat, [{"role": "user", "content": picture(caller, "?")}])
    assert seen.deployment == f"moonshot-{lane.number}/kimi-k2.6"
    assert sim.infini.exchanges == []


def test_length_and_stop_reasons_tell_the_truth(caller: Caller, model: str, vendor: Vendor, stream: bool) -> None:
    cut = "max_tokens" if vendor.name == "anthropic" else "length"
    vendor.then(say("half a sent", stop=cut))
    seen = caller.ask(model, stream=stream)
    assert seen.stop == ("max_tokens" if caller.dialect == "anthropic-messages" else "length")
    assert seen.text == "half a sent"


def test_system_stop_and_sampling_wishes_arrive_in_meaning(caller: Caller, model: str, vendor: Vendor) -> None:
    stop: dict[str, Any] = {}
    # The Responses API has no stop sequences, neither to ask for nor to hand on.
    if "responses" not in (vendor.name, caller.dialect.removeprefix("openai-")):
        stop = {"stop": ["END"]} if caller.dialect == "openai-chat" else {"stop_sequences": ["END"]}
    if stop and caller.dialect == "gemini":
        stop = {"generationConfig": {"stopSequences": ["END"]}}
    if caller.dialect == "openai-chat":
        turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
        seen = caller.ask(model, turns, **stop)
    elif caller.dialect == "gemini":
        seen = caller.ask(model, systemInstruction={"parts": [{"text": "Be brief."}]}, **stop)
    elif caller.dialect == "openai-responses":
        seen = caller.ask(model, instructions="Be brief.")
    else:
        seen = caller.ask(model, system="Be brief.", **stop)
    assert seen.status == 200
    sent = vendor.exchanges[0].json
    if vendor.name == "moonshot":
        assert sent["messages"][0] == {"role": "system", "content": "Be brief."}  # type: ignore[index]
    else:
        assert "Be brief." in json.dumps(sent)
    if stop:
        config: Any = sent.get("generationConfig") or {}
        assert ["END"] in (sent.get("stop"), sent.get("stop_sequences"), config.get("stopSequences"))


def test_stop_sequences_are_refused_where_nobody_would_heed_them(openai: Caller, sim: Simulator, stream: bool) -> None:
    seen = openai.ask("native-gpt", stream=stream, stop=["END"])
    assert seen.status == 400
    assert seen.error is not None
    assert "stop" in seen.error[1]
    assert sim.ledger.exchanges() == []


def test_tool_schemas_are_made_fit_for_moonshot(anthropic: Caller, lane: Lane, sim: Simulator) -> None:
    """Draft-07 definitions, siblings beside $ref, a missing root type: what MCP servers send and Moonshot refuses."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "definitions": {"Point": {"type": "object", "properties": {"x": {"type": "number"}}}},
        "properties": {
            "at": {"$ref": "#/definitions/Point", "description": "Where."},
            "maybe": {"anyOf": [{"$ref": "#/definitions/Point"}, {"type": "null"}], "type": "object"},
        },
    }
    sim.moonshot.then(call("Go", {"at": {"x": 1}}))
    seen = anthropic.ask(lane.kimi, tools=[Tool("Go", schema)])
    assert (seen.status, seen.error) == (200, None)
    sent = json.dumps(sim.moonshot.exchanges[0].json)
    assert "Where." in sent
    assert '"x"' in sent


@pytest.mark.parametrize("choice", ["any", "tool"])
def test_a_forced_tool_choice_reaches_kimi_with_thinking_off(
    anthropic: Caller, lane: Lane, sim: Simulator, choice: str
) -> None:
    sim.moonshot.then(call("Read", {"path": "a"}))
    wish = {"type": "any"} if choice == "any" else {"type": "tool", "name": "Read"}
    seen = anthropic.ask(lane.kimi, tools=[READ], tool_choice=wish)
    assert (seen.status, [name for _, name, _ in seen.calls]) == (200, ["Read"])
    sent = sim.moonshot.exchanges[0].json
    assert sent["thinking"] == {"type": "disabled"}
    assert sent["tool_choice"] != "auto"


def test_anthropic_only_fields_are_kept_from_kimi_and_given_to_anthropic(
    anthropic: Caller, lane: Lane, sim: Simulator
) -> None:
    mark = {"type": "ephemeral", "ttl": "1h"}
    extra: dict[str, Any] = {
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.329; cch=abc;"},
            {"type": "text", "text": "You are careful.", "cache_control": mark},
        ],
        "metadata": {"user_id": json.dumps({"session_id": "s-1"})},
        "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
    }
    beta = {"anthropic-beta": "context-management-2025-06-27"}
    body = {"max_tokens": 100, "messages": [{"role": "user", "content": "hi"}], **extra}
    assert anthropic.send({"model": lane.kimi, **body}, beta).status == 200
    toward_kimi = sim.moonshot.exchanges[0].body.decode()
    assert "billing-header" not in toward_kimi
    assert "You are careful." in toward_kimi
    assert anthropic.send({"model": lane.sonnet, **body}, beta).status == 200
    toward_anthropic = sim.anthropic.exchanges[0]
    assert {key: toward_anthropic.json[key] for key in extra} == extra
    assert toward_anthropic.headers["anthropic-beta"] == beta["anthropic-beta"]
