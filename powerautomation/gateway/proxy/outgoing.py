"""Writes what one attempt sends: the client's request in its upstream's dialect, with what the client left out of the
history and the upstream wants to see again."""

import msgspec

from powerautomation.gateway.dialects import Dialect, Target, calls_without_reasoning
from powerautomation.gateway.metering import adapted_part
from powerautomation.gateway.proxy.attempt import Attempt
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.proxy.vectors import translated_request
from powerautomation.gateway.thoughts import ThoughtStore, is_lossy


async def outgoing_body(
    exchange: Exchange, attempt: Attempt, dialect: Dialect, target: Target, thoughts: ThoughtStore | None
) -> bytes:
    """Return the request for an upstream of ``dialect``, and note in the plan what was adapted. Raises InvalidRequest
    for what cannot be said there."""
    resumed = attempt.resumed
    if dialect is exchange.client_dialect:
        asked = exchange.body if resumed is None else resumed.body
        if thoughts is not None and is_lossy(dialect.name, dialect.name, target.family):
            calls = calls_without_reasoning(asked)
            if calls:
                known = await thoughts.reasoning(exchange.key.organization_id, dialect.name, calls)
                target = msgspec.structs.replace(target, reasoning=known)
        body = dialect.forward_request(asked, exchange.peek, target)
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


def _note_adapted(exchange: Exchange, attempt: Attempt, target: Target) -> None:
    if target.adapted and exchange.plan is not None:
        exchange.plan.note(adapted_part(attempt.deployment.id, target.adapted))
