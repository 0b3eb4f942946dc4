"""The table of where vendors say what an answer used (usages.yaml), executed for every client's dialect."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from powerautomation.gateway.dialects import DIALECTS, Event, Finished, Reply, Usage, UsageReported
from powerautomation.gateway.families import family_of

Json = dict[str, Any]
TABLE: Json = yaml.safe_load(Path(__file__).with_name("usages.yaml").read_text("utf-8"))
MODELS: dict[str, str] = TABLE["models"]
REPLY = Reply("req_0199contract0123456789abcdef", "asked-model", True)

pytestmark = pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: f"{case['upstream']}: {case['case']}")


def stream_of(case: Json) -> bytes:
    """The vendor's stream; the Messages and Responses APIs name their events."""
    data = b"".join(
        (f"event: {event['type']}\n" if "type" in event else "").encode() + f"data: {json.dumps(event)}\n\n".encode()
        for event in case["stream"]
    )
    return data + b"data: [DONE]\n\n" if case["upstream"] == "openai-chat" else data


def answers_of(case: Json) -> list[list[Event]]:
    """The events of the whole answer and of the stream."""
    dialect, family = DIALECTS[case["upstream"]], family_of(MODELS[case["upstream"]], dialect=case["upstream"])
    decoder = dialect.stream_decoder(REPLY, family)
    streamed = [*decoder.feed(stream_of(case)), *decoder.finish()]
    return [dialect.answer_events(json.dumps(case["whole"]).encode(), REPLY, family), streamed]


def told(payload: Json) -> Json | None:
    """The usage in a body or an event of any dialect."""
    return payload.get("usage") or payload.get("usageMetadata") or payload.get("response", {}).get("usage")


def test_the_ledger_notes_what_the_vendor_said(case: Json) -> None:
    wanted = None if case["ledger"] is None else Usage(**case["ledger"])
    for events in answers_of(case):
        assert isinstance(events[-1], Finished)
        reported = [event.usage for event in events if isinstance(event, UsageReported)]
        assert (reported[-1] if reported else None) == wanted


def test_the_ledger_notes_it_also_where_bytes_pass_unread(case: Json) -> None:
    wanted = None if case["ledger"] is None else Usage(**case["ledger"])
    dialect = DIALECTS[case["upstream"]]
    assert dialect.answer_usage(json.dumps(case["whole"]).encode()) == (wanted, None, True)
    scanner = dialect.stream_scanner(REPLY)
    passed = scanner.feed(stream_of(case)) + scanner.finish()
    assert (passed, scanner.finished, scanner.usage) == (stream_of(case), True, wanted)


@pytest.mark.parametrize("client", MODELS)
def test_a_client_reads_it_in_its_own_dialect(case: Json, client: str) -> None:
    whole, streamed = answers_of(case)
    answer = json.loads(DIALECTS[client].encode_answer(whole, REPLY))
    frames = DIALECTS[client].stream_encoder(REPLY).encode(streamed)
    payloads = [json.loads(line[6:]) for line in frames.splitlines() if line.startswith(b"data: {")]
    of_stream = [usage for payload in payloads if (usage := told(payload))]
    wanted = case["sees"][client]
    assert told(answer) == wanted
    assert (of_stream[-1] if of_stream else None) == wanted
