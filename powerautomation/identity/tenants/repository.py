"""SQL about everything an organization has, table by table, as the tables declare themselves."""

from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Table, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.governance.encryption import SEALED, SealedColumn
from powerautomation.infrastructure.database import PERSONAL, Personal, declared_metadata

# The primary key of the row that was read last.
Place = tuple[Any, ...]

# The chain of audit events is exported and removed as a chain; its end stays as proof that nothing was cut off.
CHAIN = frozenset({"audit_events", "audit_heads"})
# People are erased one by one, as any person is.
PEOPLE = "users"


def tables_of_organizations() -> list[Table]:
    """Return every table whose rows say which organization they belong to, those first to which others refer."""
    return [
        table
        for table in declared_metadata().sorted_tables
        if "organization_id" in table.columns and table.name not in CHAIN
    ]


def sealed_content(table: Table) -> SealedColumn | None:
    """Return the column of a table that holds what somebody stored, sealed; secrets are no such columns."""
    found = table.columns.get("content")
    sealed = found.info.get(SEALED) if found is not None else None
    return sealed if isinstance(sealed, SealedColumn) else None


async def rows_of(
    session: AsyncSession, table: Table, organization_id: str, after: Place | None, most: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return an organization's next rows of a table after a place, in the order of its key: without secrets and sealed
    bytes but for ``sealed_content``; and the place of the last of them, None when there was none."""
    key = list(table.primary_key.columns)
    content = sealed_content(table)
    shown = [one for one in table.columns if _is_shown(one) or (content is not None and one.name == content.column)]
    asked = (
        select(*key, *(column for column in shown if not column.primary_key))
        .where(table.columns["organization_id"] == organization_id)
        .order_by(*key)
        .limit(most)
    )
    if after is not None:
        asked = asked.where(tuple_(*key) > tuple_(*after))
    rows = (await session.execute(asked)).mappings().all()
    place = tuple(rows[-1][column] for column in key) if rows else None
    return [{str(column.name): row[column] for column in shown} for row in rows], place


async def count_rows(session: AsyncSession, table: Table, organization_id: str) -> int:
    """Return how many rows of a table are an organization's."""
    query = select(func.count()).select_from(table).where(table.columns["organization_id"] == organization_id)
    return await session.scalar(query) or 0


async def delete_some(session: AsyncSession, table: Table, organization_id: str, most: int) -> int:
    """Remove at most so many of an organization's rows of a table; return how many."""
    key = list(table.primary_key.columns)
    some = select(*key).where(table.columns["organization_id"] == organization_id).limit(most)
    rows = [tuple(row) for row in await session.execute(some)]
    if rows:
        await session.execute(delete(table).where(_is_one_of(key, rows)))
    return len(rows)


async def some_people(session: AsyncSession, organization_id: str, most: int) -> list[str]:
    """Return some of an organization's people, deleted ones too."""
    users = declared_metadata().tables[PEOPLE].columns
    query = select(users["id"]).where(users["organization_id"] == organization_id).order_by(users["id"]).limit(most)
    return list(await session.scalars(query))


def _is_one_of(key: list[Any], rows: list[tuple[Any, ...]]) -> ColumnElement[bool]:
    if len(key) == 1:
        found: ColumnElement[bool] = key[0].in_([row[0] for row in rows])
        return found
    return tuple_(*key).in_(rows)


def _is_shown(column: Any) -> bool:
    found = column.info.get(PERSONAL)
    return not isinstance(column.type, LargeBinary) and not (isinstance(found, Personal) and found.kind == "secret")
