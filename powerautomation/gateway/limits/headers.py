"""What answers say of limits, in the headers each dialect's clients read. Of several limits, the one with least left.

Anthropic: https://platform.claude.com/docs/en/api/rate-limits#response-headers, OpenAI:
https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers (read 2026-11).
"""

import time
from collections.abc import Sequence
from functools import lru_cache

from powerautomation.gateway.limits.entities import Claim
from powerautomation.gateway.limits.rules import Plan

Headers = tuple[tuple[bytes, bytes], ...]


def _names(pattern: bytes) -> dict[str, tuple[bytes, bytes, bytes]]:
    def named(what: bytes, measure: str) -> bytes:
        return pattern.replace(b"WHAT", what).replace(b"MEASURE", measure.encode())

    return {
        measure: (named(b"limit", measure), named(b"remaining", measure), named(b"reset", measure))
        for measure in ("requests", "tokens")
    }


_ANTHROPIC = _names(b"anthropic-ratelimit-MEASURE-WHAT")
_OPENAI = _names(b"x-ratelimit-WHAT-MEASURE")
_NAMES = {
    "anthropic-messages": _ANTHROPIC,
    "openai-chat": _OPENAI,
    "openai-responses": _OPENAI,
    "openai-embeddings": _OPENAI,
}


def limit_headers(
    dialect: str, plans: Sequence[Plan], claims: Sequence[Claim], levels: Sequence[float], now_ms: int
) -> Headers:
    """Return the headers for limits of requests and tokens; other measures and dialects have none."""
    names = _NAMES.get(dialect)
    if names is None:
        return ()
    tightest: dict[str, tuple[float, int]] = {}
    for place, plan in enumerate(plans):
        measure = plan.limit.measure
        if measure in names:
            left = claims[place].capacity - levels[place]
            if measure not in tightest or left < tightest[measure][0]:
                tightest[measure] = (left, place)
    headers: list[tuple[bytes, bytes]] = []
    for counted, (left, place) in tightest.items():
        claim = claims[place]
        reset_ms = levels[place] / claim.rate_per_ms if claim.rate_per_ms else plans[place].ends_ms - now_ms
        ends_seconds = -int(-(now_ms + reset_ms) // 1000)
        reset = _moment(ends_seconds) if names is _ANTHROPIC else _duration(reset_ms)
        limit_name, remaining_name, reset_name = names[counted]
        headers.append((limit_name, b"%d" % claim.capacity))
        headers.append((remaining_name, b"%d" % (left if left > 0 else 0)))
        headers.append((reset_name, reset))
    return tuple(headers)


@lru_cache(maxsize=1024)
def _moment(seconds: int) -> bytes:
    """Return a moment as Anthropic writes it. Requests of one second share it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)).encode()


def _duration(milliseconds: float) -> bytes:
    """Return a span as OpenAI writes it: ``20ms``, ``6m0s``, ``26h0m1s``."""
    if milliseconds < 1000:
        return b"%dms" % max(0, round(milliseconds))
    seconds = -int(-milliseconds // 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return b"%dh%dm%ds" % (hours, minutes, seconds)
    return b"%dm%ds" % (minutes, seconds) if minutes else b"%ds" % seconds
