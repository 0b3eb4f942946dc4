"""Measures the gateway beside nginx: ``python -m tests.load.bench [--quick] [--json] [--only NAME]``.

The proxy under test is pinned to core 0, upstream and load generator to core 1, 32 connections. Both proxies meet the
same upstream in the same run, one after the other. Everything started here is stopped by its process id at the end.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.fixtures.ports import free_port
from tests.fixtures.server import Server, prepare_server
from tests.load import bodies
from tests.load.arrivals import Arrived, measure_arrivals, request_bytes
from tests.load.event_delay import measure_delay, stamping_upstream
from tests.load.programs import (
    PROXY_CORE,
    UPSTREAM_CORE,
    Load,
    Programs,
    ProgramsMissingError,
    Wrk,
    find_programs,
    post_once,
    proxy_config,
    running_nginx,
    upstream_config,
)
from tests.load.report import EventDelay, Latency, Report, Throughput, as_text

BIG = 100_000
MOST_SETTLING_SECONDS = 120.0
SETTLED_RECORDS = 1_000
HUGE = 320_000
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One thing to measure. ``upstream`` is the path nginx is asked for, ``path`` the one of ours."""

    name: str
    path: str
    model: str
    stream: bool
    upstream: str
    size: int = 0
    tools: int = 0
    target: float | None = None
    quick: bool = False

    @property
    def body(self) -> bytes:
        """The request as the client sends it to us."""
        if self.path == CHAT:
            return bodies.chat_body(self.model, stream=self.stream, size=self.size)
        return bodies.messages_body(self.model, stream=self.stream, size=self.size, tools=self.tools)


WHOLE_CHAT, STREAM_CHAT, READ_CHAT = "/whole" + CHAT, "/stream" + CHAT, "/read" + CHAT
WHOLE_MESSAGES, STREAM_MESSAGES = "/whole" + MESSAGES, "/stream" + MESSAGES

SCENARIOS = (
    Scenario("openai → openai, whole", CHAT, "chat-whole", False, WHOLE_CHAT, target=0.30, quick=True),
    Scenario("openai → openai, stream", CHAT, "chat-stream", True, STREAM_CHAT, target=0.40, quick=True),
    Scenario("anthropic → openai, whole", MESSAGES, "chat-whole", False, WHOLE_CHAT, target=0.22, quick=True),
    Scenario("anthropic → openai, stream", MESSAGES, "chat-stream", True, STREAM_CHAT, target=0.35, quick=True),
    Scenario("anthropic → anthropic, whole", MESSAGES, "messages-whole", False, WHOLE_MESSAGES, target=0.30),
    Scenario("anthropic → anthropic, stream", MESSAGES, "messages-stream", True, STREAM_MESSAGES, target=0.40),
    Scenario("openai → anthropic, whole", CHAT, "messages-whole", False, WHOLE_MESSAGES, target=0.22),
    Scenario("openai → anthropic, stream", CHAT, "messages-stream", True, STREAM_MESSAGES, target=0.35),
    Scenario("openai → openai, 100 KB", CHAT, "chat-read", False, READ_CHAT, size=BIG),
    Scenario("anthropic → openai, 100 KB, 30 tools", MESSAGES, "chat-read", False, READ_CHAT, size=40_000, tools=30),
    Scenario("anthropic → openai, 80K tokens", MESSAGES, "chat-read", False, READ_CHAT, size=HUGE),
    Scenario("openai → openai, 80K tokens", CHAT, "chat-read", False, READ_CHAT, size=HUGE),
)

# Half load: the first; a tenth of the load: the large bodies, whose own cost is the question.
HALF_LOAD = ("openai → openai, whole", "anthropic → openai, whole")
LARGE = {
    "openai → openai, 100 KB": 3.0,
    "anthropic → openai, 100 KB, 30 tools": 3.0,
    "anthropic → openai, 80K tokens": 5.0,
    "openai → openai, 80K tokens": 5.0,
}


