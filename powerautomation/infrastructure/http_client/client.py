"""A client for HTTP/1.1 on the event loop itself: no thread between the question and the answer.

Connections are kept and used again; ``HTTPS_PROXY`` and ``NO_PROXY`` are honoured; redirects are not followed, as they
would carry a credential to a host nobody allowed. A cancelled request closes its connection at once.
"""

import asyncio
import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from powerautomation.infrastructure.http_client.connection import Connection, Response
from powerautomation.infrastructure.http_client.destinations import (
    Destination,
    Proxy,
    Server,
    destination_of,
    proxy_for,
)
from powerautomation.infrastructure.http_client.errors import ConnectFailed, ConnectTimeout
from powerautomation.infrastructure.http_client.policy import OutgoingPolicy
from powerautomation.infrastructure.http_client.tunnel import open_tunnel

IDLE_SECONDS = 60.0
MOST_IDLE_PER_SERVER = 256
TCP_IDLE_SECONDS = 30
CLOSE_SECONDS = 1.0
MOST_ADDRESSES = 4

Headers = Sequence[tuple[str, str]]


class Client:
    """Sends requests and keeps connections. One per event loop; :meth:`close` ends what is open."""

    def __init__(
        self,
        *,
        connect_timeout_seconds: float = 10.0,
        tls: ssl.SSLContext | None = None,
        policy: OutgoingPolicy | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._policy = policy
        self._connect_timeout_seconds = connect_timeout_seconds
        self._tls = tls
        self._idle: dict[Server, list[Connection]] = {}
        self._open: set[Connection] = set()
        self._tidying: asyncio.TimerHandle | None = None

    @property
    def open_connections(self) -> int:
        """How many connections are open, idle ones too."""
        return len(self._open)

    async def request(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Response:
        """Send a request and return its response as soon as the head is there.

        Never ask for HEAD: its answers look like the beginning of longer ones. Nothing is ever sent twice: whether a
        server that hung up had begun to work is not known here, and the caller knows what a second try would cost.
        Raises ConnectFailed, ConnectTimeout, ConnectionBroken; ValueError for a header with a line break.
        """
        destination = destination_of(url)
        rest = _header_lines(headers, len(body))
        pool = self._idle.get(destination.server)
        connection = pool.pop() if pool else await self._connect(destination.server)
        response = connection.send(_first_lines(method, destination, connection.proxy) + rest, body)
        try:
            await response.wait_for_head()
        except BaseException:
            connection.abort()
            raise
        return response

    async def close(self) -> None:
        """Close all connections, those in use too."""
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        for connection in tuple(self._open):
            connection.abort()
        self._idle.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._open:  # noqa: ASYNC110 - the loop tells each connection of its end within a turn or two
                    await asyncio.sleep(0)

    def free(self, connection: Connection) -> None:
        """Keep a connection for the next request; called by the connection."""
        pool = self._idle.setdefault(connection.server, [])
        if len(pool) >= MOST_IDLE_PER_SERVER:
            connection.abort()
            return
        connection.idle_since = self._loop.time()
        pool.append(connection)
        if self._tidying is None:
            self._tidying = self._loop.call_later(IDLE_SECONDS / 2, self._tidy)

    def lost(self, connection: Connection) -> None:
        """Forget a connection; called by the connection."""
        self._open.discard(connection)
        pool = self._idle.get(connection.server)
        if pool is not None and connection in pool:
            pool.remove(connection)

    def _tidy(self) -> None:
        self._tidying = None
        oldest = self._loop.time() - IDLE_SECONDS
        for server, pool in tuple(self._idle.items()):
            for connection in [item for item in pool if item.idle_since < oldest]:
                connection.abort()
                pool.remove(connection)
            if not pool:
                del self._idle[server]
        if self._idle:
            self._tidying = self._loop.call_later(IDLE_SECONDS / 2, self._tidy)

    async def _connect(self, server: Server) -> Connection:
        if self._policy is not None and (why_not := self._policy.refusal(server)):
            raise ConnectFailed(why_not)
        proxy = proxy_for(server)
        connection = Connection(self._loop, self, server, proxy)
        try:
            async with asyncio.timeout(self._connect_timeout_seconds):
                if proxy is None:
                    await self._connect_directly(connection, server)
                elif server.scheme == "http":
                    await self._loop.create_connection(lambda: connection, proxy.host, proxy.port)
                else:
                    await open_tunnel(self._loop, connection, server, proxy, self._tls_context())
        except TimeoutError:
            connection.abort()
            raise ConnectTimeout(f"no connection within {self._connect_timeout_seconds:g} s") from None
        except (OSError, UnicodeError) as error:
            connection.abort()
            raise ConnectFailed(_reason(error)) from error
        except BaseException:
            connection.abort()
            raise
        if connection.closed:
            raise ConnectFailed("the connection ended at once")
        self._open.add(connection)
        _keep_alive(connection.transport.get_extra_info("socket"))
        return connection

    async def _connect_directly(self, connection: Connection, server: Server) -> None:
        """Connect to the first address of a name that answers and may be called."""
        found = await self._loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MOST_ADDRESSES]
        secured = server.scheme == "https"
        failure: Exception = ConnectFailed("its name has no address")
        for number, address in enumerate(addresses, start=1):
            if self._policy is not None:
                why_not = self._policy.refusal(server, ipaddress.ip_address(address.partition("%")[0]))
                if why_not:
                    failure = ConnectFailed(why_not)
                    continue
            patience = None if number == len(addresses) else self._connect_timeout_seconds / MOST_ADDRESSES
            try:
                async with asyncio.timeout(patience):
                    await self._loop.create_connection(
                        lambda: connection,
                        address,
                        server.port,
                        ssl=self._tls_context() if secured else None,
                        server_hostname=server.host if secured else None,
                    )
                return
            except OSError as error:
                if number == len(addresses):
                    raise
                failure = error
        raise failure

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


@lru_cache(4096)
def _first_lines(method: str, destination: Destination, proxy: Proxy | None) -> bytes:
    target, more = destination.target, ""
    if proxy is not None and destination.server.scheme == "http":
        target = f"http://{destination.authority}{target}"
        more = f"proxy-authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    return (
        f"{method} {target} HTTP/1.1\r\nhost: {destination.authority}\r\n"
        f"user-agent: powerautomation\r\naccept-encoding: identity\r\n{more}"
    ).encode("ascii")


def _header_lines(headers: Headers, length: int) -> bytes:
    block = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if block.count("\n") != len(headers) or block.count("\r") != len(headers):
        raise ValueError("a header of an outgoing request contains a line break")
    return f"{block}content-length: {length}\r\n\r\n".encode("latin-1")


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, TCP_IDLE_SECONDS)


def _reason(error: Exception) -> str:
    """Return what went wrong in words; some event loops say "Connect call failed" and keep the reason in the number."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return str(error) or type(error).__name__
