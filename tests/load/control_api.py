"""How long the console's requests take: ``python -m tests.load.control_api [--rate 100] [--seconds 20]``.

A server on SQLite, or on what POWERAUTOMATION_DATABASE_URL and POWERAUTOMATION_REDIS_URL name, whose ledger has so many
requests of the demo model; people who look at its pages arrive as in ``arrivals``, one in twenty changes something.
First each page by itself, then all of them mixed. Target: 50 ms at the 95th percentile of the mixture.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.fixtures.console import Console
from tests.fixtures.server import Server, prepare_server
from tests.load.arrivals import measure_arrivals, request_bytes
from tests.load.report import table

TARGET_P95_MS = 50.0
PAGES = (
    "session",
    "organization",
    "usage?group_by=model&bucket=day",
    "requests?limit=50",
    "providers",
    "routes",
    "api-keys",
    "limits",
    "prices",
    "users",
    "roles",
    "service-levels",
    "audit-events?limit=50",
    "connect",
)


def console_bytes(console: Console, method: str, path: str, body: bytes = b"") -> bytes:
    """Return a whole HTTP request of a signed-in person."""
    names = ("cookie", "x-csrf-token")
    lines = [f"{method} /api/v1/{path} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json"]
    lines += [f"{name}: {console.http.headers[name]}" for name in names]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


def fill_ledger(server: Server, count: int) -> None:
    """Let so many requests through the gateway."""
    body = {"model": "powerautomation-demo", "max_tokens": 20, "messages": [{"role": "user", "content": "Hello"}]}
    request = request_bytes("/v1/messages", json.dumps(body).encode(), server.key)
    found = measure_arrivals(server.port, [request], rate=250, seconds=count / 250)
    if found.errors:
        raise RuntimeError(f"{found.errors} of {found.requests} requests to the demo model failed")
    with Console(server) as console:
        deadline = time.monotonic() + 60
        while sum(one["requests"] for one in console.get("usage", bucket="day")["buckets"]) < found.requests:
            if time.monotonic() > deadline:
                raise RuntimeError("the ledger did not settle within a minute")
            time.sleep(0.2)


def measured(
    server: Server, name: str, requests: list[bytes], rate: float, seconds: float, target: float | None = None
) -> list[str]:
    """Return one row of the table; the processor's time is that of the server's process and its threads."""
    before = _processor_seconds(server)
    found = measure_arrivals(server.port, requests, rate=rate, seconds=seconds)
    spent = (_processor_seconds(server) - before) / found.requests
    verdict = "" if target is None else "ok" if found.p95 <= target and not found.errors else "MISSED"
    times = [f"{value:.1f}" for value in (spent * 1000, found.p50, found.p95, found.p99)]
    return [name, f"{found.rate:.0f}", *times, f"{found.errors}", "" if target is None else f"{target:g}", verdict]


def _processor_seconds(server: Server) -> float:
    used = psutil.Process(server.pid).cpu_times()
    return used.user + used.system


def main() -> int:
    """Measure and print; 0 when it ran, whatever the numbers are."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.control_api", description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second of the mixture")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--requests", type=int, default=5_000, help="how many requests the ledger has")
    options = parser.parse_args()
    passed_on = {name: os.environ[f"POWERAUTOMATION_{name}"] for name in ("DATABASE_URL", "REDIS_URL")
                 if f"POWERAUTOMATION_{name}" in os.environ}  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="pa-bench-") as folder:
        environment = {f"POWERAUTOMATION_{name}": value for name, value in passed_on.items()}
        server = prepare_server(Path(folder), {"log": {"level": "warning"}}, environment=environment)
        try:
            server.start()
            fill_ledger(server, options.requests)
            with Console(server) as console:
                pages = {page: console_bytes(console, "GET", page) for page in PAGES}
                change = console_bytes(console, "PATCH", "organization", b'{"time_zone": "Asia/Shanghai"}')
                rows = []
                for page, request in pages.items():
                    rows.append(measured(server, page, [request], 20, 5))
                mixture = [*pages.values()] * 19 + [change] * len(pages)
                name = "all of them, and changes"
                rows.append(measured(server, name, mixture, options.rate, options.seconds, TARGET_P95_MS))
        finally:
            server.stop()
    print(table(["Milliseconds", "req/s", "processor", "p50", "p95", "p99", "errors", "target p95", ""], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
