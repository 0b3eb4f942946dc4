"""Asks a provider live which models it has: the cheapest question that needs the key."""

import asyncio
import time

import msgspec

from powerautomation.gateway.dialects import DIALECTS, ChatRequest, Message, Target, Text, UpstreamFailure
from powerautomation.gateway.families import family_of
from powerautomation.gateway.providers.entities import Endpoint, Provider, TestResult
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
            status=response.status,
        )
    return TestResult(ok=True, latency_ms=latency_ms, models=_model_ids(body))


async def ask_for_a_token(client: Client, provider: Provider, model: str) -> tuple[float, UpstreamFailure | None]:
    """Ask a model for one token, live; return how long its answer took, in milliseconds, and why it failed. Costs the
    token and its prompt."""
    dialect = DIALECTS[provider.dialect]
    question = ChatRequest(
        model=model, messages=(Message("user", (Text("hi"),)),), max_output_tokens=1, include_usage=False
    )
    body = dialect.encode_request(question, Target(model, family_of(model, None, provider.dialect)))
    began = time.perf_counter()
    try:
        async with asyncio.timeout(TEST_TIMEOUT_SECONDS):
            response = await client.request(
                "POST",
                provider.base_url + dialect.chat_path(model, stream=False),
                dialect.upstream_headers(provider.api_key, ()),
                body,
            )
            try:
                answer = await response.read(MOST_LIST_BYTES)
            finally:
                response.close()
    except (HttpClientError, TimeoutError) as error:
        failure = UpstreamFailure("connection", "it cannot be reached", code=type(error).__name__)
        return (time.perf_counter() - began) * 1000, failure
    latency_ms = (time.perf_counter() - began) * 1000
    if response.status >= 400:
        return latency_ms, dialect.decode_failure(response.status, {}, answer[:MOST_LIST_BYTES])
    return latency_ms, None


class _ListedModel(msgspec.Struct):
    id: str


class _NamedModel(msgspec.Struct):
    name: str


class _ModelList(msgspec.Struct):
    data: list[_ListedModel] = []
    models: list[_NamedModel] = []


def _model_ids(body: bytes) -> tuple[str, ...]:
    try:
        listed = msgspec.json.decode(body, type=_ModelList)
    except msgspec.MsgspecError:
        return ()
    named = (model.name.removeprefix("models/") for model in listed.models)
    return tuple([*(model.id for model in listed.data), *named][:MOST_MODELS_LISTED])
