"""Replacing keys while servers run: the data key row by row, the master key in one transaction."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from powerautomation.governance.encryption.box import SecretBox
from powerautomation.governance.encryption.entities import (
    DataKey,
    EncryptionReport,
    KeyChange,
    KeyReport,
    Place,
    RotationReport,
    SealedColumn,
)
from powerautomation.governance.encryption.errors import MasterKeyChanged, RotationUnfinished, SecretUnreadable
from powerautomation.governance.encryption.key_file import (
    finish_replacement,
    has_given_key,
    master_key_of,
    prepare_replacement,
)
from powerautomation.governance.encryption.master_key import LocalMasterKey
from powerautomation.governance.encryption.ports import MasterKey
from powerautomation.governance.encryption.repository import (
    AsyncSession,
    SealedHead,
    activate_key,
    add_key,
    find_derivation_key,
    find_master_key,
    list_contents,
    list_heads,
    list_keys,
    lock_fingerprint,
    replace_content,
    replace_fingerprint,
    replace_wrapping,
    set_key_state,
)
from powerautomation.governance.encryption.rules import DATA_KEY_BYTES, KEY_ID_BYTES
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings

# Servers look for new keys every four seconds, and may be busy meanwhile.
SETTLE_SECONDS = 8.0
PAGE_ROWS = 500
BATCH_ROWS = 100
BATCH_BYTES = 16 * 1024 * 1024
MOST_PASSES = 10
MOST_NAMED = 100

# Writes down, in the unit of work it is given, that a key (its id, or fingerprint) is changed; when that fails the key
# is not.
Note = Callable[[AsyncSession, KeyChange, str], None]
Step = Callable[[str], None]
Rows = Callable[[SealedColumn, int], None]


async def rotate_data_key(
    db: Database,
    box: SecretBox,
    columns: Sequence[SealedColumn],
    *,
    note: Note,
    settle_seconds: float = SETTLE_SECONDS,
    on_step: Step = lambda _step: None,
    on_rows: Rows = lambda _column, _rows: None,
) -> RotationReport:
    """Make a new data key, encrypt every row of the sealed columns with it, retire the old keys.

    Safe beside running servers: the key is published, then writes once all of them can read with it, and rows change
    once all of them write with it. What was interrupted is gone on with. note: writes each step of a key down, with it;
    box: learns the new key; settle_seconds: how long servers may need to learn; on_step: told in words; on_rows: told
    how many rows of a column were encrypted anew. Raises RotationUnfinished, MasterKeyChanged; run it again then.
    """
    async with db.read() as session:
        keys = await list_keys(session)
    waiting = next((one.id for one in keys if one.activated_at is None), "")
    if not waiting and not any(one.state == "decrypt_only" for one in keys):
        waiting = await _publish(db, box.master_key, note)
    if waiting:
        on_step("waiting until every server knows the new key")
        await asyncio.sleep(settle_seconds)
        async with db.unit_of_work() as session:
            if await activate_key(session, waiting):
                note(session, "data_key_activated", waiting)
    await _learn(db, box)
    on_step("waiting until every server writes with the new key")
    await asyncio.sleep(settle_seconds)
    rows = 0
    for _ in range(MOST_PASSES):
        on_step("encrypting rows with the new key")
        # Another rotation may have activated a newer one meanwhile: the two would undo each other's rows.
        await _learn(db, box)
        changed, unreadable = await _pass(db, box, columns, on_rows)
        rows += changed
        if not changed:
            break
    else:
        raise RotationUnfinished(
            "Rows are still being written with the old data key.",
            action="A server has not learned the new key: start it again, then run this command again.",
        )
    retired = await _retire(db, box.active, note)
    return RotationReport(box.active, rows, retired, tuple(unreadable))


async def replace_master_key(db: Database, old: MasterKey, new: MasterKey, *, note: Note) -> None:
    """Wrap every key under another master key, in one transaction. Raises MasterKeyChanged."""
    async with db.unit_of_work() as session:
        await _refuse_changed_master_key(session, old)
        derivation = await find_derivation_key(session)
        for one in [*([derivation] if derivation else []), *await list_keys(session)]:
            await replace_wrapping(session, one.id, new.wrap(old.unwrap(one.wrapped, one.id), one.id))
        await replace_fingerprint(session, new.fingerprint)
        note(session, "master_key_replaced", new.fingerprint[:8])


async def rotate_master_key(
    settings: Settings, db: Database, old: MasterKey, text: str, *, note: Note
) -> LocalMasterKey:
    """Wrap every key under a new master key, given as the text that stands in the key file or in the environment; the
    key file, when that is where the key is, holds it when this returns.

    Killed at any moment, either the old key holds or the next start puts the new one in place. Raises MasterKeyChanged.
    """
    new = master_key_of(text)
    prepared = None if has_given_key(settings) else prepare_replacement(settings, text)
    try:
        await replace_master_key(db, old, new, note=note)
    except (MasterKeyChanged, SecretUnreadable):
        if prepared is not None:
            prepared.unlink(missing_ok=True)
        raise
    if prepared is not None:
        finish_replacement(settings, new.fingerprint)
    return new


async def report_encryption(
    db: Database, columns: Sequence[SealedColumn], most_rows: int | None = None
) -> EncryptionReport:
    """Return the installation's keys with the rows sealed by each: reads the first bytes of every sealed row, or of
    about ``most_rows`` in each column."""
    counts: dict[str, dict[str, int]] = {}
    complete = True
    for column in columns:
        counted = 0
        async for page in _pages(db, column):
            if most_rows is not None and counted >= most_rows:
                complete = False
                break
            counted += len(page)
            for head in page:
                rows = counts.setdefault(head.key_id, {})
                name = f"{column.table}.{column.column}"
                rows[name] = rows.get(name, 0) + 1
    async with db.read() as session:
        fingerprint, since = await find_master_key(session)
        keys = await list_keys(session)
    reports = tuple(
        KeyReport(one.id, one.state, one.created_at, one.activated_at, one.retired_at, counts.pop(one.id, {}))
        for one in reversed(keys)
    )
    unknown = sum(sum(rows.values()) for rows in counts.values())
    return EncryptionReport(fingerprint, since, reports, unknown, complete)


async def _publish(db: Database, master_key: MasterKey, note: Note) -> str:
    """Add a key that every server may read with and none writes with yet; return its id."""
    async with db.unit_of_work() as session:
        await _refuse_changed_master_key(session, master_key)
        key_id = secrets.token_hex(KEY_ID_BYTES)
        wrapped = master_key.wrap(secrets.token_bytes(DATA_KEY_BYTES), key_id)
        if await add_key(session, key_id, wrapped, active=False):
            note(session, "data_key_created", key_id)
            return key_id
        # Another rotation of the same moment published one.
        return next((one.id for one in await list_keys(session) if one.activated_at is None), "")


async def _learn(db: Database, box: SecretBox) -> None:
    async with db.read() as session:
        keys = await list_keys(session)
    added = {one.id: box.master_key.unwrap(one.wrapped, one.id) for one in keys if one.id not in box.data_keys}
    box.use(added, next(one.id for one in keys if one.state == "active"))


async def _refuse_changed_master_key(session: AsyncSession, master_key: MasterKey) -> None:
    held = await lock_fingerprint(session)
    if held is None or held[0] != master_key.fingerprint:
        raise MasterKeyChanged(
            "The master key was replaced meanwhile. Nothing was changed.", action="Run the command again."
        )


async def _pass(db: Database, box: SecretBox, columns: Sequence[SealedColumn], on_rows: Rows) -> tuple[int, list[str]]:
    """Encrypt every row anew that is on another key; return how many, and those that cannot be read."""
    changed, unreadable = 0, list[str]()
    for column in columns:
        done = 0
        async for page in _pages(db, column):
            for batch in _batches([head for head in page if head.key_id != box.active]):
                done += await _encrypt_again(db, box, column, batch, unreadable)
                on_rows(column, done)
        changed += done
    return changed, unreadable


async def _encrypt_again(
    db: Database, box: SecretBox, column: SealedColumn, batch: list[tuple[str, ...]], unreadable: list[str]
) -> int:
    async with db.read() as session:
        contents = await list_contents(session, column, batch)
    again = await asyncio.to_thread(_again, box, column, contents, unreadable)
    if again:
        async with db.unit_of_work() as session:
            for row, new in again.items():
                await replace_content(session, column, row, contents[row], new)
    return len(again)


def _again(
    box: SecretBox, column: SealedColumn, contents: dict[tuple[str, ...], bytes], unreadable: list[str]
) -> dict[tuple[str, ...], bytes]:
    again: dict[tuple[str, ...], bytes] = {}
    for row, content in contents.items():
        place = Place(row[0], column.table, column.column, row[1:])
        try:
            again[row] = box.encrypt(box.decrypt(content, place), place)
        except SecretUnreadable:
            if len(unreadable) < MOST_NAMED:
                unreadable.append("/".join((column.table, *row)))
    return again


async def _retire(db: Database, active: str, note: Note) -> tuple[str, ...]:
    """Retire every key but the one that writes and one that was just published."""
    async with db.unit_of_work() as session:
        old = [one for one in await list_keys(session) if _may_retire(one, active)]
        for one in old:
            await set_key_state(session, one.id, "retired")
            note(session, "data_key_retired", one.id)
    return tuple(one.id for one in old)


def _may_retire(key: DataKey, active: str) -> bool:
    return key.id != active and key.state == "decrypt_only" and key.activated_at is not None


async def _pages(db: Database, column: SealedColumn) -> AsyncIterator[list[SealedHead]]:
    after: tuple[str, ...] | None = None
    while True:
        async with db.read() as session:
            page = await list_heads(session, column, after, PAGE_ROWS)
        if page:
            yield page
        if len(page) < PAGE_ROWS:
            return
        after = page[-1].row


def _batches(heads: list[SealedHead]) -> Iterator[list[tuple[str, ...]]]:
    """Divide rows so that a batch stays small in memory: one row, or as many as fit."""
    batch: list[tuple[str, ...]] = []
    size = 0
    for head in heads:
        if batch and (len(batch) == BATCH_ROWS or size + head.size_bytes > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(head.row)
        size += head.size_bytes
    if batch:
        yield batch
