"""What one attempt sends: no wish its upstream is known to refuse."""

import json
from typing import Any

import pytest

from powerautomation.gateway.dialects import DIALECTS
from powerautomation.gateway.families import family_of
from powerautomation.gateway.proxy.outgoing import room_of
from tests.fixtures.clients import DialectName
from tests.fixtures.simulators import Answer, Call, Simulator, Text
from tests.unit.gateway.proxy.conftest import DataPlane

CONTEXT = 262_144
MODELS = {
    "moonshot": "kimi-k2.6",
    "anthropic": "claude-sonnet-4-6",
    "responses": "gpt-5.5",
    "google": "gemini-3.8-flash",
}
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
WISHES: list[tuple[DialectName, dict[str, Any]]] = [
    ("openai-chat", {"max_tokens": CONTEXT}),
    ("openai-chat", {"max_completion_tokens": CONTEXT}),
    ("openai-responses", {"max_output_tokens": CONTEXT}),
    ("anthropic-messages", {"max_tokens": CONTEXT}),
    ("gemini", {"generationConfig": {"maxOutputTokens": CONTEXT}}),
]


@pytest.mark.parametrize(("dialect", "wish"), WISHES, ids=[f"{name} {next(iter(wish))}" for name, wish in WISHES])
async def test_an_answer_as_long_as_the_context_is_wished_shorter(
    plane: DataPlane, sim: Simulator, dialect: DialectName, wish: dict[str, Any]
) -> None:
    """As Kimi's own command line tool does."""
    sim.moonshot.respond(lambda _: Answer((Text("Here."),)))
    plane.offer(sim.moonshot, "moonshot", model="kimi-k2.6")
    seen = await plane.ask(dialect=dialect, **wish)
    assert (seen.error, seen.text) == (None, "Here.")
    (sent,) = sim.moonshot.exchanges
    assert isinstance(sent.json, dict)
    asked = sent.json.get("max_completion_tokens") or sent.json["max_tokens"]
    assert isinstance(asked, int)
    assert CONTEXT - 10_000 < asked < CONTEXT
    (note,) = [part for part in json.loads(plane.ledger[-1].reason) if part[0] == "adapted"]
    assert "Tokens" in note[2] or "tokens" in note[2]


async def test_a_wish_that_fits_stays(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.respond(lambda _: Answer((Text("Here."),)))
    plane.offer(sim.moonshot, "moonshot", model="kimi-k2.6")
    await plane.ask(max_tokens=32_000)
    assert sim.moonshot.exchanges[0].json["max_tokens"] == 32_000
    assert '"adapted"' not in plane.ledger[-1].reason


@pytest.mark.parametrize(
    ("content", "least"),
    [
        ("word " * 40_000, 180_000),
        ("世界" * 30_000, 190_000),
        ([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "iVBORw0KGgo" * 200_000}}], 250_000),
        ("x" * 3_000_000, 1_024),
    ],
    ids=["words", "chinese", "picture", "too long"],
)
def test_what_a_prompt_leaves_is_estimated_with_care(content: object, least: int) -> None:
    body = json.dumps(
        {"model": "m", "max_tokens": CONTEXT, "messages": [{"role": "user", "content": content}]}, ensure_ascii=False
    ).encode()
    room = room_of(body, DIALECTS["openai-chat"].peek(body), family_of("kimi-k2.6"))
    assert room is not None
    assert least <= room < CONTEXT


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("vendor", ["moonshot", "anthropic", "responses", "google"])
async def test_a_client_of_the_older_form_calls_functions_of_any_vendor(
    plane: DataPlane, sim: Simulator, vendor: str, stream: bool
) -> None:
    sim.vendors[vendor].respond(lambda _: Answer((Call("Read", {"path": "a"}),)))
    plane.offer(sim.vendors[vendor], vendor, model=MODELS[vendor])
    functions = [{"name": "Read", "description": "Reads.", "parameters": SCHEMA}]
    seen = await plane.ask(stream=stream, functions=functions, function_call="auto", metadata={"team": "red"})
    assert seen.status == 200, seen.raw
    ((identifier, name, arguments),) = seen.calls
    assert (identifier, name, json.loads(arguments)) == ("", "Read", {"path": "a"}), (
        "a call of the older form has no id"
    )
    assert seen.stop == "function_call"
    (note,) = [part for part in json.loads(plane.ledger[-1].reason) if part[0] == "adapted"]
    assert "metadata" in note[2]


async def test_what_kimi_cannot_hear_goes_to_who_can_be_asked(plane: DataPlane, sim: Simulator) -> None:
    """A host that would refuse is passed over before it is asked, and the ledger says why."""
    part = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
    plane.offer(sim.moonshot, "kimi", model="kimi-k2.6")
    seen = await plane.ask(messages=[{"role": "user", "content": [part]}])
    assert seen.status == 400
    assert seen.error is not None
    assert "audio" in seen.error[1]
    assert sim.moonshot.exchanges == []
    assert "passed_over" in plane.ledger[-1].reason
