"""Kept files: encrypted, bounded, and forgotten in time."""

import pytest
from sqlalchemy import select

from powerautomation.gateway.files import FileNotFound, FileStore, NoRoomForFiles, Owner, service
from powerautomation.gateway.files.tables import GatewayFileRow
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from powerautomation.kernel.clock import now_ms
from tests.fixtures.encryption import new_box

OWNER = Owner("org_a", "key_1", "")
DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
async def store(db: Database, column: Settings) -> FileStore:
    """A store for two organizations, with two kilobytes for each."""
    async with db.unit_of_work() as session:
        for name in ("org_a", "org_b"):
            session.add(OrganizationRow(id=name, name=name, created_at=clock.now()))
    return FileStore(db, new_box(), days=30, most_bytes=2_000, most_file_bytes=1_500)


async def test_what_is_stored_tells_nobody_what_is_in_it(store: FileStore, db: Database) -> None:
    facts = await store.save(OWNER, "a.txt", "", "", b"a secret " * 20)
    async with db.read() as session:
        content = await session.scalar(select(GatewayFileRow.content).where(GatewayFileRow.id == facts.id))
    assert content is not None
    assert b"secret" not in content
    assert await store.open(OWNER, facts.id) == (facts, b"a secret " * 20)


async def test_an_organization_keeps_so_much_and_no_more(store: FileStore) -> None:
    first = await store.save(OWNER, "a", "", "", bytes(1_500))
    with pytest.raises(NoRoomForFiles):
        await store.save(OWNER, "b", "", "", bytes(600))
    await store.save(Owner("org_b", "key_2", ""), "b", "", "", bytes(600))
    begun = await store.begin(OWNER, "c", "text/plain", 600)
    with pytest.raises(NoRoomForFiles):
        await store.append(begun.id, 0, bytes(600), last=True)
    await store.delete(OWNER, first.id)
    await store.append(begun.id, 0, bytes(600), last=True)


async def test_files_and_unfinished_uploads_are_forgotten_in_time(
    store: FileStore, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await store.save(OWNER, "a", "", "", b"a")
    begun = await store.begin(OWNER, "b", "text/plain", 10)
    start = now_ms()
    monkeypatch.setattr(service, "now_ms", lambda: start + 2 * 60 * 60 * 1000)
    with pytest.raises(FileNotFound):
        await store.append(begun.id, 0, b"b", last=True)
    assert await store.clean_up() == 1
    monkeypatch.setattr(service, "now_ms", lambda: start + 31 * DAY_MS)
    with pytest.raises(FileNotFound):
        await store.get(OWNER, kept.id)
    assert await store.clean_up() == 1
    async with db.read() as session:
        assert list(await session.scalars(select(GatewayFileRow.id))) == []


async def test_another_organization_sees_nothing_of_it(store: FileStore) -> None:
    facts = await store.save(Owner("org_a", "key_1", "apollo"), "a", "", "", b"a")
    for stranger in (Owner("org_b", "key_1", "apollo"), Owner("org_a", "key_2", ""), Owner("org_a", "key_2", "zeus")):
        with pytest.raises(FileNotFound):
            await store.open(stranger, facts.id)
        with pytest.raises(FileNotFound):
            await store.delete(stranger, facts.id)
        assert await store.list(stranger, 10) == ([], False)