def gateway_config(upstream_port: int, stamp_port: int) -> dict[str, Any]:
    """The gateway's configuration: one provider per kind of upstream answer, prices set so that money is counted."""
    origin = f"http://127.0.0.1:{upstream_port}"
    price = {"input": "0.60", "cached_input": "0.15", "output": "2.50", "currency": "USD"}

    def provider(dialect: str, base_url: str) -> dict[str, Any]:
        return {"dialect": dialect, "base_url": base_url, "api_key": "sk-bench"}

    providers = {
        "chat-whole": provider("openai-chat", f"{origin}/whole/v1"),
        "chat-read": provider("openai-chat", f"{origin}/read/v1"),
        "chat-stream": provider("openai-chat", f"{origin}/stream/v1"),
        "messages-whole": provider("anthropic-messages", f"{origin}/whole"),
        "messages-stream": provider("anthropic-messages", f"{origin}/stream"),
        "stamped": provider("openai-chat", f"http://127.0.0.1:{stamp_port}/v1"),
    }
    models = {
        name: {
            "deployments": [
                {
                    "provider": name,
                    "model": "claude-sonnet-4-6" if name.startswith("messages") else "kimi-k2-instruct",
                    "price": price,
                }
            ]
        }
        for name in providers
    }
    return {"providers": providers, "models": models, "log": {"level": "warning"}}


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run needs at hand."""

    wrk: Wrk
    server: Server
    nginx_port: int
    upstream_port: int
    seconds: float
    report: Report

    def url(self, port: int, path: str) -> str:
        """A loopback address."""
        return f"http://127.0.0.1:{port}{path}"

    def ours(self, scenario: Scenario, seconds: float) -> Load:
        """Load on the gateway; counts its requests."""
        load = self.wrk.run(self.url(self.server.port, scenario.path), scenario.body, self.server.key, seconds=seconds)
        self.report.requests += load.requests
        return load

    def direct(self, port: int, scenario: Scenario, seconds: float) -> Load:
        """Load on nginx or on the upstream itself."""
        return self.wrk.run(self.url(port, scenario.upstream), scenario.body, "", seconds=seconds)


def check(bench: Bench, scenario: Scenario) -> None:
    """RuntimeError unless the gateway answers this scenario rightly."""
    status, body, headers = post_once(bench.server.port, scenario.path, scenario.body, bench.server.key)
    if status != 200 or b"place;" not in body or "x-powerautomation-route" not in headers:
        raise RuntimeError(f"{scenario.name}: the gateway answered {status}: {body[:600]!r}")
    if scenario.stream and body.count(b"data:") < 45:
        raise RuntimeError(f"{scenario.name}: only {body.count(b'data:')} events came back")
    status, body, _ = post_once(bench.nginx_port, scenario.upstream, scenario.body, "")
    if status != 200 or b"place;" not in body:
        raise RuntimeError(f"{scenario.name}: nginx answered {status}: {body[:300]!r}")


def measure_throughput(bench: Bench, scenario: Scenario) -> Throughput:
    """Full load on nginx, then on ours."""
    nginx = bench.direct(bench.nginx_port, scenario, bench.seconds)
    ours = bench.ours(scenario, bench.seconds)
    errors = ours.status_errors + ours.socket_errors
    return Throughput(scenario.name, nginx.rate, ours.rate, scenario.target, errors)


def measure_latency(bench: Bench, scenario: Scenario, full_rate: float, large_target: float | None) -> Latency:
    """The same arrivals at the upstream itself, at nginx and at ours: half of what ours can take, or a tenth where the
    bodies are large and their own cost is the question."""
    rate = full_rate / (2 if large_target is None else 10)

    def arrivals(port: int, path: str, key: str) -> Arrived:
        found = measure_arrivals(port, [request_bytes(path, scenario.body, key)], rate=rate, seconds=bench.seconds)
        if found.errors:
            raise RuntimeError(f"{scenario.name}: {found.errors} requests failed")
        return found

    direct = arrivals(bench.upstream_port, scenario.upstream, "")
    nginx = arrivals(bench.nginx_port, scenario.upstream, "")
    ours = arrivals(bench.server.port, scenario.path, bench.server.key)
    bench.report.requests += ours.requests
    targets = (0.5, 3.0) if large_target is None else (large_target, None)
    values = [value for load in (direct, ours, nginx) for value in (load.p50, load.p99)]
    return Latency(scenario.name, ours.rate, values[0], values[2], values[4], values[1], values[3], values[5], *targets)


def settle_ledger(bench: Bench) -> None:
    """Wait until what full load left behind is in the ledger, so that the next figures are those of their own load."""
    deadline = time.monotonic() + MOST_SETTLING_SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(bench.url(bench.server.port, "/metrics"), timeout=10) as answer:
            shown = answer.read().decode()
        lag = next(line for line in shown.splitlines() if line.startswith("powerautomation_ledger_lag_records "))
        if float(lag.split()[1]) < SETTLED_RECORDS:
            return
        time.sleep(0.2)


def measure_event_delay(bench: Bench, stamp_port: int) -> Iterator[EventDelay]:
    """One light stream straight from a stamping upstream, then through the gateway in both dialects."""
    clients = {
        "openai → openai": (CHAT, bodies.chat_body("stamped", stream=True)),
        "anthropic → openai": (MESSAGES, bodies.messages_body("stamped", stream=True)),
    }

    async def run() -> list[EventDelay]:
        async with stamping_upstream(stamp_port):
            direct = await measure_delay(stamp_port, CHAT, clients["openai → openai"][1], "")
            found = []
            for name, (path, body) in clients.items():
                ours = await measure_delay(bench.server.port, path, body, bench.server.key)
                found.append(EventDelay(name, direct.p50, ours.p50, ours.p99, 1.0))
            return found

    yield from asyncio.run(run())


def resident(pid: int) -> int:
    """Resident memory of a process and its children, in bytes."""
    process = psutil.Process(pid)
    return sum(item.memory_info().rss for item in [process, *process.children(recursive=True)])


def run(programs: Programs, folder: Path, *, quick: bool, only: str) -> Report:
    """Start everything, measure, stop everything."""
    report = Report(os.cpu_count() or 1)
    started = time.monotonic()
    upstream_port, nginx_port, stamp_port = free_port(), free_port(), free_port()
    scenarios = [item for item in SCENARIOS if only in item.name and (item.quick or not quick)]
    with contextlib.ExitStack() as stack:
        up, proxy = folder / "upstream", folder / "proxy"
        config = upstream_config(up, programs, upstream_port)
        stack.enter_context(running_nginx(up, programs, config, UPSTREAM_CORE, upstream_port))
        config = proxy_config(proxy, programs, nginx_port, upstream_port)
        stack.enter_context(running_nginx(proxy, programs, config, PROXY_CORE, nginx_port))
        pinned = (programs.taskset, "-c", PROXY_CORE)
        server = prepare_server(folder / "gateway", gateway_config(upstream_port, stamp_port), prefix=pinned)
        stack.callback(server.stop)
        server.start()
        report.rss_ready = resident(server.pid)
        wrk = Wrk(programs, folder)
        bench = Bench(wrk, server, nginx_port, upstream_port, 2.0 if quick else 4.0, report)
        for scenario in scenarios:
            check(bench, scenario)
            bench.ours(scenario, 1.0)
        report.rss_warm = resident(server.pid)
        for scenario in scenarios:
            _say(scenario.name)
            report.throughput.append(measure_throughput(bench, scenario))
        _say("the ledger to settle")
        settle_ledger(bench)
        rates = {item.scenario: item.our_rate for item in report.throughput}
        for scenario in scenarios:
            if scenario.name in HALF_LOAD or scenario.name in LARGE:
                _say(f"latency of {scenario.name}")
                report.latency.append(measure_latency(bench, scenario, rates[scenario.name], LARGE.get(scenario.name)))
        _say("delay of events")
        report.event_delay.extend(measure_event_delay(bench, stamp_port))
        report.rss_end = resident(server.pid)
    report.seconds = time.monotonic() - started
    return report


def _say(what: str) -> None:
    print(f"  measuring {what} …", file=sys.stderr, flush=True)


def main() -> int:
    """Run the bench; 0 when it ran, 1 when it could not, whatever the numbers are."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the four main scenarios in at most a minute")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scenarios whose name contains TEXT")
    options = parser.parse_args()
    try:
        programs = find_programs()
        if (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(0, {int(UPSTREAM_CORE)})
        with tempfile.TemporaryDirectory(prefix="pa-bench-") as folder:
            report = run(programs, Path(folder), quick=options.quick, only=options.only)
    except (ProgramsMissingError, RuntimeError, AssertionError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(report.as_json(), indent=2) if options.json else as_text(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
