"""What the model that was asked for would have been billed: it would have had the conversation in its prompt cache."""

import time
from typing import TYPE_CHECKING

import msgspec

from powerautomation.gateway.dialects import Usage
from powerautomation.gateway.metering import Price, band_of, cost_nanos, prompt_tokens_of

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.exchange import Exchange

CACHE_SECONDS = 300.0
MOST_CONVERSATIONS = 10_000
_MARK = b'"cache_control"'

_Conversation = tuple[str, str, str]


class Baseline:
    """Prices answers as the model that was asked for. It remembers how long the last prompt of each conversation was,
    for as long as vendors keep a prompt: a failover leaves the cache of who answered before, but the asked-for model
    would have stayed where it was, and a saving must not count that loss as if the other had it too."""

    def __init__(self) -> None:
        self._prompts: dict[_Conversation, tuple[float, int]] = {}

    def cost_nanos(self, exchange: "Exchange", usage: Usage, price: Price) -> int | None:
        """Return the cost of an answer at the asked-for model's price; None when a price that is needed is unknown.

        What the conversation's last prompt had in common with this one counts as cached (at most the shorter of the
        two), where that vendor caches: by itself, or because the client marked the prompt. What filling the cache
        would have cost more is left out, so that a saving is rather too small than too large.
        """
        prompt_tokens = prompt_tokens_of(usage)
        repeated = min(prompt_tokens, self._before(exchange, prompt_tokens))
        if repeated > usage.cached_input_tokens and _would_cache(exchange, band_of(price, prompt_tokens)):
            usage = _with_cached(usage, repeated)
        return cost_nanos(usage, price)

    def _before(self, exchange: "Exchange", prompt_tokens: int) -> int:
        """Return the tokens of the conversation's last prompt, 0 when there was none lately; remember this one."""
        session = exchange.peek.session or (exchange.plan.conversation if exchange.plan else "")
        if not session:
            return 0
        conversation = (exchange.key.id, session, exchange.peek.model)
        now = time.monotonic()
        at, tokens = self._prompts.pop(conversation, (0.0, 0))
        if len(self._prompts) >= MOST_CONVERSATIONS:
            del self._prompts[next(iter(self._prompts))]
        self._prompts[conversation] = (now, prompt_tokens)
        return tokens if now - at < CACHE_SECONDS else 0


def _would_cache(exchange: "Exchange", band: Price | None) -> bool:
    if band is None or band.cached_input is None:
        return False
    by_itself = band.cache_write_5m is not None and band.cache_write_5m == band.input
    return by_itself or _MARK in exchange.body


def _with_cached(usage: Usage, cached: int) -> Usage:
    """Return the usage with so many tokens of the prompt from the cache: first those that were plain input."""
    left = cached - usage.cached_input_tokens
    plain = min(left, usage.input_tokens)
    written = min(left - plain, usage.cache_write_5m_tokens)
    return msgspec.structs.replace(
        usage,
        input_tokens=usage.input_tokens - plain,
        cache_write_5m_tokens=usage.cache_write_5m_tokens - written,
        cache_write_1h_tokens=usage.cache_write_1h_tokens - (left - plain - written),
        cached_input_tokens=cached,
    )
