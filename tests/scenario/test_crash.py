"""``kill -9`` in the middle of the day: whatever a client saw completed is in the ledger, exactly once."""

import contextlib
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.fixtures.clients import PATHS, DialectName, Seen, read_answer, request_body
from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Count, Simulator, say

pytestmark = pytest.mark.usefixtures("cold_starts")

STREAMS = 200
HELD = 60


def test_no_completed_request_is_lost_or_counted_twice_after_kill_9(prepared: Server, sim: Simulator) -> None:
    """Some streams are held by the vendor when the server dies, the others end at all moments around it."""
    server = prepared.start()
    for number in range(STREAMS):
        length = 5 + number % 40
        held = length // 2 if number % (STREAMS // HELD) == 0 else None
        pause = 0.0 if held is not None else 0.004 * (number % 9)
        sim.moonshot.when(f"marker-{number:03d}!", say("word " * length, chunk=5, hold_after=held, delta_delay=pause))
    completed: dict[str, int] = {}
    broken: list[int] = []
    lock = threading.Lock()
    enough = threading.Event()

    def one(number: int) -> None:
        dialect: DialectName = "anthropic-messages" if number % 2 else "openai-chat"
        body = request_body(dialect, "kimi-k2.6", f"marker-{number:03d}!", stream=True)
        seen = Seen(0, {})
        try:
            with (
                httpx2.Client(verify=False, base_url=server.url, timeout=60) as http,
                http.stream(
                    "POST", PATHS[dialect], json=body, headers={"authorization": f"Bearer {server.key}"}
                ) as answer,
            ):
                seen = Seen(answer.status_code, dict(answer.headers.items()))
                for piece in answer.iter_bytes():
                    seen.raw += piece
        except httpx2.TransportError:
            seen.cut = True
        done = b"message_stop" in seen.raw or b"[DONE]" in seen.raw
        with lock:
            if done:
                completed[seen.request_id] = number
            else:
                broken.append(number)
            if len(completed) >= (STREAMS - HELD) // 2:
                enough.set()
        if done and not seen.cut:
            read_answer(dialect, seen)
            assert seen.text == "word " * (5 + number % 40)

    with ThreadPoolExecutor(STREAMS) as pool:
        futures = [pool.submit(one, number) for number in range(STREAMS)]
        assert enough.wait(60), f"only {len(completed)} streams ended: {server.log[-2000:]}"
        server.kill()
        for future in futures:
            future.result(60)
    assert len(broken) >= HELD // 2, "the kill came too late to interrupt anything"

    sim.reset_scripts()
    server.start()
    with Console(server) as console:
        for request_id in completed:
            row = console.request(request_id)
            assert (row["outcome"], row["status"]) == ("completed", 200)
        rows = console.requests(model="kimi-k2.6")
        assert max(Counter(row["id"] for row in rows).values()) == 1
        ids = {row["id"] for row in rows}
        assert ids >= completed.keys()
        by_answer = Count()
        for row in rows:
            by_answer += Count(
                row["input_tokens"],
                row["cached_input_tokens"],
                0,
                0,
                row["output_tokens"],
                row["reasoning_tokens"],
            )
        totals = console.get("usage", group_by="none", bucket="day")["totals"]
        assert sum(total["requests"] for total in totals) == len(rows)
        assert sum(total["output_tokens"] for total in totals) == by_answer.output
    reported = {
        exchange.number: exchange.usage for exchange in sim.moonshot.exchanges if exchange.outcome == "completed"
    }
    assert len(reported) >= len(completed)

    server.kill()
    server.start()
    with Console(server) as console:
        again = console.requests(model="kimi-k2.6")
    assert {row["id"] for row in again} == ids, "a second crash changed what was already settled"
    assert len(again) == len(rows)


def test_tokens_in_the_ledger_after_a_crash_are_the_vendors(prepared: Server, sim: Simulator) -> None:
    server = prepared.start()
    ids = []
    with httpx2.Client(
        verify=False, base_url=server.url, timeout=30, headers={"authorization": f"Bearer {server.key}"}
    ) as http:
        for number in range(20):
            body = request_body("openai-chat", "kimi-k2.6", f"prompt number {number}", stream=bool(number % 2))
            answer = http.post(PATHS["openai-chat"], json=body)
            assert answer.status_code == 200
            ids.append(answer.headers["x-request-id"])
    server.kill()
    server.start()
    total = Count()
    with Console(server) as console:
        for request_id in ids:
            row = console.request(request_id)
            total += Count(
                row["input_tokens"],
                row["cached_input_tokens"],
                0,
                0,
                row["output_tokens"],
                row["reasoning_tokens"],
            )
    assert total == sim.moonshot.total("sk-moonshot")


def test_what_ran_when_the_process_was_killed_is_in_the_ledger_with_what_it_had_cost(
    prepared: Server, sim: Simulator
) -> None:
    server = prepared.start()
    running = 5
    prompt = "A prompt that was paid for. " * 40
    for number in range(running):
        sim.moonshot.when(f"marker-{number}!", say("word " * 30, chunk=5, hold_after=20))
    with ThreadPoolExecutor(running) as pool:

        def one(number: int) -> None:
            body = request_body("openai-chat", "kimi-k2.6", f"marker-{number}! {prompt}", stream=True)
            headers = {"authorization": f"Bearer {server.key}"}
            with contextlib.suppress(httpx2.TransportError), httpx2.Client(verify=False, timeout=60) as http:
                http.post(server.url + PATHS["openai-chat"], json=body, headers=headers)

        futures = [pool.submit(one, number) for number in range(running)]
        deadline = time.monotonic() + 30
        while _noted(server) < running:
            assert time.monotonic() < deadline, "running requests are not noted"
            time.sleep(0.05)
        # One of them ends after all: what it was settled as stays.
        ended = httpx2.post(
            server.url + PATHS["openai-chat"],
            json=request_body("openai-chat", "kimi-k2.6", "short", stream=False),
            headers={"authorization": f"Bearer {server.key}"},
            verify=False,
            timeout=30,
        )
        server.kill()
        for future in futures:
            future.result(60)
    server.start()
    with Console(server) as console:
        rows = {row["id"]: row for row in console.requests_of("kimi-k2.6", running + 1)}
        assert rows.pop(ended.headers["x-request-id"])["outcome"] == "completed"
        assert len(rows) == running
        for request_id in rows:
            row = console.request(request_id)
            (attempt,) = row["attempts"]
            assert (row["outcome"], row["error_code"]) == ("failed", "gateway.interrupted")
            assert attempt["outcome"] == "cancelled"
            assert attempt["estimated"] is True
            assert attempt["input_tokens"] > 100, "the prompt was read, and is billed"
            assert attempt["output_tokens"] > 0
            assert row["cost_nanos"] > 0
    server.stop()
    assert list((server.data_dir / "journal").glob("*/*.jsonl")) == []


def _noted(server: Server) -> int:
    return sum(len(file.read_bytes().splitlines()) for file in (server.data_dir / "journal").glob("*/running.jsonl"))
