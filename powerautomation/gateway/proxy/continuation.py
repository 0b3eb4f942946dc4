"""Continues a stream whose upstream died: the next deployment gets what was said already and says the rest."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from powerautomation.gateway.dialects import (
    CONTINUING,
    ChatRequest,
    Dialect,
    InvalidRequest,
    Resumed,
    Target,
    Usage,
    prefilled_for_anthropic,
    prefilled_for_chat,
)
from powerautomation.gateway.families import Family
from powerautomation.gateway.metering import continued_part, not_continued_part
from powerautomation.gateway.providers import Deployment, takes_partial
from powerautomation.gateway.proxy.attempt import Attempt, target_of
from powerautomation.gateway.proxy.errors import AttemptFailed
from powerautomation.gateway.proxy.joining import How, Joiner, summed
from powerautomation.governance.flags import CONTINUED_STREAMS

if TYPE_CHECKING:
    from powerautomation.gateway.proxy.exchange import Exchange
    from powerautomation.gateway.proxy.service import Gateway
    from powerautomation.gateway.routing import Plan

MOST_CONTINUATIONS = 2
_FINAL_KINDS = frozenset({"caller", "credential"})
INSTRUCTION = (
    "The connection broke while you were answering, and your last message above is what arrived of the answer. "
    "Continue it from exactly where it stops, in the middle of a word if that is where it stops. Write only what is "
    "missing: repeat nothing, and do not mention the interruption."
)


@dataclass(slots=True)
class Continuation:
    """How one attempt goes on with an answer: the client's request with what was said so far, and what joins the rest.
    ``first_token_at`` and ``upstream_seconds`` are the exchange's of before."""

    how: How
    body: bytes
    joiner: Joiner
    first_token_at: float
    upstream_seconds: float

    def decoded(self, exchange: "Exchange") -> ChatRequest:
        """Return the request in the typed model."""
        request = exchange.client_dialect.decode_request(self.body)
        return msgspec.structs.replace(request, model=exchange.peek.model, stream=exchange.peek.stream)

    def finished_body(self, body: bytes, dialect: Dialect, target: Target) -> bytes:
        """Return the upstream's request, marked as one whose answer has begun."""
        if self.how != "prefill":
            return body
        if dialect.name == "anthropic-messages":
            return prefilled_for_anthropic(body)
        return prefilled_for_chat(body, target.family)


def may_continue(gateway: "Gateway", exchange: "Exchange", plan: "Plan") -> bool:
    """Say whether a request's stream, whose route wants it continued, is to be written along for that."""
    if not gateway.flags.is_on(exchange.key.organization_id, CONTINUED_STREAMS, exchange.key.created_by):
        plan.continue_streams = False
    # What was masked must not go upstream as part of an answer, so such streams are not continued.
    return plan.continue_streams and exchange.peek.stream and exchange.screened is None


