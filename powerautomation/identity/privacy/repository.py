"""Reads what the tables say of themselves, and the rows they say are a person's."""

import importlib
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, LargeBinary, Table, select
from sqlalchemy.ext.asyncio import AsyncSession

import powerautomation
from powerautomation.identity.privacy.entities import RegisterLine
from powerautomation.infrastructure.database import PERSON, PERSONAL, Base, Personal

_WHOSE = {"user": "the person", "api_key": "who made the key"}


def all_tables() -> list[Table]:
    """Return the tables of every domain, by name, whichever are loaded."""
    package = Path(powerautomation.__file__).parent
    for file in sorted(package.rglob("tables.py")):
        importlib.import_module(".".join(("powerautomation", *file.relative_to(package).with_suffix("").parts)))
    return sorted(Base.metadata.tables.values(), key=lambda table: table.name)


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
    session: AsyncSession, organization_id: str, user_id: str, table_name: str, most: int
) -> list[dict[str, Any]]:
    """Return a person's rows of a table, as JSON takes them: without secrets and sealed bytes, at most ``most``."""
    table = Base.metadata.tables[table_name]
    shown = [column for column in table.columns if _is_shown(column)]
    found: list[dict[str, Any]] = []
    for column in _person_columns(table):
        keys = Base.metadata.tables["api_keys"].columns
        own_keys = select(keys["id"]).where(keys["organization_id"] == organization_id, keys["created_by"] == user_id)
        is_own = column.in_(own_keys) if column.info[PERSON] == "api_key" else column == user_id
        asked = (
            select(*shown)
            .where(table.columns["organization_id"] == organization_id, is_own)
            .order_by(*(key.desc() for key in table.primary_key.columns))
            .limit(most)
        )
        rows = (await session.execute(asked)).mappings()
        found += [{str(name): _plain(value) for name, value in row.items()} for row in rows]
    return found


def _whose(table: Table) -> str:
    return ", ".join(f"{column.name} ({_WHOSE[column.info[PERSON]]})" for column in _person_columns(table))


def _person_columns(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if PERSON in column.info]


def _is_shown(column: Column[Any]) -> bool:
    found = column.info.get(PERSONAL)
    return not isinstance(column.type, LargeBinary) and not (isinstance(found, Personal) and found.kind == "secret")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
