"""Gateway keys over HTTP, from the command line, and as the data plane sees them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from powerautomation.identity.api_keys import (
    ApiKeyNotFound,
    create_api_key,
    gateway_hmac_secret,
    has_api_keys,
    hmac_of,
    list_api_keys,
    load_key_records,
    revoke_api_key,
    touch_keys,
)
from powerautomation.identity.api_keys.tables import ApiKeyRow
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.kernel import clock
from powerautomation.kernel.principal import Principal


async def records(here):
    async with here.db.read() as session:
        return await load_key_records(session)


async def create(browser, **body):
    answer = await browser.send("POST", "api-keys", {"name": "laptop", **body})
    assert answer.status_code == 201
    return answer.json()


async def test_key_is_shown_once_and_then_only_its_end(here, frozen):
    browser = await here.signed_in()
    created = await create(browser)
    token = created["token"]
    assert token.startswith("pa_")
    assert len(token) == 43
    assert created["api_key"] | {"id": "", "created_by": ""} == {
        "id": "",
        "created_by": "",
        "project": "",
        "tags": [],
        "name": "laptop",
        "hint": token[-4:],
        "created_at": "2026-11-18T11:06:40Z",
        "created_by_name": "Administrator",
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
        "allowed_models": [],
        "scopes": ["gateway"],
        "state": "live",
        "shared": None,
        "shared_by_name": "",
        "previous": None,
    }
    listed = await browser.send("GET", "api-keys")
    assert listed.json() == {"items": [created["api_key"]]}
    assert token not in listed.text


async def test_key_is_stored_as_hmac_only(here):
    token = (await create(await here.signed_in()))["token"]
    async with here.db.read() as session:
        row = (await session.scalars(select(ApiKeyRow))).one()
        events = list(await session.scalars(select(OutboxEventRow)))
    assert row.token_hmac == hmac_of(gateway_hmac_secret(here.box), token)
    assert token not in repr([getattr(row, column.name) for column in ApiKeyRow.__table__.columns])
    assert [(event.kind, event.payload) for event in events] == [("api_keys.created", {"api_key_id": row.id})]


async def test_data_plane_finds_the_key_until_it_is_revoked(here):
    browser = await here.signed_in()
    created = await create(browser)
    (record,) = await records(here)
    assert record.token_hmac == hmac_of(gateway_hmac_secret(here.box), created["token"].encode())
    assert (record.id, record.name, record.organization_id) == (
        created["api_key"]["id"],
        "laptop",
        here.admin.organization_id,
    )
    assert record.expires_at_ms is None
    assert (await browser.send("DELETE", f"api-keys/{record.id}")).status_code == 204
    assert await records(here) == []
    (key,) = (await browser.send("GET", "api-keys")).json()["items"]
    assert key["revoked_at"] is not None


async def test_revoking_twice_changes_and_announces_nothing_more(here, frozen):
    browser = await here.signed_in()
    key_id = (await create(browser))["api_key"]["id"]
    await browser.send("DELETE", f"api-keys/{key_id}")
    first = (await browser.send("GET", "api-keys")).json()
    frozen.advance(minutes=1)
    assert (await browser.send("DELETE", f"api-keys/{key_id}")).status_code == 204
    assert (await browser.send("GET", "api-keys")).json() == first
    async with here.db.read() as session:
        kinds = list(await session.scalars(select(OutboxEventRow.kind).order_by(OutboxEventRow.id)))
    assert kinds == ["api_keys.created", "api_keys.revoked"]


async def test_key_with_an_end_stops_by_itself(here, frozen):
    browser = await here.signed_in()
    end = clock.now() + timedelta(hours=1)
    created = await create(browser, expires_at=end.isoformat())
    assert created["api_key"]["expires_at"] == "2026-11-18T12:06:40Z"
    (record,) = await records(here)
    assert record.expires_at_ms == frozen.ms + 3_600_000
    frozen.advance(hours=1)
    assert await records(here) == []


async def test_live_keys_are_listed_before_ended_ones(here, frozen):
    browser = await here.signed_in()
    for name in ("first", "second", "third"):
        await create(browser, name=name)
        frozen.advance(seconds=1)
    newest = (await browser.send("GET", "api-keys")).json()["items"][0]
    await browser.send("DELETE", f"api-keys/{newest['id']}")
    items = (await browser.send("GET", "api-keys")).json()["items"]
    assert [item["name"] for item in items] == ["second", "first", "third"]


async def test_keys_of_another_organization_are_neither_seen_nor_revoked(here):
    browser = await here.signed_in()
    key_id = (await create(browser))["api_key"]["id"]
    other = await here.other_organization()
    assert (await other.send("GET", "api-keys")).json() == {"items": []}
    refused = await other.send("DELETE", f"api-keys/{key_id}")
    assert refused.status_code == 404
    assert refused.json()["code"] == "api_keys.not_found"
    assert len(await records(here)) == 1
    await create(other)
    assert {record.organization_id for record in await records(here)} == {"org_default", "org_other"}
    assert len((await browser.send("GET", "api-keys")).json()["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "a\nb"},
        {"name": "x" * 101},
        {"name": 7},
        {"name": "laptop", "scope": "all"},
        {"name": "laptop", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "laptop", "expires_at": "2030-01-01T00:00:00"},
        {"name": "laptop", "expires_at": "9999-12-31T23:59:59-12:00"},
        {"name": "laptop", "expires_at": "0001-01-01T00:00:00+14:00"},
        {"name": "laptop", "expires_at": "soon"},
    ],
)
async def test_key_that_cannot_be_is_refused(here, body):
    browser = await here.signed_in()
    answer = await browser.send("POST", "api-keys", body)
    assert answer.status_code == 422
    assert answer.json()["fields"]
    assert await records(here) == []


async def test_number_of_live_keys_is_bounded(here, monkeypatch):
    monkeypatch.setattr("powerautomation.identity.api_keys.rules.MOST_LIVE_KEYS", 2)
    browser = await here.signed_in()
    first = await create(browser)
    await create(browser)
    refused = await browser.send("POST", "api-keys", {"name": "one more"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "api_keys.too_many"
    await browser.send("DELETE", f"api-keys/{first['api_key']['id']}")
    await create(browser)


async def test_command_line_makes_a_key_for_the_organization(here):
    system = Principal("system", "command-line", here.admin.organization_id, "Command line")
    async with here.db.unit_of_work() as session:
        assert not await has_api_keys(session)
        created = await create_api_key(session, here.box, system, "build server")
    async with here.db.read() as session:
        assert await has_api_keys(session)
        (listed,) = await list_api_keys(session, here.admin.organization_id)
    assert listed == created.key
    assert listed.created_by_name == "Command line"
    assert created.token.startswith("pa_")


async def test_unknown_key_cannot_be_revoked(here):
    async with here.db.unit_of_work() as session:
        with pytest.raises(ApiKeyNotFound):
            await revoke_api_key(session, here.admin, "key_unknown")


async def test_last_use_only_moves_forward(here, frozen):
    key_id = (await create(await here.signed_in()))["api_key"]["id"]
    start = clock.now()
    for seconds in (10, 5, 20, 15):
        async with here.db.unit_of_work() as session:
            await touch_keys(session, {key_id: start + timedelta(seconds=seconds), "key_gone": start})
    async with here.db.read() as session:
        (key,) = await list_api_keys(session, here.admin.organization_id)
    assert key.last_used_at == start + timedelta(seconds=20)
