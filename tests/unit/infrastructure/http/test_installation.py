"""What the control plane answers when something is wrong, and what surrounds every answer."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
import structlog
from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from powerautomation.infrastructure.http import CONTENT_SECURITY_POLICY, install_control_plane_rules
from powerautomation.infrastructure.http.frame import MAX_CONTROL_BODY_BYTES
from powerautomation.infrastructure.settings import ServerSettings, Settings
from powerautomation.kernel.errors import Conflict, Problem


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    lines: list[Annotated[int, Field(ge=1)]] = []


def application() -> FastAPI:
    app = FastAPI()

    @app.post("/api/v1/orders")
    async def create(order: Order) -> dict[str, str]:
        return {"name": order.name}

    @app.get("/api/v1/orders")
    async def listing(limit: Annotated[int, Query(le=200)] = 50) -> dict[str, int]:
        return {"limit": limit}

    @app.get("/api/v1/paid")
    async def paid() -> None:
        raise Conflict("The order is paid already.", action="Open it.", code="orders.already_paid")

    @app.get("/api/v1/busy")
    async def busy() -> None:
        raise Problem("Busy.", code="database.busy", status=503, retry_after_seconds=0.4)

    @app.get("/api/v1/broken")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/api/v1/cut")
    async def cut() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            yield b"begin"
            raise RuntimeError("in mid-air")

        return StreamingResponse(body())

    @app.get("/api/v1/who")
    async def who(request: Request) -> dict[str, Any]:
        return {
            "host": request.client.host if request.client else None,
            "scheme": request.url.scheme,
            "bound": structlog.contextvars.get_contextvars().get("request_id"),
        }

    install_control_plane_rules(app, Settings(server=ServerSettings(trusted_proxies=["10.0.0.1"])))
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(application(), client=("203.0.113.9", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://pa.test") as client:
        yield client


async def test_a_problem_is_rendered_with_code_action_and_request_id(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/v1/paid", headers={"x-request-id": "abc-1"})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:powerautomation:problem:orders.already_paid",
        "title": "Conflict",
        "status": 409,
        "detail": "The order is paid already.",
        "code": "orders.already_paid",
        "request_id": "abc-1",
        "action": "Open it.",
    }
    assert answer.headers["x-request-id"] == "abc-1"


async def test_when_a_retry_helps_the_answer_says_after_how_many_whole_seconds(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/v1/busy")

    assert (answer.status_code, answer.headers["retry-after"], answer.json()["retry_after"]) == (503, "1", 0.4)


async def test_invalid_input_names_the_fields_and_never_repeats_their_values(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/v1/orders", json={"lines": [1, "canary-value"], "nmae": "canary-value"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"
    assert set(answer.json()["fields"]) == {"name", "lines.1", "nmae"}
    assert "canary-value" not in answer.text
    limit = await client.get("/api/v1/orders?limit=1000")
    assert set(limit.json()["fields"]) == {"limit"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b"",
        b"null",
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000"}',
        b'{"name": NaN}',
        b"[" * 100_000,
        b'{"name": 1e999999}',
    ],
)
async def test_no_body_makes_a_500(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/v1/orders", content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_backslash_before_u0000_is_text_and_fine(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        "/api/v1/orders", content=b'{"name": "\\\\u0000"}', headers={"content-type": "application/json"}
    )

    assert answer.json() == {"name": "\\u0000"}


async def test_nul_in_an_address_is_refused(client: httpx2.AsyncClient) -> None:
    for address in ("/api/v1/orders?limit=%00", "/api/v1/%00"):
        assert (await client.get(address)).status_code == 422


async def test_an_unknown_error_is_opaque_and_findable(client: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logs:
        answer = await client.get("/api/v1/broken")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    (entry,) = [one for one in logs if one["log_level"] == "error"]
    assert entry["request_id"] == answer.json()["request_id"]
    assert entry["exc_info"]


async def test_an_answer_that_breaks_off_is_not_finished_as_if_it_were_whole(client: httpx2.AsyncClient) -> None:
    with pytest.raises(RuntimeError, match="in mid-air"):
        await client.get("/api/v1/cut")


async def test_unknown_paths_and_methods_are_problems_too(client: httpx2.AsyncClient) -> None:
    missing, method = await client.get("/api/v1/nothing"), await client.delete("/api/v1/orders")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in method.headers["allow"] or "GET" in method.headers["allow"]


async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient) -> None:
    for path in ("/api/v1/orders", "/api/v1/nothing", "/api/v1/broken"):
        headers = (await client.get(path)).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
    assert "script-src 'self';" in CONTENT_SECURITY_POLICY


async def test_a_strange_request_id_is_replaced(client: httpx2.AsyncClient) -> None:
    for strange in ("x" * 129, "a b", 'a"b', "é".encode()):
        answer = await client.get(
            "/api/v1/who", headers=[(b"x-request-id", strange.encode() if isinstance(strange, str) else strange)]
        )
        assert answer.headers["x-request-id"].startswith("req_")
        assert answer.json()["bound"] == answer.headers["x-request-id"]


async def test_a_body_over_the_limit_is_refused_declared_or_not(client: httpx2.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * (MAX_CONTROL_BODY_BYTES // 10)

    declared = await client.post("/api/v1/orders", content=b"x" * (MAX_CONTROL_BODY_BYTES + 1))
    streamed = await client.post("/api/v1/orders", content=chunks())

    for answer in (declared, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_forwarded_headers_count_only_from_a_trusted_proxy(client: httpx2.AsyncClient) -> None:
    forwarded = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}

    stranger = await client.get("/api/v1/who", headers=forwarded)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application(), client=("10.0.0.1", 1)), base_url="http://pa.test"
    ) as proxy:
        trusted = await proxy.get("/api/v1/who", headers=forwarded)

    assert (stranger.json()["host"], stranger.json()["scheme"]) == ("203.0.113.9", "http")
    assert (trusted.json()["host"], trusted.json()["scheme"]) == ("198.51.100.7", "https")
    assert "max-age" in trusted.headers["strict-transport-security"]
