"""Brings the database's schema to what this program needs, at start, after a backup. The revisions themselves are in
``powerautomation.migrations``."""

from powerautomation.infrastructure.migrations.running import (
    MigrationReport,
    alembic_config,
    connect_for_migration,
    migrate,
    needed_revision,
    refuse_broken_references,
)

__all__ = [
    "MigrationReport",
    "alembic_config",
    "connect_for_migration",
    "migrate",
    "needed_revision",
    "refuse_broken_references",
]
