"""Reads what the tables say of themselves, and the rows they say are a person's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, delete, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.identity.privacy.entities import ErasureRequest, RegisterLine
from powerautomation.identity.privacy.tables import ErasureRequestRow
from powerautomation.infrastructure.database import PERSON, PERSONAL, Personal, Whose, declared_metadata

# The primary key of the row that was read last.
Place = tuple[Any, ...]

_WHOSE = {
    "user": "the person",
    "api_key": "who made the key",
    "either": "the person, or who made the key",
    "account": "who signs in with the account",
}
_ROWS = {
    "delete": "deleted",
    "blank": "stays, its personal columns emptied",
    "keep": "stays",
    "shred": "stays, sealed without a key",
}
_DONE = {"delete": "its row is deleted", "blank": "it is emptied", "keep": "it stays", "shred": "its key is destroyed"}


def all_tables() -> list[Table]:
    """Return the tables of every domain, by name."""
    return sorted(declared_metadata().tables.values(), key=lambda table: table.name)


def register() -> list[RegisterLine]:
    """Return every column that its table says is personal."""
    return [
        RegisterLine(
            str(table.name),
            str(column.name),
            found.kind,
            found.purpose,
            found.kept,
            _whose(table),
            _erased(table, found),
        )
        for table in all_tables()
        for column in table.columns
        if isinstance(found := column.info.get(PERSONAL), Personal)
    ]


def row_rules() -> list[tuple[str, str]]:
    """Return, by ``table.column``, what becomes of the rows that a column says are a person's when that one is
    erased."""
    return [
        (f"{table.name}.{column.name}", f"{_ROWS[rule.erasure]}{f': {rule.because}' if rule.because else ''}")
        for table in all_tables()
        for column in person_columns(table)
        if (rule := whose_of(column)).erasure is not None
    ]


def tables_of_people() -> list[str]:
    """Return the names of the tables whose rows say whose they are."""
    return [str(table.name) for table in all_tables() if person_columns(table)]


async def rows_of(
    session: AsyncSession,
    organization_id: str,
    user_id: str,
    table_name: str,
    after: Place | None,
    most: int,
    accounts: Sequence[str] | None,
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return a person's next rows of a table after a place, the newest first, as JSON takes them: without secrets and
    sealed bytes, at most ``most``; and the place of the last of them, None when there was none. ``accounts``: see
    ``is_of``."""
    table = declared_metadata().tables[table_name]
    key = list(table.primary_key.columns)
    shown = [column for column in table.columns if _is_shown(column)]
    asked = (
        select(*key, *(column for column in shown if not column.primary_key))
        .where(*_in(table, organization_id), is_of(person_columns(table), organization_id, user_id, accounts))
        .order_by(*(column.desc() for column in key))
        .limit(most)
    )
    if after is not None:
        asked = asked.where(tuple_(*key) < tuple_(*after))
    rows = (await session.execute(asked)).mappings().all()
    place = tuple(rows[-1][column] for column in key) if rows else None
    return [{str(column.name): _plain(row[column]) for column in shown} for row in rows], place


def _in(table: Table, organization_id: str) -> list[ColumnElement[bool]]:
    # What belongs to an account belongs to no organization.
    column = table.columns.get("organization_id")
    return [] if column is None else [column == organization_id]


def is_of(
    columns: Sequence[Column[Any]], organization_id: str, user_id: str, accounts: Sequence[str] | None = None
) -> ColumnElement[bool]:
    """Return the condition that one of these columns says that a row is the person's. ``accounts``: those that count as
    the person's, when not whichever the person signs in with."""
    users = declared_metadata().tables["users"].columns
    own_account = select(users["account_id"]).where(users["organization_id"] == organization_id, users["id"] == user_id)
    keys = declared_metadata().tables["api_keys"].columns
    own_keys = select(keys["id"]).where(keys["organization_id"] == organization_id, keys["created_by"] == user_id)
    conditions: list[ColumnElement[bool]] = []
    for column in columns:
        found = whose_of(column).found
        if found == "account":
            conditions.append(column.in_(own_account if accounts is None else accounts))
        if found in ("user", "either"):
            conditions.append(column == user_id)
        if found in ("api_key", "either"):
            conditions.append(column.in_(own_keys))
    return or_(*conditions)


def person_columns(table: Table) -> list[Column[Any]]:
    """Return the columns of a table that say whose a row is."""
    return [column for column in table.columns if PERSON in column.info]


def whose_of(column: Column[Any]) -> Whose:
    """Return what a column that says whose a row is says of it."""
    found = column.info[PERSON]
    assert isinstance(found, Whose)
    return found


def _whose(table: Table) -> str:
    return ", ".join(f"{column.name} ({_WHOSE[whose_of(column).found]})" for column in person_columns(table))


def _erased(table: Table, found: Personal) -> str:
    rules = {whose_of(column).erasure for column in person_columns(table)}
    done = found.erasure or ("delete" if "delete" in rules else "keep")
    return _DONE[done] + (f": {found.because}" if found.because else "")


def _is_shown(column: Column[Any]) -> bool:
    found = column.info.get(PERSONAL)
    return not isinstance(column.type, LargeBinary) and not (isinstance(found, Personal) and found.kind == "secret")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


async def find_request(session: AsyncSession, organization_id: str, user_id: str) -> ErasureRequest | None:
    """Return what a person asked about being erased."""
    row = await session.get(ErasureRequestRow, (organization_id, user_id), populate_existing=True)
    return None if row is None else _request(row)


async def put_request(session: AsyncSession, organization_id: str, request: ErasureRequest) -> None:
    """Note what a person asked about being erased, and what was answered."""
    await session.merge(
        ErasureRequestRow(
            organization_id=organization_id,
            user_id=request.user_id,
            state=request.state,
            words=request.words,
            asked_at=request.asked_at,
            due_at=request.due_at,
            answered_at=request.answered_at,
            answer=request.answer,
        )
    )


async def delete_request(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Forget what a person asked about being erased."""
    await session.execute(
        delete(ErasureRequestRow)
        .where(ErasureRequestRow.organization_id == organization_id, ErasureRequestRow.user_id == user_id)
        .execution_options(synchronize_session="fetch")
    )


async def list_requests(session: AsyncSession, organization_id: str, most: int) -> list[ErasureRequest]:
    """Return what people asked about being erased: what waits first, the oldest before the others."""
    query = select(ErasureRequestRow).where(ErasureRequestRow.organization_id == organization_id)
    rows = await session.scalars(query.order_by(ErasureRequestRow.state, ErasureRequestRow.asked_at).limit(most))
    return [_request(row) for row in rows]


def _request(row: ErasureRequestRow) -> ErasureRequest:
    state: Literal["open", "refused"] = "open" if row.state == "open" else "refused"
    return ErasureRequest(row.user_id, state, row.words, row.asked_at, row.due_at, row.answered_at, row.answer)
