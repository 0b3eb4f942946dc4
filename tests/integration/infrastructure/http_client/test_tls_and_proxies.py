"""The HTTP client over TLS and through proxies: scripted servers, a certificate authority of our own."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from powerautomation.infrastructure.http_client import (
    Client,
    ConnectFailed,
)
from tests.integration.infrastructure.http_client.scripted import (
    LIMIT_SECONDS,
    OK,
    Visitor,
    always,
    fetch,
    serving,
)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the tests."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder: Path = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    today = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return Authority(server, ssl.create_default_context(cafile=str(pem)))


async def test_tls_is_spoken_and_strangers_are_not_trusted(authority: Authority) -> None:
    async with serving(always(OK), authority.server) as site:
        trusting, strict = Client(tls=authority.client), Client()
        url = f"https://127.0.0.1:{site.port}/"
        for _ in range(3):
            assert await fetch(trusting, url) == (200, b"ok")
        assert site.connections == 1
        with pytest.raises(ConnectFailed, match="certificate"):
            await strict.request("GET", url)
        with pytest.raises(ConnectFailed, match="certificate"):
            await trusting.request("GET", f"https://localhost:{site.port}/")
        await trusting.close()
        await strict.close()


@pytest.fixture
def proxy_variables(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def use(url: str) -> None:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("https_proxy", url)

    return use


async def test_plain_request_goes_through_the_proxy_with_its_whole_address(
    client: Client, proxy_variables: Callable[[str], None]
) -> None:
    seen = []

    async def script(visitor: Visitor) -> None:
        while True:
            seen.append(await visitor.request())
            visitor.say(OK)

    async with serving(script) as proxy:
        proxy_variables(f"http://user:p%40ss@127.0.0.1:{proxy.port}")
        for _ in range(2):
            assert await fetch(client, "http://api.example.test/v1") == (200, b"ok")
    line, headers, _ = seen[1]
    assert line == "POST http://api.example.test/v1 HTTP/1.1"
    assert headers["host"] == "api.example.test"
    assert headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"


async def test_tls_request_goes_through_a_tunnel_that_never_sees_the_key(
    authority: Authority, proxy_variables: Callable[[str], None]
) -> None:
    asked: list[str] = []

    async def tunnel(visitor: Visitor) -> None:
        head = (await visitor.reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        host, port = head.split(" ")[1].rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        visitor.say(b"HTTP/1.1 200 Connection established\r\n\r\n")

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            try:
                while data := await source.read(65536):
                    target.write(data)
            finally:
                target.close()

        await asyncio.gather(pump(visitor.reader, writer), pump(reader, visitor.writer))

    async with serving(always(OK), authority.server) as site, serving(tunnel) as proxy:
        proxy_variables(f"http://127.0.0.1:{proxy.port}")
        client = Client(tls=authority.client)
        url = f"https://127.0.0.1:{site.port}/"
        async with asyncio.timeout(LIMIT_SECONDS):
            response = await client.request("POST", url, [("authorization", "Bearer secret")], b"{}")
            assert await response.read(10) == b"ok"
            assert await fetch(client, url) == (200, b"ok")
        await client.close()
    assert len(asked) == 1
    assert asked[0].startswith(f"CONNECT 127.0.0.1:{site.port} HTTP/1.1\r\n")
    assert "secret" not in asked[0]


async def test_proxy_that_refuses_or_is_of_another_kind_is_said_in_words(
    client: Client, proxy_variables: Callable[[str], None]
) -> None:
    async def script(visitor: Visitor) -> None:
        await visitor.reader.readuntil(b"\r\n\r\n")
        visitor.say(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    async with serving(script) as proxy:
        proxy_variables(f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ConnectFailed, match="407"):
            await client.request("GET", "https://api.example.test/")
    proxy_variables("socks5://127.0.0.1:1080")
    with pytest.raises(ConnectFailed, match="socks5"):
        await client.request("GET", "https://api.example.test/")


async def test_no_proxy_is_honoured(
    client: Client, proxy_variables: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy_variables("http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with serving(always(OK)) as site:
        assert await fetch(client, site.url) == (200, b"ok")
