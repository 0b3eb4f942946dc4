"""Relational storage on SQLite (one process) and PostgreSQL (N replicas), behind one door.

Tables derive from ``Base``; work happens inside ``Database.unit_of_work`` (one transaction, committed by the frame) or
``Database.read``; ``migrate`` brings the schema up to date before the server takes requests.
"""

from powerautomation.infrastructure.database.base import Base, Json, UtcDateTime
from powerautomation.infrastructure.database.engine import Database, open_database
from powerautomation.infrastructure.database.errors import DatabaseBusy, DatabaseFull, DatabaseUnavailable
from powerautomation.infrastructure.database.migrating import MigrationReport, migrate, needed_revision
from powerautomation.infrastructure.database.urls import database_url_of, is_sqlite

__all__ = [
    "Base",
    "Database",
    "DatabaseBusy",
    "DatabaseFull",
    "DatabaseUnavailable",
    "Json",
    "MigrationReport",
    "UtcDateTime",
    "database_url_of",
    "is_sqlite",
    "migrate",
    "needed_revision",
    "open_database",
]
