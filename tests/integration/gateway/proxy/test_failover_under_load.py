"""A vendor fails while many clients work: none of them sees it."""

import threading
from typing import Any

import pytest

from tests.fixtures.clients import Caller
from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import FAILURES_BEFORE_FIRST_TOKEN, Failure, Simulator, say
from tests.integration.gateway.proxy.conftest import Lane

CLIENTS = 10
REQUESTS = 6
# Those that are seen at once: the others only end by a time limit.
SWIFT = [failure for failure in FAILURES_BEFORE_FIRST_TOKEN if failure.kind not in ("silent", "deaf")]


@pytest.mark.parametrize("failure", SWIFT, ids=[failure.kind for failure in SWIFT])
def test_no_client_sees_that_a_vendor_fails(
    server: Server, lane: Lane, sim: Simulator, console: Console, failure: Failure
) -> None:
    sim.infini.always(say("From the first."))
    sim.moonshot.always(say("From the spare."))
    wrong: list[str] = []
    ids: list[str] = []
    together = threading.Barrier(CLIENTS)

    def work(number: int) -> None:
        dialect: Any = ("openai-chat", "anthropic-messages", "openai-responses")[number % 3]
        with Caller(server.url, server.key, dialect) as caller:
            together.wait(30)
            for count in range(REQUESTS):
                seen = caller.ask(lane.chat, stream=(number + count) % 3 != 0)
                ids.append(seen.request_id)
                if seen.status != 200 or not seen.complete or not seen.text.startswith("From the "):
                    wrong.append(f"client {number}, request {count}: {seen.status} {seen.error} {seen.text!r}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    sim.ledger.wait_for(CLIENTS * REQUESTS // 3, timeout=30)
    sim.infini.always(failure)
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert len(set(ids)) == CLIENTS * REQUESTS
    assert {console.request(identifier)["outcome"] for identifier in ids} == {"completed"}
    first = {exchange.outcome for exchange in sim.ledger.exchanges("infini")}
    assert {"completed"} < first, "the vendor must have worked and failed in this test"
