"""Embeddings whose vendor speaks another format than the client: the request there, the vectors back."""

import asyncio
from typing import TYPE_CHECKING

from powerautomation.gateway.dialects import Dialect, Target, UpstreamFailure, Usage, embeddings_dialect
from powerautomation.gateway.proxy.attempt import Attempt
from powerautomation.gateway.proxy.errors import AttemptFailed
from powerautomation.gateway.proxy.exchange import Exchange

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.service import Gateway

# Above this, vectors are rewritten in a thread: it takes a millisecond for about 200 KB.
SMALL_ANSWER_BYTES = 128 * 1024


def translated_request(exchange: Exchange, dialect: Dialect, target: Target) -> bytes:
    """Return the client's request for embeddings in its upstream's format. Raises InvalidRequest."""
    client = embeddings_dialect(exchange.client_dialect)
    request = client.read_embeddings_request(exchange.body, exchange.peek, target.adapted)
    return embeddings_dialect(dialect).write_embeddings_request(request, target)


async def translated_answer(
    gateway: "Gateway", exchange: Exchange, attempt: Attempt, dialect: Dialect, body: bytes
) -> bytes:
    """Return an upstream's vectors in the client's format, and note its usage. Raises AttemptFailed for what are none.
    The client is told the ledger's estimate where the vendor told no tokens."""
    estimate = gateway.settlement.estimate_input(attempt.deployment, len(exchange.body))
    if len(body) <= SMALL_ANSWER_BYTES:
        told, answer = _translated(exchange, dialect, body, estimate)
    else:
        told, answer = await asyncio.to_thread(_translated, exchange, dialect, body, estimate)
    if told is not None:
        attempt.usage = Usage(input_tokens=told)
    return answer


def _translated(exchange: Exchange, dialect: Dialect, body: bytes, estimate: int) -> tuple[int | None, bytes]:
    client = embeddings_dialect(exchange.client_dialect)
    request = client.read_embeddings_request(exchange.body, exchange.peek, [])
    made = embeddings_dialect(dialect).read_embeddings(body, len(request.texts))
    if isinstance(made, UpstreamFailure):
        raise AttemptFailed(made)
    try:
        tokens = estimate if made.tokens is None else made.tokens
        return made.tokens, client.write_embeddings(made, request, exchange.reply, tokens)
    except OverflowError:
        failure = UpstreamFailure("invalid_answer", "its vectors hold no usable numbers", code="illegible_answer")
        raise AttemptFailed(failure) from None
