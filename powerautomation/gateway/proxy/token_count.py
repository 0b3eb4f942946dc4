"""``count_tokens``: exact where Anthropic serves the request, an estimate elsewhere."""

import asyncio
from collections.abc import Sequence

import msgspec

from powerautomation.gateway.dialects import DIALECTS, Peek, estimate_tokens
from powerautomation.gateway.providers import Deployment
from powerautomation.gateway.proxy.credentials import check_model
from powerautomation.gateway.proxy.service import Gateway, unknown_model
from powerautomation.gateway.proxy.upstream import target_of
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.infrastructure.http_client import HttpClientError

_ANTHROPIC = DIALECTS["anthropic-messages"]
_TIMEOUT_SECONDS = 10.0
_MOST_ANSWER_BYTES = 64 * 1024


async def count_tokens(
    gateway: Gateway, key: ApiKeyRecord, body: bytes, headers: Sequence[tuple[bytes, bytes]]
) -> tuple[int, bytes]:
    """Return status and JSON body ``{"input_tokens": n}``. Raises InvalidRequest."""
    peek = _ANTHROPIC.peek(body)
    check_model(key, peek.model)
    plan = gateway.router.plan(gateway.catalog_of(key.organization_id), peek, len(body))
    if not plan.candidates and not plan.rejected:
        raise unknown_model(gateway.catalog_of(key.organization_id), peek.model)
    first = plan.candidates[0] if plan.candidates else None
    guarded = (gateway.catalog_of(key.organization_id).guardrails or {}).get(plan.route) is not None
    # What a route's guardrails would mask or refuse does not leave for being counted either: it is estimated here.
    if first is not None and not first.is_demo and not guarded and first.provider.dialect == _ANTHROPIC.name:
        answer = await _ask_upstream(gateway, first, peek, body, headers)
        if answer is not None:
            return answer
    request = _ANTHROPIC.decode_request(body)
    # Counting a long prompt takes milliseconds of pure computation: keep it off the event loop.
    tokens = await asyncio.to_thread(estimate_tokens, request)
    return 200, msgspec.json.encode({"input_tokens": tokens})


async def _ask_upstream(
    gateway: Gateway, deployment: Deployment, peek: Peek, body: bytes, headers: Sequence[tuple[bytes, bytes]]
) -> tuple[int, bytes] | None:
    """Return the upstream's own count, or its refusal of a caller's mistake; None when it did not answer."""
    target = target_of(deployment, peek.model)
    url = f"{deployment.provider.base_url}/v1/messages/count_tokens?beta=true"
    upstream_headers = _ANTHROPIC.upstream_headers(deployment.provider.api_key, headers)
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            response = await gateway.client.request(
                "POST", url, upstream_headers, _ANTHROPIC.forward_request(body, peek, target)
            )
            try:
                answer = await response.read(_MOST_ANSWER_BYTES)
            finally:
                response.close()
    except (HttpClientError, TimeoutError):
        return None
    if response.status == 200 or response.status in (400, 413, 422):
        return response.status, answer
    return None
