"""Learns by how much the offline count of a prompt is off for each deployment: vendors have vocabularies of their own.

A settled request is counted again, in a thread, now and then: often while a deployment is new, rarely after that.
"""

import asyncio
import time
from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

import structlog

from powerautomation.gateway.dialects import Dialect, InvalidRequest, Usage, estimate_tokens
from powerautomation.gateway.metering import prompt_tokens_of
from powerautomation.gateway.providers import Deployment
from powerautomation.gateway.token_ratios import (
    ENOUGH_SAMPLES,
    LEAST_RATIO,
    MOST_DEPLOYMENTS,
    MOST_RATIO,
    LearnedRatio,
)

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.exchange import Exchange

# A prompt of a few tokens is mostly what its vendor wraps around it.
LEAST_TOKENS = 50
MOST_BODY_BYTES = 1024 * 1024
SECONDS_BETWEEN_SAMPLES = 30.0
LEAST_WEIGHT = 0.1
# When a provider dies, many prompts want to be counted at once, and none of their requests should wait for it.
MOST_COUNTS_AT_ONCE = 4

_Key = tuple[str, str]
_log = structlog.get_logger(__name__)


class _Ratio:
    __slots__ = ("next_at", "samples", "value")

    def __init__(self) -> None:
        self.value = 1.0
        self.samples = 0
        self.next_at = 0.0


class TokenRatios:
    """What vendors counted over what was counted here, by deployment. One count at a time runs in a thread. What
    changes is handed to whoever keeps it, and what other processes learned is taken over."""

    def __init__(self) -> None:
        self._ratios: dict[_Key, _Ratio] = {}
        self._changed: dict[_Key, None] = {}
        self._counting: asyncio.Task[None] | None = None
        self._asked = 0

    async def prompt_tokens(self, exchange: "Exchange", deployment: Deployment) -> int | None:
        """Return the likely tokens of a request's prompt at a deployment, for a ledger row nobody told the usage of;
        None when it is too long, or when too many are being counted."""
        body = exchange.body
        if exchange.peek.operation != "chat" or len(body) > MOST_BODY_BYTES or self._asked >= MOST_COUNTS_AT_ONCE:
            return None
        self._asked += 1
        try:
            counted = await asyncio.to_thread(_count, exchange.client_dialect, body, deployment)
        finally:
            self._asked -= 1
        return self.corrected(deployment, counted) or None

    def corrected(self, deployment: Deployment, tokens: int) -> int:
        """Return an offline count as this deployment would likely have it."""
        ratio = self._ratios.get(_key(deployment))
        return tokens if ratio is None else round(tokens * ratio.value)

    def note(self, exchange: "Exchange", deployment: Deployment, usage: Usage | None) -> None:
        """Learn from a settled request, when it is worth it. On the request path: a look-up and a comparison."""
        if self._counting is not None or usage is None or usage.estimated or deployment.is_demo:
            return
        key = _key(deployment)
        ratio = self._ratios.get(key)
        if ratio is None:
            if len(self._ratios) >= MOST_DEPLOYMENTS:
                return
            ratio = self._ratios[key] = _Ratio()
        elif ratio.samples >= ENOUGH_SAMPLES and time.monotonic() < ratio.next_at:
            return
        real = prompt_tokens_of(usage)
        if real < LEAST_TOKENS or len(exchange.body) > MOST_BODY_BYTES or exchange.peek.operation != "chat":
            return
        self._counting = asyncio.create_task(self._learn(exchange, deployment, ratio, real))

    async def _learn(self, exchange: "Exchange", deployment: Deployment, ratio: _Ratio, real: int) -> None:
        try:
            counted = await asyncio.to_thread(_count, exchange.client_dialect, exchange.body, deployment)
        finally:
            self._counting = None
        if counted < LEAST_TOKENS:
            return
        ratio.samples = min(ENOUGH_SAMPLES, ratio.samples + 1)
        ratio.next_at = time.monotonic() + SECONDS_BETWEEN_SAMPLES
        # The first ones are averaged; later each moves it by a little.
        ratio.value += max(LEAST_WEIGHT, 1 / ratio.samples) * (_bounded(real / counted) - ratio.value)
        self._changed[_key(deployment)] = None

    async def settled(self) -> None:
        """Wait for the count under way, if there is one."""
        if self._counting is not None:
            await asyncio.wait([self._counting])

    def take_changed(self, most: int) -> list[LearnedRatio]:
        """Return at most ``most`` ratios that changed here, each once."""
        keys = list(self._changed)[:most]
        for key in keys:
            del self._changed[key]
        return [LearnedRatio(*key, self._ratios[key].value, self._ratios[key].samples) for key in keys]

    def give_back(self, ratios: Sequence[LearnedRatio]) -> None:
        """Take back what could not be kept; it has changed still."""
        self._changed |= {(ratio.organization_id, ratio.deployment): None for ratio in ratios}

    def take_over(self, ratios: Sequence[LearnedRatio]) -> None:
        """Learn from other processes what is not known better here: from fewer samples, or changed since it was kept.
        Values beyond the bounds are brought within them, and what is no number is left out."""
        for key, value, samples in ((ratio[:2], ratio.value, ratio.samples) for ratio in ratios):
            known = self._ratios.get(key)
            if not isfinite(value) or samples < 1:
                continue
            if known is None:
                if len(self._ratios) >= MOST_DEPLOYMENTS:
                    continue
                known = self._ratios[key] = _Ratio()
            elif samples < known.samples or key in self._changed:
                continue
            known.value = _bounded(value)
            known.samples = min(ENOUGH_SAMPLES, samples)


def _bounded(ratio: float) -> float:
    return min(MOST_RATIO, max(LEAST_RATIO, ratio))


def _count(dialect: Dialect, body: bytes, deployment: Deployment) -> int:
    try:
        return estimate_tokens(dialect.decode_request(body), deployment.model, deployment.family)
    except InvalidRequest:
        return 0
    except Exception:
        # A prompt that cannot be counted is no reason to fail the request it belongs to.
        _log.exception("gateway.prompt_not_counted", deployment=deployment.id)
        return 0


def _key(deployment: Deployment) -> _Key:
    return deployment.provider.organization_id or "", deployment.id
