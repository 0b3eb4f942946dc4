"""Sends events to a syslog server, over TLS, TCP or UDP.

Syslog has no receipts. On TCP and TLS each batch has a connection of its own, which is ended from here; it counts as
delivered when the server ended its side too, without an error. On UDP it counts as delivered when it was sent.
"""

import asyncio
import contextlib
import errno
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from powerautomation.governance.audit import AuditEvent
from powerautomation.governance.audit_streams.errors import NotDelivered
from powerautomation.governance.audit_streams.rules import (
    MOST_DATAGRAM_BYTES,
    MOST_MESSAGE_BYTES,
    framed,
    syslog_message,
)
from powerautomation.infrastructure.http_client import OutgoingPolicy, Server

CONNECT_SECONDS = 5.0
SEND_SECONDS = 15.0
END_SECONDS = 5.0


class Syslog:
    """One syslog server. ``url``: ``syslog+tls://host:port``, ``syslog+tcp://…`` or ``syslog+udp://…``."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        parts = urlsplit(url)
        self._way = parts.scheme.removeprefix("syslog+")
        self._server = Server(parts.scheme, (parts.hostname or "").lower(), parts.port or 0)
        known = frozenset({f"{self._server.host}:{self._server.port}"})
        self._policy = OutgoingPolicy(known, known)
        self._tls = None
        if self._way == "tls":
            self._tls = ssl.create_default_context(cafile=str(ca_file) if ca_file is not None else None)
        self._host = socket.gethostname()

    async def send(self, events: Sequence[AuditEvent]) -> str:
        """Send events. Raises NotDelivered."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS + SEND_SECONDS + END_SECONDS):
                address = await self._address()
                if self._way == "udp":
                    await self._send_datagrams(address, events)
                else:
                    await self._send_frames(address, events)
        except (OSError, TimeoutError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise NotDelivered(f"The syslog server did not take the events: {why}.") from error
        return ""

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _address(self) -> tuple[int, str]:
        """Return family and address to connect to, checked on the very address. Raises NotDelivered."""
        kind = socket.SOCK_DGRAM if self._way == "udp" else socket.SOCK_STREAM
        found = await asyncio.get_running_loop().getaddrinfo(self._server.host, self._server.port, type=kind)
        refusal = ""
        for family, _, _, _, address in found:
            refusal = self._policy.refusal(self._server, ipaddress.ip_address(str(address[0]).partition("%")[0]))
            if not refusal:
                return family, str(address[0])
        raise NotDelivered(f"The syslog server may not be called: {refusal or 'its name has no address'}.")

    async def _send_datagrams(self, address: tuple[int, str], events: Sequence[AuditEvent]) -> None:
        family, host = address
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            _Datagrams, remote_addr=(host, self._server.port), family=family
        )
        try:
            for one in events:
                transport.sendto(syslog_message(one, self._host, MOST_DATAGRAM_BYTES))
                # Between two, so that a receiver's buffer is not flooded, and a refusal can be heard.
                await asyncio.sleep(0)
            if protocol.error is not None:
                raise protocol.error
        finally:
            transport.close()

    async def _send_frames(self, address: tuple[int, str], events: Sequence[AuditEvent]) -> None:
        name = self._server.host if self._tls is not None else None
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                address[1], self._server.port, family=address[0], ssl=self._tls, server_hostname=name
            )
        try:
            async with asyncio.timeout(SEND_SECONDS):
                for one in events:
                    writer.write(framed(syslog_message(one, self._host, MOST_MESSAGE_BYTES)))
                    await writer.drain()
            if reader.at_eof():
                raise ConnectionResetError(errno.ECONNRESET, "it hung up before all was sent")
            if writer.can_write_eof():
                writer.write_eof()
                # A server that never ends its side has the bytes as far as can be known.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(END_SECONDS):
                        await reader.read()
            else:
                writer.close()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(END_SECONDS):
                        await writer.wait_closed()
        finally:
            writer.transport.abort()


class _Datagrams(asyncio.DatagramProtocol):
    """Keeps the error by which the machine at the other end says that nobody listens."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def error_received(self, exc: Exception) -> None:
        """Note an error."""
        self.error = exc
