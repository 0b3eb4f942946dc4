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
# Of eighty requests four fail at first and are served by the second account, and one is left by its client.
FAILS = {7: "overloaded", 29: "rate_limited", 51: "server_error", 73: "error_in_200"}
LEFT = 41
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
            if place in FAILS and number not in self._failed:
                self._failed.add(number)
                return Failure(FAILS[place], retry_after="0" if place == 29 else None)  # type: ignore[arg-type]
        if place == LEFT:
            return say("one two three four", chunk=4, hold_after=2)
        if number % 5 == 0:
            return Answer((Think("Let me think about it. " * 3), Text("A worded answer. " * 12)))
        return say("A worded answer. " * (5 + number % 9))


def ask(caller: Caller, model: str, number: int) -> None:
    """Ask one of the requests; every other one as a stream, most with a prompt that was seen before."""
    prompt = f"{'the same prompt ' * 40}number {number if number % ROUND in (*FAILS, LEFT) else number % 7}"
    extra: Json = {}
    if caller.dialect == "anthropic-messages":
        mark = {"type": "ephemeral", "ttl": "1h"} if number % 2 else {"type": "ephemeral"}
        extra["system"] = [{"type": "text", "text": f"long lived {number % 11} " * 300, "cache_control": mark}]
    if number % ROUND != LEFT:
        caller.ask(model, prompt, stream=number % 2 == 0, **extra)
        return
    path, body = posted(caller.dialect, {**request_body(caller.dialect, model, prompt, stream=True), **extra})
    with caller.http.stream("POST", path, json=body) as answer:
        for piece in answer.iter_raw():
            if b"two" in piece:
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
def test_bill_of_a_thousand_requests_agrees_within_a_thousandth(
    server: Server, sim: Simulator, console: Console, vendor: str, report: Callable[[Iterable[Billed]], bytes]
) -> None:
    _, price = BILLED[vendor]
    dialect: DialectName = "anthropic-messages" if vendor == "anthropic" else "openai-chat"
    sim.vendors[vendor].respond(Script())

    def ask_every_fourth(first: int) -> None:
        with Caller(server.url, server.key, dialect) as caller:
            for number in range(first, REQUESTS, 4):
                ask(caller, f"billed-{vendor}", number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask_every_fourth, range(4)))
    left = sim.ledger.wait_for(REQUESTS // ROUND, "client_gone")
    rows = console.requests_of(f"billed-{vendor}", REQUESTS)
    assert sum(row["outcome"] == "cancelled" for row in rows) == len(left) == REQUESTS // ROUND
    exchanges = sim.vendors[vendor].exchanges
    assert sum(one.outcome == "failed" for one in exchanges) >= 4 * (REQUESTS // ROUND)
    assert sum(one.billed.cached for one in exchanges) > 0
    for account in (f"billed-{vendor}", f"billed-{vendor}-spare"):
        lines = lines_of((one for one in exchanges if one.api_key == f"sk-{account}"), price)
        for month in sorted({f"{line.day:%Y-%m}" for line in lines}):
            found = console.reconcile(account, month, report(lines))
            assert found["status"] == "agrees", found
