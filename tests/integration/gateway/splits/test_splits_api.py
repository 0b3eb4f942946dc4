"""Experiments over HTTP on both storage columns: from ledger rows and ratings to a sentence."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.integration.app.installation import Installation, Person, installation
from tests.unit.gateway.metering.records import record_of

NAME = "sonnet or k2?"


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    return await here.administrator()


async def fill(here: Installation, organization_id: str, arm: str, number: int, **changes: Any) -> None:
    """Put requests of the last hour into the ledger."""
    chance = random.Random(arm)
    started = clock.now_ms() - 3_600_000
    records = [
        record_of(
            f"{organization_id}-{arm}-{place}",
            organization_id=organization_id,
            session=f"{arm}-{place // 2}",
            started_ms=started + place,
            **{"split": NAME, "arm": arm, "duration_us": chance.randint(900_000, 1_100_000), **changes},
        )
        for place in range(number)
    ]
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records(records)])


def path(**query: str) -> str:
    pairs = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return f"splits/{quote(NAME)}/comparison?{pairs}"


async def test_arms_are_listed_and_compared_with_intervals(here: Installation, admin: Person) -> None:
    organization_id = admin.principal.organization_id
    await fill(here, organization_id, "a", 120, cost_nanos=1_000_000)
    await fill(here, organization_id, "b", 100, cost_nanos=800_000)
    await fill(here, organization_id, "", 5, split="")
    (split,) = (await admin.ok("GET", "splits"))["items"]
    assert (split["name"], split["arms"]) == (NAME, [{"name": "a", "requests": 120}, {"name": "b", "requests": 100}])
    for place in range(40):
        await admin.ok("POST", f"requests/{organization_id}-a-{place}/rating", {"rating": 1 if place % 4 else -1})
    found = await admin.ok("GET", path())
    assert (found["baseline"], found["currency"], found["is_sample"]) == ("a", "USD", False)
    arms = {arm["name"]: {one["measure"]: one for one in arm["estimates"]} for arm in found["arms"]}
    assert arms["a"]["cost"]["value"] == 1_000_000
    rating = arms["a"]["rating"]
    assert (rating["count"], rating["value"]) == (40, 0.75)
    assert 0.55 < rating["low"] < 0.75 < rating["high"] < 0.9
    assert 900 <= arms["b"]["duration_p50"]["low"] <= arms["b"]["duration_p50"]["high"] <= 1100
    (difference,) = found["differences"]
    assert difference["sentence"] == (
        "b costs 20 % less; no difference in speed and errors can be seen yet; too few requests to tell about ratings."
    )
    turned = await admin.ok("GET", path(baseline="b"))
    assert (turned["baseline"], turned["differences"][0]["arm"]) == ("b", "a")
    assert turned["differences"][0]["sentence"].startswith("a costs 25 % more")


async def test_a_range_and_the_demo_model_are_left_out(here: Installation, admin: Person) -> None:
    await fill(here, admin.principal.organization_id, "a", 3)
    await fill(here, admin.principal.organization_id, "demo", 3, demo=True)
    before = (clock.now() - timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    day_before = (clock.now() - timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert (await admin.ok("GET", path(**{"from": day_before, "to": before})))["arms"] == []
    (arm,) = (await admin.ok("GET", path()))["arms"]
    assert (arm["name"], arm["requests"]) == ("a", 3)
    assert {one["low"] for one in arm["estimates"]} == {None}


async def test_what_does_not_exist_or_is_somebody_elses_is_not_found(here: Installation, admin: Person) -> None:
    await fill(here, admin.principal.organization_id, "a", 3)
    stranger = await here.stranger()
    assert (await stranger.ok("GET", "splits"))["items"] == []
    for person, address in ((stranger, path()), (admin, "splits/other/comparison"), (admin, "splits/%20/comparison")):
        refused = await person.call("GET", address)
        assert (refused.status_code, refused.json()["code"]) == (404, "splits.not_found")
    unknown = await admin.call("GET", path(baseline="c"))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "splits.baseline_unknown")
    backwards = path(**{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"})
    assert (await admin.call("GET", backwards)).json()["code"] == "usage.range_invalid"
    nobody = here.browser()
    assert (await nobody.get("/api/v1/splits")).status_code == 401
    assert (await nobody.get(f"/api/v1/{path()}")).status_code == 401
