"""When a finding is fine, worth a warning, or a failure. No input or output."""

import json

from powerautomation.operations.health.entities import State

MIB = 1024 * 1024
DISK_FAILED_BYTES = 200 * MIB
DISK_WARNING_BYTES = 1024 * MIB
CLOCK_WARNING_SECONDS = 60.0
# Three pieces are sent 0.25 s apart; a proxy that holds them back delivers all of them at once.
STREAM_PIECES = 3
STREAM_GAP_SECONDS = 0.25
LONGEST_WORDS = 300


def state_of_disk(free_bytes: int) -> State:
    """Judge the free space of the data folder's disk."""
    if free_bytes < DISK_FAILED_BYTES:
        return "failed"
    return "warning" if free_bytes < DISK_WARNING_BYTES else "ok"


def is_held_back(arrivals_seconds: list[float]) -> bool:
    """Say whether pieces sent apart arrived together: something between holds streams back. Arrivals in order."""
    if len(arrivals_seconds) < 2:
        return True
    return arrivals_seconds[-1] - arrivals_seconds[0] < STREAM_GAP_SECONDS


def worst_clock_lead(leads_seconds: list[float]) -> float:
    """Return the smallest lead others have over our clock, in seconds; one stranger may have a wrong clock."""
    return min(leads_seconds, key=abs, default=0.0)


def is_loopback(host: str) -> bool:
    """Say whether an address stays on this machine, where a provider may well need no key."""
    return host == "localhost" or host.startswith("127.") or host in ("::1", "[::1]")


def ready_words(text: str) -> str:
    """Return what a server's ``/readyz`` says in words, such as ``start: ready, database: ok``; empty when the answer
    is not one of ours."""
    try:
        answer = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(answer, dict) or not isinstance(answer.get("status"), str):
        return ""
    checks = answer.get("checks")
    if isinstance(checks, dict):
        words = ", ".join(f"{name}: {value}" for name, value in checks.items())
    else:
        words = ", ".join(str(answer[name]) for name in ("status", "detail") if answer.get(name))
    return words.rstrip(".")[:LONGEST_WORDS]