async def continue_stream(gateway: "Gateway", exchange: "Exchange", broken: Attempt) -> bool:
    """Have another deployment, or at last the same one, say the rest of a stream that broke off; say whether it did.
    What cannot be continued safely is left alone."""
    transcript, plan, failure = exchange.sent, exchange.plan, broken.failure
    if plan is None or failure is None or failure.kind in _FINAL_KINDS:
        return False
    if transcript is None or transcript.lost:
        if plan.continue_streams:
            cause = "masked" if exchange.screened is not None else "long"
            plan.note(not_continued_part(broken.deployment.id, cause))
        return False
    if exchange.continuations >= MOST_CONTINUATIONS:
        return False
    resumed = CONTINUING[exchange.client_dialect.name].resume(transcript.sent(), exchange.reply)
    if resumed is None:
        plan.note(not_continued_part(broken.deployment.id, "blocks"))
        return False
    if resumed.complete:
        gateway.settle_broken(exchange)
        await exchange.send_part(resumed.opening, last=True)
        return True
    if cause := _obstacle(exchange):
        plan.note(not_continued_part(broken.deployment.id, cause))
        return False
    before = summed([*([broken.resumed.joiner.before] if broken.resumed else []), _usage_of(exchange)])
    exchange.continuations += 1
    exchange.use_encoder(resumed.encoder)
    if resumed.opening:
        await _open(exchange, resumed.opening)
    first_token_at, upstream_seconds = exchange.first_token_at, exchange.upstream_seconds
    for deployment in _next_after(broken.deployment, plan.candidates):
        if len(exchange.attempts) >= gateway.max_attempts:
            break
        rated = deployment.provider.requests_per_second is not None
        wait = await gateway.router.turn(deployment) if rated else 0.0
        if wait:
            # A moment's silence in the middle of a sentence is better than its end.
            await gateway.pause(exchange, wait)
        if wait is None or not gateway.router.began(deployment):
            continue
        continuation = _continuation(exchange, deployment, resumed, before)
        continuation.first_token_at, continuation.upstream_seconds = first_token_at, upstream_seconds
        plan.note(continued_part(broken.deployment.id, deployment.id, continuation.how))
        # Until this one has said something, the next may be tried, as before any first token.
        exchange.content_sent = False
        try:
            await gateway.attempt(exchange, deployment, continuation)
            return True
        except InvalidRequest as error:
            plan.pass_over(deployment.id, "request", error.message)
        except AttemptFailed:
            continue
        finally:
            exchange.content_sent = True
            exchange.first_token_at = first_token_at
    return False


async def _open(exchange: "Exchange", opening: bytes) -> None:
    try:
        await exchange.send_part(opening)
    except asyncio.CancelledError:
        raise exchange.cancelled() from None


def _obstacle(exchange: "Exchange") -> str:
    """Return why a request cannot be asked again with the beginning of its answer; empty when it can: its last turn is
    the user's, and the answer is text without a form that two halves could break."""
    try:
        request = exchange.decoded()
    except InvalidRequest:
        return "blocks"
    last = request.messages[-1] if request.messages else None
    if last is None or last.role == "assistant":
        return "prefilled"
    return "form" if request.response_schema is not None or request.json_mode else ""


def _usage_of(exchange: "Exchange") -> Usage:
    made = exchange.attempts[-1]
    return Usage(
        made.input_tokens, made.cached_input_tokens, made.cache_write_5m_tokens, made.cache_write_1h_tokens,
        made.output_tokens, made.reasoning_tokens, made.estimated,
    )  # fmt: skip


def _next_after(broken: Deployment, candidates: list[Deployment]) -> list[Deployment]:
    """Return who may go on, in order: those after the broken one, those before it, and itself at last."""
    at = next((number for number, one in enumerate(candidates) if one is broken), -1)
    others = [*candidates[at + 1 :], *candidates[: at + 1]]
    return [one for one in others if not one.is_demo]


def way_of(deployment: Deployment, family: Family, said: str) -> How:
    """Return how a deployment is made to go on: it takes the beginning of its answer, or is told to continue."""
    if not said.strip():
        return "again"
    provider = deployment.provider
    if provider.dialect == "anthropic-messages" and family.prefill:
        return "prefill"
    partial = provider.dialect == "openai-chat" and family.thinking != "always"
    return "prefill" if partial and takes_partial(provider.preset, provider.base_url) else "instruction"


def _continuation(exchange: "Exchange", deployment: Deployment, resumed: Resumed, before: Usage) -> Continuation:
    said = resumed.text
    how = way_of(deployment, target_of(deployment, exchange.peek.model).family, said)
    body = exchange.body
    if how != "again":
        # Vendors refuse a prefix that ends in space; the joiner takes the space off the rest again.
        begun = said.rstrip() if how == "prefill" else said
        instruction = INSTRUCTION if how == "instruction" else ""
        ask = CONTINUING[exchange.client_dialect.name].ask_for_rest
        body = ask(exchange.body, begun, instruction, before.output_tokens)
    return Continuation(how, body, Joiner(said, how, before), 0.0, 0.0)
