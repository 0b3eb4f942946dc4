"""Who may read the metrics: programs on this machine, and those who have the token."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx2
import pytest

from powerautomation.infrastructure.settings import Settings, load_settings
from powerautomation.kernel.errors import StartRefused
from tests.integration.app.installation import Installation, installation

TOKEN = "metrics-canary-0123456789"
LOCAL = "http://127.0.0.1:8080"
OUTSIDE = "https://ai.example.org"


@pytest.fixture
async def here(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Installation]:
    """An installation with the token of the parameter."""
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "metrics": {"token": request.param}})
    async with installation(settings) as running:
        yield running


async def status(
    here: Installation, base_url: str = LOCAL, ip: str = "127.0.0.1", headers: Mapping[str, str | bytes] | None = None
) -> int:
    transport = httpx2.ASGITransport(app=here.front, client=(ip, 40000))
    async with httpx2.AsyncClient(transport=transport, base_url=base_url) as browser:
        answer = await browser.get("/metrics", headers=headers)
    assert TOKEN not in answer.text
    assert (answer.status_code == 200) == ("process_resident_memory_bytes" in answer.text)
    return answer.status_code


LATIN = {"authorization": "Bearer é".encode("latin-1")}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("here", [TOKEN], indirect=True)
async def test_token_opens_the_metrics_from_anywhere_and_nothing_else_does(here: Installation) -> None:
    outside = {"base_url": OUTSIDE, "ip": "203.0.113.9"}
    assert await status(here, **outside, headers=bearer(TOKEN)) == 200
    for headers in ({}, bearer(""), bearer(TOKEN[:-1]), bearer(f"{TOKEN}x"), {"authorization": TOKEN}, LATIN):
        assert await status(here, **outside, headers=headers) == 401, headers


@pytest.mark.parametrize("here", [""], indirect=True)
async def test_without_a_token_only_this_machine_reads_them(here: Installation) -> None:
    assert await status(here) == 200
    assert await status(here, "http://localhost:8080") == 200
    assert await status(here, "http://[::1]:8080", "::1") == 200
    assert await status(here, LOCAL, "203.0.113.9") == 401
    for headers in (bearer(""), bearer("x"), {"authorization": "Bearer"}):
        assert await status(here, OUTSIDE, "203.0.113.9", headers) == 401


@pytest.mark.parametrize("here", [""], indirect=True)
async def test_what_a_proxy_on_this_machine_passes_on_is_not_local(here: Installation) -> None:
    assert await status(here, OUTSIDE) == 401
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"):
        assert await status(here, headers={name: "127.0.0.1"}) == 401, name


def test_token_that_is_easy_to_guess_or_no_header_can_carry_is_refused() -> None:
    for token in ("short", "with a blank in the middle", "ключ-ключ-ключ-ключ"):
        with pytest.raises(StartRefused) as refused:
            load_settings(None, {"POWERAUTOMATION_METRICS_TOKEN": token}, {})
        assert token not in refused.value.message
