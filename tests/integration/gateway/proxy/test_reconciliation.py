"""A month's bill, written from the vendors' own count, against the ledger of what really went through the gateway."""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.fixtures.bills import Billed, anthropic_reports, neutral_csv, openai_reports
from tests.fixtures.clients import Caller, DialectName, posted, request_body
from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Answer, Count, Exchange, Failure, Simulator, Step, Text, Think, say
from tests.integration.gateway.proxy.conftest import BILLED

REQUESTS = 1_040
ROUND = 80
# Of eighty requests four are refused at first and served by the second account, two get a head and no token (one
# upstream hangs, one resets), two break in the middle of their stream (one hangs, one resets), one is left by its
# client.
FAILS = {7: "overloaded", 29: "rate_limited", 51: "server_error", 73: "error_in_200"}
UNBEGUN = {13: "silent", 61: "cut_after_head"}
TORN = {23: "stall", 67: "cut"}
LEFT = 41
# With every cancelled stream closed at once, in thousandths.
MOST_OFF_CLOSED = 3.0
ODD = (*FAILS, *UNBEGUN, *TORN, LEFT)
Json = dict[str, Any]


class Script:
    """What a vendor does with each numbered request: the first time it may fail, the second time it answers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: set[int] = set()

    def __call__(self, request: Json) -> Step | None:
        found = re.search(r"number (\d+)", json.dumps(request))
        if found is None:
            return None
        number = int(found[1])
        place = number % ROUND
        with self._lock:
            first = number not in self._failed
            self._failed.add(number)
        if place in FAILS and first:
            return Failure(FAILS[place], retry_after="0" if place == 29 else None)  # type: ignore[arg-type]  # names of kinds, in tables
        if place in UNBEGUN and first:
            return Failure(UNBEGUN[place])  # type: ignore[arg-type]  # names of kinds, in tables
        if place in TORN:
            return say("A worded answer. " * 12, break_after=9, break_with=TORN[place])
        if place == LEFT:
            return say("one two three four five six seven eight. " * 4, delta_delay=0.03)
        if number % 5 == 0:
            return Answer((Think("Let me think about it. " * 3), Text("A worded answer. " * 12)))
        return say("A worded answer. " * (5 + number % 9))


def ask(caller: Caller, model: str, number: int) -> None:
    """Ask one of the requests; every other one as a stream, most with a prompt that was seen before."""
    place = number % ROUND
    prompt = f"{'the same prompt ' * 40}number {number if place in ODD else number % 7}"
    extra: Json = {}
    if caller.dialect == "anthropic-messages":
        mark = {"type": "ephemeral", "ttl": "1h"} if number % 2 else {"type": "ephemeral"}
        extra["system"] = [{"type": "text", "text": f"long lived {number % 11} " * 300, "cache_control": mark}]
    if place not in (LEFT, *TORN):
        caller.ask(model, prompt, stream=number % 2 == 0 or place in UNBEGUN, **extra)
        return
    path, body = posted(caller.dialect, {**request_body(caller.dialect, model, prompt, stream=True), **extra})
    with caller.http.stream("POST", path, json=body) as answer:
        for piece in answer.iter_raw():
            if place == LEFT and b"two" in piece:
                break


def lines_of(exchanges: Iterable[Exchange], price: dict[str, str]) -> list[Billed]:
    """What a vendor bills for these exchanges, by day and model."""
    sums: dict[tuple[date, str], Count] = defaultdict(Count)
    for exchange in exchanges:
        sums[datetime.fromtimestamp(exchange.arrived, UTC).date(), exchange.model] += exchange.billed
    return [Billed(day, model, count, price) for (day, model), count in sorted(sums.items()) if count != Count()]


@pytest.mark.parametrize(
    ("vendor", "report"),
    [("anthropic", anthropic_reports), ("openai", openai_reports), ("moonshot", neutral_csv)],
    ids=["anthropic", "openai", "neutral"],
)
@pytest.mark.parametrize("reads_on", [True, False], ids=["read_on", "closed"])
def test_bill_of_a_thousand_requests_agrees_within_a_thousandth(
    server: Server,
    sim: Simulator,
    console: Console,
    vendor: str,
    report: Callable[[Iterable[Billed]], bytes],
    reads_on: bool,
) -> None:
    _, price = BILLED[vendor]
    model = f"billed-{vendor}-read-on" if reads_on else f"billed-{vendor}"
    dialect: DialectName = "anthropic-messages" if vendor == "anthropic" else "openai-chat"
    sim.vendors[vendor].respond(Script())

    def ask_every_fourth(first: int) -> None:
        with Caller(server.url, server.key, dialect) as caller:
            for number in range(first, REQUESTS, 4):
                ask(caller, model, number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask_every_fourth, range(4)))
    rounds = REQUESTS // ROUND
    rows = console.requests_of(model, REQUESTS)
    assert sum(row["outcome"] == "cancelled" for row in rows) == rounds
    assert sum(row["outcome"] == "failed" for row in rows) == len(TORN) * rounds
    exchanges = sim.vendors[vendor].exchanges
    assert not [one for one in exchanges if one.outcome == "running"]
    assert sum(one.outcome == "failed" for one in exchanges) >= len(FAILS) * rounds
    assert sum(one.lost for one in exchanges) == len(UNBEGUN) * rounds
    assert sum(one.billed.cached for one in exchanges) > 0
    for account in (model, f"{model}-spare"):
        lines = lines_of((one for one in exchanges if one.api_key == f"sk-{account}"), price)
        for month in sorted({f"{line.day:%Y-%m}" for line in lines}):
            found = console.reconcile(account, month, report(lines))
            off = thousandths_off(found)
            print(f"{account}, {month}: {found['status']}; {', '.join(f'{name} {by:+.3f} ‰' for name, by in off)}")
            if reads_on:
                assert found["status"] == "agrees", found
            assert all(abs(by) < MOST_OFF_CLOSED for _, by in off), found


def thousandths_off(found: Json) -> list[tuple[str, float]]:
    """How far the ledger is from the bill: tokens of all kinds, and each currency."""
    kinds = ("input", "cached_input", "cache_write_5m", "cache_write_1h", "output")
    here, there = (sum(found[side][kind] for kind in kinds) for side in ("here", "there"))
    amounts = [(total["currency"], total["here_nanos"], total["there_nanos"]) for total in found["totals"]]
    return [(name, 1000 * (ours - theirs) / theirs) for name, ours, theirs in (("tokens", here, there), *amounts)]
