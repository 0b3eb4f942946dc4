"""What an attempt that gave no token costs, and what is kept of what could not be said or must not be shown."""

import json

import pytest

from powerautomation.gateway.metering.reasons import reason_sentence
from powerautomation.gateway.providers import Timeouts
from tests.fixtures.clients import DialectName
from tests.fixtures.simulators import Answer, Failure, Simulator, Text, say
from tests.fixtures.simulators.tokens import count_text
from tests.unit.gateway.proxy.conftest import DataPlane

BRIEF = Timeouts(first_token=0.2, idle=0.2, total=0.4)
# Whether the vendor may have read the prompt, which it will then bill: it had the request and did not refuse it.
BILLED = {
    "cut_before_head": True, "cut_after_head": True, "silent": True, "deaf": True, "empty": True,
    "rate_limited": False, "overloaded": False, "server_error": False, "bad_key": False, "error_in_200": False,
}  # fmt: skip


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", BILLED)
async def test_attempt_without_a_token_costs_its_prompt_where_the_vendor_may_have_read_it(
    plane: DataPlane, sim: Simulator, kind: str, stream: bool
) -> None:
    sim.infini.always(Failure(kind))  # type: ignore[arg-type]  # a name of the literal, from the table above
    sim.moonshot.always(say("From the second."))
    plane.offer(sim.infini, "a", model="kimi-k2-instruct", timeouts=BRIEF).offer(sim.moonshot, "b")
    seen = await plane.ask(stream=stream)
    assert seen.text == "From the second."
    first = plane.ledger[0].attempts[0]
    assert first.outcome == "failed"
    if BILLED[kind] and not (kind == "empty" and first.input_tokens and not first.estimated):
        assert first.estimated
        assert first.input_tokens > 0
        assert first.output_tokens == 0
    elif not BILLED[kind]:
        assert (first.input_tokens, first.estimated, first.cost_nanos) == (0, False, 0)


async def test_vendor_that_was_never_reached_costs_nothing(plane: DataPlane, sim: Simulator) -> None:
    plane.offer_dead("a").offer(sim.moonshot, "b")
    sim.moonshot.always(say("From the second."))
    assert (await plane.ask()).text == "From the second."
    first = plane.ledger[0].attempts[0]
    assert (first.outcome, first.input_tokens, first.cost_nanos) == ("failed", 0, 0)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_keys_and_accounts_in_a_vendors_words_reach_nobody(
    plane: DataPlane, sim: Simulator, stream: bool
) -> None:
    said = "Rate limit reached in organization org-Secret42 for key sk-abcdefghijklmnopqrstuvwx."
    sim.moonshot.always(Failure("rate_limited", body=json.dumps({"error": {"message": said, "type": "rate_limit"}})))
    plane.offer(sim.moonshot, "a")
    seen = await plane.ask(stream=stream)
    assert seen.error is not None
    assert "sk-abc" not in seen.raw.decode()
    assert "org-Secret42" not in seen.raw.decode()
    (record,) = plane.ledger
    assert "organization org-Secret42" in record.attempts[0].failure_message, "an administrator must see what was said"
    assert "sk-abc" not in record.attempts[0].failure_message + record.reason + record.error_message


@pytest.mark.parametrize("keepalive_seconds", [0.02])
@pytest.mark.parametrize("fails", [False, True], ids=["answered", "failed"])
async def test_full_disk_after_the_stream_was_opened_is_an_error_in_the_stream(
    plane: DataPlane, sim: Simulator, fails: bool
) -> None:
    """Not a second head, which would break the connection in the middle."""
    answer = Failure("silent") if fails else Answer((Text("Late."),), first_token_delay=0.1)
    sim.moonshot.always(answer)
    plane.offer(sim.moonshot, "a", timeouts=BRIEF)
    plane.journal.full = True
    seen = await plane.ask(stream=True)
    assert seen.status == 200
    assert seen.error is not None
    assert "cannot be recorded" in seen.error[1]
    assert not seen.complete


