"""Wrong requests get a clear refusal in the caller's dialect, before any upstream is asked."""

import contextlib
import json
import socket
from typing import Any

import httpx2
import pytest

from tests.fixtures.clients import PATHS, Caller, DialectName, Tool, request_body
from tests.fixtures.server import Server
from tests.fixtures.simulators import Simulator
from tests.integration.gateway.proxy.conftest import Lane


@pytest.fixture(params=["anthropic-messages", "openai-chat", "openai-responses"])
def dialect(request: pytest.FixtureRequest) -> DialectName:
    """The dialects whose bodies say everything; Google's, with its addresses, has tests of its own."""
    name: DialectName = request.param
    return name


def body(dialect: DialectName, model: str, changes: dict[str, Any]) -> dict[str, Any]:
    """A legal request with some fields changed; ``...`` removes one."""
    if dialect == "openai-responses" and changes != {"messages": "hi"}:
        # Plain text is legal in its input; left as it is, the field is one it does not know.
        names = {"messages": "input", "max_tokens": "max_output_tokens"}
        changes = {names.get(name, name): value for name, value in changes.items()}
    whole = {**request_body(dialect, model, stream=False), **changes}
    return {name: value for name, value in whole.items() if value is not ...}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"model": "kimi-1", "messages": [',
        b"\xff\xfe\x00",
        b'{"model": "kimi-1", "messages": [{"role": "user", "content": "\xff"}], "max_tokens": 5}',
        b"{" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_is_not_a_request_is_refused(caller: Caller, sim: Simulator, raw: bytes) -> None:
    seen = caller.send(raw)
    assert seen.status == 400
    assert seen.error is not None
    assert seen.error[0] == "invalid_request_error"
    assert seen.headers["x-request-id"].startswith("req_")
    assert sim.ledger.exchanges() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"model": ...},
        {"model": 5},
        {"model": ""},
        {"messages": ...},
        {"messages": "hi"},
        {"messages": []},
        {"messages": [5]},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": [{"type": "surprise"}]}]},
        {"messages": [{"role": "user", "content": [{"text": "no type"}]}]},
        {"max_tokens": "many"},
        {"max_tokens": -1},
        {"stream": "yes"},
        {"temperature": "hot"},
        {"tools": "all"},
        {"tools": [5]},
        {"tool_choice": 5},
    ],
    ids=lambda changes: json.dumps(changes, default=lambda _: "missing"),
)
def test_wrong_types_are_refused_across_dialects(
    caller: Caller, lane: Lane, sim: Simulator, changes: dict[str, Any]
) -> None:
    """Toward the other dialect, where we translate, nothing wrong may go out."""
    model = lane.sonnet if caller.dialect == "openai-chat" else lane.kimi
    seen = caller.send(body(caller.dialect, model, changes))
    assert seen.status == 400, seen.raw
    assert seen.error is not None
    assert seen.error[0] == "invalid_request_error"
    assert [exchange.outcome for exchange in sim.ledger.exchanges()] in ([], ["rejected"])


def test_an_unknown_model_is_named_with_what_there_is(caller: Caller, sim: Simulator, stream: bool) -> None:
    seen = caller.ask("no-such-model", stream=stream)
    assert seen.status == 404
    assert seen.error is not None
    assert "no-such-model" in seen.error[1]
    if caller.dialect == "anthropic-messages":
        assert seen.error[0] == "not_found_error"
    else:
        assert json.loads(seen.raw)["error"]["code"] == "model_not_found" or "model" in seen.error[1]


def test_a_huge_body_is_413_and_is_not_read_to_its_end(caller: Caller, server: Server, dialect: DialectName) -> None:
    seen = caller.ask("kimi-1", "x" * (3 * 1024 * 1024))
    assert seen.status == 413
    assert seen.error is not None
    if dialect == "anthropic-messages":
        assert seen.error[0] == "request_too_large"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        head = f"POST {PATHS[dialect]} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.key}\r\n"
        sock.sendall(f"{head}content-type: application/json\r\ncontent-length: 99999999999\r\n\r\n".encode())
        assert sock.recv(64).startswith(b"HTTP/1.1 413")


