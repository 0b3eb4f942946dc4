"""The doctor and the connect page of a running server, as its console asks for them."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.fixtures.console import Console
from tests.fixtures.server import Server, running_server

PROVIDER_KEY = "sk-canary-of-the-provider"
CONFIG = {
    "providers": {
        "away": {"dialect": "openai-chat", "base_url": "http://127.0.0.1:9/v1", "api_key": PROVIDER_KEY},
    },
    "models": {"kimi-k2": {"deployments": [{"provider": "away", "model": "kimi-k2-instruct"}]}},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose only provider cannot be reached."""
    with running_server(tmp_path_factory.mktemp("server"), CONFIG) as running:
        yield running


@pytest.mark.parametrize("path", ["connect", "doctor"])
def test_strangers_are_told_to_sign_in(server: Server, path: str) -> None:
    answer = httpx2.get(f"{server.url}/api/v1/{path}", timeout=20)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"


def test_doctor_tells_what_fails_and_how_to_mend_it_without_secrets(server: Server) -> None:
    with Console(server) as console:
        answer = console.get("doctor")
    checks = {check["id"]: check for check in answer["checks"]}
    assert checks["reach_away"]["state"] == "failed"
    assert checks["reach_away"]["action"]
    assert {checks[name]["state"] for name in ("database", "secret_key", "port", "provider_keys")} == {"ok"}
    assert PROVIDER_KEY not in str(answer)


def test_connect_page_names_the_address_the_person_uses_and_turns_green_at_the_first_request(server: Server) -> None:
    with Console(server) as console:
        before = console.get("connect")
        assert before["base_url"] == server.url
        assert before["has_requests"] is False
        assert [client["id"] for client in before["clients"]] == [
            "claude-code",
            "codex",
            "gemini-cli",
            "kimi-cli",
            "anthropic-sdk",
            "openai-sdk",
            "curl",
        ]
        assert all("{{API_KEY}}" in client["snippet"] for client in before["clients"])
        question = {"model": "powerautomation-demo", "max_tokens": 20, "messages": [{"role": "user", "content": "Hi"}]}
        answer = httpx2.post(f"{server.url}/v1/messages", json=question, headers={"x-api-key": server.key}, timeout=20)
        assert answer.status_code == 200, answer.text
        console.request(answer.headers["x-request-id"])
        assert console.get("connect")["has_requests"] is True


def test_stream_for_the_proxy_check_is_short_and_open_to_the_doctor(server: Server) -> None:
    answer = httpx2.get(f"{server.url}/api/v1/doctor/stream", timeout=20)
    assert answer.status_code == 200
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.text.count("data: ") == 3
