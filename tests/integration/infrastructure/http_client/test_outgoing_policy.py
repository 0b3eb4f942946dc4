"""Nothing is ever called that is not on the outgoing allow-list, however its address is spelled."""

import asyncio
import ipaddress
import itertools
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from powerautomation.gateway.providers.service import resolve_endpoint
from powerautomation.infrastructure.http_client import Client, HttpClientError, OutgoingPolicy
from powerautomation.infrastructure.http_client.destinations import Server
from powerautomation.kernel.errors import Problem

VENDOR = "api.vendor.test"
POLICY = OutgoingPolicy(
    frozenset({f"{VENDOR}:443", f"{VENDOR}:80", "llm.corp.test:443"}), frozenset({"llm.corp.test:443"})
)

HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0x0.0x0.0x1", "0177.0.0.1",
    "017700000001", "0177.0.0.01", "127.000.000.001", "127.0.0.1.", "127.127.127.127", "0", "0.0.0.0", "0x0",
    "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "127.0.0.1.nip.io", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00::1]", "169.254.169.254", "0xa9fea9fe",
    "2852039166", "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "metadata.google.internal", "10.0.0.1",
    "192.168.0.1", "172.16.0.1", "100.64.0.1", "224.0.0.1", "255.255.255.255", "１２７.０.０.１", "127。0。0。1",
    "①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "%31%32%37%2e0%2e0%2e1", "localhost%00.vendor.test", f"{VENDOR}@127.0.0.1",
    f"{VENDOR}:443@127.0.0.1", f"127.0.0.1#@{VENDOR}", f"127.0.0.1?@{VENDOR}", f"127.0.0.1\\@{VENDOR}",
    f"{VENDOR}\\@127.0.0.1", f"127.0.0.1/{VENDOR}", f"{VENDOR}.127.0.0.1", f"{VENDOR}.evil.test",
    f"evil{VENDOR}", f"127.0.0.1%2f@{VENDOR}", f"127.0.0.1%23@{VENDOR}", f"{VENDOR}%2f@127.0.0.1",
    f"127.0.0.1\t{VENDOR}", f"127.0.0.1\r\nhost: {VENDOR}", f"127.0.0.1 {VENDOR}", f"127.0.0.1;{VENDOR}",
    f"127.0.0.1,{VENDOR}", "", ".", "..", "[", "[]", "[::1", "::1", "user:password@127.0.0.1", "@127.0.0.1",
    ":@127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
]  # fmt: skip
FRAMES = ["http://{}:{port}/v1", "https://{}:{port}/v1", "http://{}/v1", "HTTP://{}:{port}/", "http:///{}:{port}/"]
ODD = [
    "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x", "ftp://127.0.0.1:{port}/", "dict://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/", "unix:///var/run/docker.sock", "data:text/plain,x", "javascript:1", "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/", "http:/127.0.0.1:{port}/", "http:\\\\127.0.0.1:{port}\\", " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}", "http://127.0.0.1:{port}\n", "http ://127.0.0.1:{port}/", "hTTp://127.0.0.1:{port}/?x#y",
    "jar:http://127.0.0.1:{port}/!/", "netdoc:///etc/passwd", "http://127.0.0.1:65536/", "http://127.0.0.1:-1/",
]  # fmt: skip
FORMS = [frame.replace("{}", host) for frame, host in itertools.product(FRAMES, HOSTS)] + ODD


@pytest.fixture
async def canary() -> AsyncIterator[tuple[int, list[Any]]]:
    """A server in the own network that must never hear anything."""
    heard: list[Any] = []

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], heard
    server.close()


async def test_no_spelling_of_an_address_leads_off_the_allow_list(canary: tuple[int, list[Any]]) -> None:
    port, heard = canary
    client = Client(connect_timeout_seconds=1, policy=POLICY)
    assert len(set(FORMS)) > 300
    reached = []
    for form in FORMS:
        url = form.replace("{port}", str(port))
        try:
            response = await client.request("GET", url, [("authorization", "Bearer secret")])
        except HttpClientError:
            continue
        reached.append((url, response.status))
    await client.close()
    assert (reached, heard) == ([], [])


def test_no_spelling_of_an_address_can_be_stored_as_a_provider() -> None:
    stored = []
    for form in FORMS:
        try:
            endpoint = resolve_endpoint(
                POLICY.allowed,
                preset=None,
                dialect="openai-chat",
                base_url=form.replace("{port}", "8080"),
                api_key="sk-x",
            )
        except Problem:
            continue
        stored.append(endpoint.base_url)
    assert [url for url in stored if not url.startswith((f"http://{VENDOR}", f"https://{VENDOR}"))] == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "0.0.0.0", "fd00::1"],
)
async def test_public_name_that_leads_into_the_own_network_is_not_called(
    canary: tuple[int, list[Any]], monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """DNS rebinding: the name is on the list, its address is the attacker's choice."""
    _, heard = canary

    async def resolve(host: str, port: int, **_: object) -> list[Any]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    client = Client(connect_timeout_seconds=1, policy=POLICY)
    with pytest.raises(HttpClientError, match=r"private network|never called"):
        await client.request("GET", f"https://{VENDOR}/v1/models")
    await client.close()
    assert heard == []


@pytest.mark.parametrize(
    ("host", "address", "allowed"),
    [
        (VENDOR, "93.184.216.34", True),
        (VENDOR, "2606:4700::1", True),
        (VENDOR, "10.0.0.1", False),
        ("llm.corp.test", "10.0.0.1", True),
        ("llm.corp.test", "fd00::1", True),
        ("llm.corp.test", "169.254.169.254", False),
        ("llm.corp.test", "::ffff:169.254.169.254", False),
        ("llm.corp.test", "224.0.0.1", False),
    ],
)
def test_private_addresses_are_for_hosts_the_configuration_names(host: str, address: str, allowed: bool) -> None:
    refusal = POLICY.refusal(Server("https", host, 443), ipaddress.ip_address(address))
    assert (refusal == "") is allowed
