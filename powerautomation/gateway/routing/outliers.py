"""Which deployments are far worse than their siblings: decisions without input or output."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

MOST_REMEMBERED = 400


@dataclass(frozen=True, slots=True)
class OutlierRule:
    """When a deployment is set apart. Shares are 0 to 1, durations milliseconds."""

    window_ms: int = 60_000
    least_attempts: int = 20
    error_share_above: float = 0.3
    latency_factor: float = 3.0
    latency_above_ms: float = 1_000.0
    most_ejected_share: float = 0.5
    eject_ms: int = 30_000


class Summary(NamedTuple):
    """What the recent attempts at one deployment show: their number, the share that failed, the median latency of the
    good ones in milliseconds (None without any)."""

    attempts: int
    error_share: float
    latency_ms: float | None


class Recent:
    """The latest attempts at one deployment, at most ``MOST_REMEMBERED``: when each ended, how long it took to its
    first token, and whether it failed."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: deque[tuple[int, float, bool]] = deque(maxlen=MOST_REMEMBERED)

    def add(self, at_ms: int, latency_ms: float, *, failed: bool) -> None:
        """Remember one attempt."""
        self._entries.append((at_ms, latency_ms, failed))

    def forget(self) -> None:
        """Begin anew: what was before a rest says nothing about after it."""
        self._entries.clear()

    def summary(self, since_ms: int) -> Summary:
        """Return what the attempts that ended since then show."""
        entries = [entry for entry in self._entries if entry[0] >= since_ms]
        good = [latency for _, latency, failed in entries if not failed]
        failures = len(entries) - len(good)
        return Summary(len(entries), failures / len(entries) if entries else 0.0, median(good) if good else None)


class Outlier(NamedTuple):
    """A deployment to set apart: which, why (``errors`` or ``latency``), its figure and that of its siblings (shares,
    or milliseconds)."""

    deployment: str
    why: str
    figure: float
    siblings: float


def find_outliers(
    group: Sequence[str], summaries: Mapping[str, Summary], resting: frozenset[str], rule: OutlierRule
) -> list[Outlier]:
    """Return which deployments of a group of siblings to set apart, the worst first.

    A deployment is compared with the median of its siblings that have enough attempts of their own, without itself.
    Never are more at rest, for whatever reason, than the rule's share of the group, and never all.
    """
    judged = [one for one in group if one not in resting and _has_enough(summaries.get(one), rule)]
    room = min(int(len(group) * rule.most_ejected_share), len(group) - 1) - len(resting.intersection(group))
    if room <= 0 or len(judged) < 2:
        return []
    found = []
    for deployment in judged:
        others = [summaries[one] for one in judged if one != deployment]
        outlier = _judge(deployment, summaries[deployment], others, rule)
        if outlier is not None:
            found.append(outlier)
    # Errors before slowness, then the larger figure: with room for one, the one that hurts most goes.
    found.sort(key=lambda one: (one.why != "errors", -one.figure))
    return found[:room]


def _has_enough(summary: Summary | None, rule: OutlierRule) -> bool:
    return summary is not None and summary.attempts >= rule.least_attempts


def _judge(deployment: str, own: Summary, others: Sequence[Summary], rule: OutlierRule) -> Outlier | None:
    errors = median(one.error_share for one in others)
    # Twice its siblings' share too: where everybody fails a third of the time, nobody stands out.
    if own.error_share >= errors + rule.error_share_above and own.error_share >= 2 * errors:
        return Outlier(deployment, "errors", own.error_share, errors)
    latencies = [one.latency_ms for one in others if one.latency_ms is not None]
    if own.latency_ms is None or not latencies:
        return None
    usual = median(latencies)
    if own.latency_ms >= usual * rule.latency_factor and own.latency_ms >= usual + rule.latency_above_ms:
        return Outlier(deployment, "latency", own.latency_ms, usual)
    return None
