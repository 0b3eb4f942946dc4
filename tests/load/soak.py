"""Watches memory over a million requests: ``python -m tests.load.soak [--requests N] [--json]``.

Short answers, streams, both dialects and large bodies take turns, so that what one kind leaves behind shows beside the
others. Memory is compared between two fifths of the run, one after the first tenth, when every kind has been seen, and
the last: by their medians, as one sample is at the mercy of what the allocator happens to hold. It stops by itself.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.fixtures.ports import free_port
from tests.fixtures.server import prepare_server
from tests.load.bench import SCENARIOS, Scenario, gateway_config, resident
from tests.load.programs import (
    PROXY_CORE,
    UPSTREAM_CORE,
    ProgramsMissingError,
    Wrk,
    find_programs,
    running_nginx,
    upstream_config,
)

MIX = {
    "openai → openai, whole": 4.0,
    "openai → openai, stream": 2.0,
    "anthropic → openai, whole": 3.0,
    "anthropic → openai, stream": 2.0,
    "anthropic → anthropic, stream": 1.0,
    "openai → openai, 100 KB": 1.0,
    "anthropic → openai, 100 KB, 30 tools": 1.0,
    "anthropic → openai, 80K tokens": 1.0,
}
MOST_SECONDS = 1800.0
DRIFT_TARGET = 0.05
MEMORY_TARGET_MB = 250.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The server after so many requests: memory in MB, open files."""

    requests: int
    resident_mb: float
    open_files: int


def soak(wanted: int, folder: Path) -> list[Sample]:
    """Send about so many requests and return what was seen after each round."""
    programs = find_programs()
    samples: list[Sample] = []
    with contextlib.ExitStack() as stack:
        upstream_port = free_port()
        up = folder / "upstream"
        config = upstream_config(up, programs, upstream_port)
        stack.enter_context(running_nginx(up, programs, config, UPSTREAM_CORE, upstream_port))
        pinned = (programs.taskset, "-c", PROXY_CORE)
        server = prepare_server(folder / "gateway", gateway_config(upstream_port, free_port()), prefix=pinned)
        stack.callback(server.stop)
        server.start()
        wrk = Wrk(programs, folder)
        scenarios: dict[str, Scenario] = {item.name: item for item in SCENARIOS if item.name in MIX}
        process = psutil.Process(server.pid)
        done = errors = 0
        began = time.monotonic()
        while done < wanted and time.monotonic() - began < MOST_SECONDS:
            for name, seconds in MIX.items():
                scenario = scenarios[name]
                url = f"http://127.0.0.1:{server.port}{scenario.path}"
                load = wrk.run(url, scenario.body, server.key, seconds=seconds)
                done += load.requests
                errors += load.status_errors + load.socket_errors
            samples.append(Sample(done, resident(server.pid) / 1e6, process.num_fds()))
            print(f"  {done:>9,} requests: {samples[-1].resident_mb:.0f} MB", file=sys.stderr, flush=True)
        if errors:
            raise RuntimeError(f"{errors} of {done} requests failed")
    return samples


def as_text(samples: list[Sample]) -> str:
    """Return what a person wants to know."""
    last = samples[-1]
    warm = _median([item for item in samples if 0.1 <= item.requests / last.requests <= 0.3] or samples[:1])
    end = _median([item for item in samples if item.requests / last.requests >= 0.8])
    highest = max(item.resident_mb for item in samples)
    drift = end / warm - 1
    memory_verdict = "ok" if highest < MEMORY_TARGET_MB else "MISSED"
    drift_verdict = "ok" if drift < DRIFT_TARGET else "MISSED"
    return "\n".join(
        [
            f"requests    {last.requests:,}",
            f"memory      at most {highest:.0f} MB (target {MEMORY_TARGET_MB:.0f}: {memory_verdict})",
            f"drift       {warm:.0f} MB from a tenth to three tenths, {end:.0f} MB in the last fifth: "
            f"{drift:+.1%} (target {DRIFT_TARGET:.0%}: {drift_verdict})",
            f"open files  {samples[0].open_files}, {last.open_files} at the end",
        ]
    )


def _median(samples: list[Sample]) -> float:
    return statistics.median(item.resident_mb for item in samples)


def main() -> int:
    """Run it; 0 when it ran, 1 when it could not, whatever the numbers are."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="how many, about")
    parser.add_argument("--json", action="store_true", help="print the samples as JSON")
    options = parser.parse_args()
    try:
        if (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(0, {int(UPSTREAM_CORE)})
        with tempfile.TemporaryDirectory(prefix="pa-soak-") as folder:
            samples = soak(options.requests, Path(folder))
    except (ProgramsMissingError, RuntimeError, AssertionError) as error:
        print(f"soak: {error}", file=sys.stderr)
        return 1
    print(json.dumps([asdict(item) for item in samples]) if options.json else as_text(samples))
    return 0


if __name__ == "__main__":
    sys.exit(main())
