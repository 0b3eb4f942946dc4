"""Turns a request into an ordered list of deployments, in memory and in microseconds."""

import time

from powerautomation.gateway.dialects import Peek, UpstreamFailure
from powerautomation.gateway.providers import Catalog, Deployment
from powerautomation.gateway.routing.rules import MOST_BYTES_PER_TOKEN, Choice, Circuit, Plan, choose

REMEMBERED_CHOICES = 10_000
HEALTH_NEUTRAL = frozenset({"caller", "credential"})


class TokenBucket:
    """Spends a provider's requests per second: at most one second's worth at once."""

    __slots__ = ("at", "rate", "tokens")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.tokens = max(1.0, rate)
        self.at = time.monotonic()

    def take(self) -> bool:
        """Take one request if the rate allows."""
        now = time.monotonic()
        self.tokens = min(max(1.0, self.rate), self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Router:
    """Chooses deployments and remembers their health. One per process; every call is synchronous and brief."""

    def __init__(self) -> None:
        self._circuits: dict[tuple[str, str], Circuit] = {}
        self._buckets: dict[tuple[str, str], TokenBucket] = {}
        self._choices: dict[tuple[str, int, str, bool, bool, int, str], Choice] = {}

    def plan(self, catalog: Catalog, peek: Peek, body_bytes: int) -> Plan:
        """Return the deployments to try, in order, and why. Without any, ``rejected`` says why, or nobody has it."""
        choice = self._choice(catalog, peek)
        now_ms = int(time.monotonic() * 1000)
        candidates = choice.candidates
        # The usual case: everything is healthy, and the prompt cannot be too long for any.
        short = not choice.smallest_context or body_bytes < choice.smallest_context * 2
        if candidates and short and all(self._admits(deployment, now_ms) for deployment in candidates):
            return Plan(choice.route, list(candidates), choice.reason, list(choice.rejected))
        return self._plan_with_care(choice, body_bytes, now_ms)

    def _choice(self, catalog: Catalog, peek: Peek) -> Choice:
        key = (
            catalog.organization_id, catalog.version, peek.model, peek.images, peek.documents, peek.tools,
            peek.operation,
        )  # fmt: skip
        choice = self._choices.get(key)
        if choice is None:
            choice = choose(catalog, peek)
            if len(self._choices) >= REMEMBERED_CHOICES:
                self._choices.clear()
            self._choices[key] = choice
        return choice

    def _plan_with_care(self, choice: Choice, body_bytes: int, now_ms: int) -> Plan:
        plan = Plan(choice.route, [], choice.reason, list(choice.rejected))
        soonest: float | None = None
        for deployment in choice.candidates:
            context = deployment.family.context_tokens
            if context and body_bytes > context * MOST_BYTES_PER_TOKEN:
                plan.pass_over(deployment.id, "context", str(context))
                continue
            circuit = self._circuits.get(_key(deployment))
            if circuit is not None and not circuit.admits(now_ms):
                wait = max(circuit.open_until_ms, circuit.probing_until_ms) - now_ms
                soonest = wait / 1000 if soonest is None else min(soonest, wait / 1000)
                plan.pass_over(deployment.id, "resting", str(max(1, round(wait / 1000))))
                continue
            plan.candidates.append(deployment)
        plan.retry_after_seconds = None if plan.candidates else soonest
        return plan

    def _admits(self, deployment: Deployment, now_ms: int) -> bool:
        circuit = self._circuits.get(_key(deployment))
        return circuit is None or circuit.admits(now_ms)

    def began(self, deployment: Deployment) -> bool:
        """Note the start of an attempt; False when the provider's requests per second are used up or another attempt is
        probing it just now: try the next deployment."""
        if not self._take_rate(deployment):
            return False
        circuit = self._circuits.get(_key(deployment))
        if circuit is not None and circuit.open_until_ms:
            now_ms = int(time.monotonic() * 1000)
            if not circuit.admits(now_ms):
                return False
            circuit.began(now_ms)
        return True

    def _take_rate(self, deployment: Deployment) -> bool:
        """Take one of the provider's requests per second: before a probe is noted, which a refusal would leave."""
        rate = deployment.provider.requests_per_second
        if rate is None:
            return True
        key = (deployment.provider.organization_id or "", deployment.provider.id)
        bucket = self._buckets.get(key)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[key] = TokenBucket(rate)
        return bucket.take()

    def succeeded(self, deployment: Deployment, took_seconds: float = 0.0) -> None:
        """Note a good answer that took so long."""
        circuit = self._circuits.get(_key(deployment))
        if circuit is not None:
            circuit.succeeded(int((time.monotonic() - took_seconds) * 1000))

    def failed(self, deployment: Deployment, failure: UpstreamFailure) -> None:
        """Note a failed attempt. A caller's mistake or a refused key does not count against health."""
        key = _key(deployment)
        if failure.kind in HEALTH_NEUTRAL:
            self.released(deployment)
            return
        circuit = self._circuits.get(key)
        if circuit is None:
            circuit = self._circuits[key] = Circuit()
        circuit.failed(int(time.monotonic() * 1000), failure.retry_after_seconds)

    def released(self, deployment: Deployment) -> None:
        """Note an attempt that was cancelled and says nothing about health."""
        circuit = self._circuits.get(_key(deployment))
        if circuit is not None:
            circuit.released()

    def health_of(self, deployment: Deployment) -> tuple[str, int, float | None]:
        """Return the circuit's state, failures in a row, and seconds until the next try (None when closed)."""
        circuit = self._circuits.get(_key(deployment))
        if circuit is None:
            return "closed", 0, None
        now_ms = int(time.monotonic() * 1000)
        state = circuit.state(now_ms)
        wait = None if state == "closed" else max(0, circuit.open_until_ms - now_ms) / 1000
        return state, circuit.consecutive_failures, wait


def _key(deployment: Deployment) -> tuple[str, str]:
    return deployment.provider.organization_id or "", deployment.id
