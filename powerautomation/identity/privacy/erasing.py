"""SQL of erasures: what the tables say of themselves is done to the rows they say are a person's, some at a time."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.identity.privacy.entities import Cause, ErasedRows, Erasure
from powerautomation.identity.privacy.repository import is_of, person_columns, whose_of
from powerautomation.identity.privacy.tables import ErasureRow
from powerautomation.infrastructure.database import PERSONAL, Personal, declared_metadata

# What a text that must be there becomes.
ERASED = "(erased)"
USERS = "users"


def tables_in_order() -> list[Table]:
    """Return the tables whose rows say whose they are, those that refer to others first."""
    return [table for table in reversed(declared_metadata().sorted_tables) if person_columns(table)]


async def own_accounts(
    session: AsyncSession, organization_id: str, user_id: str, *, confined: bool = False
) -> list[str]:
    """Return the accounts with which nobody but this person signs in: what belongs to them goes with the person.
    ``confined``: the session works for one organization alone."""
    users = declared_metadata().tables[USERS]
    others = users.alias()
    mine = (users.c.organization_id == organization_id, users.c.id == user_id, users.c.account_id.is_not(None))
    accounts = declared_metadata().tables["accounts"]
    # Work for one organization does not see the people of others: the account itself says that there are some.
    told = select(accounts.c.id).where(accounts.c.id == users.c.account_id, accounts.c.is_shared.is_(True))
    shared = select(others.c.id).where(others.c.account_id == users.c.account_id, others.c.id != users.c.id)
    alone = (*mine, ~shared.exists(), ~told.exists()) if confined else (*mine, ~shared.exists())
    return list(await session.scalars(select(users.c.account_id).where(*alone)))


async def erase_some(
    session: AsyncSession, table: Table, organization_id: str, user_id: str, accounts: list[str], most: int
) -> tuple[dict[str, int], bool]:
    """Delete or empty at most ``most`` rows by each column of a table; return how many by ``table.column``, and whether
    there may be more. ``accounts``: see ``own_accounts``.

    Raises RuntimeError for a table that does not say what erasing does to it."""
    counts: dict[str, int] = {}
    more = False
    for column in person_columns(table):
        rule = whose_of(column)
        if rule.erasure is None:
            raise RuntimeError(f"{table.name}.{column.name} does not say what becomes of its rows")
        if rule.erasure not in ("delete", "blank"):
            continue
        mine = _mine(table, column, organization_id, user_id, accounts)
        key = list(table.primary_key.columns)
        emptied = _emptied(table) if rule.erasure == "blank" else {}
        if rule.erasure == "blank":
            left = [~_is_empty(table.columns[name], value) for name, value in emptied.items()]
            if not left:
                continue
            mine = and_(mine, or_(*left))
        found = (await session.execute(select(*key).where(mine).limit(most))).all()
        if not found:
            continue
        these = tuple_(*key).in_([tuple(row) for row in found])
        await session.execute(
            delete(table).where(these) if rule.erasure == "delete" else update(table).where(these).values(emptied)
        )
        counts[f"{table.name}.{column.name}"] = len(found)
        more = more or len(found) == most
    return counts, more


async def count_kept(session: AsyncSession, organization_id: str, user_id: str) -> dict[str, int]:
    """Return how many rows stay that name the person's id, by ``table.column``: those whose rule says so."""
    counts: dict[str, int] = {}
    for table in tables_in_order():
        for column in person_columns(table):
            if whose_of(column).erasure in ("keep", "shred"):
                mine = _mine(table, column, organization_id, user_id)
                counts[f"{table.name}.{column.name}"] = (
                    await session.scalar(select(func.count()).select_from(table).where(mine)) or 0
                )
    return counts


