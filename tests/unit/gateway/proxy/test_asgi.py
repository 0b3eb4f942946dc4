"""The door of the data plane: which path is meant, and in whose words a refusal is said."""

import asyncio
import json
from typing import Any

import pytest

from powerautomation.gateway.proxy import GatewayStarting, refuse
from powerautomation.gateway.proxy.replies import meant_path
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
    status, _, answer = await _exchanged(plane, "POST", path, list(headers), body)
    return status, json.loads(answer)


async def _exchanged(
    plane: DataPlane, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []
    left = asyncio.Event()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if not messages:
            await left.wait()
        return messages.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    await plane.app(scope, receive, send)
    given = dict(sent[0]["headers"])
    assert given[b"x-request-id"].startswith(b"req_")
    assert given[b"x-content-type-options"] == b"nosniff"
    assert float(given[b"x-powerautomation-overhead-ms"]) >= 0
    assert all(given.values()), "no header is empty"
    return sent[0]["status"], given, sent[1]["body"]


@pytest.mark.parametrize(
    ("status", "method", "token", "path", "body"),
    [
        (401, "POST", "pa_nobody", "/v1/chat/completions", b"{}"),
        (401, "POST", "pa_nobody", "/v1/models/m:generateContent", b"{}"),
        (401, "POST", "pa_nobody", "/v1/messages/count_tokens", b"{}"),
        (405, "DELETE", TOKEN, "/v1/responses", b""),
        (405, "POST", TOKEN, "/v1/models", b""),
        (413, "POST", TOKEN, "/v1/messages", b" " * (1024 * 1024 + 1)),
        (400, "POST", TOKEN, "/v1/chat/completions", b"{}"),
        (404, "POST", TOKEN, "/v1/chat/completions", b'{"model":"nobody","messages":[{"role":"user","content":"hi"}]}'),
        (200, "GET", TOKEN, "/v1/models", b""),
    ],
)
async def test_every_answer_says_its_id_and_only_what_is_true(
    plane: DataPlane, sim: Simulator, status: int, method: str, token: str, path: str, body: bytes
) -> None:
    plane.offer(sim.moonshot, "a")
    headers = [(b"authorization", b"Bearer " + token.encode()), (b"content-length", b"%d" % len(body))]
    answered, given, _ = await _exchanged(plane, method, path, headers, body)
    assert answered == status
    assert b"x-powerautomation-route" not in given, "nobody was asked"
    if status == 405 and path == "/v1/responses":
        assert given[b"allow"] == b"POST"


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
