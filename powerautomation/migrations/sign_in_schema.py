"""How people may sign in, and what identity providers call them: tables of the first revision."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def create_provider_session_table() -> None:
    """Create what sessions at providers are kept in; sessions and providers are there already."""
    op.create_table(
        "provider_sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("outside_id", sa.String(255), nullable=False),
        sa.Column("refresh_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("has_refresh", sa.Boolean(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("next_check_at", MOMENT, nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["sessions.id"], name="fk_provider_sessions_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_provider_sessions_organization_id"),
        sa.ForeignKeyConstraint(["provider_id"], ["sign_in_providers.id"], name="fk_provider_sessions_provider_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_provider_sessions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_sessions"),
    )
    for column in ("organization_id", "provider_id", "user_id", "next_check_at"):
        op.create_index(f"ix_provider_sessions_{column}", "provider_sessions", [column])


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
    op.create_table(
        "scim_groups",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("name_key", sa.String(600), nullable=False),
        sa.Column("external_id", sa.String(255), nullable=False),
        sa.Column("unit_id", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_scim_groups_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scim_groups"),
        sa.UniqueConstraint("organization_id", "name_key", name="uq_scim_groups_organization_id_name_key"),
    )
    for column in ("organization_id", "external_id"):
        op.create_index(f"ix_scim_groups_{column}", "scim_groups", [column])
    op.create_table(
        "scim_group_people",
        sa.Column("group_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["scim_groups.id"], name="fk_scim_group_people_group_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_scim_group_people_user_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_scim_group_people_organization_id"),
        sa.PrimaryKeyConstraint("group_id", "user_id", name="pk_scim_group_people"),
    )
    for column in ("user_id", "organization_id"):
        op.create_index(f"ix_scim_group_people_{column}", "scim_group_people", [column])
    op.create_table(
        "scim_states",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("last_request_at", MOMENT, nullable=True),
        sa.Column("problems", JSON, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_scim_states_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", name="pk_scim_states"),
    )
