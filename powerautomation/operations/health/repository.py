"""What the doctor asks the database."""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession


async def find_schema_revision(session: AsyncSession) -> str | None:
    """Return the revision of the schema, or None for a database that was never migrated."""
    try:
        revision = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        # No such table: nothing of ours is in there yet. The session is of no more use then.
        return None
    return None if revision is None else str(revision)


async def passes_walls(session: AsyncSession) -> bool:
    """Return whether the server's user sees the rows of every organization, whatever row-level security says."""
    if session.get_bind().dialect.name == "sqlite":
        return False
    rights = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    return bool(await session.scalar(rights))


async def find_database_time(session: AsyncSession) -> datetime | None:
    """Return the database server's clock; None on SQLite, which has none of its own."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    moment = await session.scalar(text("SELECT clock_timestamp()"))
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None
