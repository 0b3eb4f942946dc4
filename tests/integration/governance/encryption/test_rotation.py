"""Replacing keys while secrets are read and written: killed anywhere, gone on with, never a moment unreadable."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import LargeBinary
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.app.sealed_columns import sealed_columns
from powerautomation.gateway.files import FileStore
from powerautomation.gateway.files.entities import FileFacts, Owner
from powerautomation.gateway.providers.entities import Endpoint
from powerautomation.gateway.providers.service import add_provider, get_stored
from powerautomation.gateway.responses import ResponseStore
from powerautomation.gateway.responses.repository import Owner as ResponseOwner
from powerautomation.governance.encryption import (
    KeyChange,
    MasterKeyChanged,
    RotationUnfinished,
    SecretBox,
    new_key_text,
    refresh_box,
    report_encryption,
    rotate_data_key,
    rotate_master_key,
    rotation,
    unlock_installation,
    verify_fingerprint,
)
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.infrastructure.database import Base, Database, open_database
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.errors import StartRefused
from powerautomation.kernel.principal import Principal

KILLS = 100
# Columns of bytes that hold no secret: hashes, and keys that are wrapped already.
NOT_SEALED = {
    "api_keys.previous_hmac",
    "api_keys.token_hmac",
    # Under the keys of people, which are sealed in person_keys.
    "audit_events.actor_sealed",
    "audit_events.target_sealed",
    "data_keys.wrapped",
    "passkeys.credential_id",
    "passkeys.public_key",
    "recovery_codes.code_hash",
    "sessions.token_hash",
    "sign_in_links.token_hash",
    "sign_in_starts.secret_hash",
    "sign_in_starts.state_hash",
    "sign_in_steps.token_hash",
    "used_challenges.challenge_hash",
    "used_proofs.proof_hash",
}


def unnoted(_session: AsyncSession, _change: KeyChange, _key_id: str) -> None:
    """Write nothing down."""


class Killed(BaseException):
    """The process is gone, at this line."""


class MortalDatabase(Database):
    """A database whose process dies at a chosen transaction: before it begins, before or after it is committed."""

    lives = -1
    moment = "after"

    def _dies(self, moment: str) -> bool:
        return self.lives == 0 and self.moment == moment

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        self.lives -= 1
        if self._dies("before"):
            raise Killed
        async with super().unit_of_work() as session:
            yield session
            if self._dies("inside"):
                raise Killed
        if self._dies("after"):
            raise Killed

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        self.lives -= 1
        if self.lives == 0:
            raise Killed
        async with super().read() as session:
            yield session


class World:
    """A server's view of some secrets of every kind, and what they must read as."""

    def __init__(self, settings: Settings, db: Database, box: SecretBox, principal: Principal) -> None:
        self.settings = settings
        self.db = db
        self.box = box
        self.principal = principal
        self.owner = Owner(principal.organization_id, "key_1", "")
        self.files = FileStore(db, box, days=1, most_bytes=10_000_000, most_file_bytes=1_000_000)
        self.responses = ResponseStore(db, box, days=1, most_bytes=10_000_000)
        self.providers: dict[str, str] = {}
        self.kept: dict[str, bytes] = {}
        self.answers: list[str] = []

    async def write(self, count: int) -> None:
        for _ in range(count):
            number = len(self.providers)
            api_key = f"sk-secret-of-provider-{number:04}"
            endpoint = Endpoint("custom", "openai-chat", "https://api.example.org/v1", api_key, None)
            async with self.db.unit_of_work() as session:
                provider_id = await add_provider(session, self.box, self.principal, f"provider {number}", endpoint, [])
            self.providers[provider_id] = api_key
            facts: FileFacts = await self.files.save(self.owner, "a.txt", "text/plain", "", f"file {number}".encode())
            self.kept[facts.id] = f"file {number}".encode()
            answer = f"resp/{number}"
            await self.responses.save(
                ResponseOwner(self.owner.organization_id, "key_1"), answer, "", [], b'{"answer":%d}' % number
            )
            self.answers.append(answer)

    async def check(self) -> None:
        """Read everything, as a server does that looks for new keys from time to time."""
        for provider_id, api_key in self.providers.items():
            async with self.db.read() as session:
                stored = await get_stored(session, self.box, self.settings, self.principal.organization_id, provider_id)
            assert stored.provider.api_key == api_key
        for file_id, plain in self.kept.items():
            assert (await self.files.open(self.owner, file_id))[1] == plain
        for number, answer in enumerate(self.answers):
            owner = ResponseOwner(self.owner.organization_id, "key_1")
            assert await self.responses.get(owner, answer) == b'{"answer":%d}' % number

    async def learn(self) -> None:
        async with self.db.read() as session:
            await refresh_box(session, self.settings, self.box)


