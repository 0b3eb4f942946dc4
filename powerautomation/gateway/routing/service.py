"""Turns a request into an ordered list of deployments, in memory and in microseconds."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from powerautomation.gateway.dialects import Peek, UpstreamFailure, Usage
from powerautomation.gateway.metering import prompt_tokens_of, reason_part
from powerautomation.gateway.providers import Catalog, Deployment
from powerautomation.gateway.routing.affinity import CACHE_MS, LONG_CACHE_MS, Affinity, Home, conversation_key
from powerautomation.gateway.routing.arranging import Arranger
from powerautomation.gateway.routing.deciding import decide
from powerautomation.gateway.routing.outliers import OutlierRule, Recent, Summary, find_outliers
from powerautomation.gateway.routing.policies import SMALLEST_CACHED_TOKENS
from powerautomation.gateway.routing.ports import Asked, EditionOf, PriceOf, without_license
from powerautomation.gateway.routing.rules import (
    MOST_BYTES_PER_TOKEN,
    Branch,
    Choice,
    Circuit,
    Plan,
    RestReason,
    arm_of,
    choose,
)
from powerautomation.gateway.routing.task_classes import tokens_of
from powerautomation.gateway.routing.turns import InProcessTurns, Turns

REMEMBERED_CHOICES = 10_000
REMEMBERED_SPEEDS = 10_000
SPEED_SMOOTHING = 0.2
LEAST_GOOD_SPEED = 1.0  # tokens per second
HEALTH_NEUTRAL = frozenset({"caller", "credential"})


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A deployment began to rest, for so long and why, or is well again (``rest_ms`` 0). ``organization_id`` is empty
    for what the configuration declares."""

    organization_id: str
    deployment: str
    rest_ms: int
    why: RestReason


@dataclass(frozen=True, slots=True)
class Health:
    """How a deployment fares in this process. ``retry_in_seconds`` is None when closed; ``error_share`` (0 to 1) and
    ``latency_ms`` (the median to the first token) are of the last minute, None without attempts."""

    state: str
    why: RestReason
    failures_in_row: int
    retry_in_seconds: float | None
    attempts: int
    error_share: float | None
    latency_ms: float | None


