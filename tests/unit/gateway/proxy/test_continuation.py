"""Streams whose upstream dies in the middle and whose route asks that another goes on."""

import json
from typing import Any

import pytest

from powerautomation.gateway.metering import RequestRecord
from tests.fixtures.clients import READ, DialectName, Seen, request_body
from tests.fixtures.narrator import begun, narrator
from tests.fixtures.simulators import Answer, Call, Failure, Simulator, Text, Think, Vendor
from tests.unit.gateway.proxy.conftest import DataPlane

Json = dict[str, Any]
TEXT = "Streams break, and then someone must go on — 世界 🌍 — from the very same place.\n\n  def f():\n    return 1\n"
CALL = Call("Read", {"path": "a/b.py", "more": "x" * 30})
DIALECTS: tuple[DialectName, ...] = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")
MODELS = {
    "anthropic": "claude-sonnet-4-5",
    "moonshot": "kimi-k2.6",
    "infini": "kimi-k2-instruct",
    "responses": "gpt-5.5",
    "google": "gemini-3.8-flash",
}


def offer(plane: DataPlane, *vendors: Vendor) -> DataPlane:
    for vendor in vendors:
        plane.offer(vendor, vendor.name, model=MODELS[vendor.name])
    return plane.continue_streams()


def checked(plane: DataPlane, seen: Seen) -> RequestRecord:
    assert seen.error is None, seen.raw.decode()
    assert seen.complete, seen.raw.decode()
    record = plane.ledger[-1]
    assert record.outcome == "completed"
    return record


@pytest.mark.parametrize("second", ["anthropic", "moonshot", "infini"])
@pytest.mark.parametrize("first", ["anthropic", "moonshot", "infini", "responses", "google"])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_text_that_broke_off_is_joined_exactly(
    plane: DataPlane, sim: Simulator, dialect: DialectName, first: str, second: str
) -> None:
    answer = narrator(Text(TEXT), break_after=5)
    sim.vendors[first].respond(answer)
    sim.vendors[second].respond(answer)
    offer(plane, sim.vendors[first], *([sim.vendors[second]] if first != second else []))
    seen = await plane.ask(stream=True, dialect=dialect)
    record = checked(plane, seen)
    assert seen.text == TEXT
    assert [attempt.outcome for attempt in record.attempts] == ["failed", "completed"]
    assert '"continued"' in record.reason
    done = sim.ledger.exchanges()[-1]
    assert done.usage is not None
    assert record.attempts[1].output_tokens == done.usage.output
    assert record.attempts[1].input_tokens == done.usage.input


@pytest.mark.parametrize("with_call", [False, True], ids=["text", "text-and-call"])
@pytest.mark.parametrize(
    ("dialect", "first", "second"),
    [
        ("anthropic-messages", "anthropic", "moonshot"),
        ("anthropic-messages", "moonshot", "anthropic"),
        ("openai-chat", "infini", "moonshot"),
        ("openai-chat", "anthropic", "infini"),
        ("openai-responses", "responses", "anthropic"),
        ("openai-responses", "moonshot", "anthropic"),
        ("gemini", "google", "moonshot"),
        ("gemini", "anthropic", "moonshot"),
    ],
)
async def test_stream_may_break_at_any_event(
    plane: DataPlane, sim: Simulator, dialect: DialectName, first: str, second: str, with_call: bool
) -> None:
    text = "One two three  four five."
    parts: list[Any] = [Text(text)]
    if first != "infini":
        parts.insert(0, Think("Let me think of it."))
    if with_call:
        parts.append(CALL)
    offer(plane, sim.vendors[first], sim.vendors[second])
    tools = request_body(dialect, "m", stream=True, tools=[READ])["tools"]
    for cut in range(40):
        sim.reset()
        answer = narrator(*parts, break_at=cut)
        sim.vendors[first].respond(answer)
        sim.vendors[second].respond(answer if second != "infini" else narrator(*parts[1:]))
        seen = await plane.ask(stream=True, dialect=dialect, tools=tools)
        record = checked(plane, seen)
        assert seen.text == text, cut
        assert [(name, json.loads(arguments)) for _, name, arguments in seen.calls] == (
            [(CALL.name, CALL.arguments)] if with_call else []
        ), cut
        plane.well_again()
        if len(record.attempts) == 1 and record.attempts[0].outcome == "completed":
            break
    else:
        raise AssertionError("the stream was never sent whole")
    assert cut >= 8


async def test_answer_may_break_twice_and_no_more(plane: DataPlane, sim: Simulator) -> None:
    def breaking(request: Json) -> Answer:
        said, _ = begun(request)
        return Answer((Text(TEXT[len(said) :]),), chunk=6, break_after=2)

    for vendor in (sim.anthropic, sim.moonshot):
        vendor.respond(breaking)
    offer(plane, sim.anthropic, sim.moonshot)
    seen = await plane.ask(stream=True, dialect="anthropic-messages")
    assert seen.error is not None
    assert TEXT.startswith(seen.text)
    assert 24 < len(seen.text) <= 36
    record = plane.ledger[-1]
    assert (record.outcome, len(record.attempts)) == ("failed", 3)


async def test_client_is_told_the_sum_of_what_the_attempts_used(plane: DataPlane, sim: Simulator) -> None:
    answer = narrator(Text(TEXT), break_after=5)
    sim.anthropic.respond(answer)
    sim.moonshot.respond(answer)
    offer(plane, sim.anthropic, sim.moonshot)
    seen = await plane.ask(stream=True, dialect="anthropic-messages")
    record = checked(plane, seen)
    assert seen.usage["output_tokens"] == sum(attempt.output_tokens for attempt in record.attempts)
    assert seen.usage["input_tokens"] == sum(attempt.input_tokens for attempt in record.attempts)
    first, second = record.attempts
    (broken,), (whole,) = sim.vendors[first.provider].exchanges, sim.vendors[second.provider].exchanges
    assert broken.outcome == "broken"
    assert abs(first.output_tokens - broken.generated.output) <= 5
    assert whole.usage is not None
    assert (second.input_tokens, second.output_tokens) == (whole.usage.input, whole.usage.output)


