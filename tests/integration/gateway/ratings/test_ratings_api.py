"""Ratings by people and by programs, on both storage columns: one per rater, changeable, and the organization's own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote

import httpx2
import pytest
from sqlalchemy import select

from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.gateway.metering.tables import GatewayRequestRow
from powerautomation.gateway.proxy.replies import new_request_id
from powerautomation.gateway.ratings import service
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Json, Person, installation
from tests.unit.gateway.metering.records import record_of


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    person = await here.administrator()
    record = record_of("req_1", organization_id=person.principal.organization_id)
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records([record])])
    return person


async def rate(person: Person, body: Json, key: str | None = None) -> httpx2.Response:
    headers = {"authorization": f"Bearer {key or person.key}"}
    return await person.http.post("/v1/ratings", json=body, headers=headers)


async def events_of(here: Installation) -> list[tuple[str, int | None]]:
    async with here.application.database.read() as session:
        rows = await session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.id))
        return [(row.kind, row.payload.get("rating")) for row in rows if row.kind.startswith("ratings.")]


async def test_a_person_rates_changes_their_mind_and_takes_it_back(here: Installation, admin: Person) -> None:
    assert (await admin.ok("GET", "requests/req_1/ratings"))["items"] == []
    given = await admin.ok("POST", "requests/req_1/rating", {"rating": -1, "comment": " Wrong file. "})
    assert (given["rating"], given["comment"], given["mine"], given["rater_kind"]) == (-1, "Wrong file.", True, "user")
    await admin.ok("POST", "requests/req_1/rating", {"rating": 1})
    (only,) = (await admin.ok("GET", "requests/req_1/ratings"))["items"]
    assert (only["rating"], only["comment"], only["mine"]) == (1, "", True)
    await admin.ok("DELETE", "requests/req_1/rating")
    gone = await admin.call("DELETE", "requests/req_1/rating")
    assert (gone.status_code, gone.json()["code"]) == (404, "ratings.not_found")
    assert (await admin.ok("GET", "requests/req_1/ratings"))["items"] == []
    assert await events_of(here) == [("ratings.given", -1), ("ratings.given", 1), ("ratings.withdrawn", None)]


async def test_a_program_rates_with_its_key_beside_what_people_say(admin: Person) -> None:
    await admin.ok("POST", "requests/req_1/rating", {"rating": 1})
    for rating in (1, -1):
        answer = await rate(admin, {"request_id": "req_1", "rating": rating, "comment": "thumb of a reader"})
        assert answer.status_code == 200, answer.text
        assert (answer.json()["object"], answer.json()["rating"]) == ("rating", rating)
        assert answer.headers["x-request-id"].startswith("req_")
    items = (await admin.ok("GET", "requests/req_1/ratings"))["items"]
    assert sorted((one["rater_kind"], one["rater_name"], one["rating"], one["mine"]) for one in items) == [
        ("api_key", "test", -1, False),
        ("user", items[0]["rater_name"] if items[0]["mine"] else items[1]["rater_name"], 1, True),
    ]
    headers = {"x-api-key": admin.key}
    assert (await admin.http.delete("/v1/ratings/req_1", headers=headers)).json()["deleted"] is True
    again = await admin.http.delete("/v1/ratings/req_1", headers=headers)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "ratings.not_found")
    assert len((await admin.ok("GET", "requests/req_1/ratings"))["items"]) == 1


async def test_an_answer_can_be_rated_the_moment_it_is_there(admin: Person) -> None:
    for rating in (1, -1):
        answered = await admin.ask("demo")
        assert answered.status_code == 200, answered.text
        request_id = answered.headers["x-request-id"]
        given = await rate(admin, {"request_id": request_id, "rating": rating})
        assert given.status_code == 200, given.text
    answered = await admin.ask("demo")
    await admin.ok("POST", f"requests/{answered.headers['x-request-id']}/rating", {"rating": 1})


async def test_a_rating_waits_for_the_ledger_of_another_process(
    here: Installation, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = new_request_id()
    record = record_of(request_id, organization_id=admin.principal.organization_id)
    looked = asyncio.Event()
    check = service.check_request

    async def counted(*arguments: object) -> None:
        try:
            await check(*arguments)
        except service.RequestNotFound:
            looked.set()
            raise

    monkeypatch.setattr(service, "check_request", counted)
    rating = asyncio.create_task(rate(admin, {"request_id": request_id, "rating": 1}))
    await looked.wait()
    async with here.application.database.unit_of_work() as session:
        await insert_prepared(session, [prepare_records([record])])
    given = await rating
    assert given.status_code == 200, given.text


async def test_nobody_waits_for_requests_that_cannot_come(
    here: Installation, admin: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []

    async def count() -> None:
        flushed.append(1)

    monkeypatch.setattr(here.application.gateway.ratings, "_flush", count)
    old = "req_0190000000000123456789abcdef"
    for request_id in ("req_none", old, "req_" + "u" * 28):
        assert (await rate(admin, {"request_id": request_id, "rating": 1})).status_code == 404
    assert flushed == []
    monkeypatch.setattr(service, "LONGEST_WAIT_SECONDS", 0.05)
    assert (await rate(admin, {"request_id": new_request_id(), "rating": 1})).status_code == 404
    assert flushed == [1]


async def test_the_usage_explorer_counts_ratings(here: Installation, admin: Person) -> None:
    stranger = await here.stranger()
    await admin.ok("POST", "requests/req_1/rating", {"rating": 1})
    await rate(admin, {"request_id": "req_1", "rating": -1})
    whole = "usage/explore?bucket=none&group_by=model"
    async with here.application.database.read() as session:
        started_ms = (await session.execute(select(GatewayRequestRow.started_ms))).scalar_one()
    start, end = (quote(datetime.fromtimestamp(started_ms / 1000 + shift, UTC).isoformat()) for shift in (-3600, 3600))
    report = await admin.ok("GET", f"{whole}&from={start}&to={end}")
    (row,) = report["rows"]
    assert (row["requests"], row["good_ratings"], row["bad_ratings"]) == (1, 1, 1)
    assert (report["totals"][0]["good_ratings"], report["totals"][0]["bad_ratings"]) == (1, 1)
    table = (await admin.call("GET", f"usage/explore.csv?bucket=none&from={start}&to={end}")).text.splitlines()
    assert table[0].endswith("good_ratings,bad_ratings")
    assert table[1].endswith(",1,1")
    assert (await stranger.ok("GET", f"{whole}&from={start}&to={end}"))["rows"] == []


async def test_requests_of_others_are_not_there(here: Installation, admin: Person) -> None:
    stranger = await here.stranger()
    await admin.ok("POST", "requests/req_1/rating", {"rating": 1})
    calls = (("GET", "ratings", None), ("POST", "rating", {"rating": 1}), ("DELETE", "rating", None))
    for method, path, body in calls:
        assert (await stranger.call(method, f"requests/req_1/{path}", body)).status_code == 404
    refused = await rate(stranger, {"request_id": "req_1", "rating": 1})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "requests.not_found")
    assert len((await admin.ok("GET", "requests/req_1/ratings"))["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"request_id": "req_1", "rating": 0},
        {"request_id": "req_1", "rating": 1.5},
        {"request_id": "req_1", "rating": True},
        {"request_id": "req_1"},
        {"rating": 1},
        {"request_id": "req_1", "rating": 1, "stars": 5},
        {"request_id": "req_1", "rating": 1, "comment": "x" * 1001},
        {"request_id": "req_1", "rating": 1, "comment": "a\x00b"},
        {"request_id": "r" * 65, "rating": 1},
        [1],
    ],
)
async def test_what_is_no_rating_is_refused_in_words(admin: Person, body: Json) -> None:
    refused = await rate(admin, body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "ratings.invalid")
    if isinstance(body, dict):
        own = {name: value for name, value in body.items() if name != "request_id"}
        if own != {"rating": 1}:
            assert (await admin.call("POST", "requests/req_1/rating", own)).status_code == 422
    assert (await admin.ok("GET", "requests/req_1/ratings"))["items"] == []


async def test_who_may_not_rate_is_told_so(here: Installation, admin: Person) -> None:
    assert (await rate(admin, {"request_id": "req_1", "rating": 1}, key="pa_unknown")).status_code == 401
    headers = {"authorization": f"Bearer {admin.key}"}
    assert (await admin.http.get("/v1/ratings", headers=headers)).status_code == 405
    assert (await admin.http.get("/v1/ratings/req_1", headers=headers)).status_code == 405
    nobody = here.browser()
    for method, path in (("GET", "ratings"), ("POST", "rating"), ("DELETE", "rating")):
        answer = await nobody.request(method, f"/api/v1/requests/req_1/{path}", json={"rating": 1})
        assert answer.status_code == 401
