"""What a request cost and what it would have cost: turns what attempts found out into ledger records."""

import time
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from powerautomation.gateway.answer_cache import StoredAnswer
from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering import (
    AttemptRecord,
    Price,
    PriceTable,
    RequestRecord,
    answered_part,
    band_name,
    cache_discount_nanos,
    cost_nanos,
    price_at,
    prompt_tokens_of,
    sum_costs,
    tier_held,
)
from powerautomation.gateway.providers import AS_ASKED, Deployment
from powerautomation.gateway.proxy.baseline import Baseline
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.attempt import Attempt
    from powerautomation.gateway.proxy.exchange import Exchange
    from powerautomation.gateway.proxy.limiting import Unsent

USUAL_TOKENS_PER_BYTE = 0.25
SMOOTHING = 0.1
TASK_HEADER = b"x-powerautomation-task"
LONGEST_TASK = 200
REMEMBERED_PRICES = 10_000
_UNTOLD = frozenset({"timeout", "connection", "invalid_answer"})


class Settlement:
    """Prices attempts and requests. Prices are remembered for the day; token ratios are learned from real usage."""

    def __init__(self, prices: PriceTable) -> None:
        self._prices = prices
        self._imported: Mapping[str, PriceTable] = {}
        self._remembered: dict[tuple[str, ...], Price | None] = {}
        self._remembered_on = 0
        self._today = now().date()
        self._tokens_per_byte: dict[str, float] = {}
        self._baseline = Baseline()

    def use_imported(self, tables: Mapping[str, PriceTable]) -> None:
        """Use these tables, by organization, instead of the common one from now on."""
        self._imported = tables
        self._remembered.clear()

    def _forget_yesterday(self) -> date:
        # Prices may change at midnight UTC; a division tells the day without building a date per request.
        day = time.time_ns() // 86_400_000_000_000
        if day != self._remembered_on or len(self._remembered) > REMEMBERED_PRICES:
            self._remembered.clear()
            self._remembered_on = day
            self._today = now().date()
        return self._today

    def price_of(self, deployment: Deployment, asked_model: str, organization_id: str = "") -> Price | None:
        """Return the deployment's price today, or None when nobody stated one."""
        if deployment.price is not None:
            return deployment.price
        today = self._forget_yesterday()
        model = asked_model if deployment.model == AS_ASKED else deployment.model
        key = (organization_id, deployment.id, model)
        if key not in self._remembered:
            vendor = deployment.provider.preset or deployment.provider.name
            prices = self._imported.get(organization_id, self._prices)
            price = prices.price_of(vendor, model, today)
            region = deployment.provider.region
            self._remembered[key] = price if price is None or not region else price_at(price, "", region)
        return self._remembered[key]

    def price_held(
        self, exchange: "Exchange | Unsent", deployment: Deployment, granted: str = ""
    ) -> tuple[Price | None, str, str]:
        """Return the deployment's price for a tier and a region, and these two: the tier the upstream granted, else the
        one the request asked for, and the region it asked for. Wishes reach upstreams of the client's dialect only."""
        peek, organization_id = exchange.peek, exchange.key.organization_id
        price = self.price_of(deployment, peek.model, organization_id)
        provider = deployment.provider
        wishes = provider.dialect == exchange.client_dialect.name
        tier = tier_held(price, peek.service_tier if wishes else "", granted)
        region = peek.region if wishes else ""
        if not (tier or region):
            return price, "", provider.region if deployment.price is None else ""
        if region and provider.region and deployment.price is None:
            vendor = provider.preset or provider.name
            model = peek.model if deployment.model == AS_ASKED else deployment.model
            price = self.list_price(vendor, model, organization_id)
        held = None if price is None else price_at(price, tier, region)
        return held, tier, region or (provider.region if deployment.price is None else "")

    def list_price(self, vendor: str, model: str, organization_id: str = "") -> Price | None:
        """Return a vendor's list price of a model today, or None when the table does not know it."""
        prices = self._imported.get(organization_id, self._prices)
        return prices.price_of(vendor, model, self._forget_yesterday())

    def baseline_price(self, asked_model: str, organization_id: str = "") -> Price | None:
        """Return the list price of the model the client asked for, or None when it is unknown."""
        today = self._forget_yesterday()
        key = (organization_id, "", asked_model)
        if key not in self._remembered:
            prices = self._imported.get(organization_id, self._prices)
            self._remembered[key] = prices.baseline_price(asked_model, today)
        return self._remembered[key]

    def usage_of(self, exchange: "Exchange", attempt: "Attempt", outcome: str) -> Usage:
        """Return the usage of an attempt: the upstream's own count when the answer completed, an estimate that says so
        when the upstream may have worked and never told, and nothing when it was not reached or refused."""
        reported = attempt.usage
        if outcome == "completed" or attempt.told_all:
            if reported is not None:
                self._learn(attempt.deployment, _body_bytes(exchange, attempt), reported)
                return reported
            return self._estimate(exchange, attempt)
        if reported is None:
            return self._estimate(exchange, attempt) if self.must_estimate(attempt) else Usage()
        # Anthropic reports the input at the start and the output at the end: count the events seen in between.
        return Usage(
            input_tokens=reported.input_tokens,
            cached_input_tokens=reported.cached_input_tokens,
            cache_write_5m_tokens=reported.cache_write_5m_tokens,
            cache_write_1h_tokens=reported.cache_write_1h_tokens,
            output_tokens=max(reported.output_tokens, attempt.tokens_so_far()),
            reasoning_tokens=reported.reasoning_tokens,
            estimated=True,
            service_tier=reported.service_tier,
        )

    def must_estimate(self, attempt: "Attempt") -> bool:
        """Say whether an attempt that did not complete was likely billed for a prompt whose tokens nobody told."""
        return attempt.usage is None and (bool(attempt.first_token_at) or _worked(attempt))

    def _estimate(self, exchange: "Exchange", attempt: "Attempt") -> Usage:
        tokens = attempt.prompt_tokens
        if tokens is None:
            tokens = self.estimate_input(attempt.deployment, _body_bytes(exchange, attempt))
        return Usage(
            input_tokens=tokens,
            output_tokens=attempt.tokens_so_far(),
            estimated=True,
        )

    def _learn(self, deployment: Deployment, size: int, usage: Usage) -> None:
        tokens = prompt_tokens_of(usage)
        if size < 200 or not tokens or usage.estimated:
            return
        known = self._tokens_per_byte.get(deployment.id, USUAL_TOKENS_PER_BYTE)
        self._tokens_per_byte[deployment.id] = known + SMOOTHING * (tokens / size - known)

    def estimate_input(self, deployment: Deployment, body_bytes: int) -> int:
        """Return the likely prompt tokens of a body, by what this deployment counted for earlier ones."""
        return int(body_bytes * self._tokens_per_byte.get(deployment.id, USUAL_TOKENS_PER_BYTE))

    def attempt_record(self, exchange: "Exchange", attempt: "Attempt", outcome: str) -> AttemptRecord:
        """Return the ledger row of one attempt."""
        deployment = attempt.deployment
        asked = exchange.peek.model
        usage = self.usage_of(exchange, attempt, outcome)
        price, tier, region = self.price_held(exchange, deployment, usage.service_tier)
        failure = attempt.failure if outcome == "failed" else None
        first = attempt.first_token_at
        # In the order of the fields: naming two dozen of them takes longer than all the rest of this function.
        return AttemptRecord(
            deployment.id,
            deployment.provider.name,
            asked if deployment.model == AS_ASKED else deployment.model,
            deployment.provider.dialect,
            attempt.started_ms,
            int((time.perf_counter() - attempt.started) * 1_000_000),
            int((first - attempt.started) * 1_000_000) if first else None,
            outcome,
            attempt.status,
            failure.kind if failure else "",
            failure.message[:500] if failure else "",
            usage.input_tokens,
            usage.cached_input_tokens,
            usage.cache_write_5m_tokens,
            usage.cache_write_1h_tokens,
            usage.output_tokens,
            usage.reasoning_tokens,
            usage.estimated,
            0 if deployment.is_demo else _cost(usage, price),
            "USD" if price is None else price.currency,
            "" if price is None else price.dated,
            band_name(price, prompt_tokens_of(usage), tier, region),
        )

    def request_record(self, exchange: "Exchange", outcome: str, status: int, problem: Problem | None) -> RequestRecord:
        """Return the ledger record of a request with all its attempts."""
        attempts = exchange.attempts
        peek = exchange.peek
        asked = peek.model
        served = exchange.current if outcome == "completed" else None
        demo = served is not None and served.is_demo
        price = None if demo or served is None else self.baseline_price(asked, exchange.key.organization_id)
        baseline = None
        granted = _granted(exchange)
        if price is not None and (tier := tier_held(price, peek.service_tier, granted)):
            # Where the asked-for model would have been asked, the same wish would have reached it.
            price = price_at(price, tier, "")
        if price is not None and attempts:
            last = attempts[-1]
            # Of a continued answer the last attempt made the end only; the beginning was part of its prompt.
            before = sum(attempt.output_tokens for attempt in attempts[:-1]) if exchange.continuations else 0
            baseline = self._baseline.cost_nanos(
                exchange,
                Usage(
                    max(0, last.input_tokens - before),
                    last.cached_input_tokens,
                    last.cache_write_5m_tokens,
                    last.cache_write_1h_tokens,
                    last.output_tokens + before,
                    last.reasoning_tokens,
                ),
                price,
            )
        cost, currency = sum_costs(attempts)
        first = exchange.first_token_at
        return RequestRecord(
            exchange.request_id,
            exchange.key.organization_id,
            exchange.key.id,
            exchange.client_dialect.name,
            asked,
            exchange.plan.route if exchange.plan else "",
            _reason(exchange, outcome),
            peek.session,
            peek.stream,
            exchange.started_ms,
            int((time.perf_counter() - exchange.started) * 1_000_000),
            int((first - exchange.started) * 1_000_000) if first else None,
            _overhead_us(exchange),
            outcome,
            status,
            problem.code if problem else "",
            problem.message[:1000] if problem else "",
            attempts,
            baseline,
            asked if price is not None else "",
            price.currency if price is not None else "",
            cost,
            currency,
            demo,
            len(exchange.body),
            exchange.key.created_by,
            exchange.key.project,
            exchange.key.tags,
            _task_of(exchange),
            None if served is None else cache_discount_nanos(self.price_held(exchange, served, granted)[0], attempts),
            exchange.plan.split if exchange.plan else "",
            exchange.plan.arm if exchange.plan else "",
            exchange.cache_state.decode(),
        )

    def cached_record(self, exchange: "Exchange", answer: StoredAnswer) -> RequestRecord:
        """Return the ledger record of an answer from the cache: it cost nothing, and the model that was asked for would
        have cost what such an answer does. The tokens were not spent again, so none are counted."""
        record = msgspec.structs.replace(
            self.request_record(exchange, "completed", 200, None),
            cache_saved_nanos=answer.cost_nanos,
            cache_currency=answer.currency,
        )
        asked = exchange.peek.model
        price = self.baseline_price(asked, exchange.key.organization_id)
        if price is None:
            return record
        return msgspec.structs.replace(
            record,
            baseline_nanos=cost_nanos(answer.usage, price),
            baseline_model=asked,
            baseline_currency=price.currency,
            cost_nanos=0,
            currency=price.currency,
        )


