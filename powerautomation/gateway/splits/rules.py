"""Statistics of arms: pure functions.

Every interval is one of 95 % confidence. Requests of one conversation are alike, and a conversation stays with its arm,
so what counts is not the number of requests but how many independent ones they are worth (:func:`effective_size`).

- shares: Wilson's score interval (Wilson 1927), at the effective number;
- means: Student's, with one degree of freedom less than there are conversations;
- quantiles: order statistics whose ranks come from the binomial distribution, which assumes nothing about the shape;
- differences and ratios: from the two intervals, by the method of variance estimates recovery (Newcombe 1998 for
  shares; Zou and Donner 2008, doi:10.1002/sim.3095, in general), for ratios on the logarithms.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

from powerautomation.gateway.splits.entities import (
    MEASURES,
    Arm,
    Difference,
    Estimate,
    Interval,
    Measure,
    MeasureDifference,
    Observation,
    Verdict,
)
from powerautomation.gateway.splits.sentences import difference_sentence

LEAST_OBSERVATIONS = 30
LEAST_SESSIONS = 10
_TAIL = 0.025
_Z = NormalDist().inv_cdf(1 - _TAIL)

# One observed value and the conversation it belongs to.
Sample = Sequence[tuple[float, str]]


def student_quantile(degrees: int) -> float:
    """Return the 0.975 quantile of Student's t distribution: Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5),
    right to three digits from 5 degrees of freedom on."""
    z, n = _Z, degrees
    z3, z5, z7, z9 = z**3, z**5, z**7, z**9
    return (
        z
        + (z3 + z) / (4 * n)
        + (5 * z5 + 16 * z3 + 3 * z) / (96 * n**2)
        + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n**3)
        + (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * n**4)
    )


def binomial_quantile(n: int, share: float, probability: float) -> int:
    """Return the smallest number of successes of ``n`` whose cumulative probability reaches ``probability``."""
    log_n, log_p, log_q = math.lgamma(n + 1), math.log(share), math.log1p(-share)
    reached = 0.0
    for k in range(n + 1):
        reached += math.exp(log_n - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * log_p + (n - k) * log_q)
        if reached >= probability:
            return k
    return n


def effective_size(sample: Sample) -> float:
    """Return how many independent observations a sample is worth: its size over the design effect of conversations,
    never more than its size."""
    n = len(sample)
    mean = sum(value for value, _ in sample) / n
    sums: dict[str, float] = {}
    squares = 0.0
    for value, session in sample:
        sums[session] = sums.get(session, 0.0) + value - mean
        squares += (value - mean) ** 2
    groups = len(sums)
    if groups < 2 or squares <= 0:
        return float(n)
    between = sum(total**2 for total in sums.values()) * groups / (groups - 1)
    return n / max(1.0, between / (squares * n / (n - 1)))


def share_interval(share: float, size: float) -> Interval:
    """Return Wilson's interval of a share seen in ``size`` independent observations."""
    z2 = _Z**2
    middle = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = _Z / (1 + z2 / size) * math.sqrt(share * (1 - share) / size + z2 / (4 * size**2))
    return Interval(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def mean_interval(sample: Sample) -> Interval:
    """Return Student's interval of a mean; a sample has at least two values and two conversations."""
    n = len(sample)
    mean = sum(value for value, _ in sample) / n
    variance = sum((value - mean) ** 2 for value, _ in sample) / (n - 1)
    sessions = len({session for _, session in sample})
    half = student_quantile(sessions - 1) * math.sqrt(variance / effective_size(sample))
    return Interval(mean, mean - half, mean + half)


def quantile_interval(sample: Sample, share: float) -> Interval | None:
    """Return the quantile by nearest rank, between order statistics; None when there are too few to bound it."""
    values = sorted(value for value, _ in sample)
    n = len(values)
    value = quantile(values, share)
    size = int(effective_size([(float(one <= value), session) for one, session in sample]))
    low = binomial_quantile(size, share, _TAIL)
    high = binomial_quantile(size, share, 1 - _TAIL) + 1
    if low < 1 or high > size:
        return None
    return Interval(value, values[math.ceil(low * n / size) - 1], values[min(n, math.ceil(high * n / size)) - 1])


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the quantile of ascending values by nearest rank."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def difference_interval(base: Interval, other: Interval) -> Interval:
    """Return by how much the second lies above the first."""
    apart = other.value - base.value
    return Interval(
        apart,
        apart - math.hypot(other.value - other.low, base.high - base.value),
        apart + math.hypot(other.high - other.value, base.value - base.low),
    )


def ratio_interval(base: Interval, other: Interval) -> Interval | None:
    """Return the second over the first, less one; None unless both are certainly above zero."""
    if base.low <= 0 or other.low <= 0:
        return None
    logs = [Interval(*(math.log(bound) for bound in (one.value, one.low, one.high))) for one in (base, other)]
    apart = difference_interval(logs[0], logs[1])
    return Interval(math.expm1(apart.value), math.expm1(apart.low), math.expm1(apart.high))


def is_enough(sample: Sample) -> bool:
    """Say whether a sample is large enough for an interval."""
    return len(sample) >= LEAST_OBSERVATIONS and len({session for _, session in sample}) >= LEAST_SESSIONS


def estimate(measure: Measure, sample: Sample) -> Estimate:
    """Return what a sample says about a measure."""
    if not sample:
        return Estimate(measure, 0, None, None, None)
    interval = _interval_of(measure, sample) if is_enough(sample) else None
    if interval is None:
        return Estimate(measure, len(sample), _point_of(measure, sample), None, None)
    return Estimate(measure, len(sample), interval.value, interval.low, interval.high)


def _share_of(measure: Measure) -> float | None:
    return 0.5 if measure.endswith("_p50") else 0.95 if measure.endswith("_p95") else None


def _point_of(measure: Measure, sample: Sample) -> float:
    share = _share_of(measure)
    if share is not None:
        return quantile(sorted(value for value, _ in sample), share)
    return sum(value for value, _ in sample) / len(sample)


def _interval_of(measure: Measure, sample: Sample) -> Interval | None:
    share = _share_of(measure)
    if share is not None:
        return quantile_interval(sample, share)
    if measure == "cost":
        return mean_interval(sample)
    return share_interval(_point_of(measure, sample), effective_size(sample))


def compare(base: Arm, other: Arm) -> Difference:
    """Return how an arm differs from the baseline."""
    measures = tuple(map(_difference, base.estimates, other.estimates))
    return Difference(other.name, measures, difference_sentence(other.name, measures))


def _difference(base: Estimate, other: Estimate) -> MeasureDifference:
    first, second = _known(base), _known(other)
    if first is None or second is None:
        return MeasureDifference(base.measure, "too_few", None, None)
    absolute = difference_interval(first, second)
    relative = ratio_interval(first, second) if base.measure not in ("error_rate", "rating") else None
    return MeasureDifference(base.measure, _verdict(relative or absolute), absolute, relative)


def _known(one: Estimate) -> Interval | None:
    if one.value is None or one.low is None or one.high is None:
        return None
    return Interval(one.value, one.low, one.high)


def _verdict(interval: Interval) -> Verdict:
    if interval.low > 0:
        return "more"
    return "less" if interval.high < 0 else "none_seen"


def main_currency(observations: Sequence[Observation]) -> str:
    """Return the currency of most known costs; empty without any."""
    counts = Counter(one.currency for one in observations if one.cost_nanos is not None and one.currency)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""


def measure_arms(observations: Sequence[Observation], ratings: Mapping[str, Sequence[int]]) -> tuple[Arm, ...]:
    """Return every arm by name. ``ratings``: request id to 1 and -1. Costs in another currency than most are left out;
    cancelled requests say nothing about errors, and only completed ones about time."""
    currency = main_currency(observations)
    arms: dict[str, list[Observation]] = {}
    for one in observations:
        arms.setdefault(one.arm, []).append(one)
    return tuple(
        Arm(
            name,
            len(inside),
            tuple(estimate(measure, _sample(measure, inside, ratings, currency)) for measure in MEASURES),
        )
        for name, inside in sorted(arms.items())
    )


def _sample(
    measure: Measure, observations: Sequence[Observation], ratings: Mapping[str, Sequence[int]], currency: str
) -> Sample:
    values = _VALUES_OF[measure.partition("_p")[0]]
    return [(value, one.session) for one in observations for value in values(one, ratings, currency)]


_Values = Callable[[Observation, Mapping[str, Sequence[int]], str], list[float]]
_VALUES_OF: dict[str, _Values] = {
    "cost": lambda one, _, currency: (
        [float(one.cost_nanos)] if one.cost_nanos is not None and one.currency == currency else []
    ),
    "first_token": lambda one, _, __: (
        [one.first_token_ms] if one.outcome == "completed" and one.first_token_ms is not None else []
    ),
    "duration": lambda one, _, __: [one.duration_ms] if one.outcome == "completed" else [],
    "error_rate": lambda one, _, __: (
        [] if one.outcome in ("cancelled", "refused") else [float(one.outcome == "failed")]
    ),
    "rating": lambda one, ratings, _: [float(given > 0) for given in ratings.get(one.request_id, ())],
}
