"""What belongs to the first schema for people's own data: keys that are shredded, and erasures."""

import sqlalchemy as sa
from alembic import op

from powerautomation.migrations.first_schema import JSON, MOMENT


def create_privacy_tables() -> None:
    """Create the tables of the first version by which people are erased."""
    op.create_table(
        "person_keys",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("shredded_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name="pk_person_keys"),
    )
    op.create_table(
        "erasures",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("begun_by", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("counts", JSON, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_erasures_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name="pk_erasures"),
    )