async def begin(
    session: AsyncSession, organization_id: str, user_id: str, begun_by: str, cause: Cause, moment: datetime
) -> bool:
    """Note an erasure that is to be done; one that was finished before begins anew. False when it goes on already."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"begun_at": moment, "begun_by": begun_by, "cause": cause, "finished_at": None, "counts": {}}
    begun = await session.execute(
        insert(ErasureRow)
        .values(organization_id=organization_id, user_id=user_id, **values)
        .on_conflict_do_update(
            index_elements=["organization_id", "user_id"], set_=values, where=ErasureRow.finished_at.is_not(None)
        )
        .returning(ErasureRow.user_id)
    )
    return begun.first() is not None


async def hold(session: AsyncSession, organization_id: str, user_id: str) -> Erasure | None:
    """Return an erasure, held until the unit of work ends."""
    row = await session.scalar(
        select(ErasureRow)
        .where(ErasureRow.organization_id == organization_id, ErasureRow.user_id == user_id)
        .with_for_update()
    )
    return None if row is None else _erasure(row)


async def find(session: AsyncSession, organization_id: str, user_id: str) -> Erasure | None:
    """Return an erasure."""
    row = await session.scalar(
        select(ErasureRow).where(ErasureRow.organization_id == organization_id, ErasureRow.user_id == user_id)
    )
    return None if row is None else _erasure(row)


async def list_unfinished(session: AsyncSession, most: int) -> list[tuple[str, str]]:
    """Return organization and person of erasures of all organizations that go on."""
    rows = await session.execute(
        select(ErasureRow.organization_id, ErasureRow.user_id)
        .where(ErasureRow.finished_at.is_(None))
        .order_by(ErasureRow.begun_at)
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


async def list_finished_everywhere(session: AsyncSession) -> list[Erasure]:
    """Return every finished erasure of all organizations, the oldest first."""
    rows = await session.scalars(
        select(ErasureRow).where(ErasureRow.finished_at.is_not(None)).order_by(ErasureRow.finished_at)
    )
    return [_erasure(row) for row in rows]


async def list_newest(session: AsyncSession, organization_id: str, most: int) -> list[Erasure]:
    """Return an organization's erasures, the newest first."""
    rows = await session.scalars(
        select(ErasureRow)
        .where(ErasureRow.organization_id == organization_id)
        .order_by(ErasureRow.begun_at.desc(), ErasureRow.user_id)
        .limit(most)
    )
    return [_erasure(row) for row in rows]


async def has_person(session: AsyncSession, organization_id: str, user_id: str) -> bool:
    """Say whether there is a row of a person, deleted or not."""
    table = declared_metadata().tables[USERS]
    mine = select(table.c.id).where(table.c.organization_id == organization_id, table.c.id == user_id)
    return await session.scalar(mine) is not None


async def note(
    session: AsyncSession,
    organization_id: str,
    user_id: str,
    counts: dict[str, int],
    finished_at: datetime | None = None,
) -> None:
    """Write down how many rows were done so far, and that the erasure is finished."""
    await session.execute(
        update(ErasureRow)
        .where(ErasureRow.organization_id == organization_id, ErasureRow.user_id == user_id)
        .values(counts=counts, finished_at=finished_at)
        .execution_options(synchronize_session=False)
    )


def counts_of(erasure: Erasure) -> dict[str, int]:
    """Return the rows so far by ``table.column``."""
    return {f"{one.table}.{one.column}": one.rows for one in erasure.rows}


def _mine(
    table: Table, column: Column[Any], organization_id: str, user_id: str, accounts: list[str] | None = None
) -> ColumnElement[bool]:
    mine = is_of([column], organization_id, user_id, accounts)
    return and_(table.c.organization_id == organization_id, mine) if "organization_id" in table.c else mine


def _emptied(table: Table) -> dict[str, Any]:
    """Return what the columns become that are emptied when their row stays."""
    return {
        str(column.name): _empty(column)
        for column in table.columns
        if isinstance(found := column.info.get(PERSONAL), Personal) and found.erasure == "blank"
    }


def _empty(column: Column[Any]) -> Any:
    if column.nullable:
        return None
    if isinstance(column.type, LargeBinary):
        return b""
    return ERASED if isinstance(column.type, String) else {}


def _is_empty(column: Column[Any], value: Any) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _erasure(row: ErasureRow) -> Erasure:
    rows = []
    for table in tables_in_order():
        for column in person_columns(table):
            name = f"{table.name}.{column.name}"
            if name in row.counts:
                rule = whose_of(column)
                rows.append(
                    ErasedRows(str(table.name), str(column.name), rule.erasure or "", row.counts[name], rule.because)
                )
    cause: Cause = "asked" if row.cause == "asked" else "restored" if row.cause == "restored" else "deleted"
    return Erasure(row.organization_id, row.user_id, cause, row.begun_at, row.begun_by, row.finished_at, tuple(rows))
