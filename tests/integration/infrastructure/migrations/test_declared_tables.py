"""The revisions make exactly the tables the code declares."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from powerautomation.infrastructure.database import Base, database_url_of, declared_metadata
from powerautomation.infrastructure.migrations import connect_for_migration
from powerautomation.infrastructure.settings import Settings


def is_no_month(name: str | None, kind: str, _parents: Any) -> bool:
    """Say whether something is declared as a table is: not a part of the audit log's, nor what PostgreSQL has there in
    place of the primary key."""
    if kind == "index":
        return name != "ix_audit_events_organization_id_sequence"
    return kind != "table" or not (name or "").startswith("audit_events_")


def is_of(dialect: str, thing: object) -> bool:
    """Say whether the code declares something for this database."""
    wanted = getattr(thing, "_ddl_if", None)
    return wanted is None or wanted.dialect == dialect


def test_revisions_and_declared_tables_do_not_differ(column: Settings) -> None:
    declared_metadata()
    with connect_for_migration(database_url_of(column)) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "target_metadata": Base.metadata,
                "include_name": is_no_month,
                "include_object": lambda thing, *_: is_of(connection.dialect.name, thing),
            },
        )
        assert compare_metadata(context, Base.metadata) == []


def test_constraints_have_the_names_the_code_declares(column: Settings) -> None:
    declared_metadata()
    with connect_for_migration(database_url_of(column)) as connection:
        inspector = inspect(connection)
        for name in Base.metadata.tables:
            if name != "audit_events" or connection.dialect.name == "sqlite":
                assert inspector.get_pk_constraint(name)["name"] == f"pk_{name}"
            for constraint in inspector.get_foreign_keys(name):
                assert str(constraint["name"]).startswith(f"fk_{name}_")
            for constraint in inspector.get_unique_constraints(name):
                assert str(constraint["name"]).startswith(f"uq_{name}_")


def test_every_row_of_a_tenant_says_which_one() -> None:
    declared_metadata()
    # What belongs to the installation, or to nobody yet.
    shared = {"audit_streams", "data_keys", "installation", "organizations", "removals", "schema_history"}
    shared |= {"sign_in_attempts"}
    # What somebody signs in with, whichever organizations the person is in.
    shared |= {"accounts", "passkeys", "recovery_codes", "totp_factors", "used_challenges"}

    without = {name for name, table in Base.metadata.tables.items() if "organization_id" not in table.columns}

    assert without == shared
