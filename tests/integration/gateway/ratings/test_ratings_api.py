"""Ratings by people and by programs, on both storage columns: one per rater, changeable, and the organization's own."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import select

from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
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
