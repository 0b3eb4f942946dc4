"""The second wall between organizations on PostgreSQL: row-level security, below every query of ours.

The first wall are the repositories, which filter every query. A connection that works for one organization says so in
the setting ``powerautomation.organization_id`` (``Database.confined_to``), and then sees and writes its rows alone,
whatever is asked. Work of the installation itself (the ledger's flusher, retention, back-ups) leaves it empty.
"""

import sqlalchemy as sa
from alembic import op

SETTING = "powerautomation.organization_id"
POLICY = "of_organization"


def make_tenant_tables() -> None:
    """Put every table of the present revision that has an ``organization_id`` behind the wall. What a released
    revision calls here never changes."""
    if op.get_bind().dialect.name == "sqlite":
        return
    inspector = sa.inspect(op.get_bind())
    for table in sorted(inspector.get_table_names()):
        if any(column["name"] == "organization_id" for column in inspector.get_columns(table)):
            _make_tenant_table(table)


def _make_tenant_table(table: str) -> None:
    # A subquery is worked out once a statement, not once a row.
    confined_to = f"(SELECT current_setting('{SETTING}', true))"
    rule = f"coalesce({confined_to}, '') = '' OR organization_id = {confined_to}"
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    # For the owner too, who is the server itself. A superuser passes every wall: the doctor warns of one.
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY {POLICY} ON "{table}" USING ({rule}) WITH CHECK ({rule})')
