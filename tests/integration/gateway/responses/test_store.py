"""Kept answers on each storage column: whose they are, how long and how much is kept."""

import msgspec
import pytest
from sqlalchemy import func, select

from powerautomation.gateway.responses import Owner, PreviousResponseNotFound, ResponseNotFound, ResponseStore
from powerautomation.gateway.responses.tables import GatewayResponseRow
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.identity.quotas.repository import put_amount
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.fixtures.encryption import new_box

DAY_MS = 24 * 60 * 60 * 1000
MOST = 10_000_000
ANN = Owner("org_a", "key_ann")
BOB = Owner("org_b", "key_bob")
OTHER_KEY = Owner("org_a", "key_other")


@pytest.fixture
async def store(db: Database, column: Settings) -> ResponseStore:
    """A store for two organizations, with thirty days and 20 KB for each."""
    async with db.unit_of_work() as session:
        for name in ("org_a", "org_b"):
            session.add(OrganizationRow(id=name, name=name, created_at=clock.now()))
    return ResponseStore(db, new_box(), days=30, most_bytes=20_000)


def said(text: str) -> list[msgspec.Raw]:
    return [msgspec.Raw(msgspec.json.encode({"role": "user", "content": text}))]


def answer(response_id: str, text: str) -> bytes:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None}
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text}],
    }
    return msgspec.json.encode({"id": response_id, "status": "completed", "output": [thought, message]})


async def talk(store: ResponseStore, owner: Owner, names: str) -> None:
    """Keep a conversation whose turns have these one-letter ids."""
    for previous, name in zip(["", *names], names, strict=False):
        await store.save(owner, name, previous, said(f"ask {name}"), answer(name, f"say {name}"))


async def texts(store: ResponseStore, owner: Owner, last: str) -> list[str]:
    items = [msgspec.json.decode(item) for item in await store.history(owner, last, MOST)]
    return [item["content"] if isinstance(item["content"], str) else item["content"][0]["text"] for item in items]


async def test_a_conversation_comes_back_in_order_without_thoughts_only_the_vendor_kept(store: ResponseStore) -> None:
    await talk(store, ANN, "xyz")
    assert await texts(store, ANN, "z") == ["ask x", "say x", "ask y", "say y", "ask z", "say z"]
    assert await texts(store, ANN, "x") == ["ask x", "say x"]
    assert all(b'"id"' not in bytes(item) for item in await store.history(ANN, "z", MOST))
    assert msgspec.json.decode(await store.get(ANN, "y"))["output"][1]["content"][0]["text"] == "say y"


@pytest.mark.parametrize("other", [BOB, OTHER_KEY], ids=["organization", "key"])
async def test_another_organization_or_key_sees_nothing_of_it(store: ResponseStore, other: Owner) -> None:
    await talk(store, ANN, "xy")
    await store.save(other, "y", "", said("mine"), answer("y", "yours"))
    assert await texts(store, other, "y") == ["mine", "yours"]
    assert await texts(store, ANN, "y") == ["ask x", "say x", "ask y", "say y"]
    with pytest.raises(PreviousResponseNotFound):
        await store.history(other, "x", MOST)
    with pytest.raises(ResponseNotFound):
        await store.get(other, "x")
    with pytest.raises(ResponseNotFound):
        await store.delete(other, "x")
    assert await store.get(ANN, "x")


async def test_a_conversation_whose_middle_is_gone_cannot_be_continued(store: ResponseStore) -> None:
    await talk(store, ANN, "xyz")
    await store.delete(ANN, "y")
    with pytest.raises(PreviousResponseNotFound):
        await store.history(ANN, "z", MOST)
    assert await texts(store, ANN, "x") == ["ask x", "say x"]


async def test_answers_expire_and_are_forgotten(
    store: ResponseStore, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(store, ANN, "x")
    later = clock.now_ms() + 31 * DAY_MS
    monkeypatch.setattr("powerautomation.gateway.responses.service.now_ms", lambda: later)
    with pytest.raises(ResponseNotFound):
        await store.get(ANN, "x")
    with pytest.raises(PreviousResponseNotFound):
        await store.history(ANN, "x", MOST)
    await talk(store, ANN, "n")
    assert await store.clean_up() == 1
    async with db.read() as session:
        assert list(await session.scalars(select(GatewayResponseRow.id))) == ["n"]


async def test_the_oldest_go_when_an_organization_keeps_too_much(
    store: ResponseStore, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = clock.now_ms()
    for number in range(30):
        monkeypatch.setattr("powerautomation.gateway.responses.service.now_ms", lambda at=number: started + at)
        # Text that does not compress.
        noise = "".join(chr(0x4E00 + (number * 7919 + place * place * 31) % 20_000) for place in range(600))
        await store.save(ANN, f"r{number:02}", "", said(noise), answer(f"r{number:02}", "ok"))
    await talk(store, BOB, "x")
    forgotten = await store.clean_up()
    assert 0 < forgotten < 30
    async with db.read() as session:
        left = list(
            await session.scalars(
                select(GatewayResponseRow.id).where(GatewayResponseRow.organization_id == "org_a").order_by("id")
            )
        )
        kept = await session.scalar(
            select(func.sum(func.length(GatewayResponseRow.content))).where(
                GatewayResponseRow.organization_id == "org_a"
            )
        )
    assert left == [f"r{number:02}" for number in range(forgotten, 30)]
    assert kept is not None
    assert 15_000 < kept <= 20_000
    assert await store.get(BOB, "x")


async def test_an_organization_with_a_quota_of_its_own_keeps_no_more_than_that(
    store: ResponseStore, db: Database
) -> None:
    for owner in (ANN, BOB):
        await talk(store, owner, "abcdefgh")
    async with db.unit_of_work() as session:
        await put_amount(session, "org_a", "responses", 400)
    assert await store.clean_up() > 0
    async with db.read() as session:
        kept = select(GatewayResponseRow.organization_id, func.sum(func.length(GatewayResponseRow.content))).group_by(
            GatewayResponseRow.organization_id
        )
        left = {found[0]: found[1] for found in await session.execute(kept)}
    assert 0 < left["org_a"] <= 400 < left["org_b"]
    assert await store.get(BOB, "a")


async def test_what_is_kept_is_unreadable_in_the_database(store: ResponseStore, db: Database) -> None:
    await store.save(ANN, "x", "", said("a secret word: PLUM"), answer("x", "PLUM it is"))
    async with db.read() as session:
        content = await session.scalar(select(GatewayResponseRow.content))
    assert content is not None
    assert b"PLUM" not in content


async def test_an_endless_history_is_refused_before_it_is_read(store: ResponseStore) -> None:
    await talk(store, ANN, "xy")
    with pytest.raises(Exception, match="larger than a request may be"):
        await store.history(ANN, "y", 100)
