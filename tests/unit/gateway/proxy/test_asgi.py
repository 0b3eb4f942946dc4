"""The door of the data plane: which path is meant, and in whose words a refusal is said."""

import asyncio
import json
from typing import Any

import pytest

from powerautomation.gateway.proxy import GatewayStarting, refuse
from powerautomation.gateway.proxy.asgi import meant_path
from tests.fixtures.simulators import Simulator, say
from tests.unit.gateway.proxy.conftest import TOKEN, DataPlane


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/messages", "/v1/messages"),
        ("/v1/messages/", "/v1/messages"),
        ("//v1/messages", "/v1/messages"),
        ("/v1/v1/messages", "/v1/messages"),
        ("/messages", "/v1/messages"),
        ("/v1/v1/messages/count_tokens", "/v1/messages/count_tokens"),
        ("/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completions/", "/v1/chat/completions"),
        ("/models/kimi-k2", "/v1/models/kimi-k2"),
        ("/responses", "/v1/responses"),
        ("/", "/"),
        ("/login", "/login"),
        ("/api/v1/requests", "/api/v1/requests"),
        ("/v1/nothing", "/v1/nothing"),
        ("/modelsx", "/modelsx"),
    ],
)
def test_base_urls_with_a_slash_or_a_version_too_many_or_too_few_are_understood(path: str, meant: str) -> None:
    assert meant_path(path) == meant


async def _asked(plane: DataPlane, path: str, *headers: tuple[bytes, bytes], body: bytes = b"{}") -> tuple[int, Any]:
    sent: list[Any] = []
    left = asyncio.Event()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if not messages:
            await left.wait()
        return messages.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": list(headers)}
    await plane.app(scope, receive, send)
    assert any(name == b"x-request-id" for name, _ in sent[0]["headers"])
    return sent[0]["status"], json.loads(sent[1]["body"])


async def test_unknown_path_is_refused_in_the_words_of_its_clients(plane: DataPlane) -> None:
    status, body = await _asked(plane, "/v1/embeddings-of-mine")
    assert (status, body["error"]["code"]) == (404, "gateway.unknown_path")
    assert "/v1/chat/completions" in body["error"]["message"]
    status, body = await _asked(plane, "/v1/messages/batches", (b"anthropic-version", b"2023-06-01"))
    assert (status, body["type"], body["error"]["type"]) == (404, "error", "not_found_error")


async def test_base_url_with_a_version_too_many_is_served(plane: DataPlane, sim: Simulator) -> None:
    sim.moonshot.always(say("Hello."))
    plane.offer(sim.moonshot, "a")
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).encode()
    status, answer = await _asked(
        plane, "/v1/v1/chat/completions", (b"authorization", b"Bearer " + TOKEN.encode()), body=body
    )
    assert status == 200, answer


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/v1/messages", "overloaded_error"), ("/v1/chat/completions", "server_error"), ("/v1/responses", "server_error")],
)
async def test_refusal_during_the_start_is_in_the_dialect_of_the_path(path: str, kind: str) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await refuse({"path": path, "headers": []}, send, GatewayStarting())
    assert sent[0]["status"] == 503
    assert (b"retry-after", b"1") in sent[0]["headers"]
    error = json.loads(sent[1]["body"])["error"]
    assert error["message"].startswith("The gateway is still starting.")
    assert error["type"] in (kind, "api_error")
