"""Three real servers on one PostgreSQL and one Redis: what is taken away at one is refused by all within 5 seconds."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.fixtures.console import Console
from tests.fixtures.databases import TestRun
from tests.fixtures.server import Server
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.replicas import replicas, services
from tests.scenario.conftest import house_config

MOST_SECONDS = 5.0
PASSWORD = "an old lighthouse keeper"


@pytest.fixture(scope="module")
def servers(
    test_run: TestRun, postgresql_server: str, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    """The replicas, started once."""
    folder: Path = tmp_path_factory.mktemp("three-replicas")
    with (
        Simulator() as sim,
        services(test_run, postgresql_server, postgresql_template) as environment,
        replicas(folder, house_config(sim), environment, 3) as running,
    ):
        for vendor in (sim.infini, sim.moonshot):
            vendor.always(say("Here I am."))
        yield running


@pytest.fixture
def admin(servers: list[Server]) -> Iterator[Console]:
    """The first administrator, at the first replica."""
    with Console(servers[0]) as console:
        yield console


def asked(admin: Console, method: str, path: str, body: object = None) -> Any:
    answer = admin.http.request(method, f"/api/v1/{path}", json=body)
    assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def person(admin: Console, servers: list[Server], name: str) -> tuple[str, str]:
    """A developer who came in at the second replica: id and cookie."""
    draft = {"name": name, "email": f"{name.lower()}@example.org", "role": "developer"}
    link = asked(admin, "POST", "users", draft)
    accepted = {"token": link["token"], "new_password": PASSWORD}
    answer = httpx2.post(f"{servers[1].url}/api/v1/session/invitation/accept", json=accepted, timeout=30)
    assert answer.status_code == 200, answer.text
    return link["user_id"], f"pa_session={answer.cookies['pa_session']}"


def seconds_until(holds: Callable[[Server], bool], servers: list[Server]) -> float:
    """Ask every replica until it is so at each; returns how long it took."""
    began = time.monotonic()
    waiting = list(servers)
    while waiting:
        waiting = [server for server in waiting if not holds(server)]
        assert time.monotonic() - began < 30, f"at {len(waiting)} of {len(servers)} replicas it never was so"
    return time.monotonic() - began


def is_signed_out(cookie: str) -> Callable[[Server], bool]:
    def refused(server: Server) -> bool:
        answer = httpx2.get(f"{server.url}/api/v1/session", headers={"cookie": cookie}, timeout=20)
        return answer.status_code == 401

    return refused


@contextlib.contextmanager
def live_page(server: Server, cookie: str) -> Iterator[ClientConnection]:
    url = server.url.replace("http://", "ws://") + "/realtime"
    with connect(url, additional_headers={"cookie": cookie, "origin": server.url}, open_timeout=20) as page:
        assert "hello" in str(page.recv(timeout=20))
        yield page


def closing_code(page: ClientConnection) -> int | None:
    """Read on until the server closes the page."""
    try:
        while True:
            page.recv(timeout=20)
    except ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code


def test_a_session_that_is_ended_at_one_replica_is_refused_by_all(admin: Console, servers: list[Server]) -> None:
    user_id, cookie = person(admin, servers, "Grace")
    assert [is_signed_out(cookie)(server) for server in servers] == [False] * 3
    with live_page(servers[2], cookie) as page:
        began = time.monotonic()
        assert asked(admin, "DELETE", f"users/{user_id}/sessions") == {"ended": 1}
        assert seconds_until(is_signed_out(cookie), servers) <= MOST_SECONDS
        assert closing_code(page) == 1008
        assert time.monotonic() - began <= MOST_SECONDS


def test_who_is_deactivated_at_one_replica_is_out_everywhere(admin: Console, servers: list[Server]) -> None:
    user_id, cookie = person(admin, servers, "Barbara")
    asked(admin, "POST", f"users/{user_id}/deactivate", {})
    assert seconds_until(is_signed_out(cookie), servers) <= MOST_SECONDS
    body = {"email": "barbara@example.org", "password": PASSWORD}
    for server in servers:
        assert httpx2.post(f"{server.url}/api/v1/session", json=body, timeout=30).status_code == 401


def test_a_gateway_key_that_is_revoked_at_one_replica_is_refused_by_all(admin: Console, servers: list[Server]) -> None:
    key = asked(admin, "POST", "api-keys", {"name": "laptop"})
    body = {"model": "kimi-k2", "messages": [{"role": "user", "content": "Anybody there?"}]}
    headers = {"authorization": f"Bearer {key['token']}"}

    def status(server: Server) -> int:
        return httpx2.post(f"{server.url}/v1/chat/completions", json=body, headers=headers, timeout=30).status_code

    assert seconds_until(lambda server: status(server) == 200, servers) <= MOST_SECONDS, "it is known everywhere"
    asked(admin, "DELETE", f"api-keys/{key['api_key']['id']}")
    assert seconds_until(lambda server: status(server) == 401, servers) <= MOST_SECONDS


def test_a_kill_switch_holds_at_all_for_every_openfeature_client(admin: Console, servers: list[Server]) -> None:
    flag = {
        "key": "new-checkout",
        "kind": "string",
        "variants": {"old": "v1", "new": "v2"},
        "off_variant": "old",
        "environments": {
            "production": {
                "is_on": True,
                "variant": "old",
                "rules": [
                    {"when": {"person": ["grace@example.org"]}, "variant": "new"},
                    {"when": {"country": ["nz"]}, "shares": [{"variant": "new", "percent": 100}]},
                ],
            }
        },
    }
    asked(admin, "POST", "flags", flag)
    key = asked(admin, "POST", "api-keys", {"name": "shop", "scopes": ["flags:evaluate"]})
    headers = {"Authorization": f"Bearer {key['token']}"}
    for number, server in enumerate(servers):
        api.set_provider(OFREPProvider(server.url, headers_factory=lambda: headers), domain=f"replica-{number}")
    clients = {server.url: api.get_client(f"replica-{number}") for number, server in enumerate(servers)}
    grace = EvaluationContext("usr_1", {"email": "Grace@example.org"})

    def details(server: Server, context: EvaluationContext = grace) -> FlagEvaluationDetails[str]:
        return clients[server.url].get_string_details("new-checkout", "fallback", context)

    assert seconds_until(lambda server: details(server).value == "v2", servers) <= MOST_SECONDS
    for server in servers:
        assert details(server).reason == Reason.TARGETING_MATCH
        split = details(server, EvaluationContext("usr_2", {"country": "nz"}))
        assert (split.value, split.variant, split.reason) == ("v2", "new", Reason.SPLIT)
        assert details(server, EvaluationContext("usr_2")).reason == Reason.DEFAULT
        gone = clients[server.url].get_boolean_details("nowhere", True)
        assert (gone.value, gone.error_code) == (True, ErrorCode.FLAG_NOT_FOUND)
        lost = details(server, EvaluationContext(None, {"country": "nz"}))
        assert (lost.value, lost.error_code) == ("fallback", ErrorCode.TARGETING_KEY_MISSING)
        wrong = clients[server.url].get_boolean_details("new-checkout", True, grace)
        assert (wrong.value, wrong.error_code) == (True, ErrorCode.TYPE_MISMATCH)
    asked(admin, "POST", "flags/new-checkout/switch", {"is_on": False})
    assert seconds_until(lambda server: details(server).value == "v1", servers) <= MOST_SECONDS
    assert [details(server).reason for server in servers] == [Reason.DISABLED] * 3
    asked(admin, "POST", "flags/gateway.answer-cache/switch", {"is_on": False})

    def answers_again(server: Server) -> bool:
        return clients[server.url].get_boolean_value("gateway.answer-cache", True)

    try:
        assert seconds_until(lambda server: not answers_again(server), servers) <= MOST_SECONDS
    finally:
        asked(admin, "POST", "flags/gateway.answer-cache/switch", {"is_on": True})
