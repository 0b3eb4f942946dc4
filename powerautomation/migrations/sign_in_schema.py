"""How people may sign in, and what identity providers call them: tables of the first revision."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def create_sign_in_tables() -> None:
    """Create the tables; people and organizations are there already."""
    op.create_table(
        "sign_in_policies",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("passwords", sa.Boolean(), nullable=False),
        sa.Column("break_glass", JSON, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_sign_in_policies_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", name="pk_sign_in_policies"),
    )
    op.create_table(
        "scim_users",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("user_name", sa.String(255), nullable=False),
        sa.Column("external_id", sa.String(255), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_scim_users_organization_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_scim_users_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_scim_users"),
        sa.UniqueConstraint("organization_id", "user_name", name="uq_scim_users_organization_id_user_name"),
    )
    for column in ("organization_id", "external_id"):
        op.create_index(f"ix_scim_users_{column}", "scim_users", [column])
