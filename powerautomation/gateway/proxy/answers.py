"""Answers from the cache: looked up before an attempt, replayed in the client's dialect, kept after a good one."""

import asyncio
import time
from typing import TYPE_CHECKING

from powerautomation.gateway.answer_cache import (
    AnswerCache,
    CachePolicy,
    Found,
    Question,
    StoredAnswer,
    bypasses,
    kept_events,
    masked_events,
    may_be_cached,
    question_of,
    replayed_events,
)
from powerautomation.gateway.dialects import Event, InvalidRequest, Reply, Usage
from powerautomation.gateway.families import family_of
from powerautomation.gateway.metering import reason_part
from powerautomation.gateway.proxy.exchange import Exchange, Message
from powerautomation.gateway.routing import Plan
from powerautomation.governance.flags import ANSWER_CACHE
from powerautomation.kernel.clock import now_ms

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.service import Gateway

# What a client gets is longer than what it says: frames around every piece of a stream.
MOST_FRAME_FACTOR = 40
# Whoever waited so long for another's answer asks for one of their own.
LONGEST_FLIGHT_SECONDS = 30.0


class Recorder:
    """Keeps what a client is sent, until it is more than anybody would store."""

    def __init__(self, exchange: Exchange, cache: AnswerCache, question: Question, policy: CachePolicy) -> None:
        self._exchange = exchange
        self._cache = cache
        self._question = question
        self._policy = policy
        self._send = exchange.send
        self._parts: list[bytes] = []
        self._room = policy.max_answer_bytes * MOST_FRAME_FACTOR
        # Those who ask the same meanwhile wait for the first who asked.
        self._flight = cache.take_off(question) if cache.flight(question) is None else None
        exchange.send = self._record

    def end(self) -> None:
        """Let those who wait for this answer go on, whether it was kept or not."""
        if self._flight is not None:
            self._cache.land(self._question, self._flight)
            self._flight = None

    async def _record(self, message: Message) -> None:
        body = message.get("body")
        if body and self._room >= 0:
            self._room -= len(body)
            if self._room >= 0:
                self._parts.append(body)
            else:
                self._parts.clear()
        await self._send(message)

    async def keep(self) -> None:
        """Store the answer that was just sent, when it is one that may be repeated. The client has it already."""
        exchange = self._exchange
        deployment = exchange.current
        if self._room < 0 or deployment is None or deployment.is_demo or not exchange.attempts:
            return
        events = _events_of(exchange, b"".join(self._parts))
        if events is None:
            return
        if exchange.screened is not None:
            events = masked_events(events, exchange.screened.originals)
        made = exchange.attempts[-1]
        usage = Usage(
            made.input_tokens,
            made.cached_input_tokens,
            made.cache_write_5m_tokens,
            made.cache_write_1h_tokens,
            made.output_tokens,
            made.reasoning_tokens,
            made.estimated,
        )
        answer = StoredAnswer(events, usage, deployment.id, now_ms(), made.cost_nanos, made.currency)
        await self._cache.keep(exchange.key.organization_id, self._question, self._policy, answer)


def _events_of(exchange: Exchange, sent: bytes) -> tuple[Event, ...] | None:
    dialect = exchange.client_dialect
    family = family_of("")
    reply = Reply(exchange.request_id, exchange.peek.model)
    if not exchange.peek.stream:
        return kept_events(dialect.answer_events(sent, reply, family))
    decoder = dialect.stream_decoder(reply, family)
    return kept_events([*decoder.feed(sent), *decoder.finish()])


async def answer_from_cache(
    gateway: "Gateway", exchange: Exchange, plan: Plan, policy: CachePolicy
) -> tuple[bool, Recorder | None]:
    """Answer a request from the cache; say whether that was done, and return what records the answer that must be made
    now, or None when that one is not to be kept."""
    cache = gateway.answer_cache
    if cache is None or not gateway.flags.is_on(exchange.key.organization_id, ANSWER_CACHE, exchange.key.created_by):
        return False, None
    no_look, no_keep = bypasses(exchange.headers)
    if no_look and no_keep:
        return False, None
    try:
        request = exchange.decoded()
    except InvalidRequest:
        # Its own dialect's upstream may understand what the typed model cannot say.
        return False, None
    if not may_be_cached(policy, exchange.peek, request):
        return False, None
    key = exchange.key
    owner = f"{key.organization_id}/{key.id}" if policy.per_key else key.organization_id
    question = question_of(request, owner, plan.cache_scope)
    if exchange.screened is not None:
        # Somebody else's placeholders would mean nothing here: only the same question, of the same originals, will do.
        question = Question(question.key, "", "")
    found = None if no_look else await cache.find(key.organization_id, question, policy)
    if found is None and not no_look and (flight := cache.flight(question)) is not None:
        await _landing(exchange, flight)
        found = await cache.find(key.organization_id, question, policy)
    if found is None:
        exchange.cache_state = b"miss"
        return False, None if no_keep else Recorder(exchange, cache, question, policy)
    await _replay(gateway, exchange, plan, found)
    return True, None


async def _landing(exchange: Exchange, flight: "asyncio.Future[None]") -> None:
    """Wait, not for ever, until the answer another request has made is kept, or is known not to be."""
    try:
        await asyncio.wait((flight,), timeout=LONGEST_FLIGHT_SECONDS)
    except asyncio.CancelledError:
        raise exchange.cancelled() from None


async def _replay(gateway: "Gateway", exchange: Exchange, plan: Plan, found: Found) -> None:
    exchange.cache_state = found.state.encode()
    answer = found.answer
    exchange.answered_before = answer.deployment
    plan.note(
        reason_part(
            "cached",
            found.state,
            answer.deployment,
            str(max(0, now_ms() - answer.at_ms) // 1000),
            f"{found.similarity:.2f}",
        )
    )
    events = replayed_events(answer, exchange.request_id, exchange.peek.model, thinking=exchange.peek.thinking)
    if (restorer := exchange.restorer()) is not None:
        events = restorer.restore(events)
    exchange.first_token_at = time.perf_counter()
    if exchange.peek.stream:
        exchange.streaming_answer = True
        part = exchange.encoder.encode(events)
        gateway.settle_cached(exchange, answer)
        await exchange.send_part(part, last=True)
        return
    body = exchange.client_dialect.encode_answer(events, exchange.reply)
    gateway.settle_cached(exchange, answer)
    await exchange.send_whole(200, body)
