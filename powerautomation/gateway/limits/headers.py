"""What answers say of limits, in the headers each dialect's clients read. Of several limits, the one with least left.

Anthropic: https://platform.claude.com/docs/en/api/rate-limits#response-headers, OpenAI:
https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers (read 2026-11).
"""

import time
from collections.abc import Sequence

from powerautomation.gateway.limits.entities import Claim
from powerautomation.gateway.limits.rules import Plan

Headers = tuple[tuple[bytes, bytes], ...]


def limit_headers(
    dialect: str, plans: Sequence[Plan], claims: Sequence[Claim], levels: Sequence[float], now_ms: int
) -> Headers:
    """Return the headers for limits of requests and tokens; other measures and dialects have none."""
    if dialect == "anthropic-messages":
        name = b"anthropic-ratelimit-%b-%b"
        anthropic = True
    elif dialect.startswith("openai-"):
        name = b"x-ratelimit-%b-%b"
        anthropic = False
    else:
        return ()
    tightest: dict[str, tuple[float, int]] = {}
    for place, plan in enumerate(plans):
        measure = plan.limit.measure
        if measure in ("requests", "tokens"):
            left = claims[place].capacity - levels[place]
            if measure not in tightest or left < tightest[measure][0]:
                tightest[measure] = (left, place)
    headers: list[tuple[bytes, bytes]] = []
    for counted, (left, place) in tightest.items():
        claim = claims[place]
        reset_ms = levels[place] / claim.rate_per_ms if claim.rate_per_ms else plans[place].ends_ms - now_ms
        what = counted.encode()
        if anthropic:
            reset = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(-int(-(now_ms + reset_ms) // 1000))).encode()
            parts = ((name % (what, b"limit")), (name % (what, b"remaining")), (name % (what, b"reset")))
        else:
            reset = _duration(reset_ms)
            parts = ((name % (b"limit", what)), (name % (b"remaining", what)), (name % (b"reset", what)))
        values = (b"%d" % claim.capacity, b"%d" % max(0, int(left)), reset)
        headers += zip(parts, values, strict=True)
    return tuple(headers)


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
