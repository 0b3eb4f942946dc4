"""A stream that outlives its upstream, in the ledger of both storage columns."""

from typing import Any

from tests.fixtures.clients import Caller, DialectName, Seen
from tests.fixtures.console import Console
from tests.fixtures.narrator import narrator
from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Simulator, Text

TEXT = "What one upstream began, another brought to its end — 世界, without a gap and without a repetition."


def test_both_halves_of_an_answer_are_in_the_ledger(caller: Caller, sim: Simulator, console: Console) -> None:
    model = narrator(Text(TEXT), break_after=6)
    sim.anthropic.respond(model)
    sim.moonshot.respond(model)
    seen = caller.ask("lasting", stream=True)
    assert (seen.error, seen.complete, seen.text) == (None, True, TEXT)
    row = console.request(seen.request_id)
    assert (row["outcome"], row["deployment"]) == ("completed", "lasting-kimi/kimi-k2.6")
    first, second = row["attempts"]
    assert (first["outcome"], first["estimated"]) == ("failed", True)
    broken, whole = sim.anthropic.exchanges[0], sim.moonshot.exchanges[0]
    assert broken.usage is not None
    assert whole.usage is not None
    assert first["input_tokens"] == broken.usage.input
    assert abs(first["output_tokens"] - broken.generated.output) <= 6
    assert (second["outcome"], second["estimated"]) == ("completed", False)
    assert (second["input_tokens"], second["output_tokens"]) == (whole.usage.input, whole.usage.output)
    assert [part["code"] for part in row["reason_parts"]] == ["route", "failed", "continued", "answered_next"]
    assert row["reason_parts"][2]["values"] == ["lasting-claude/claude-sonnet-4-5", "lasting-kimi/kimi-k2.6", "prefill"]


JSON_FORMS: dict[DialectName, dict[str, Any]] = {
    "openai-chat": {"response_format": {"type": "json_object"}},
    "openai-responses": {"text": {"format": {"type": "json_object"}}},
    "gemini": {"generationConfig": {"responseMimeType": "application/json"}},
}


def _refused_safely(seen: Seen, sim: Simulator, console: Console, cause: str, said: str = TEXT) -> None:
    """The client has the beginning and then an error of its dialect; the ledger says who broke off, and why no one went
    on."""
    assert seen.status == 200
    assert seen.error is not None
    assert seen.error[1]
    assert said.startswith(seen.text)
    assert seen.text
    assert len(sim.ledger.exchanges()) == 1, "nobody is asked to go on"
    row = console.request(seen.request_id)
    assert row["outcome"] == "failed"
    assert [attempt["outcome"] for attempt in row["attempts"]] == ["failed"]
    (part,) = [part for part in row["reason_parts"] if part["code"] == "not_continued"]
    assert part["values"] == [row["attempts"][0]["deployment"], cause]


def _breaking(sim: Simulator, text: str = TEXT) -> None:
    """Whoever is asked breaks off."""
    for vendor in (sim.anthropic, sim.moonshot):
        vendor.then(Answer((Text(text),), chunk=7, break_after=3))


def test_an_answer_in_json_is_not_continued(
    caller: Caller, dialect: DialectName, sim: Simulator, console: Console
) -> None:
    if dialect not in JSON_FORMS:
        form: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "{"}]}
        cause = "prefilled"
    else:
        form, cause = JSON_FORMS[dialect], "form"
    _breaking(sim, '{"a": "a text that is long enough to break off"}')
    seen = caller.ask("lasting", stream=True, **form)
    _refused_safely(seen, sim, console, cause, '{"a": "a text that is long enough to break off"}')


def test_an_answer_to_a_masked_prompt_is_not_continued(caller: Caller, sim: Simulator, console: Console) -> None:
    _breaking(sim)
    seen = caller.ask("lasting-masked", "Write to anna.k@firma-nord.de", stream=True)
    _refused_safely(seen, sim, console, "masked")
    assert b"anna.k" not in sim.ledger.exchanges()[0].body


def test_who_begins_the_answer_anew_does_not_make_the_client_read_it_twice(
    caller: Caller, sim: Simulator, console: Console
) -> None:
    sim.anthropic.then(Answer((Text(TEXT),), chunk=7, break_after=8))
    sim.openai.always(Answer((Text(TEXT[:40] + "in other words than the first."),), chunk=7))
    seen = caller.ask("lasting-told", stream=True)
    # Whether another finishes it or nobody does.
    assert seen.text.count(TEXT[:10]) == 1
    assert seen.complete or seen.error is not None
    attempts = console.request(seen.request_id)["attempts"]
    assert [attempt["outcome"] for attempt in attempts][:2] == ["failed", "failed"]
    assert "anew" in attempts[1]["failure_message"]


def test_an_operator_can_switch_continuing_off_at_once(server: Server, sim: Simulator, console: Console) -> None:
    model = narrator(Text(TEXT), break_after=6)
    sim.anthropic.respond(model)
    sim.moonshot.respond(model)
    switch = "/api/v1/flags/gateway.continued-streams/switch"
    with Caller(server.url, server.key, "anthropic-messages") as caller:
        assert console.http.post(switch, json={"is_on": False}).status_code == 200
        try:
            seen = caller.ask("lasting", stream=True)
        finally:
            assert console.http.post(switch, json={"is_on": True}).status_code == 200
    assert seen.error is not None
    assert TEXT.startswith(seen.text)
    assert len(sim.ledger.exchanges()) == 1, "nobody is asked to go on"
