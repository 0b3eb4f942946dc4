"""Keys held to parts of the gateway, at its doors; rotated keys and their last uses as the running server sees them."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.simulators import Simulator
from tests.integration.app.installation import Installation, Json, chat_body, installation, settings_with

DOORS = {
    "messages": [("POST", "/v1/messages"), ("POST", "/v1/messages/count_tokens")],
    "chat": [("POST", "/v1/chat/completions")],
    "responses": [("POST", "/v1/responses"), ("GET", "/v1/responses/resp_1")],
    "embeddings": [("POST", "/v1/embeddings"), ("POST", "/v1beta/models/kimi:embedContent")],
    "gemini": [("POST", "/v1beta/models/kimi:generateContent"), ("POST", "/v1beta/models/kimi:countTokens")],
    "files": [("GET", "/v1/files")],
    "ratings": [("POST", "/v1/ratings"), ("DELETE", "/v1/ratings/req_1")],
    "models": [("GET", "/v1/models"), ("GET", "/v1beta/models")],
}


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    with Simulator() as simulator:
        declared = {"dialect": "openai-chat", "base_url": simulator.moonshot.base_url, "api_key": "sk-moonshot"}
        settings = settings_with(
            column,
            providers={"moonshot": declared},
            models={"kimi": {"deployments": [{"provider": "moonshot", "model": "kimi-k2.6"}]}},
        )
        async with installation(settings) as running:
            yield running


async def ask(here: Installation, token: str, method: str, path: str) -> httpx2.Response:
    body: Json | None = chat_body("kimi", max_tokens=20) if method == "POST" else None
    return await here.browser().request(method, path, json=body, headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("scopes", [["usage:read"], ["gateway:chat"], ["gateway:messages", "gateway:files"]])
async def test_key_opens_its_doors_and_no_others(here: Installation, scopes: list[str]) -> None:
    admin = await here.administrator()
    token = (await admin.ok("POST", "api-keys", {"name": "x", "scopes": scopes}))["token"]
    given = {scope.partition(":")[2] for scope in scopes if scope.startswith("gateway:")}
    for door, calls in DOORS.items():
        opened = door in given or (door == "models" and bool(given))
        for method, path in calls:
            answer = await ask(here, token, method, path)
            assert (answer.status_code == 403 and "does not open" in answer.text) != opened, (path, answer.text)


async def test_both_secrets_of_a_rotated_key_work_and_show_their_last_use(here: Installation) -> None:
    admin = await here.administrator()
    old = await admin.ok("POST", "api-keys", {"name": "x"})
    key_id = old["api_key"]["id"]
    new = await admin.ok("POST", f"api-keys/{key_id}/rotate", {"overlap_seconds": 3600})
    assert (await ask(here, old["token"], "POST", "/v1/chat/completions")).status_code == 200
    await here.application.snapshots.write_key_use()

    async def shown() -> Json:
        items = (await admin.ok("GET", "api-keys"))["items"]
        return next(key for key in items if key["id"] == key_id)

    key = await shown()
    assert (key["last_used_at"], key["previous"]["last_used_at"] is None) == (None, False)
    assert (await ask(here, new["token"], "POST", "/v1/chat/completions")).status_code == 200
    await here.application.snapshots.write_key_use()
    first = (await shown())["last_used_at"]
    assert first is not None
    # Not again within the minute.
    assert (await ask(here, new["token"], "GET", "/v1/models")).status_code == 200
    await here.application.snapshots.write_key_use()
    assert (await shown())["last_used_at"] == first
    await admin.ok("POST", f"api-keys/{key_id}/rotate", {"overlap_seconds": 0})
    for token in (old["token"], new["token"]):
        assert (await ask(here, token, "GET", "/v1/models")).status_code == 401