def test_a_huge_body_without_a_length_is_413(caller: Caller) -> None:
    def pieces() -> Any:
        yield b'{"model": "kimi-1", "messages": [{"role": "user", "content": "'
        for _ in range(48):
            yield b"x" * 65536

    answer = caller.http.post(PATHS[caller.dialect], content=pieces(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_too_many_tools_for_kimi_are_refused_before_the_upstream(caller: Caller, lane: Lane, sim: Simulator) -> None:
    tools = [Tool(f"tool_{number}", {"type": "object", "properties": {}}) for number in range(129)]
    seen = caller.ask(lane.kimi, tools=tools)
    assert seen.status == 400
    assert seen.error is not None
    assert "128" in seen.error[1]
    assert sim.ledger.exchanges() == []
    assert caller.ask(lane.kimi, tools=tools[:128]).status == 200


CARRIERS = ("authorization", "x-api-key", "x-goog-api-key")


def _carry(carrier: str, key: str) -> dict[str, str]:
    return {carrier: f"Bearer {key}".strip() if carrier == "authorization" else key}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_credential_carrier_gets_the_same_decision(
    server: Server, dialect: DialectName, lane: Lane, sim: Simulator, carrier: str
) -> None:
    content = request_body(dialect, lane.kimi, stream=False)
    statuses = []
    with httpx2.Client(verify=False, base_url=server.url, timeout=10) as http:
        for key in (server.key, server.key[:-1] + ("a" if server.key[-1] != "a" else "b"), "pa_", "sk-ant-1", ""):
            answer = http.post(PATHS[dialect], json=content, headers=_carry(carrier, key))
            statuses.append(answer.status_code)
            if answer.status_code != 200:
                kind = answer.json()["error"]["type"]
                assert kind in ("authentication_error", "invalid_request_error", "invalid_api_key")
                assert key == "" or key not in answer.text.replace("pa_", "", 1) or key == "pa_"
    assert statuses == [200, 401, 401, 401, 401]
    assert len(sim.ledger.exchanges()) == 1


def test_no_credential_at_all_is_401(server: Server, dialect: DialectName, sim: Simulator) -> None:
    with httpx2.Client(verify=False, base_url=server.url, timeout=10) as http:
        for path in (PATHS[dialect], "/v1/messages/count_tokens"):
            assert http.post(path, json=request_body(dialect, "kimi-1", stream=False)).status_code == 401
        assert http.get("/v1/models").status_code == 401
    assert sim.ledger.exchanges() == []


def test_the_key_of_ours_counts_when_claude_code_sends_two(server: Server, lane: Lane, sim: Simulator) -> None:
    """Claude Code sends both carriers with different values when both variables are set."""
    content = request_body("anthropic-messages", lane.kimi, stream=False)
    both = [
        {"authorization": f"Bearer {server.key}", "x-api-key": "sk-ant-other"},
        {"authorization": "Bearer sk-ant-oat-other", "x-api-key": server.key},
    ]
    with httpx2.Client(verify=False, base_url=server.url, timeout=10) as http:
        assert [http.post("/v1/messages", json=content, headers=headers).status_code for headers in both] == [200, 200]
    sent = [exchange.headers for exchange in sim.ledger.exchanges()]
    assert "other" not in json.dumps(sent)
    assert server.key not in json.dumps(sent)


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(server: Server, path: str, method: str) -> None:
    with httpx2.Client(verify=False, base_url=server.url, timeout=10) as http:
        answer = http.request(method, path, headers=_carry("authorization", server.key))
    assert answer.status_code == 405
    assert answer.json()["error"]["message"]


def test_the_client_cannot_choose_host_or_credential(caller: Caller, lane: Lane, sim: Simulator) -> None:
    """Fields and headers that other gateways obey."""
    steal = {"api_base": "http://127.0.0.1:1/", "base_url": "http://127.0.0.1:1/", "api_key": "sk-mine"}
    headers = {"x-forwarded-host": "evil.example", "x-upstream-url": "http://127.0.0.1:1/"}
    model = lane.sonnet if caller.dialect == "openai-chat" else lane.kimi
    seen = caller.send({**request_body(caller.dialect, model, stream=False), **steal}, headers)
    assert seen.status in (200, 400)
    for exchange in sim.ledger.exchanges():
        assert b"sk-mine" not in exchange.body
        assert "evil.example" not in json.dumps(exchange.headers)
        assert "sk-mine" not in exchange.api_key


def test_hostile_header_floods_do_not_hurt(server: Server) -> None:
    """Refused with a status of its own or cut off; either way the next caller is served."""
    first = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock, contextlib.suppress(ConnectionError):
        flood = "".join(f"x-h{number}: {'v' * 100}\r\n" for number in range(2000))
        sock.sendall(f"POST /v1/messages HTTP/1.1\r\nhost: x\r\n{flood}".encode()[:250_000])
        sock.sendall(b"content-length: 2\r\n\r\n{}")
        first = sock.recv(64)
    assert first == b"" or first.startswith(b"HTTP/1.1 4")
    assert server.ready()
