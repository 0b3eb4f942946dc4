"""Thirty days to bring a deleted provider back, and nothing of it after that."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from powerautomation.gateway.providers import purge_deleted_for_ever
from powerautomation.gateway.providers.tables import ProviderDeploymentRow, ProviderRow
from powerautomation.kernel.clock import now
from tests.fixtures.simulators import Simulator, say
from tests.integration.app.installation import Installation, Json, Person

KEY = "sk-canary-4f9c2e71d0b8-tail"


def provider(sim: Simulator, name: str) -> Json:
    models = [{"public_model": f"of-{name}", "model": "kimi-k2.6"}]
    address = sim.moonshot.base_url
    return {"name": name, "dialect": "openai-chat", "base_url": address, "api_key": KEY, "models": models}


async def deleted(person: Person) -> list[Json]:
    answer: list[Json] = (await person.ok("GET", "providers/deleted"))["items"]
    return answer


async def delete_new(person: Person, sim: Simulator, name: str) -> str:
    created: Json = await person.ok("POST", "providers", provider(sim, name))
    await person.ok("DELETE", f"providers/{created['id']}")
    return str(created["id"])


async def move_deletion(here: Installation, provider_id: str, **ago: float) -> None:
    async with here.application.database.unit_of_work() as session:
        moment = now() - timedelta(**ago)
        await session.execute(update(ProviderRow).where(ProviderRow.id == provider_id).values(deleted_at=moment))


async def count(here: Installation, table: Any) -> int:
    async with here.application.database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_deleted_providers_are_listed_until_they_are_restored(admin: Person, sim: Simulator) -> None:
    assert await deleted(admin) == []
    first, second = await delete_new(admin, sim, "first"), await delete_new(admin, sim, "second")
    listed = await deleted(admin)
    assert [one["id"] for one in listed] == [second, first]
    assert (listed[1]["name"], listed[1]["key_hint"], listed[1]["models"]) == ("first", KEY[-4:], ["of-first"])
    assert listed[0]["restorable_until"] > listed[0]["deleted_at"]
    assert KEY not in str(listed)
    await admin.ok("POST", f"providers/{first}/restore")
    assert [one["id"] for one in await deleted(admin)] == [second]
    sim.moonshot.always(say("Hello."))
    assert (await admin.ask("of-first")).status_code == 200


async def test_after_thirty_days_nothing_can_be_brought_back(here: Installation, admin: Person, sim: Simulator) -> None:
    old, young = await delete_new(admin, sim, "old"), await delete_new(admin, sim, "young")
    await move_deletion(here, old, days=30, seconds=1)
    await move_deletion(here, young, days=29, hours=23)
    assert [one["id"] for one in await deleted(admin)] == [young]
    refused = await admin.call("POST", f"providers/{old}/restore")
    assert (refused.status_code, refused.json()["code"]) == (404, "providers.not_found")
    await admin.ok("POST", f"providers/{young}/restore")


async def test_after_thirty_days_the_key_is_forgotten(here: Installation, admin: Person, sim: Simulator) -> None:
    old, young = await delete_new(admin, sim, "old"), await delete_new(admin, sim, "young")
    living = (await admin.ok("POST", "providers", provider(sim, "living")))["id"]
    await move_deletion(here, old, days=31)
    purge = asyncio.create_task(purge_deleted_for_ever(here.application.database))
    async with asyncio.timeout(10):
        while await count(here, ProviderRow) == 3:
            await asyncio.sleep(0.01)
    purge.cancel()
    await asyncio.gather(purge, return_exceptions=True)
    async with here.application.database.read() as session:
        assert set(await session.scalars(select(ProviderRow.id))) == {young, living}
        assert set(await session.scalars(select(ProviderDeploymentRow.provider_id))) == {young, living}


async def test_another_organization_sees_no_deleted_provider(here: Installation, admin: Person, sim: Simulator) -> None:
    await delete_new(admin, sim, "mine")
    assert await deleted(await here.stranger()) == []
    anonymous = await here.browser().get("/api/v1/providers/deleted")
    assert anonymous.status_code == 401
