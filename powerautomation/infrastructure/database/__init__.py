"""Relational storage on SQLite (one process) and PostgreSQL (N replicas), behind one door.

Tables derive from ``Base``; work happens inside ``Database.unit_of_work`` (one transaction, committed by the frame) or
``Database.read``.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from powerautomation.infrastructure.database.base import Base, Json, UtcDateTime
from powerautomation.infrastructure.database.declared import declared_metadata
from powerautomation.infrastructure.database.engine import (
    ANNOUNCES,
    Database,
    after_rollback,
    before_commit,
    open_database,
    prepare_sqlite,
)
from powerautomation.infrastructure.database.failures import DatabaseBusy, DatabaseFull, DatabaseUnavailable, problem_of
from powerautomation.infrastructure.database.growth import COUNTED, GROWTH_CHECKS, Growth, note_growth
from powerautomation.infrastructure.database.personal import (
    MADE_FOR_THE_ORGANIZATION,
    PERSON,
    PERSONAL,
    ColumnErasure,
    Personal,
    RowErasure,
    Whose,
    personal,
    whose,
)
from powerautomation.infrastructure.database.urls import database_url_of, is_sqlite

__all__ = [
    "ANNOUNCES",
    "COUNTED",
    "GROWTH_CHECKS",
    "MADE_FOR_THE_ORGANIZATION",
    "PERSON",
    "PERSONAL",
    "AsyncSession",
    "Base",
    "ColumnErasure",
    "Database",
    "DatabaseBusy",
    "DatabaseFull",
    "DatabaseUnavailable",
    "Growth",
    "Json",
    "Personal",
    "RowErasure",
    "UtcDateTime",
    "Whose",
    "after_rollback",
    "before_commit",
    "database_url_of",
    "declared_metadata",
    "is_sqlite",
    "note_growth",
    "open_database",
    "personal",
    "prepare_sqlite",
    "problem_of",
    "whose",
]
