"""Says in English how an arm differs; the console says the same from the figures, in the reader's language."""

from collections.abc import Sequence

from powerautomation.gateway.splits.entities import Interval, Measure, MeasureDifference

# What a sentence speaks about, in this order; all measures would make it unreadable.
TOLD: tuple[Measure, ...] = ("cost", "first_token_p50", "error_rate", "rating")
_NOUNS = {"cost": "cost", "first_token_p50": "speed", "error_rate": "errors", "rating": "ratings"}


def difference_sentence(arm: str, measures: Sequence[MeasureDifference]) -> str:
    """Return the differences that can be seen with their ranges, then what cannot be told."""
    told = [one for name in TOLD for one in measures if one.measure == name]
    parts = [f"{arm} {_seen(one)}" for one in told if one.verdict in ("less", "more")]
    unseen = [_NOUNS[one.measure] for one in told if one.verdict == "none_seen"]
    if unseen:
        parts.append(f"no difference in {_listed(unseen)} can be seen yet")
    few = [_NOUNS[one.measure] for one in told if one.verdict == "too_few"]
    if few:
        parts.append(f"too few requests to tell about {_listed(few)}")
    sentence = "; ".join(parts)
    return f"{sentence[:1].upper() if not sentence.startswith(arm) else sentence[:1]}{sentence[1:]}."


def _seen(one: MeasureDifference) -> str:
    less = one.verdict == "less"
    if one.measure == "error_rate":
        return f"fails {_range(one.absolute, 'percentage points')} {'less' if less else 'more'} often"
    if one.measure == "rating":
        return f"is rated good {_range(one.absolute, 'percentage points')} {'less' if less else 'more'} often"
    by = "" if one.relative is None else f"{_range(one.relative, '%')} "
    if one.measure == "cost":
        return f"costs {by}{'less' if less else 'more'}"
    return f"takes {by}{'less' if less else 'more'} time to the first token"


def _range(interval: Interval | None, unit: str) -> str:
    if interval is None:
        return ""
    low, high = sorted((abs(interval.low) * 100, abs(interval.high) * 100))
    digits = 0 if low >= 10 else 1
    shown = (f"{low:.{digits}f}", f"{high:.{digits}f}")
    return f"{shown[0]}–{shown[1]} {unit}" if shown[0] != shown[1] else f"{shown[0]} {unit}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
