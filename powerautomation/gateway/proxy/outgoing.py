"""Writes what one attempt sends: the client's request in its upstream's dialect, with what the client left out of the
history and the upstream wants to see again."""

import asyncio
import re
from contextlib import suppress

import msgspec

from powerautomation.gateway.dialects import Dialect, InvalidRequest, Peek, Target, ToolCall, calls_without_reasoning
from powerautomation.gateway.families import Family
from powerautomation.gateway.metering import adapted_part
from powerautomation.gateway.proxy.attempt import Attempt
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.proxy.vectors import translated_request
from powerautomation.gateway.thoughts import Listener, ThoughtStore, is_lossy

# Text in JSON has more bytes to a token than this, in English as in Chinese.
BYTES_PER_TOKEN = 3
# Base64 between quotes; an image of the greatest size costs about so much (families.yaml, images).
_MEDIA = re.compile(rb'"(?:data:[^",]{0,200},)?[A-Za-z0-9+/=_-]{2000,}"')
_MEDIA_TOKENS = 5000
# A prompt that leaves less may be too long itself: its host judges that, and says so in its own words.
_LEAST_ROOM = 1024


async def outgoing_body(
    exchange: Exchange, attempt: Attempt, dialect: Dialect, target: Target, thoughts: ThoughtStore | None
) -> bytes:
    """Return the request for an upstream of ``dialect``, and note in the plan what was adapted. Raises InvalidRequest
    for what cannot be said there."""
    resumed = attempt.resumed
    if target.family.output_in_context:
        target = msgspec.structs.replace(target, room_tokens=room_of(exchange.body, exchange.peek, target.family))
    if dialect is exchange.client_dialect:
        asked = exchange.body if resumed is None else resumed.body
        if thoughts is not None and is_lossy(dialect.name, dialect.name, target.family):
            if target.family.reasoning_in_history == "required" and (calls := calls_without_reasoning(asked)):
                known = await thoughts.reasoning(exchange.key.organization_id, dialect.name, calls)
                target = msgspec.structs.replace(target, reasoning=known)
            if target.family.call_signature and dialect.lacks_signature(asked):
                signatures = await _signatures(exchange, dialect, target, thoughts)
                target = msgspec.structs.replace(target, signatures=signatures)
        body = dialect.forward_request(asked, exchange.peek, target)
        _note_adapted(exchange, attempt, target)
        return body if resumed is None else resumed.finished_body(body, dialect, target)
    if exchange.peek.operation == "embeddings":
        body = translated_request(exchange, dialect, target)
        _note_adapted(exchange, attempt, target)
        return body
    if exchange.plan is not None and exchange.plan.prompt_cache:
        target = msgspec.structs.replace(target, prompt_cache=True)
    request = exchange.decoded() if resumed is None else resumed.decoded(exchange)
    if thoughts is not None:
        client = exchange.client_dialect.name
        request = await thoughts.recall(exchange.key.organization_id, client, request, dialect.name, target.family)
    body = dialect.encode_request(request, target)
    _note_adapted(exchange, attempt, target)
    return body if resumed is None else resumed.finished_body(body, dialect, target)


def room_of(body: bytes, peek: Peek, family: Family) -> int | None:
    """Return how many tokens a prompt leaves of its model's context, at least; None when that is no question. Careful
    rather than exact: a wish for less output costs nothing, one for too much is refused."""
    context, wanted = family.context_tokens, peek.max_output_tokens
    if context is None or wanted is None or wanted + len(body) // BYTES_PER_TOKEN <= context:
        return None
    media = [len(found[0]) for found in _MEDIA.finditer(body)]
    prompt = (len(body) - sum(media)) // BYTES_PER_TOKEN + len(media) * _MEDIA_TOKENS
    return max(context - prompt, _LEAST_ROOM)


def _note_adapted(exchange: Exchange, attempt: Attempt, target: Target) -> None:
    if target.adapted and exchange.plan is not None:
        exchange.plan.note(adapted_part(attempt.deployment.id, target.adapted))


async def _signatures(
    exchange: Exchange, dialect: Dialect, target: Target, thoughts: ThoughtStore
) -> dict[tuple[int, int], str]:
    """Return the kept signatures of calls that came back without theirs, with the arguments they were given for."""
    try:
        request = exchange.decoded()
    except InvalidRequest:
        # What passes through may hold more than can be read here.
        return {}
    organization_id = exchange.key.organization_id
    complete = await thoughts.recall(organization_id, dialect.name, request, dialect.name, target.family)
    turns = [message.parts for message in complete.messages if message.role == "assistant"]
    return {
        (turn, number): call.signature
        for turn, parts in enumerate(turns)
        for number, call in enumerate(part for part in parts if isinstance(part, ToolCall))
        if call.signature
    }


def keep_thoughts(exchange: Exchange, heard: Listener, thoughts: ThoughtStore) -> "asyncio.Future[None] | None":
    """Keep what the answer held and its client will not bring back. What is returned ends when every replica can find
    it; None when there is nothing to wait for."""
    request = exchange.request
    if request is None and heard.signed:
        # A Gemini client's turns are known by the conversation before them.
        with suppress(InvalidRequest):
            request = exchange.decoded()
    history = request.messages if request is not None else None
    return thoughts.keep(exchange.key.organization_id, exchange.client_dialect.name, heard, history)
