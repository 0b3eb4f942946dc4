"""The counters of one process. The same steps as the script in ``adapters/redis_counters.py``, to the last bit: a
property test compares them."""

from collections.abc import Callable, Sequence
from itertools import islice

from powerautomation.gateway.limits.entities import Claim, Outcome
from powerautomation.gateway.limits.ports import Settled
from powerautomation.kernel.clock import now_ms

EXPIRED_AT_ONCE = 100
# A process that dies takes its leases with it; this is for one that forgot to settle.
LEASE_MS = 86_400_000
FORGET_EVERY_MS = 60_000


class _Counter:
    __slots__ = ("at_ms", "keep_until_ms", "level", "rate")

    def __init__(self, level: float, at_ms: int, rate: float, keep_until_ms: int) -> None:
        self.level = level
        self.at_ms = at_ms
        self.rate = rate
        self.keep_until_ms = keep_until_ms

    def level_at(self, moment_ms: int) -> float:
        """Return the level at a moment, after what came back. Looking changes nothing: sinking in two steps would
        round differently from sinking in one."""
        if not self.rate or moment_ms <= self.at_ms:
            return self.level
        level = self.level - (moment_ms - self.at_ms) * self.rate
        return level if level > 0 else 0

    def add(self, amount: float, moment_ms: int) -> None:
        level = self.level_at(moment_ms) + amount
        self.level = level if level > 0 else 0
        self.at_ms = moment_ms


