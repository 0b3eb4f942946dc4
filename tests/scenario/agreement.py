"""What every story ends with: the ledger has what the vendors saw, and they saw nothing odd."""

import time
from typing import Any

from tests.fixtures.console import LEDGER_SECONDS, Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Count, Simulator

Json = dict[str, Any]
KEYS = {"infini": "sk-infini", "moonshot": "sk-moonshot", "anthropic": "sk-ant", "google": "google-key"}


def ledger_agrees(server: Server, sim: Simulator) -> list[Json]:
    """Every attempt of the ledger against every request a vendor saw: count, tokens, outcome. Returns the requests,
    oldest first."""
    calls = [exchange for exchange in sim.ledger.exchanges() if not exchange.path.endswith(("count_tokens", "models"))]
    deadline = time.monotonic() + LEDGER_SECONDS
    attempts: list[Json] = []
    with Console(server) as console:
        while len(attempts) != len(calls):
            # An answer is with the client a moment before its row is with the reader.
            assert time.monotonic() < deadline, f"the ledger has {len(attempts)} attempts, the vendors {len(calls)}"
            rows = [console.request(item["id"]) for item in console.requests()]
            attempts = [attempt for row in rows for attempt in row["attempts"]]
    for vendor, key in KEYS.items():
        total = Count()
        for attempt in attempts:
            if attempt["provider"] == vendor and attempt["outcome"] == "completed":
                assert attempt["estimated"] is False
                total += Count(
                    attempt["input_tokens"],
                    attempt["cached_input_tokens"],
                    attempt["cache_write_5m_tokens"],
                    attempt["cache_write_1h_tokens"],
                    attempt["output_tokens"],
                    attempt["reasoning_tokens"],
                )
        assert total == sim.ledger.total(vendor, key), f"{vendor}: ledger {total}"
    return sorted(rows, key=lambda row: str(row["started_at"]))


def nothing_odd(sim: Simulator) -> None:
    """No vendor refused anything, and none saw anything it only puts up with."""
    for exchange in sim.ledger.exchanges():
        assert exchange.outcome != "rejected", f"{exchange.vendor}: {exchange.rejection}"
        assert exchange.warnings == [], f"{exchange.vendor}: {exchange.warnings}"