@pytest.fixture
async def world(column: Settings, db: Database) -> World:
    box = await unlock_installation(column, db)
    async with db.unit_of_work() as session:
        principal = await bootstrap_first_admin(session)
    return World(column, db, box, principal)


def test_every_column_of_bytes_is_sealed_or_named_here() -> None:
    sealed = {f"{one.table}.{one.column}" for one in sealed_columns()}
    of_bytes = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }

    assert of_bytes - sealed == NOT_SEALED
    assert sealed - of_bytes == set()
    for one in sealed_columns():
        table = Base.metadata.tables[one.table]
        # What belongs to an account belongs to no organization.
        assert {"account_id", "organization_id"} & set(table.c.keys())
        assert set(one.row) <= set(table.c.keys())
        # Every row is named: what is left out of the place could be exchanged.
        assert {column.name for column in table.primary_key} <= {"organization_id", *one.row}


async def test_a_rotation_leaves_no_row_on_the_old_key(world: World) -> None:
    await world.write(5)
    old = world.box.active
    told: list[tuple[str, int]] = []

    report = await rotate_data_key(
        world.db,
        world.box,
        sealed_columns(),
        note=unnoted,
        settle_seconds=0,
        on_rows=lambda column, rows: told.append((column.table, rows)),
    )

    assert (report.rows, report.retired, report.unreadable) == (16, (old,), ())
    # Who made the providers is in the audit log, sealed with a key that is sealed like these.
    people = [("person_keys", 1)]
    assert sorted(told) == [("gateway_files", 5), ("gateway_responses", 5), *people, ("providers", 5)]
    status = await report_encryption(world.db, sealed_columns())
    new, before = status.data_keys
    assert (new.id, new.state, before.state) == (report.data_key, "active", "retired")
    assert (before.rows, status.unknown_rows, status.rotating) == ({}, 0, False)
    assert new.rows["providers.api_key_ciphertext"] == 5
    await world.check()


async def test_secrets_for_other_purposes_outlive_both_rotations(world: World) -> None:
    derived = world.box.derive("gateway api keys")
    await rotate_data_key(world.db, world.box, sealed_columns(), note=unnoted, settle_seconds=0)
    text = new_key_text()
    await rotate_master_key(world.settings, world.db, world.box.master_key, text, note=unnoted)

    settings = world.settings.model_copy(update={"secret_key": SecretStr(text)})
    box = await unlock_installation(settings, world.db)

    assert box.derive("gateway api keys") == derived


