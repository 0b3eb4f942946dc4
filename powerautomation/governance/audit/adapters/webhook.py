"""Sends signed heads to an address of the configuration's, one JSON object a line."""

import asyncio
from urllib.parse import urlsplit

from powerautomation.infrastructure.http_client import Client, HttpClientError, OutgoingPolicy

TIMEOUT_SECONDS = 15.0
MOST_ANSWER_BYTES = 64 * 1024


class HeadsWebhook:
    """One receiver. It may call no other server than the one whose address the configuration names."""

    def __init__(self, url: str) -> None:
        self._url = url
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        server = frozenset({f"{(parts.hostname or '').lower()}:{port}"})
        self._client = Client(connect_timeout_seconds=5, policy=OutgoingPolicy(server, server))

    async def send(self, lines: bytes) -> bool:
        """Send lines; say whether the receiver took them (2xx)."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                headers = (("content-type", "application/x-ndjson"),)
                response = await self._client.request("POST", self._url, headers, lines)
                try:
                    await response.read(MOST_ANSWER_BYTES)
                finally:
                    response.close()
        except (HttpClientError, TimeoutError):
            return False
        return 200 <= response.status < 300

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()