def _task_of(exchange: "Exchange") -> str:
    """Return the task a client named for its request in ``x-powerautomation-task``; empty when it named none."""
    for name, value in exchange.headers:
        if name == TASK_HEADER:
            return value[:LONGEST_TASK].decode("latin-1").replace("\x00", "")
    return ""


def _granted(exchange: "Exchange") -> str:
    """Return the service tier the last upstream says it granted, or empty."""
    attempt = exchange.attempt
    return "" if attempt is None or attempt.usage is None else attempt.usage.service_tier


def _body_bytes(exchange: "Exchange", attempt: "Attempt") -> int:
    return len(exchange.body if attempt.resumed is None else attempt.resumed.body)


def _worked(attempt: "Attempt") -> bool:
    """Say whether an upstream that sent no token may have read the prompt all the same, and will bill it: it had the
    request, and it did not refuse. Then nobody waited for it, or its connection broke, or nothing of use came."""
    failure = attempt.failure
    if not attempt.sent or attempt.status >= 400:
        return False
    return failure is None or (failure.kind in _UNTOLD and failure.code not in ("connect_failed", "connect_timeout"))


def _overhead_us(exchange: "Exchange") -> int:
    """Return what the gateway itself added: until the first token of a stream, until the end of a whole answer."""
    until = exchange.first_token_at if exchange.streaming_answer and exchange.first_token_at else time.perf_counter()
    return max(0, int((until - exchange.started - exchange.upstream_seconds) * 1_000_000))


def _cost(usage: Usage, price: Price | None) -> int | None:
    if not usage.output_tokens and not prompt_tokens_of(usage):
        return 0
    return None if price is None else cost_nanos(usage, price)


def _reason(exchange: "Exchange", outcome: str) -> str:
    """Return why the request went where it went, as the ledger keeps it."""
    plan = exchange.plan
    if plan is None:
        return ""
    if outcome != "completed" or exchange.current is None:
        return f"[{plan.reason}]"
    attempts, passed_over = len(exchange.attempts), bool(plan.rejected)
    return f"[{plan.reason},{answered_part(exchange.current.id, attempts=attempts, passed_over=passed_over)}]"
