"""The table of what becomes of each thing a client may say (translation.yaml), executed for every pair of dialects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from powerautomation.gateway.dialects import DIALECTS, Event, InvalidRequest, Reply, Target
from powerautomation.gateway.families import family_of
from tests.fixtures.hostile import PIXEL
from tests.fixtures.simulators import (
    Answer,
    Call,
    Count,
    Text,
    Think,
    chat_answers,
    gemini_answers,
    messages_answers,
    responses_answers,
)
from tests.fixtures.simulators.chat_models import MOONSHOT
from tests.fixtures.simulators.chat_rules import check_chat
from tests.fixtures.simulators.gemini_rules import check_gemini
from tests.fixtures.simulators.messages_rules import check_messages
from tests.fixtures.simulators.responses_rules import check_responses

Json = dict[str, Any]
TABLE: Json = yaml.safe_load(Path(__file__).with_name("translation.yaml").read_text("utf-8"))
MODELS: dict[str, str] = TABLE["models"]
REPLY = Reply("req_0199contract0123456789abcdef", "asked-model", True)


def _pairs() -> Iterator[Any]:
    for case in TABLE["cases"]:
        for client in case["says"]:
            for upstream in MODELS:
                wanted = case.get("except", {}).get(f"{client}>{upstream}", case["reads"][upstream])
                yield pytest.param(client, upstream, case, wanted, id=f"{client}>{upstream}: {case['case']}")


def compact(value: object) -> str:
    """JSON without blanks, as ``has`` and ``not`` quote it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace(PIXEL, "PIXEL")


def _sent(client: str, upstream: str, said: bytes, target: Target) -> bytes:
    dialect = DIALECTS[upstream]
    if client == upstream:
        return dialect.forward_request(said, dialect.peek(said), target)
    return dialect.encode_request(msgspec.structs.replace(DIALECTS[client].decode_request(said), model="m"), target)


def _accepted(upstream: str, body: Json) -> None:
    """The vendor, simulated, refuses what the real one refuses."""
    if upstream == "openai-chat":
        check_chat(body, MOONSHOT)
    elif upstream == "anthropic-messages":
        check_messages(body, {"anthropic-version": "2023-06-01"})
    elif upstream == "openai-responses":
        check_responses(body)
    else:
        check_gemini(body, MODELS["gemini"])


@pytest.mark.parametrize(("client", "upstream", "case", "wanted"), list(_pairs()))
def test_what_a_client_says_becomes_what_the_table_says(client: str, upstream: str, case: Json, wanted: Json) -> None:
    body = {
        name: value for name, value in {**TABLE["base"][client], **case["says"][client]}.items() if value is not None
    }
    said = json.dumps(body).replace("PIXEL", PIXEL).encode()
    model = case.get("models", {}).get(upstream, MODELS[upstream])
    target = Target(model, family_of(model, dialect=upstream), [])
    cell = wanted.get("cell", "carried")
    if cell == "refused":
        told = wanted.get("told")
        with pytest.raises(InvalidRequest, match=told[client] if isinstance(told, dict) else told):
            _sent(client, upstream, said, target)
        return
    body = json.loads(_sent(client, upstream, said, target))
    if client != upstream or upstream == "openai-chat":
        _accepted(upstream, body)
    sent = compact(body)
    for piece in wanted.get("has", ()):
        assert piece in sent, sent
    for piece in wanted.get("not", ()):
        assert piece not in sent, sent
    assert bool(target.adapted) == (cell == "recorded"), target.adapted


def _answer(case: Json, upstream: str) -> Answer:
    parts = [
        Think(part["think"])
        if "think" in part
        else Text(part["text"])
        if "text" in part
        else Call(part["call"], part["arguments"])
        for part in case["answer"]
    ]
    cut = "max_tokens" if upstream == "anthropic-messages" else "length"
    return Answer(tuple(parts), stop=cut if case.get("cut") else "")


def _said_by(upstream: str, answer: Answer) -> tuple[bytes, bytes]:
    """A vendor's answer, whole and as a stream."""
    model, prompt = MODELS[upstream], Count(input=120, cached=40)
    contexts: dict[str, tuple[Any, Any]] = {
        "anthropic-messages": (messages_answers, lambda: messages_answers.Context(model, 7, prompt)),
        "openai-chat": (chat_answers, lambda: chat_answers.Context(MOONSHOT, model, 7, 160, 40, True, 0)),
        "openai-responses": (responses_answers, lambda: responses_answers.Context(model, 7, prompt)),
        "gemini": (gemini_answers, lambda: gemini_answers.Context(model, 7, prompt)),
    }
    module, context = contexts[upstream]
    whole = json.dumps(module.whole_answer(context(), answer)[0]).encode()
    return whole, b"".join(frame.data for frame in module.stream_frames(context(), answer))


def _seen(client: str, upstream: str, answer: Answer) -> tuple[str, str]:
    """What a client gets of a vendor's answer: whole, and the whole of what its stream says."""
    family = family_of(MODELS[upstream], dialect=upstream)
    whole, stream = _said_by(upstream, answer)
    # A Gemini client sees thoughts when it asks for them.
    shows = b'{"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}' if client == "gemini" else b""
    reply = msgspec.structs.replace(REPLY, request=shows)
    events = DIALECTS[upstream].answer_events(whole, reply, family)
    decoder = DIALECTS[upstream].stream_decoder(reply, family)
    streamed: list[Event] = [event for at in range(0, len(stream), 7) for event in decoder.feed(stream[at : at + 7])]
    streamed += decoder.finish()
    encoder = DIALECTS[client].stream_encoder(reply)
    frames = b"".join(encoder.encode([event]) for event in streamed)
    # Read back by the client's own decoder, so that words split over events are whole again.
    reader = DIALECTS[client].stream_decoder(reply, family_of(""))
    again = DIALECTS[client].encode_answer([*reader.feed(frames), *reader.finish()], reply)
    return compact(json.loads(DIALECTS[client].encode_answer(events, reply))), compact(json.loads(again))


@pytest.mark.parametrize("client", MODELS)
@pytest.mark.parametrize("upstream", MODELS)
@pytest.mark.parametrize("case", TABLE["answers"], ids=lambda case: case["case"])
def test_what_a_vendor_answers_is_seen_as_the_table_says(client: str, upstream: str, case: Json) -> None:
    for seen in _seen(client, upstream, _answer(case, upstream)):
        for piece in case["sees"][client]:
            assert piece in seen, seen
