"""Reads and writes the fingerprint of the key this database is sealed with."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.governance.encryption.tables import InstallationRow
from powerautomation.kernel.clock import now


async def find_fingerprint(session: AsyncSession) -> str | None:
    """Return the fingerprint, or None while the database is not sealed yet."""
    return await session.scalar(select(InstallationRow.key_fingerprint).where(InstallationRow.id == 1))


async def seal(session: AsyncSession, fingerprint: str) -> str:
    """Seal the database with a fingerprint unless it is sealed; return the one that holds now."""
    values = {"id": 1, "key_fingerprint": fingerprint, "created_at": now()}
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(sqlite.insert(InstallationRow).values(values).on_conflict_do_nothing())
    else:
        await session.execute(postgresql.insert(InstallationRow).values(values).on_conflict_do_nothing())
    held = await find_fingerprint(session)
    return fingerprint if held is None else held
