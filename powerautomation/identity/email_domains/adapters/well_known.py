"""The proof as a file on the domain's own web server: its certificate says that it is the domain's."""

import asyncio
from urllib.parse import urlsplit

from powerautomation.identity.email_domains.errors import ProofUnreachable
from powerautomation.identity.email_domains.rules import has_line
from powerautomation.infrastructure.http_client import Client, HttpClientError

ANSWER_SECONDS = 10.0
MOST_BYTES = 16 * 1024


class WellKnown:
    """The adapter. ``client`` is the one that goes out through the allow-list; it follows no redirects."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def says(self, address: str, line: str) -> bool:
        """See ``ports.DomainProver``."""
        place = urlsplit(address).netloc
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._client.request("GET", address, [("accept", "text/plain"), ("connection", "close")])
                text = await answer.read(MOST_BYTES)
        except TimeoutError:
            raise _unreachable(place, f"it did not answer within {ANSWER_SECONDS:g} s") from None
        except HttpClientError as error:
            raise _unreachable(place, str(error)) from None
        if answer.status >= 500 or answer.status == 429:
            raise _unreachable(place, f"it answered HTTP {answer.status}")
        return answer.status == 200 and has_line(text.decode("utf-8", "replace"), line)


def _unreachable(place: str, why: str) -> ProofUnreachable:
    action = "Try again when the domain's web server can be reached from here."
    if "allow-list" in why or "private network" in why:
        action = f"Add {place} to gateway.allowed_hosts in the configuration file and restart the server."
    return ProofUnreachable(f"The web server of {place} could not be asked: {why}.", action=action)
