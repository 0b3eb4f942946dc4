"""Learns by how much the offline count of a prompt is off for each deployment: vendors have vocabularies of their own.

A settled request is counted again, in a thread, now and then: often while a deployment is new, rarely after that.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from powerautomation.gateway.dialects import Dialect, InvalidRequest, Usage, estimate_tokens
from powerautomation.gateway.metering import prompt_tokens_of
from powerautomation.gateway.providers import Deployment

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.exchange import Exchange

LEAST_RATIO, MOST_RATIO = 0.5, 2.0
# A prompt of a few tokens is mostly what its vendor wraps around it.
LEAST_TOKENS = 50
MOST_BODY_BYTES = 1024 * 1024
SAMPLES_WHILE_NEW = 20
SECONDS_BETWEEN_SAMPLES = 30.0
LEAST_WEIGHT = 0.1
MOST_DEPLOYMENTS = 10_000

_Key = tuple[str, str]


class _Ratio:
    __slots__ = ("next_at", "samples", "value")

    def __init__(self) -> None:
        self.value = 1.0
        self.samples = 0
        self.next_at = 0.0


class TokenRatios:
    """What vendors counted over what was counted here, by deployment. One count at a time runs in a thread."""

    def __init__(self) -> None:
        self._ratios: dict[_Key, _Ratio] = {}
        self._counting: asyncio.Task[None] | None = None

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
        elif ratio.samples >= SAMPLES_WHILE_NEW and time.monotonic() < ratio.next_at:
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
        ratio.samples += 1
        ratio.next_at = time.monotonic() + SECONDS_BETWEEN_SAMPLES
        found = min(MOST_RATIO, max(LEAST_RATIO, real / counted))
        # The first ones are averaged; later each moves it by a little.
        ratio.value += max(LEAST_WEIGHT, 1 / ratio.samples) * (found - ratio.value)

    async def settled(self) -> None:
        """Wait for the count under way, if there is one."""
        if self._counting is not None:
            await asyncio.wait([self._counting])


def _count(dialect: Dialect, body: bytes, deployment: Deployment) -> int:
    try:
        return estimate_tokens(dialect.decode_request(body), deployment.model, deployment.family)
    except InvalidRequest:
        return 0


def _key(deployment: Deployment) -> _Key:
    return deployment.provider.organization_id or "", deployment.id
