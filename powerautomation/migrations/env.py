"""Runs schema revisions for Alembic: from the server's start on a given connection, from the command line by itself."""

import os
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import Connection, text

import powerautomation
from powerautomation.infrastructure.database import database_url_of, declared_metadata
from powerautomation.infrastructure.migrations import connect_for_migration, refuse_broken_references
from powerautomation.infrastructure.settings import load_settings
from powerautomation.kernel.clock import now


def _note_history(ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
    """Write down, in the revision's own transaction, which program version applied it."""
    refuse_broken_references(ctx.connection)
    if step.is_upgrade:
        ctx.connection.execute(
            text(
                "INSERT INTO schema_history (revision, program_version, applied_at) VALUES (:revision, :version, :at)"
            ),
            {"revision": step.up_revision_id, "version": powerautomation.__version__, "at": now().isoformat()},
        )


def run(connection: Connection) -> None:
    """Apply what Alembic was asked for, each revision in a transaction of its own, on SQLite too."""
    needs_metadata = context.config.cmd_opts is not None
    context.configure(
        connection=connection,
        target_metadata=declared_metadata() if needs_metadata else None,
        transactional_ddl=True,
        transaction_per_migration=True,
        render_as_batch=connection.dialect.name == "sqlite",
        on_version_apply=_note_history,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    chosen = os.environ.get("POWERAUTOMATION_CONFIG")
    settings = load_settings(Path(chosen) if chosen else None, os.environ, {})
    with connect_for_migration(database_url_of(settings)) as own:
        run(own)
