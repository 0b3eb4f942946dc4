"""Reads what the tables say of themselves, and the rows they say are a person's."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.identity.privacy.entities import RegisterLine
from powerautomation.infrastructure.database import PERSON, PERSONAL, Personal, declared_metadata

# The primary key of the row that was read last.
Place = tuple[Any, ...]

_WHOSE = {"user": "the person", "api_key": "who made the key", "account": "who signs in with the account"}


def all_tables() -> list[Table]:
    """Return the tables of every domain, by name."""
    return sorted(declared_metadata().tables.values(), key=lambda table: table.name)


def register() -> list[RegisterLine]:
    """Return every column that its table says is personal."""
    return [
        RegisterLine(str(table.name), str(column.name), found.kind, found.purpose, found.kept, _whose(table))
        for table in all_tables()
        for column in table.columns
        if isinstance(found := column.info.get(PERSONAL), Personal)
    ]


def tables_of_people() -> list[str]:
    """Return the names of the tables whose rows say whose they are."""
    return [str(table.name) for table in all_tables() if _person_columns(table)]


async def rows_of(
    session: AsyncSession, organization_id: str, user_id: str, table_name: str, after: Place | None, most: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return a person's next rows of a table after a place, the newest first, as JSON takes them: without secrets and
    sealed bytes, at most ``most``; and the place of the last of them, None when there was none."""
    table = declared_metadata().tables[table_name]
    key = list(table.primary_key.columns)
    shown = [column for column in table.columns if _is_shown(column)]
    asked = (
        select(*key, *(column for column in shown if not column.primary_key))
        .where(*_in(table, organization_id), _is_of(table, organization_id, user_id))
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


def _is_of(table: Table, organization_id: str, user_id: str) -> ColumnElement[bool]:
    users = declared_metadata().tables["users"].columns
    own_account = select(users["account_id"]).where(users["organization_id"] == organization_id, users["id"] == user_id)
    keys = declared_metadata().tables["api_keys"].columns
    own_keys = select(keys["id"]).where(keys["organization_id"] == organization_id, keys["created_by"] == user_id)
    places = {"api_key": own_keys, "account": own_account}
    return or_(
        *(
            column.in_(places[kind]) if (kind := column.info[PERSON]) in places else column == user_id
            for column in _person_columns(table)
        )
    )


def _whose(table: Table) -> str:
    return ", ".join(f"{column.name} ({_WHOSE[column.info[PERSON]]})" for column in _person_columns(table))


def _person_columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if PERSON in column.info]


def _is_shown(column: Column[Any]) -> bool:
    found = column.info.get(PERSONAL)
    return not isinstance(column.type, LargeBinary) and not (isinstance(found, Personal) and found.kind == "secret")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