async def test_wishes_the_model_cannot_be_told_are_kept_with_the_request(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.always(say("Done."))
    plane.offer(sim.moonshot, "a", model="kimi-k2-thinking")
    tool = {"name": "Read", "input_schema": {"type": "object", "properties": {}}}
    seen = await plane.ask(
        dialect="anthropic-messages",
        tools=[tool],
        tool_choice={"type": "tool", "name": "Read"},
        top_k=5,
        service_tier="auto",
        something_new=True,
    )
    assert seen.status == 200, seen.error
    sentence = reason_sentence(plane.ledger[0].reason)
    assert "For a/kimi-k2-thinking these were adapted or left out: " in sentence
    for field in ("tool_choice", "top_k", "service_tier", "something_new"):
        assert field in sentence


@pytest.mark.parametrize(
    "fields",
    [
        {"mcp_servers": [{"type": "url", "url": "https://example.test/mcp", "name": "x"}]},
        {"container": "container_1"},
        {"tool_choice": {"type": "tool", "name": "Nowhere"}},
    ],
)
async def test_wishes_only_anthropic_can_grant_are_refused_before_the_vendor_is_asked(
    plane: DataPlane, sim: Simulator, fields: dict[str, object]
) -> None:
    plane.offer(sim.moonshot, "a")
    seen = await plane.ask(dialect="anthropic-messages", **fields)
    assert seen.status == 400
    assert seen.error is not None
    assert next(iter(fields)) in seen.error[1]
    assert sim.moonshot.exchanges == []


@pytest.mark.parametrize("chunk", [8, 12, 40])
@pytest.mark.parametrize("vendor", ["anthropic", "moonshot"])
@pytest.mark.parametrize("dialect", ["anthropic-messages", "openai-chat"])
async def test_estimate_of_a_cancelled_stream_is_near_what_the_vendor_counts(
    plane: DataPlane, sim: Simulator, vendor: str, dialect: str, chunk: int
) -> None:
    text = "Twelve words that say nothing much, over and over again, until somebody leaves. " * 20
    simulated = getattr(sim, vendor)
    simulated.then(say(text, chunk=chunk, hold_after=1200 // chunk))
    plane.offer(simulated, "a", model="claude-sonnet-4-6" if vendor == "anthropic" else "kimi-k2.6")
    client = plane.begin(stream=True, dialect=dialect)
    sent = text[: 1200 // chunk * chunk]
    await client.until(lambda: client.seen.raw.count(b"delta") > 1200 // chunk and text_of(client.seen.raw) == sent)
    client.leave()
    await client.end()
    (attempt,) = plane.ledger[0].attempts
    assert attempt.estimated
    assert attempt.output_tokens == pytest.approx(count_text(sent), rel=0.25)


def text_of(raw: bytes) -> str:
    """Return the text a client of either dialect has received."""
    found = []
    for line in raw.decode().splitlines():
        if line.startswith("data: {"):
            event = json.loads(line[6:])
            found.append((event.get("delta") or {}).get("text") or "")
            found += [(one.get("delta") or {}).get("content") or "" for one in event.get("choices") or ()]
    return "".join(found)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("dialect", ["openai-chat", "openai-responses", "anthropic-messages"])
@pytest.mark.parametrize("upstream", ["openai", "responses", "anthropic"])
async def test_tier_an_upstream_granted_is_the_one_that_is_charged(
    plane: DataPlane, sim: Simulator, upstream: str, dialect: DialectName, stream: bool
) -> None:
    vendor = sim.vendors[upstream]
    model = {"openai": "gpt-4o-mini", "responses": "gpt-5.5", "anthropic": "claude-sonnet-4-6"}[upstream]
    plane.offer(vendor, "a", model=model)
    for granted, band in (("priority", "tier:priority"), ("default", ""), ("", "")):
        vendor.then(say("Hello.", tier=granted))
        await plane.ask(stream=stream, dialect=dialect)
        attempt = plane.ledger[-1].attempts[0]
        assert (attempt.outcome, attempt.price_band) == ("completed", band)