class InProcessCounters:
    """Counts in memory; every step is synchronous, and so atomic. ``lease_ms``: how long an unsettled reservation is
    held; ``done_ms``: how long a settled one is remembered, so that settling it again changes nothing."""

    is_local = True

    def __init__(
        self,
        *,
        clock_ms: Callable[[], int] = now_ms,
        lease_ms: int = LEASE_MS,
        done_ms: int = 0,
        settled: Settled = lambda lease, levels: None,
    ) -> None:
        self._clock_ms = clock_ms
        self._lease_ms = lease_ms
        self._done_ms = done_ms
        self.settled = settled
        self._counters: dict[tuple[str, str], _Counter] = {}
        # In the order in which they expire: all last equally long, and a renewed one goes to the end.
        self._leases: dict[tuple[str, str], tuple[int, tuple[tuple[str, int], ...]]] = {}
        self._done: dict[tuple[str, str], int] = {}
        self._forget_at_ms = 0
        self._last_ms = 0

    def _now_ms(self) -> int:
        # Never backwards: what sank does not rise again when somebody sets the clock.
        self._last_ms = max(self._last_ms, self._clock_ms())
        return self._last_ms

    async def reserve(self, organization_id: str, lease: str, claims: Sequence[Claim]) -> Outcome:
        """Add to every counter the largest ask of the places that fit, or nothing at all."""
        return self.reserve_now(organization_id, lease, claims)

    def reserve_now(self, organization_id: str, lease: str, claims: Sequence[Claim]) -> Outcome:
        """Do what ``reserve`` does, for callers that cannot wait."""
        moment_ms = self._now_ms()
        self._expire(moment_ms)
        counters = self._counters
        levels: list[float] = []
        unseeded: list[str] = []
        fitting: Sequence[int] = range(len(claims[0].asks))
        alone = len(fitting) == 1
        for claim in claims:
            counter = counters.get((organization_id, claim.counter))
            if counter is None:
                if claim.needs_seed:
                    unseeded.append(claim.counter)
                level = 0.0
            else:
                level = counter.level_at(moment_ms)
            levels.append(level)
            asks, capacity = claim.asks, claim.capacity
            if not alone:
                fitting = [place for place in fitting if level + asks[place] <= capacity]
            elif level + asks[0] > capacity:
                fitting = ()
        if unseeded or not fitting:
            return Outcome((), tuple(levels), tuple(unseeded))
        held: list[tuple[str, int]] = []
        for number, claim in enumerate(claims):
            key = (organization_id, claim.counter)
            counter = counters.get(key)
            most = claim.asks[0] if alone else max([claim.asks[place] for place in fitting])
            held.append((claim.counter, most))
            level = levels[number] = levels[number] + most
            if counter is None:
                counters[key] = _Counter(level, moment_ms, claim.rate_per_ms, moment_ms + claim.keep_ms)
                continue
            counter.level = level
            counter.at_ms = moment_ms
            counter.rate = claim.rate_per_ms
            counter.keep_until_ms = moment_ms + claim.keep_ms
        self._leases[organization_id, lease] = (moment_ms + self._lease_ms, tuple(held))
        return Outcome(tuple(fitting), tuple(levels))

    def settle(self, organization_id: str, lease: str, claims: Sequence[Claim], used: Sequence[int]) -> None:
        """Replace what a reservation holds by what was used."""
        self.settle_now(organization_id, lease, claims, used)

    def settle_now(
        self, organization_id: str, lease: str, claims: Sequence[Claim], used: Sequence[int]
    ) -> list[float | None]:
        """Do what ``settle`` does and return the levels then."""
        moment_ms = self._now_ms()
        key = (organization_id, lease)
        if self._done_ms:
            self._forget_done(moment_ms)
            if key in self._done:
                return []
            self._done[key] = moment_ms + self._done_ms
        found = self._leases.pop(key, None)
        held = dict(found[1]) if found is not None else {}
        levels: list[float | None] = []
        for claim, amount in zip(claims, used, strict=True):
            name = (organization_id, claim.counter)
            counter = self._counters.get(name)
            if counter is None:
                # A budget that nobody seeded will read this request in the ledger.
                if claim.needs_seed:
                    levels.append(None)
                    continue
                counter = self._begin(name, claim, moment_ms)
            counter.add(amount - held.get(claim.counter, 0), moment_ms)
            levels.append(counter.level)
        self.settled(lease, levels)
        return levels

    def renew_now(self, organization_id: str, lease: str, claims: Sequence[Claim]) -> None:
        """Hold a reservation for longer. One that has expired meanwhile is taken again, whether it fits or not."""
        moment_ms = self._now_ms()
        key = (organization_id, lease)
        found = self._leases.pop(key, None)
        if found is not None:
            self._leases[key] = (moment_ms + self._lease_ms, found[1])
            return
        if self._done_ms:
            self._forget_done(moment_ms)
        if key in self._done:
            return
        held: list[tuple[str, int]] = []
        for claim in claims:
            name = (organization_id, claim.counter)
            counter = self._counters.get(name)
            if counter is None:
                if claim.needs_seed:
                    continue
                counter = self._begin(name, claim, moment_ms)
            counter.add(claim.ask, moment_ms)
            held.append((claim.counter, claim.ask))
        self._leases[key] = (moment_ms + self._lease_ms, tuple(held))

    async def seed(self, organization_id: str, counter: str, level: int, keep_ms: int) -> None:
        """Say what was used before the counter began; the first to say so counts."""
        key = (organization_id, counter)
        if key not in self._counters:
            moment_ms = self._now_ms()
            self._counters[key] = _Counter(level, moment_ms, 0.0, moment_ms + keep_ms)

    async def levels(self, organization_id: str, counters: Sequence[str]) -> list[float | None]:
        """Return the counters' levels now."""
        moment_ms = self._now_ms()
        self._expire(moment_ms)
        found = (self._counters.get((organization_id, name)) for name in counters)
        return [None if counter is None else counter.level_at(moment_ms) for counter in found]

    def _begin(self, name: tuple[str, str], claim: Claim, moment_ms: int) -> _Counter:
        counter = self._counters[name] = _Counter(0, moment_ms, claim.rate_per_ms, moment_ms + claim.keep_ms)
        return counter

    def _expire(self, moment_ms: int) -> None:
        leases = self._leases
        for _ in range(EXPIRED_AT_ONCE):
            first = next(iter(leases), None)
            if first is None or leases[first][0] > moment_ms:
                break
            for name, amount in leases.pop(first)[1]:
                counter = self._counters.get((first[0], name))
                if counter is not None:
                    counter.add(-amount, moment_ms)
        if moment_ms >= self._forget_at_ms:
            self._forget_at_ms = moment_ms + FORGET_EVERY_MS
            for key in [key for key, counter in self._counters.items() if counter.keep_until_ms < moment_ms]:
                del self._counters[key]

    def _forget_done(self, moment_ms: int) -> None:
        for key in list(islice(self._done, EXPIRED_AT_ONCE)):
            if self._done[key] > moment_ms:
                break
            del self._done[key]
