"""The file that proves a domain."""

from typing import Any

import pytest

from powerautomation.identity.email_domains.adapters.well_known import WellKnown
from powerautomation.identity.email_domains.errors import ProofUnreachable
from powerautomation.infrastructure.http_client import ConnectFailed

LINE = "powerautomation-domain=token-1"
ADDRESS = "https://example.org/.well-known/powerautomation-domain.txt"


class Answer:
    """What the client returns."""

    def __init__(self, status: int, text: bytes) -> None:
        self.status, self._text = status, text

    async def read(self, most_bytes: int) -> bytes:
        assert len(self._text) <= most_bytes
        return self._text


class Web:
    """Stands where the outgoing client stands."""

    def __init__(self, given: Answer | Exception) -> None:
        self.given = given

    async def request(self, method: str, url: str, headers: Any = (), body: bytes = b"") -> Answer:
        assert (method, url) == ("GET", ADDRESS)
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


async def says(given: Answer | Exception) -> bool:
    return await WellKnown(Web(given)).says(ADDRESS, LINE)  # type: ignore[arg-type]  # it only sends requests


@pytest.mark.parametrize(
    ("status", "text", "proves"),
    [
        (200, f"{LINE}\n", True),
        (200, f"other=1\r\n  {LINE}  \r\n", True),
        (200, f"{LINE}2", False),
        (200, f"x{LINE}", False),
        (200, "", False),
        (200, f"<p>{LINE}</p>", False),
        (404, LINE, False),
        (302, LINE, False),
        (206, LINE, False),
    ],
)
async def test_line_must_stand_by_itself_at_the_very_address(status, text, proves):
    assert await says(Answer(status, text.encode())) is proves


@pytest.mark.parametrize("given", [Answer(503, b""), Answer(429, b""), ConnectFailed("down")])
async def test_server_that_cannot_say_proves_nothing_and_ends_nothing(given):
    with pytest.raises(ProofUnreachable):
        await says(given)
