"""The part of the first schema for the history of settings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def create_configuration_tables() -> None:
    """Create the tables of versions, policies and proposals."""
    op.create_table(
        "configuration_versions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("object_id", sa.String(200), nullable=False),
        sa.Column("object_name", sa.String(300), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", JSON, nullable=True),
        sa.Column("author_kind", sa.String(16), nullable=False),
        sa.Column("author_id", sa.String(64), nullable=False),
        sa.Column("author_name", sa.String(200), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approver_id", sa.String(64), nullable=False),
        sa.Column("approved_by", sa.String(200), nullable=False),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_configuration_versions_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_configuration_versions"),
        sa.UniqueConstraint(
            "organization_id", "kind", "object_id", "number", name="uq_configuration_versions_object_number"
        ),
    )
    op.create_index("ix_configuration_versions_organization_id_id", "configuration_versions", ["organization_id", "id"])
    op.create_table(
        "configuration_policies",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("only_in_production", sa.Boolean(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_configuration_policies_organization_id"
        ),
        sa.PrimaryKeyConstraint("organization_id", name="pk_configuration_policies"),
    )
    op.create_table(
        "configuration_proposals",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author_kind", sa.String(16), nullable=False),
        sa.Column("author_id", sa.String(64), nullable=False),
        sa.Column("author_name", sa.String(200), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("decider_id", sa.String(64), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_configuration_proposals_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_configuration_proposals"),
    )
    op.create_index(
        "ix_configuration_proposals_organization_id_state", "configuration_proposals", ["organization_id", "state"]
    )