@pytest.mark.parametrize("repeated", [0, 16, 40, 1000])
async def test_model_that_repeats_what_it_said_is_not_heard_twice(
    plane: DataPlane, sim: Simulator, repeated: int
) -> None:
    def repeating(request: Json) -> Answer:
        said, told = begun(request)
        assert told
        return Answer((Text(said[max(0, len(said) - repeated) :] * bool(repeated) + TEXT[len(said) :]),), chunk=5)

    sim.moonshot.respond(narrator(Text(TEXT), break_after=8))
    sim.infini.respond(repeating)
    offer(plane, sim.moonshot, sim.infini)
    seen = await plane.ask(stream=True, dialect="openai-chat")
    checked(plane, seen)
    assert seen.text == TEXT


async def test_next_that_cannot_go_on_is_passed_over(plane: DataPlane, sim: Simulator) -> None:
    sim.anthropic.respond(narrator(Text(TEXT), break_after=5))
    sim.infini.always(Failure("overloaded"))
    sim.moonshot.respond(narrator(Text(TEXT)))
    offer(plane, sim.anthropic, sim.infini, sim.moonshot)
    seen = await plane.ask(stream=True, dialect="anthropic-messages")
    record = checked(plane, seen)
    assert seen.text == TEXT
    assert [(a.provider, a.outcome) for a in record.attempts] == [
        ("anthropic", "failed"),
        ("infini", "failed"),
        ("moonshot", "completed"),
    ]


async def test_alone_the_same_deployment_goes_on(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.respond(narrator(Text(TEXT), break_after=4, break_with="error_event", delta_delay=0.03))
    offer(plane, sim.moonshot)
    seen = await plane.ask(stream=True, dialect="openai-chat")
    checked(plane, seen)
    assert seen.text == TEXT
    assert sim.moonshot.exchanges[1].json["messages"][-1]["partial"] is True  # type: ignore[index]


async def test_without_the_routes_wish_nothing_is_continued(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.respond(narrator(Text(TEXT), break_after=4))
    plane.offer(sim.moonshot, "a").offer(sim.moonshot, "b")
    seen = await plane.ask(stream=True, dialect="openai-chat")
    assert seen.error is not None
    assert len(sim.moonshot.exchanges) == 1


_BEGUN = {"role": "assistant", "content": "Streams break,"}
_HI = {"role": "user", "content": "hi"}
_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
UNSAFE: list[tuple[DialectName, str, Json]] = [
    ("openai-chat", "form", {"response_format": {"type": "json_object"}}),
    ("openai-chat", "prefilled", {"messages": [_HI, _BEGUN]}),
    ("openai-chat", "blocks", {"logprobs": True}),
    ("openai-responses", "form", {"text": {"format": {"type": "json_object"}}}),
    ("openai-responses", "form", {"text": {"format": {"type": "json_schema", "name": "x", "schema": _SCHEMA}}}),
    ("openai-responses", "prefilled", {"input": [_HI, _BEGUN]}),
    ("openai-responses", "blocks", {"include": ["message.output_text.logprobs"]}),
    ("anthropic-messages", "form", {"output_config": {"format": {"type": "json_schema", "schema": _SCHEMA}}}),
    ("anthropic-messages", "prefilled", {"messages": [_HI, _BEGUN]}),
    ("gemini", "form", {"generationConfig": {"responseMimeType": "application/json"}}),
    (
        "gemini",
        "prefilled",
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}, {"role": "model", "parts": [{"text": "So,"}]}]},
    ),
]


@pytest.mark.parametrize(("dialect", "cause", "fields"), UNSAFE, ids=[f"{name} {why}" for name, why, _ in UNSAFE])
async def test_what_two_halves_could_break_is_not_continued(
    plane: DataPlane, sim: Simulator, dialect: DialectName, cause: str, fields: Json
) -> None:
    vendor = {
        "openai-chat": sim.moonshot,
        "openai-responses": sim.responses,
        "anthropic-messages": sim.anthropic,
        "gemini": sim.google,
    }[dialect]
    vendor.then(Answer((Text(TEXT),), break_after=4))
    offer(plane, vendor)
    seen = await plane.ask(stream=True, dialect=dialect, **fields)
    assert seen.error is not None
    assert len(vendor.exchanges) == 1
    (part,) = [part for part in json.loads(plane.ledger[-1].reason) if part[0] == "not_continued"]
    assert part[2] == cause


async def test_thinking_of_a_dead_upstream_is_closed_and_never_signed(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.respond(narrator(Think("First thoughts, cut."), Text(TEXT), break_after=2))
    sim.anthropic.respond(narrator(Think("Second thoughts."), Text(TEXT)))
    offer(plane, sim.moonshot, sim.anthropic)
    thinking = {"type": "enabled", "budget_tokens": 1024}
    seen = await plane.ask(stream=True, dialect="anthropic-messages", max_tokens=4000, thinking=thinking)
    checked(plane, seen)
    assert seen.text == TEXT
    blocks = [e["content_block"]["type"] for e in seen.events if e["type"] == "content_block_start"]
    assert blocks == ["thinking", "thinking", "text"]
    signed = [e["index"] for e in seen.events if e.get("delta", {}).get("type") == "signature_delta"]
    assert signed == [1]
