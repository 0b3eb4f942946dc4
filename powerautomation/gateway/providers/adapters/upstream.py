"""Asks a provider live which models it has: the cheapest question that needs the key."""

import asyncio
import time

import msgspec

from powerautomation.gateway.dialects import DIALECTS
from powerautomation.gateway.providers.entities import Endpoint, TestResult
from powerautomation.gateway.providers.presets import host_of
from powerautomation.infrastructure.http_client import Client, HttpClientError

TEST_TIMEOUT_SECONDS = 15.0
MOST_MODELS_LISTED = 500
MOST_LIST_BYTES = 2 * 1024 * 1024


async def test_endpoint(client: Client, endpoint: Endpoint) -> TestResult:
    """Ask the provider for its models with the key, live. Costs nothing at any known provider."""
    # A list of models at another address than the API's is an OpenAI-style one.
    dialect = DIALECTS["openai-chat" if endpoint.models_url else endpoint.dialect]
    path = "/v1/models" if endpoint.dialect == "anthropic-messages" else "/models"
    address = endpoint.models_url or endpoint.base_url + path
    began = time.perf_counter()
    try:
        async with asyncio.timeout(TEST_TIMEOUT_SECONDS):
            response = await client.request("GET", address, dialect.upstream_headers(endpoint.api_key, ()))
            try:
                body = await response.read(MOST_LIST_BYTES)
            finally:
                response.close()
    except (HttpClientError, TimeoutError):
        return TestResult(
            ok=False,
            latency_ms=(time.perf_counter() - began) * 1000,
            code="providers.unreachable",
            message=f"{host_of(endpoint.base_url)} cannot be reached from this server.",
            action="Check the address, the network and the proxy settings (HTTPS_PROXY) of the server.",
        )
    latency_ms = (time.perf_counter() - began) * 1000
    if response.status in (401, 403):
        return TestResult(
            ok=False,
            latency_ms=latency_ms,
            code="providers.key_refused",
            message=f"The provider refused the key (HTTP {response.status}).",
            action="Check that the key belongs to this provider and platform and is active.",
        )
    if response.status != 200:
        return TestResult(
            ok=False,
            latency_ms=latency_ms,
            code="providers.unexpected_answer",
            message=f"The provider answered HTTP {response.status} to the list of models.",
            action="Check the base URL: it is the address before /models or /v1/models.",
        )
    return TestResult(ok=True, latency_ms=latency_ms, models=_model_ids(body))


class _ListedModel(msgspec.Struct):
    id: str


class _ModelList(msgspec.Struct):
    data: list[_ListedModel]


def _model_ids(body: bytes) -> tuple[str, ...]:
    try:
        listed = msgspec.json.decode(body, type=_ModelList)
    except msgspec.MsgspecError:
        return ()
    return tuple(model.id for model in listed.data[:MOST_MODELS_LISTED])
