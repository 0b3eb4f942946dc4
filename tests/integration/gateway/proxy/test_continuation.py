"""A stream that outlives its upstream, in the ledger of both storage columns."""

from tests.fixtures.clients import Caller
from tests.fixtures.console import Console
from tests.fixtures.narrator import narrator
from tests.fixtures.simulators import Simulator, Text

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
