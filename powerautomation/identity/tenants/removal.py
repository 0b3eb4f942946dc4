"""Removing all of an organization that was deleted 30 days ago: first its people are erased as any person is, then its
audit log is kept in a file, without their names, then table by table its rows go, some at a time. Killed at any moment,
it is gone on with where it was.
"""

import asyncio
from pathlib import Path

import structlog

from powerautomation.governance import audit
from powerautomation.identity.organizations import change_organization, list_removable, mark_removed
from powerautomation.identity.privacy import begin_erasure, run_erasure
from powerautomation.identity.tenants import repository
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import NotFound
from powerautomation.kernel.principal import Principal

BATCH = 500
FOLDER = "removed-organizations"
_log = structlog.get_logger("tenants")


async def remove_deleted(database: Database, settings: Settings) -> int:
    """Remove the organizations that can no longer be brought back; return how many."""
    async with database.read() as session:
        gone = await list_removable(session)
    for organization_id in gone:
        await remove(database, settings, organization_id)
    return len(gone)


async def remove(database: Database, settings: Settings, organization_id: str) -> None:
    """Remove all of one organization but the end of its audit log, which is kept, with the log, in a file."""
    try:
        async with database.unit_of_work() as session:
            # From here on nobody brings it back.
            await change_organization(session, organization_id, removed_at=now())
    except NotFound:
        # It was begun before.
        pass
    await _erase_people(database, organization_id)
    await _keep_chain(database, settings, organization_id)
    for table in reversed(repository.tables_of_organizations()):
        more = True
        while more:
            async with database.unit_of_work() as session:
                more = await repository.delete_some(session, table, organization_id, BATCH) == BATCH
    await audit.forget_chain(database, organization_id)
    async with database.unit_of_work() as session:
        await mark_removed(session, organization_id)
    _log.info("tenants.removed", organization_id=organization_id)


async def _erase_people(database: Database, organization_id: str) -> None:
    """Erase everybody of the organization; with the keys of their parts of the audit log, too."""
    system = Principal("system", "system", organization_id, "System")
    while True:
        async with database.read() as session:
            people = await repository.some_people(session, organization_id, BATCH)
        if not people:
            return
        for user_id in people:
            async with database.unit_of_work() as session:
                await begin_erasure(session, system, user_id, "deleted")
            await run_erasure(database, organization_id, user_id)


async def _keep_chain(database: Database, settings: Settings, organization_id: str) -> None:
    """Write the chain, and its signed end, to the data folder, once."""
    folder = settings.data_dir / FOLDER
    kept, ends = folder / f"{organization_id}.jsonl", folder / f"{organization_id}.heads"
    if kept.exists():
        return
    principal = Principal("system", "system", organization_id, "System")
    signer = await audit.open_signer(settings, database, principal)
    async with database.read() as session:
        heads = [head for head in await audit.list_heads(session) if head.organization_id == organization_id]
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    part = kept.with_suffix(".part")
    await asyncio.to_thread(part.write_bytes, b"")
    batch: list[bytes] = []
    async for event in audit.export_chain(database, organization_id):
        batch.append(audit.export_line(event))
        if len(batch) == BATCH:
            await asyncio.to_thread(_append, part, b"".join(batch))
            batch = []
    await asyncio.to_thread(_append, part, b"".join(batch))
    await asyncio.to_thread(ends.write_bytes, b"".join(signer.line(head) for head in heads))
    await asyncio.to_thread(part.rename, kept)


def _append(path: Path, lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(lines)
        file.flush()
