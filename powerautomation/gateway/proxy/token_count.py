"""``count_tokens`` and ``countTokens``: exact where the dialect's own vendor serves the request, else an estimate."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from powerautomation.gateway.dialects import DIALECTS, ChatRequest, Dialect, InvalidRequest, estimate_tokens
from powerautomation.gateway.providers import Deployment
from powerautomation.gateway.proxy.attempt import target_of
from powerautomation.gateway.proxy.credentials import check_model
from powerautomation.gateway.proxy.errors import RouteRefused
from powerautomation.gateway.proxy.service import Gateway, unknown_model
from powerautomation.gateway.routing import RequestFacts
from powerautomation.identity.api_keys import ApiKeyRecord
from powerautomation.infrastructure.http_client import HttpClientError

_ANTHROPIC = DIALECTS["anthropic-messages"]
_GEMINI = DIALECTS["gemini"]
_TIMEOUT_SECONDS = 10.0
_MOST_ANSWER_BYTES = 64 * 1024


class Counted(NamedTuple):
    """An answer to a question for a count; ``estimated`` when no vendor counted."""

    status: int
    body: bytes
    estimated: bool = False


async def count_tokens(
    gateway: Gateway, key: ApiKeyRecord, body: bytes, headers: Sequence[tuple[bytes, bytes]]
) -> Counted:
    """Return status and JSON body ``{"input_tokens": n}``. Raises InvalidRequest."""
    peek = _ANTHROPIC.peek(body)
    check_model(key, peek.model)
    plan = gateway.router.plan(
        gateway.catalog_of(key.organization_id), peek, len(body), RequestFacts(key, headers, body)
    )
    if plan.refusal:
        raise RouteRefused(plan.refusal)
    if not plan.candidates and not plan.rejected:
        raise unknown_model(gateway.catalog_of(key.organization_id), peek.model)
    first = plan.candidates[0] if plan.candidates else None
    guarded = (gateway.catalog_of(key.organization_id).guardrails or {}).get(plan.route) is not None
    # What a route's guardrails would mask or refuse does not leave for being counted either: it is estimated here.
    if first is not None and not first.is_demo and not guarded and first.provider.dialect == _ANTHROPIC.name:
        url = f"{first.provider.base_url}/v1/messages/count_tokens?beta=true"
        forwarded = _ANTHROPIC.forward_request(body, peek, target_of(first, peek.model))
        answer = await _ask_upstream(gateway, first, _ANTHROPIC, url, forwarded, headers)
        if answer is not None:
            return answer
    request = _ANTHROPIC.decode_request(body)
    tokens = await _estimated(gateway, first, request)
    return Counted(200, msgspec.json.encode({"input_tokens": tokens}), estimated=True)


class _GeminiCount(msgspec.Struct):
    contents: msgspec.Raw = msgspec.Raw()
    generateContentRequest: msgspec.Raw = msgspec.Raw()  # noqa: N815
    generate_content_request: msgspec.Raw = msgspec.Raw()


async def count_gemini_tokens(gateway: Gateway, key: ApiKeyRecord, model: str, body: bytes) -> Counted:
    """Return status and JSON body ``{"totalTokens": n}``. ``body`` holds contents, or a whole request. Raises
    InvalidRequest."""
    try:
        asked = msgspec.json.decode(body, type=_GeminiCount)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"The body is not a valid request: {error}") from None
    inner = bytes(asked.generateContentRequest) or bytes(asked.generate_content_request)
    request_body = inner or msgspec.json.encode({"contents": asked.contents} if bytes(asked.contents) else {})
    peek = msgspec.structs.replace(_GEMINI.peek(request_body), model=model)
    check_model(key, model)
    catalog = gateway.catalog_of(key.organization_id)
    plan = gateway.router.plan(catalog, peek, len(body), RequestFacts(key, (), body))
    if plan.refusal:
        raise RouteRefused(plan.refusal)
    if not plan.candidates and not plan.rejected:
        raise unknown_model(catalog, model)
    first = plan.candidates[0] if plan.candidates else None
    guarded = (catalog.guardrails or {}).get(plan.route) is not None
    if first is not None and not first.is_demo and not guarded and first.provider.dialect == _GEMINI.name:
        target = target_of(first, model)
        url = first.provider.base_url + _GEMINI.chat_path(target.model, stream=False)
        forwarded = _GEMINI.forward_request(request_body, peek, target)
        if inner:
            fields = msgspec.json.decode(forwarded, type=dict[str, msgspec.Raw])
            fields["model"] = msgspec.Raw(msgspec.json.encode(f"models/{target.model}"))
            forwarded = msgspec.json.encode({"generateContentRequest": fields})
        url = url.removesuffix(":generateContent") + ":countTokens"
        answer = await _ask_upstream(gateway, first, _GEMINI, url, forwarded, ())
        if answer is not None:
            return answer
    request = _GEMINI.decode_request(request_body)
    tokens = await _estimated(gateway, first, request)
    return Counted(200, msgspec.json.encode({"totalTokens": tokens}), estimated=True)


async def _estimated(gateway: Gateway, deployment: Deployment | None, request: ChatRequest) -> int:
    # Counting a long prompt takes milliseconds of pure computation: keep it off the event loop.
    if deployment is None:
        return await asyncio.to_thread(estimate_tokens, request)
    tokens = await asyncio.to_thread(estimate_tokens, request, deployment.model, deployment.family)
    return gateway.token_ratios.corrected(deployment, tokens)


async def _ask_upstream(
    gateway: Gateway,
    deployment: Deployment,
    dialect: Dialect,
    url: str,
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]],
) -> Counted | None:
    """Return the upstream's own count, or its refusal of a caller's mistake; None when it did not answer."""
    upstream_headers = dialect.upstream_headers(deployment.provider.api_key, headers)
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            response = await gateway.client.request("POST", url, upstream_headers, body)
            try:
                answer = await response.read(_MOST_ANSWER_BYTES)
            finally:
                response.close()
    except (HttpClientError, TimeoutError):
        return None
    if response.status == 200 or response.status in (400, 413, 422):
        return Counted(response.status, answer)
    return None
