"""What belongs to the first schema for the rules by which actions of agents are judged."""

import sqlalchemy as sa
from alembic import op

from powerautomation.migrations.first_schema import JSON, MOMENT


def create_approval_rules_table() -> None:
    """Create the table of organizations' own rules."""
    op.create_table(
        "approval_rules",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_approval_rules_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", name="pk_approval_rules"),
    )
