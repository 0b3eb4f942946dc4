"""Writes what one attempt sends: the client's request in its upstream's dialect, with what the client left out of the
history and the upstream wants to see again."""

import msgspec

from powerautomation.gateway.dialects import Dialect, Target, calls_without_reasoning
from powerautomation.gateway.metering import adapted_part
from powerautomation.gateway.providers import Deployment
from powerautomation.gateway.proxy.exchange import Exchange
from powerautomation.gateway.thoughts import ThoughtStore, is_lossy


async def outgoing_body(
    exchange: Exchange, deployment: Deployment, dialect: Dialect, target: Target, thoughts: ThoughtStore | None
) -> bytes:
    """Return the request for an upstream of ``dialect``, and note in the plan what was adapted. Raises InvalidRequest
    for what cannot be said there."""
    if dialect is exchange.client_dialect:
        if thoughts is not None and is_lossy(dialect.name, dialect.name, target.family):
            calls = calls_without_reasoning(exchange.body)
            if calls:
                known = await thoughts.reasoning(exchange.key.organization_id, dialect.name, calls)
                target = msgspec.structs.replace(target, reasoning=known)
        return dialect.forward_request(exchange.body, exchange.peek, target)
    if exchange.plan is not None and exchange.plan.prompt_cache:
        target = msgspec.structs.replace(target, prompt_cache=True)
    request = exchange.decoded()
    if thoughts is not None:
        client = exchange.client_dialect.name
        request = await thoughts.recall(exchange.key.organization_id, client, request, dialect.name, target.family)
    body = dialect.encode_request(request, target)
    if target.adapted and exchange.plan is not None:
        exchange.plan.note(adapted_part(deployment.id, target.adapted))
    return body