class Router:
    """Chooses deployments and remembers their health. One per process; every call is synchronous and brief."""

    def __init__(
        self,
        outlier_rule: OutlierRule | None = None,
        price_of: PriceOf | None = None,
        exchange_rates: Mapping[str, float] | None = None,
    ) -> None:
        self.on_change: Callable[[HealthChange], None] | None = None
        self._outlier_rule = outlier_rule
        self._recent: dict[tuple[str, str], Recent] | None = None if outlier_rule is None else {}
        self._circuits: dict[tuple[str, str], Circuit] = {}
        self.turns: Turns = InProcessTurns()
        self._speeds: dict[tuple[str, str], float] = {}
        self._choices: dict[tuple[str, int, str, bool, bool, int, str], tuple[Branch, ...]] = {}
        self.affinity = Affinity()
        self.arranger = Arranger(price_of, exchange_rates)
        self.edition_of: EditionOf = without_license

    def plan(self, catalog: Catalog, peek: Peek, body_bytes: int, asked: Asked | None = None) -> Plan:
        """Return the deployments to try, in order, and why. Without any, ``rejected`` says why, or nobody has it;
        ``refusal`` is set where a route refuses. ``asked``, where given, is what conditions, splits and conversations
        are told by."""
        branches = self._branches(catalog, peek)
        now_ms = int(time.monotonic() * 1000)
        condition, choice = branches[0]
        if condition is not None or choice.moving or choice.split is not None or choice.refusal:
            return self._moving_plan(catalog, branches, peek, body_bytes, asked, now_ms)
        return self._healthy(choice, choice.candidates, choice.reason, _bytes_of_text(peek, body_bytes), now_ms)

    def _healthy(
        self, choice: Choice, candidates: tuple[Deployment, ...], reason: str, body_bytes: int, now_ms: int
    ) -> Plan:
        # The usual case: everything is healthy, and the prompt cannot be too long for any.
        short = not choice.smallest_context or body_bytes < choice.smallest_context * 2
        if candidates and short and all(self._admits(deployment, now_ms) for deployment in candidates):
            plan = Plan(choice.route, list(candidates), reason, list(choice.rejected))
        else:
            plan = self._plan_with_care(choice, candidates, reason, body_bytes, now_ms)
        if choice.cache is not None or choice.prompt_cache or choice.continue_streams:
            plan.cache, plan.cache_scope = choice.cache, choice.cache_scope
            plan.prompt_cache = choice.prompt_cache
            plan.continue_streams = choice.continue_streams
        return plan

    def _moving_plan(
        self,
        catalog: Catalog,
        branches: tuple[Branch, ...],
        peek: Peek,
        body_bytes: int,
        asked: Asked | None,
        now_ms: int,
    ) -> Plan:
        """Return the plan where conditions, an experiment or a policy have a say."""
        organization_id = asked.key.organization_id if asked is not None else catalog.organization_id
        choice, notes = decide(branches, peek, body_bytes, asked, organization_id, self.edition_of)
        reason = ",".join([*notes, choice.reason])
        if choice.refusal:
            return Plan(choice.route, [], reason, refusal=choice.refusal)
        key = ""
        if asked is not None and (choice.split is not None or choice.moving):
            key = conversation_key(organization_id, asked.key.id, peek.model, peek.session, asked.body)
        split = choice.split
        arm = ""
        if split is not None:
            who = key
            if asked is not None and (split.by == "person" or not key):
                who = asked.key.created_by or asked.key.id
            place = arm_of(split, who)
            arm = split.arms[place].name
            choice = choice.arms[place]
            reason = ",".join([*notes, choice.reason, reason_part("split", split.name, arm)])
        candidates = choice.candidates
        if choice.moving:
            home = self.affinity.home_of(key, now_ms) if key else None
            order = self.arranger.order(choice, organization_id, peek.model, tokens_of(body_bytes), home, now_ms)
            candidates = order.candidates
            if order.reason:
                reason = f"{reason},{order.reason}"
        plan = self._healthy(choice, candidates, reason, _bytes_of_text(peek, body_bytes), now_ms)
        if choice.moving:
            plan.conversation = key
        if split is not None:
            plan.split, plan.arm = split.name, arm
        return plan

    def _branches(self, catalog: Catalog, peek: Peek) -> tuple[Branch, ...]:
        key = (
            catalog.organization_id, catalog.version, peek.model, peek.images, peek.documents, peek.tools,
            peek.operation,
        )  # fmt: skip
        branches = self._choices.get(key)
        if branches is None:
            branches = choose(catalog, peek)
            if len(self._choices) >= REMEMBERED_CHOICES:
                self._choices.clear()
            self._choices[key] = branches
        return branches

    def _plan_with_care(
        self, choice: Choice, candidates: tuple[Deployment, ...], reason: str, body_bytes: int, now_ms: int
    ) -> Plan:
        plan = Plan(choice.route, [], reason, list(choice.rejected))
        soonest: float | None = None
        for deployment in candidates:
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

    def remember(self, conversation: str, deployment: Deployment, usage: Usage | None, body_bytes: int) -> None:
        """Note where a conversation was answered, with what usage: its prompt is in the prompt cache there now."""
        tokens = tokens_of(body_bytes) if usage is None else prompt_tokens_of(usage)
        told = usage is not None and (usage.cached_input_tokens or usage.cache_write_5m_tokens)
        paid = usage is not None and usage.cache_write_1h_tokens
        if deployment.provider.dialect == "anthropic-messages" and not told and not paid:
            # Nothing was marked for the cache, so nothing is kept there.
            return
        if tokens < SMALLEST_CACHED_TOKENS:
            return
        until_ms = int(time.monotonic() * 1000) + (LONG_CACHE_MS if paid else CACHE_MS)
        self.affinity.settle(conversation, Home(deployment.id, tokens, until_ms))

    def likely_costs(
        self, plan: Plan, organization_id: str, asked_model: str, body_bytes: int
    ) -> list[tuple[int | None, str]]:
        """Return what a request is likely to cost at each candidate of its plan: nanos and their currency."""
        now_ms = int(time.monotonic() * 1000)
        home = self.affinity.home_of(plan.conversation, now_ms) if plan.conversation else None
        return self.arranger.costs(plan.candidates, organization_id, asked_model, tokens_of(body_bytes), home)

    def ended(self, deployment: Deployment) -> None:
        """Note that an attempt that began is over, however it went."""
        self.arranger.load_of(_key(deployment)).in_flight -= 1

    def _admits(self, deployment: Deployment, now_ms: int) -> bool:
        circuit = self._circuits.get(_key(deployment))
        return circuit is None or circuit.admits(now_ms)

    async def turn(self, deployment: Deployment) -> float | None:
        """Take one of the provider's requests per second: return in how many seconds it may be sent, None when that is
        too long or the deployment rests. To be asked before ``began``, for providers that have such a rate."""
        rate = deployment.provider.requests_per_second
        if rate is None:
            return 0.0
        if not self._admits(deployment, int(time.monotonic() * 1000)):
            return None
        return await self.turns.turn((deployment.provider.organization_id or "", deployment.provider.id), rate)

    def began(self, deployment: Deployment) -> bool:
        """Note the start of an attempt, whose end ``ended`` notes; False when another attempt is probing it just now:
        try the next deployment."""
        circuit = self._circuits.get(_key(deployment))
        if circuit is not None and circuit.open_until_ms:
            now_ms = int(time.monotonic() * 1000)
            if not circuit.admits(now_ms):
                return False
            circuit.began(now_ms)
        self.arranger.load_of(_key(deployment)).in_flight += 1
        return True

    def succeeded(self, deployment: Deployment, took_seconds: float = 0.0, first_token_seconds: float = 0.0) -> None:
        """Note a good answer that took so long, and so long to its first token."""
        key = _key(deployment)
        if self._recent is not None:
            self._remember(key, first_token_seconds * 1000, failed=False)
        self.arranger.load_of(key).measured(first_token_seconds * 1000, int(time.monotonic() * 1000))
        circuit = self._circuits.get(key)
        if circuit is not None:
            was_open = circuit.open_until_ms
            circuit.succeeded(int((time.monotonic() - took_seconds) * 1000))
            if was_open and not circuit.open_until_ms:
                self._changed(key, 0, "")

    def streamed(self, deployment: Deployment, tokens: int, seconds: float) -> None:
        """Note how fast a good stream was, from its first token to its end."""
        key = _key(deployment)
        speed = tokens / seconds
        known = self._speeds.get(key)
        if known is None and len(self._speeds) >= REMEMBERED_SPEEDS:
            self._speeds.clear()
        self._speeds[key] = speed if known is None else known + SPEED_SMOOTHING * (speed - known)

    def does_another_better(self, plan: Plan, deployment: Deployment, tokens_per_second: float) -> bool:
        """Say whether another candidate of the plan is well and known to stream at least twice as fast."""
        now_ms = int(time.monotonic() * 1000)
        return any(
            other is not deployment
            and self._speeds.get(_key(other), 0.0) >= max(2 * tokens_per_second, LEAST_GOOD_SPEED)
            and self._admits(other, now_ms)
            for other in plan.candidates
        )

    def failed(self, deployment: Deployment, failure: UpstreamFailure) -> None:
        """Note a failed attempt. A caller's mistake or a refused key does not count against health."""
        key = _key(deployment)
        if failure.kind in HEALTH_NEUTRAL:
            self.released(deployment)
            return
        if self._recent is not None:
            self._remember(key, 0.0, failed=True)
        circuit = self._circuit(key)
        now_ms = int(time.monotonic() * 1000)
        was_open_until = circuit.open_until_ms
        circuit.failed(now_ms, failure.retry_after_seconds)
        if circuit.open_until_ms > max(was_open_until, now_ms):
            self._changed(key, circuit.open_until_ms - now_ms, circuit.why)

    def _circuit(self, key: tuple[str, str]) -> Circuit:
        circuit = self._circuits.get(key)
        if circuit is None:
            circuit = self._circuits[key] = Circuit()
        return circuit

    def _remember(self, key: tuple[str, str], latency_ms: float, *, failed: bool) -> None:
        assert self._recent is not None
        recent = self._recent.get(key)
        if recent is None:
            recent = self._recent[key] = Recent()
        recent.add(int(time.monotonic() * 1000), latency_ms, failed=failed)

    def _changed(self, key: tuple[str, str], rest_ms: int, why: RestReason) -> None:
        if self.on_change is not None:
            self.on_change(HealthChange(key[0], key[1], rest_ms, why))

    def told(self, change: HealthChange) -> None:
        """Take another replica's finding as a hint: rest as long as it does, or probe at the next request. It is never
        believed further than that: the probe made here decides."""
        key = (change.organization_id, change.deployment)
        now_ms = int(time.monotonic() * 1000)
        if change.rest_ms > 0:
            circuit = self._circuit(key)
            if not circuit.open_until_ms:
                circuit.rest(now_ms, change.rest_ms, "replica")
        elif key in self._circuits:
            self._circuits[key].try_now(now_ms)

    def eject_outliers(self, catalog: Catalog) -> None:
        """Set apart the deployments that are far worse than the others of their model, for a while. Called now and
        then, never while a request waits."""
        rule = self._outlier_rule
        if rule is None or self._recent is None:
            return
        now_ms = int(time.monotonic() * 1000)
        for deployments in catalog.models.values():
            if len(deployments) < 2:
                continue
            keys = {deployment.id: _key(deployment) for deployment in deployments}
            resting = frozenset(name for name, key in keys.items() if self._rests(key))
            summaries = self._summaries(keys, now_ms - rule.window_ms)
            for outlier in find_outliers(tuple(keys), summaries, resting, rule):
                key = keys[outlier.deployment]
                why: RestReason = "errors" if outlier.why == "errors" else "latency"
                self._circuit(key).rest(now_ms, rule.eject_ms, why)
                self._recent[key].forget()
                self._changed(key, rule.eject_ms, why)

    def probe_succeeded(self, deployment: Deployment) -> None:
        """Note that the deployment answered a question of our own: its circuit closes when its rest is over."""
        key = _key(deployment)
        circuit = self._circuits.get(key)
        if circuit is not None and circuit.open_until_ms and circuit.open_until_ms <= int(time.monotonic() * 1000):
            circuit.succeeded()
            self._changed(key, 0, "")

    def _rests(self, key: tuple[str, str]) -> bool:
        circuit = self._circuits.get(key)
        return circuit is not None and circuit.open_until_ms > 0

    def _summaries(self, keys: dict[str, tuple[str, str]], since_ms: int) -> dict[str, Summary]:
        assert self._recent is not None
        return {name: self._recent[key].summary(since_ms) for name, key in keys.items() if key in self._recent}

    def released(self, deployment: Deployment) -> None:
        """Note an attempt that was cancelled and says nothing about health."""
        circuit = self._circuits.get(_key(deployment))
        if circuit is not None:
            circuit.released()

    def health_of(self, deployment: Deployment) -> Health:
        """Return how a deployment fares in this process."""
        key = _key(deployment)
        now_ms = int(time.monotonic() * 1000)
        summary = None
        if self._recent is not None and self._outlier_rule is not None and key in self._recent:
            summary = self._recent[key].summary(now_ms - self._outlier_rule.window_ms)
        attempts, error_share, latency_ms = summary if summary is not None else (0, 0.0, None)
        circuit = self._circuits.get(key)
        state = "closed" if circuit is None else circuit.state(now_ms)
        return Health(
            state=state,
            why="" if circuit is None else circuit.why,
            failures_in_row=0 if circuit is None else circuit.consecutive_failures,
            retry_in_seconds=None
            if circuit is None or state == "closed"
            else max(0, circuit.open_until_ms - now_ms) / 1000,
            attempts=attempts,
            error_share=error_share if attempts else None,
            latency_ms=latency_ms,
        )


def _key(deployment: Deployment) -> tuple[str, str]:
    return deployment.provider.organization_id or "", deployment.id


def _bytes_of_text(peek: Peek, body_bytes: int) -> int:
    """Return how large the prompt is at least known to be, where its size says whether it fits a model at all. Pictures
    and documents are megabytes and few tokens: of a request that holds any, the vendor knows best."""
    return 0 if peek.images or peek.documents else body_bytes
