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
    op.create_table(
        "erasure_requests",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_erasure_requests_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name="pk_erasure_requests"),
    )
    _create_consents()
    op.create_table(
        "removals",
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("ran_at", MOMENT, nullable=True),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("failed_at", MOMENT, nullable=True),
        sa.Column("failure", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("rule", name="pk_removals"),
    )


def _create_consents() -> None:
    op.create_table(
        "consent_texts",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("roles", JSON, nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_consent_texts_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "version", name="pk_consent_texts"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_consents_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    live = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_consents_live",
        "consents",
        ["organization_id", "user_id", "version"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
