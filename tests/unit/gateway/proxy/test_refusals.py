"""Every request with a valid key has its row, whatever became of it; a flood has few, and says how many there were."""

import asyncio
import json
import time
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from powerautomation.gateway.proxy import refusals, service
from powerautomation.infrastructure.telemetry.metrics import registry
from tests.fixtures.clients import DialectName
from tests.fixtures.simulators import Failure, Simulator, say
from tests.unit.gateway.proxy.conftest import TOKEN, DataPlane, open_plane

POST = {
    "type": "http",
    "method": "POST",
    "query_string": b"",
    "headers": [(b"authorization", f"Bearer {TOKEN}".encode())],
}
MINUTE_NANOS = 60_000_000_000


@pytest.fixture(autouse=True)
def offered(plane: DataPlane, sim: Simulator) -> None:
    """There is one deployment, of model m."""
    plane.offer(sim.moonshot, "a")


@pytest.fixture
def minute(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A clock that only a test moves on: call it with minutes."""
    at = time.time_ns() // MINUTE_NANOS

    class Clock:
        perf_counter, monotonic = staticmethod(time.perf_counter), staticmethod(time.monotonic)
        minutes = at

        @classmethod
        def time_ns(cls) -> int:
            return cls.minutes * MINUTE_NANOS

        @classmethod
        def move_on(cls) -> None:
            cls.minutes += 1

    monkeypatch.setattr(refusals, "time", Clock)
    return Clock


def counted(code: str) -> float:
    return registry.get_sample_value("powerautomation_gateway_refusals_total", {"code": code}) or 0.0


@pytest.mark.parametrize("dialect", ["anthropic-messages", "openai-chat", "openai-responses", "gemini"])
async def test_a_body_that_is_no_request_has_a_row_with_its_code(plane: DataPlane, dialect: DialectName) -> None:
    seen = await plane.ask(dialect=dialect, raw=b'{"model": "m", "stream": true, "messages": 7, "contents"')
    (record,) = plane.ledger
    assert seen.status == 400
    assert (record.outcome, record.status, record.error_code) == ("refused", 400, "gateway.invalid_request")
    assert (record.request_id, record.dialect, record.attempts) == (seen.headers["x-request-id"], dialect, [])
    assert (record.organization_id, record.api_key_id, record.cost_nanos) == ("org_1", "key_1", 0)
    assert record.error_message


async def test_what_a_refused_body_asked_for_is_known_where_it_can_be_read(plane: DataPlane) -> None:
    await plane.ask(dialect="anthropic-messages", raw=b'{"model": "m-9", "stream": true, "messages": 7}')
    await plane.ask(dialect="gemini", raw=b"[]")
    assert [(one.requested_model, one.stream) for one in plane.ledger] == [("m-9", True), ("m", False)]


async def test_a_body_too_large_has_a_row(plane: DataPlane) -> None:
    assert (await plane.ask(headers={"authorization": f"Bearer {TOKEN}", "content-length": "9999999"})).status == 413
    assert [(one.outcome, one.error_code) for one in plane.ledger] == [("refused", "gateway.body_too_large")]


async def test_an_unknown_model_is_refused_and_one_nobody_can_serve_now_failed(
    plane: DataPlane, sim: Simulator
) -> None:
    assert (await plane.ask(model="nobody")).status == 404
    assert (await plane.ask()).status == 200
    with mock.patch.object(plane.gateway.router, "began", return_value=False):
        assert (await plane.ask()).status == 429
    assert [(one.outcome, one.error_code) for one in plane.ledger] == [
        ("refused", "gateway.unknown_model"),
        ("completed", ""),
        ("failed", "gateway.upstream_rate_limited"),
    ]


async def test_a_client_that_leaves_while_it_sends_is_cancelled(plane: DataPlane) -> None:
    sent: list[Any] = []
    waiting = [{"type": "http.disconnect"}, {"type": "http.request", "body": b'{"mod', "more_body": True}]

    async def receive() -> Any:
        return waiting.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await plane.app({**POST, "path": "/v1/messages"}, receive, send)
    assert [(one.outcome, one.status, one.error_code) for one in plane.ledger] == [("cancelled", 499, "")]


async def test_a_flood_has_few_rows_and_one_that_says_how_many_there_were(plane: DataPlane, minute: Any) -> None:
    most = refusals.ROWS_PER_MINUTE
    before = counted("gateway.invalid_request")
    for _ in range(most + 7):
        await plane.ask(raw=b"nonsense")
    await plane.ask(model="nobody")
    assert [one.error_code for one in plane.ledger] == ["gateway.invalid_request"] * most + ["gateway.unknown_model"]
    minute.move_on()
    plane.gateway.refusals.sweep()
    assert len(plane.ledger) == most + 2
    assert [one.repeats for one in plane.ledger] == [0] * (most + 1) + [6]
    assert counted("gateway.invalid_request") - before == most + 7
    await plane.ask(raw=b"nonsense")
    assert (len(plane.ledger), plane.ledger[-1].repeats) == (most + 3, 0)


async def test_what_was_only_counted_is_written_when_the_server_stops(plane: DataPlane, minute: Any) -> None:
    for _ in range(refusals.ROWS_PER_MINUTE + 2):
        await plane.ask(raw=b"nonsense")
    await plane.gateway.sweeper.stop()
    assert plane.ledger[-1].repeats == 1


async def test_counts_survive_a_full_disk(plane: DataPlane, minute: Any) -> None:
    for _ in range(refusals.ROWS_PER_MINUTE + 2):
        await plane.ask(raw=b"nonsense")
    plane.journal.full = True
    minute.move_on()
    plane.gateway.refusals.sweep()
    assert (await plane.ask(raw=b"nonsense")).status == 503
    plane.journal.full = False
    plane.gateway.refusals.sweep()
    assert plane.ledger[-1].repeats == 1


async def test_a_wrong_key_has_no_row_but_a_count_and_one_line_in_the_log(plane: DataPlane) -> None:
    before = counted("gateway.key_refused")
    with capture_logs() as lines:
        for token in ("pa_wrong-secret-token", "", "pa_wrong-secret-token"):
            assert (await plane.ask(headers={"authorization": f"Bearer {token}"})).status == 401
    assert plane.ledger == []
    assert counted("gateway.key_refused") - before == 3
    said = [line for line in lines if line["event"] == "gateway.keys_refused"]
    assert [line["requests"] for line in said] == [1]
    assert "wrong-secret" not in str(lines)


async def test_what_nobody_foresaw_is_in_the_ledger_with_what_it_cost(
    plane: DataPlane, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (RuntimeError("boom"), OSError("no such disk"), TimeoutError()):

        async def fail(*_: Any, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(service, "run_attempt", fail)
        seen = await plane.ask()
        assert (seen.status, "boom" in seen.raw.decode()) == (500, False)
    assert [(one.outcome, one.status, one.error_code, len(one.attempts)) for one in plane.ledger] == [
        ("failed", 500, "internal", 1)
    ] * 3


async def test_what_nobody_foresaw_in_a_stream_is_told_in_the_stream(
    plane: DataPlane, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(plane.gateway.settlement, "_learn", fail)
    seen = await plane.ask(stream=True)
    assert "Something went wrong inside the gateway." in seen.raw.decode()
    assert [(one.outcome, one.error_code, len(one.attempts)) for one in plane.ledger] == [("failed", "internal", 1)]


async def test_a_connection_that_breaks_while_it_is_written_to_is_cancelled(plane: DataPlane, sim: Simulator) -> None:
    async def receive() -> Any:
        if bodies:
            return {"type": "http.request", "body": bodies.pop()}
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        raise BrokenPipeError

    # So long that it does not come in one piece, at whose end it would be complete.
    sim.moonshot.always(say("word " * 60, hold_after=20))
    for stream, outcome in ((True, "cancelled"), (False, "completed")):
        if not stream:
            sim.reset()
        bodies = [
            json.dumps({"model": "m", "stream": stream, "messages": [{"role": "user", "content": "hi"}]}).encode()
        ]
        await plane.app({**POST, "path": "/v1/chat/completions"}, receive, send)
        # A whole answer is in the ledger before its first byte is sent.
        assert plane.ledger[-1].outcome == outcome
    assert len(plane.ledger) == 2


Kind = st.sampled_from(
    ("good", "stream", "malformed", "wrong type", "unknown", "too large", "failing", "leaves", "unforeseen", "stranger")
)
OUTCOMES = {
    "good": "completed", "stream": "completed", "malformed": "refused", "wrong type": "refused", "unknown": "refused",
    "too large": "refused", "failing": "failed", "leaves": "cancelled", "unforeseen": "failed",
}  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kinds=st.lists(Kind, min_size=1, max_size=30))
def test_there_are_as_many_rows_as_exchanges_with_a_valid_key(sim: Simulator, kinds: list[str]) -> None:
    asyncio.run(_mix(sim, kinds))


async def _mix(sim: Simulator, kinds: list[str]) -> None:
    """Send requests of these kinds, one after the other, and compare the ledger with them."""
    async with open_plane() as plane:
        plane.offer(sim.moonshot, "a")
        for kind in kinds:
            sim.reset()
            plane.well_again()
            await _send(plane, sim, kind)
        await plane.gateway.sweeper.stop()
    expected = sorted(OUTCOMES[kind] for kind in kinds if kind != "stranger")
    assert sorted(one.outcome for one in plane.ledger for _ in range(1 + one.repeats)) == expected
    assert len({one.request_id for one in plane.ledger}) == len(plane.ledger)


async def _send(plane: DataPlane, sim: Simulator, kind: str) -> None:
    if kind == "leaves":
        sim.moonshot.always(say("word " * 20, hold_after=2))
        leaving = plane.begin(stream=True)
        await leaving.until(lambda: b"word" in leaving.seen.raw)
        leaving.leave()
        await leaving.end()
    elif kind == "failing":
        sim.moonshot.always(Failure("bad_key"))
        await plane.ask()
    elif kind == "unforeseen":
        with mock.patch.object(service, "run_attempt", side_effect=RuntimeError("boom")):
            await plane.ask()
    elif kind == "too large":
        await plane.ask(headers={"authorization": f"Bearer {TOKEN}", "content-length": "9999999"})
    elif kind == "stranger":
        await plane.ask(headers={})
    else:
        raw = {"malformed": b"{", "wrong type": b'{"model": "m", "messages": 7}'}.get(kind)
        await plane.ask(stream=kind == "stream", raw=raw, **({"model": "nobody"} if kind == "unknown" else {}))
