"""Sends events by HTTP: signed lines to a webhook, log records to an OTLP collector."""

import asyncio
import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from powerautomation.governance.audit import AuditEvent, export_line
from powerautomation.governance.audit_streams.errors import NotDelivered
from powerautomation.governance.audit_streams.rules import otlp_body, otlp_complaint, signature
from powerautomation.infrastructure.http_client import Client, Headers, HttpClientError, OutgoingPolicy

TIMEOUT_SECONDS = 15.0
MOST_ANSWER_BYTES = 64 * 1024


class Web:
    """One receiver. It may call no other server than the one whose address the configuration names."""

    def __init__(self, url: str, ca_file: Path | None) -> None:
        self._url = url
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        server = frozenset({f"{(parts.hostname or '').lower()}:{port}"})
        tls = ssl.create_default_context(cafile=str(ca_file)) if ca_file is not None else None
        self._client = Client(connect_timeout_seconds=5, policy=OutgoingPolicy(server, server), tls=tls)

    async def post(self, headers: Headers, body: bytes) -> bytes:
        """Send a request and return the answer of a success. Raises NotDelivered for everything else."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                response = await self._client.request("POST", self._url, headers, body)
                try:
                    answer = await response.read(MOST_ANSWER_BYTES)
                finally:
                    response.close()
        except HttpClientError as error:
            raise NotDelivered(f"The receiver cannot be reached: {error}") from error
        except TimeoutError as error:
            raise NotDelivered(f"The receiver did not answer within {TIMEOUT_SECONDS:.0f} seconds.") from error
        if not 200 <= response.status < 300:
            raise NotDelivered(f"The receiver answered with status {response.status}.")
        return answer

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()


class Webhook(Web):
    """Gets the lines of an export, signed: what it keeps is a log that ``audit verify`` can check."""

    def __init__(self, url: str, secret: str, name: str, ca_file: Path | None = None) -> None:
        super().__init__(url, ca_file)
        self._secret = secret
        self._name = name

    async def send(self, events: Sequence[AuditEvent]) -> str:
        """Send events in one request. Raises NotDelivered."""
        body = b"".join(export_line(one) for one in events)
        moment = int(time.time())
        first, last = events[0], events[-1]
        delivery = f"{first.event.organization_id}:{first.sequence}-{last.sequence}"
        await self.post(
            (
                ("content-type", "application/x-ndjson"),
                ("powerautomation-stream", self._name),
                ("powerautomation-delivery", delivery),
                ("powerautomation-timestamp", str(moment)),
                ("powerautomation-signature", signature(self._secret, moment, body)),
            ),
            body,
        )
        return ""


class Collector(Web):
    """Gets OTLP log records in JSON."""

    def __init__(self, url: str, token: str, version: str, ca_file: Path | None = None) -> None:
        super().__init__(url, ca_file)
        self._headers: Headers = (("content-type", "application/json"),)
        if token:
            self._headers = (*self._headers, ("authorization", f"Bearer {token}"))
        self._version = version

    async def send(self, events: Sequence[AuditEvent]) -> str:
        """Send events in one request; return what the collector did not take, which must not be sent again. Raises
        NotDelivered."""
        return otlp_complaint(await self.post(self._headers, otlp_body(events, self._version, time.time_ns())))
