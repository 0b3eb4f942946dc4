"""A TLS connection through a forward proxy, by CONNECT."""

import asyncio
import ssl

from powerautomation.infrastructure.http_client.connection import Connection
from powerautomation.infrastructure.http_client.destinations import Proxy, Server
from powerautomation.infrastructure.http_client.errors import ConnectFailed

_MOST_ANSWER_BYTES = 16 * 1024


class _Asking(asyncio.Protocol):
    """Waits for the proxy's answer to CONNECT."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.answer: asyncio.Future[bytes] = loop.create_future()
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        if not self.answer.done() and (b"\r\n\r\n" in self._read or len(self._read) > _MOST_ANSWER_BYTES):
            self.answer.set_result(self._read)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_result(b"")


async def open_tunnel(
    loop: asyncio.AbstractEventLoop, connection: Connection, server: Server, proxy: Proxy, tls: ssl.SSLContext
) -> None:
    """Connect ``connection`` to ``server`` through ``proxy``. Raises ConnectFailed, OSError."""
    transport, asking = await loop.create_connection(lambda: _Asking(loop), proxy.host, proxy.port)
    try:
        name = f"[{server.host}]" if ":" in server.host else server.host
        authority = f"{name}:{server.port}"
        credential = f"proxy-authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
        transport.write(f"CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n{credential}\r\n".encode("ascii"))
        answer = await asking.answer
        status = answer.split(b"\r\n", 1)[0].split(b" ")
        if len(status) < 2 or status[1] != b"200":
            said = status[1][:20].decode("ascii", "replace") if len(status) > 1 else "nothing"
            raise ConnectFailed(f"the proxy refused the connection (it answered {said})")
        secured = await loop.start_tls(transport, connection, tls, server_hostname=server.host)
    except BaseException:
        transport.abort()
        raise
    if secured is None:
        raise ConnectFailed("the connection ended during the TLS handshake")
    connection.connection_made(secured)
