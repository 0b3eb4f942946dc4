"""How long an upstream asks to be left alone."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from powerautomation.kernel.clock import now

LONGEST_SECONDS = 3600.0


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return seconds from ``retry-after-ms`` or ``retry-after`` (seconds or an HTTP date), at most an hour; None when
    the upstream did not say or said nonsense."""
    milliseconds = headers.get("retry-after-ms")
    if milliseconds is not None:
        seconds = _number(milliseconds)
        if seconds is not None:
            return min(seconds / 1000, LONGEST_SECONDS)
    told = headers.get("retry-after")
    if told is None:
        return None
    seconds = _number(told)
    if seconds is None:
        try:
            moment = parsedate_to_datetime(told)
        except (TypeError, ValueError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds()
    return min(max(0.0, seconds), LONGEST_SECONDS)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
