"""What belongs to the first schema for approvals."""

import sqlalchemy as sa
from alembic import op

from powerautomation.migrations.first_schema import MOMENT


def create_approval_tables() -> None:
    """Create the tables of requests, votes, remembered answers and the switch."""
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requester_kind", sa.String(16), nullable=False),
        sa.Column("requester_id", sa.String(64), nullable=False),
        sa.Column("requester_name", sa.String(200), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(100), nullable=False),
        sa.Column("session_id", sa.String(200), nullable=False),
        sa.Column("task_id", sa.String(200), nullable=False),
        sa.Column("call_id", sa.String(200), nullable=False),
        sa.Column("tool", sa.String(200), nullable=False),
        sa.Column("tool_version", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("approver_role", sa.String(64), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("reason_required", sa.Boolean(), nullable=False),
        sa.Column("second_person", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("asked_digest", sa.String(64), nullable=False),
        sa.Column("automatic_by", sa.String(40), nullable=False),
        sa.Column("detail", sa.String(2000), nullable=False),
        sa.Column("lease_hash", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("reserved_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_approvals_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.UniqueConstraint("organization_id", "requester_id", "call_id", name="uq_approvals_call"),
    )
    for columns in (
        ("organization_id", "state", "id"),
        ("organization_id", "requester_id", "state"),
        ("organization_id", "owner_id", "id"),
        ("ends_at",),
        ("created_at",),
    ):
        op.create_index(f"ix_approvals_{'_'.join(columns)}", "approvals", list(columns))
    op.create_table(
        "approval_votes",
        sa.Column("approval_id", sa.String(40), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("decision", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name="fk_approval_votes_approval_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_approval_votes_organization_id"),
        sa.PrimaryKeyConstraint("approval_id", "person_id", name="pk_approval_votes"),
    )
    op.create_table(
        "approval_memories",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("person_id", sa.String(64), nullable=False),
        sa.Column("requester_id", sa.String(64), nullable=False),
        sa.Column("requester_name", sa.String(200), nullable=False),
        sa.Column("tool", sa.String(200), nullable=False),
        sa.Column("scope", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("approval_id", sa.String(40), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_approval_memories_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approval_memories"),
    )
    op.create_index(
        "ix_approval_memories_organization_id_requester_id",
        "approval_memories",
        ["organization_id", "requester_id", "tool"],
    )
    op.create_table(
        "approval_settings",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_approval_settings_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", name="pk_approval_settings"),
    )