async def test_killed_a_hundred_times_it_is_readable_throughout_and_ends(
    column: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PAGE_ROWS", 3)
    monkeypatch.setattr(rotation, "BATCH_ROWS", 1)
    await world.write(4)
    chance = random.Random(11)
    mortal = MortalDatabase(open_database(column).url)
    kills = finished = 0
    try:
        while kills < KILLS:
            # Every process begins anew, knowing only what the database holds.
            box = await unlock_installation(column, world.db)
            mortal.lives, mortal.moment = chance.randint(1, 30), chance.choice(("before", "inside", "after"))
            try:
                await rotate_data_key(mortal, box, sealed_columns(), note=unnoted, settle_seconds=0)
                finished += 1
            except Killed:
                kills += 1
            await world.learn()
            if not kills % 25:
                await world.write(1)
            await world.check()
        box = await unlock_installation(column, world.db)
        await rotate_data_key(world.db, box, sealed_columns(), note=unnoted, settle_seconds=0)
        status = await report_encryption(world.db, sealed_columns())
        assert [key.id for key in status.data_keys if key.rows] == [box.active]
        assert status.unknown_rows == 0
        assert not status.rotating
        assert finished
        await world.check()
    finally:
        await mortal.close()


async def test_a_server_that_learns_late_still_reads_what_was_rotated_and_what_it_writes_is_caught_up(
    world: World, column: Settings
) -> None:
    """The server looks for keys at half the time the rotation leaves it, and writes and reads all along."""
    await world.write(3)
    box = await unlock_installation(column, world.db)
    ended = asyncio.Event()

    async def look_for_keys() -> None:
        while not ended.is_set():
            await world.learn()
            await asyncio.sleep(0.2)

    async def serve() -> None:
        while not ended.is_set():
            await world.write(1)
            await world.check()

    async def rotate() -> None:
        await rotate_data_key(world.db, box, sealed_columns(), note=unnoted, settle_seconds=1.0)
        ended.set()

    async with asyncio.TaskGroup() as group:
        for task in (look_for_keys(), serve(), rotate()):
            group.create_task(task)

    status = await report_encryption(world.db, sealed_columns())
    assert [key.id for key in status.data_keys if key.rows] == [box.active] == [world.box.active]


async def test_a_server_that_never_learns_is_named_and_nothing_is_retired(
    world: World, column: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "MOST_PASSES", 2)
    box = await unlock_installation(column, world.db)
    await world.write(1)

    steps = 0

    def write_with_the_old_key(step: str) -> None:
        nonlocal steps
        steps += step.startswith("encrypting")

    real = rotation._pass

    async def passing(*arguments: Any) -> tuple[int, list[str]]:
        done = await real(*arguments)
        await world.write(1)
        return done

    monkeypatch.setattr(rotation, "_pass", passing)

    with pytest.raises(RotationUnfinished):
        await rotate_data_key(
            world.db, box, sealed_columns(), note=unnoted, settle_seconds=0, on_step=write_with_the_old_key
        )

    assert steps == 2
    status = await report_encryption(world.db, sealed_columns())
    assert status.rotating
    await world.learn()
    await world.check()


async def test_two_rotations_at_once_agree(world: World, column: Settings) -> None:
    await world.write(4)
    boxes = [await unlock_installation(column, world.db) for _ in range(2)]

    await asyncio.gather(
        *(rotate_data_key(world.db, box, sealed_columns(), note=unnoted, settle_seconds=0) for box in boxes)
    )

    status = await report_encryption(world.db, sealed_columns())
    assert [key.state for key in status.data_keys].count("active") == 1
    await world.learn()
    await world.check()


async def test_a_damaged_row_is_named_and_hinders_nothing(world: World) -> None:
    await world.write(2)
    spoiled = next(iter(world.providers))
    async with world.db.unit_of_work() as session:
        row = Base.metadata.tables["providers"]
        await session.execute(row.update().where(row.c.id == spoiled).values(api_key_ciphertext=b"\x02" + b"\x00" * 60))
    old = world.box.active

    report = await rotate_data_key(world.db, world.box, sealed_columns(), note=unnoted, settle_seconds=0)

    assert report.unreadable == (f"providers/{world.principal.organization_id}/{spoiled}",)
    assert report.retired == (old,)
    assert (await report_encryption(world.db, sealed_columns())).unknown_rows == 1


class TestMasterKey:
    """In the key file."""

    @pytest.fixture
    def column(self, column: Settings) -> Settings:
        return column.model_copy(update={"secret_key": SecretStr("")})

    async def test_replacing_it_changes_the_file_and_servers_go_on(self, world: World, column: Settings) -> None:
        await world.write(2)
        path = column.data_dir / KEY_FILE_NAME
        before = path.read_text()

        new = await rotate_master_key(column, world.db, world.box.master_key, new_key_text(), note=unnoted)

        assert path.read_text() != before
        assert path.stat().st_mode & 0o777 == 0o600
        assert [one.name for one in column.data_dir.glob("*.next")] == []
        await world.check()
        started = await unlock_installation(column, world.db)
        assert started.master_key.fingerprint == new.fingerprint
        # A running server learns of data keys that were wrapped after it started.
        await rotate_data_key(world.db, started, sealed_columns(), note=unnoted, settle_seconds=0)
        await world.learn()
        assert world.box.active == started.active
        await world.check()
        path.write_text(before)
        with pytest.raises(StartRefused) as caught:
            await unlock_installation(column, world.db)
        assert caught.value.code == "encryption.wrong_key"

    async def test_killed_anywhere_the_next_start_has_the_right_key(self, world: World, column: Settings) -> None:
        await world.write(1)
        mortal = MortalDatabase(open_database(column).url)
        holds: set[str] = set()
        try:
            for moment in ("before", "inside", "after") * 3:
                box = await unlock_installation(column, world.db)
                mortal.lives, mortal.moment = 1, moment
                with pytest.raises(Killed):
                    await rotate_master_key(column, mortal, box.master_key, new_key_text(), note=unnoted)
                started = await unlock_installation(column, world.db)
                holds.add(started.master_key.fingerprint)
                await verify_fingerprint(world.db, started.master_key)
                await world.check()
        finally:
            await mortal.close()
        # The one it began with, and one for each death after the commit.
        assert len(holds) == 4

    async def test_two_at_once_leave_one_that_holds(self, world: World, column: Settings) -> None:
        await world.write(1)
        master_key = world.box.master_key

        done = await asyncio.gather(
            *(rotate_master_key(column, world.db, master_key, new_key_text(), note=unnoted) for _ in range(2)),
            return_exceptions=True,
        )

        assert [type(one) for one in done if isinstance(one, BaseException)] == [MasterKeyChanged]
        await unlock_installation(column, world.db)
        assert [one.name for one in column.data_dir.glob("*.next")] == []
