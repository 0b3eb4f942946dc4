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


# What people sign in with belongs to no organization: work for one sees that of its own people alone.
ACCOUNT_TABLES = {
    "accounts": "EXISTS (SELECT 1 FROM users WHERE users.account_id = accounts.id)",
    "totp_factors": "EXISTS (SELECT 1 FROM users WHERE users.account_id = totp_factors.account_id)",
    "recovery_codes": "EXISTS (SELECT 1 FROM users WHERE users.account_id = recovery_codes.account_id)",
    "passkeys": "EXISTS (SELECT 1 FROM users WHERE users.account_id = passkeys.account_id)",
}


def make_account_tables() -> None:
    """Put what people sign in with behind the wall too. A new account is nobody yet when it is written."""
    if op.get_bind().dialect.name == "sqlite":
        return
    confined_to = f"(SELECT current_setting('{SETTING}', true))"
    # The people of the subqueries are behind the wall themselves.
    for table, known in ACCOUNT_TABLES.items():
        rule = f"coalesce({confined_to}, '') = '' OR {known}"
        check = "true" if table == "accounts" else rule
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
        op.execute(f'CREATE POLICY {POLICY} ON "{table}" USING ({rule}) WITH CHECK ({check})')


def _make_tenant_table(table: str) -> None:
    # A subquery is worked out once a statement, not once a row.
    confined_to = f"(SELECT current_setting('{SETTING}', true))"
    rule = f"coalesce({confined_to}, '') = '' OR organization_id = {confined_to}"
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    # For the owner too, who is the server itself. A superuser passes every wall: the doctor warns of one.
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY {POLICY} ON "{table}" USING ({rule}) WITH CHECK ({rule})')
