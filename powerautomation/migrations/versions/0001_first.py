"""The first schema: installation, organizations and their people and keys, providers, the usage ledger, events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from powerautomation.migrations.append_only import guard_audit_events
from powerautomation.migrations.approval_rules_schema import create_approval_rules_table
from powerautomation.migrations.approvals_schema import create_approval_tables
from powerautomation.migrations.first_schema import create_referring_tables
from powerautomation.migrations.privacy_schema import create_privacy_tables
from powerautomation.migrations.row_security import make_account_tables, make_tenant_tables

revision: str = "0001_first"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create every table of the first version."""
    op.create_table(
        "gateway_attempts",
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("deployment", sa.String(300), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("dialect", sa.String(40), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("first_token_us", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("failure_kind", sa.String(40), nullable=False),
        sa.Column("failure_message", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cache_write_5m_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cache_write_1h_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("cost_nanos", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("price_effective", sa.String(10), nullable=False),
        sa.Column("price_band", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "number", name="pk_gateway_attempts"),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "audit_events",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("sequence", LONG, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("actor_kind", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.String(64), nullable=False),
        sa.Column("actor_name", sa.String(200), nullable=False),
        sa.Column("behalf_kind", sa.String(16), nullable=True),
        sa.Column("behalf_id", sa.String(64), nullable=True),
        sa.Column("behalf_name", sa.String(200), nullable=True),
        sa.Column("ip", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("target_type", sa.String(64), nullable=False),
        sa.Column("target_id", sa.String(200), nullable=False),
        sa.Column("target_name", sa.String(300), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(64), nullable=True),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("actor_person", sa.String(64), nullable=True),
        sa.Column("actor_commitment", sa.String(64), nullable=True),
        sa.Column("actor_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("target_person", sa.String(64), nullable=True),
        sa.Column("target_commitment", sa.String(64), nullable=True),
        sa.Column("target_sealed", sa.LargeBinary(), nullable=True),
        # On PostgreSQL what divides the table would have to be in it; there a trigger keeps numbers single.
        *([sa.PrimaryKeyConstraint("organization_id", "sequence", name="pk_audit_events")] if is_sqlite else []),
        postgresql_partition_by="RANGE (occurred_at)",
    )
    for columns in (
        ["organization_id", "occurred_at", "sequence"],
        ["organization_id", "actor_id", "occurred_at", "sequence"],
        ["organization_id", "action", "occurred_at", "sequence"],
        ["organization_id", "target_id", "occurred_at", "sequence"],
        ["organization_id", "outcome", "occurred_at", "sequence"],
    ):
        op.create_index(f"ix_audit_events_{'_'.join(columns)}", "audit_events", columns)
    if not is_sqlite:
        op.create_index("ix_audit_events_organization_id_sequence", "audit_events", ["organization_id", "sequence"])
    op.create_table(
        "audit_heads",
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("sequence", LONG, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("removed_until", LONG, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name="pk_audit_heads"),
    )
    guard_audit_events()
    op.create_table(
        "audit_streams",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.Column("failures", LONG, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("tried_at", MOMENT, nullable=True),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_audit_streams"),
    )
    op.create_table(
        "audit_stream_places",
        sa.Column("stream", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("sequence", LONG, nullable=False),
        sa.PrimaryKeyConstraint("stream", "organization_id", name="pk_audit_stream_places"),
    )
    op.create_table(
        "service_level_hours",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("rate_limited", sa.BigInteger(), nullable=False),
        sa.Column("latency_counts", JSON, nullable=False),
        sa.Column("spent", JSON, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "hour", "provider", name="pk_service_level_hours"),
    )
    op.create_table(
        "gateway_requests",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("api_key_id", sa.String(40), nullable=False),
        sa.Column("dialect", sa.String(40), nullable=False),
        sa.Column("requested_model", sa.String(200), nullable=False),
        sa.Column("deployment", sa.String(300), nullable=False),
        sa.Column("route", sa.String(100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("session", sa.String(200), nullable=False),
        sa.Column("stream", sa.Boolean(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("first_token_us", sa.BigInteger(), nullable=True),
        sa.Column("overhead_us", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(100), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger(), nullable=False),
        sa.Column("usage_estimated", sa.Boolean(), nullable=False),
        sa.Column("cost_nanos", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("baseline_nanos", sa.BigInteger(), nullable=True),
        sa.Column("baseline_model", sa.String(200), nullable=False),
        sa.Column("baseline_currency", sa.String(3), nullable=False),
        sa.Column("attempts_count", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("project", sa.String(100), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("task", sa.String(200), nullable=False),
        sa.Column("cache_discount_nanos", sa.BigInteger(), nullable=True),
        sa.Column("split", sa.String(100), nullable=False),
        sa.Column("arm", sa.String(100), nullable=False),
        sa.Column("cache", sa.String(10), nullable=False),
        sa.Column("cache_saved_nanos", sa.BigInteger(), nullable=True),
        sa.Column("cache_currency", sa.String(3), nullable=False),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_requests"),
    )
    op.create_index(
        "ix_gateway_requests_organization_id_split",
        "gateway_requests",
        ["organization_id", "split", "started_ms"],
        sqlite_where=sa.text("split <> ''"),
        postgresql_where=sa.text("split <> ''"),
    )
    op.create_index(
        "ix_gateway_requests_organization_id_cache",
        "gateway_requests",
        ["organization_id", "started_ms"],
        sqlite_where=sa.text("cache <> ''"),
        postgresql_where=sa.text("cache <> ''"),
    )
    op.create_table(
        "request_ratings",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("rater_kind", sa.String(10), nullable=False),
        sa.Column("rater_id", sa.String(40), nullable=False),
        sa.Column("rater_name", sa.String(200), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("rated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "request_id", "rater_id", name="pk_request_ratings"),
    )
    op.create_index("ix_request_ratings_organization_id_rated_ms", "request_ratings", ["organization_id", "rated_ms"])
    op.create_index(
        "ix_gateway_requests_organization_id_api_key_id",
        "gateway_requests",
        ["organization_id", "api_key_id", "started_ms", "id"],
    )
    op.create_index(
        "ix_gateway_requests_organization_id_started_ms_id", "gateway_requests", ["organization_id", "started_ms", "id"]
    )
    # After the one above: of two indexes that fit, SQLite takes the younger one.
    op.create_index(
        "ix_gateway_requests_organization_id_unfinished",
        "gateway_requests",
        ["organization_id", "started_ms", "id"],
        sqlite_where=sa.text("outcome <> 'completed'"),
        postgresql_where=sa.text("outcome <> 'completed'"),
    )
    op.create_table(
        "imported_prices",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("vendor", sa.String(100), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("effective_from", sa.String(10), nullable=False),
        sa.Column("price", JSON, nullable=False),
        sa.Column("imported_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "vendor", "model", "currency", "effective_from", name="pk_imported_prices"
        ),
    )
    op.create_table(
        "balances",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("told_ms", sa.BigInteger(), nullable=False),
        sa.Column("available_nanos", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "provider", "currency", "told_ms", name="pk_balances"),
    )
    op.create_table(
        "balance_questions",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("low", sa.Boolean(), nullable=False),
        sa.Column("low_nanos", sa.BigInteger(), nullable=True),
        sa.Column("low_days", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "provider", name="pk_balance_questions"),
    )
    op.create_table(
        "price_alarms",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "provider", "model", "day", name="pk_price_alarms"),
    )
    op.create_table(
        "installation",
        sa.Column("id", LONG, autoincrement=False, nullable=False),
        sa.Column("key_fingerprint", sa.String(), nullable=False),
        sa.Column("key_since", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_installation_single"),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.create_table(
        "data_keys",
        sa.Column("id", sa.String(8), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("activated_at", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_data_keys"),
    )
    for name, condition in (("active", "state = 'active'"), ("published", "activated_at IS NULL")):
        op.create_index(
            f"uq_data_keys_{name}",
            "data_keys",
            ["purpose"],
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
    op.create_table(
        "organizations",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("suspended_at", MOMENT, nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
    )
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", LONG, nullable=False),
        sa.Column("organization_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_events"),
    )
    op.create_index("ix_outbox_events_published_at_position", "outbox_events", ["published_at", "position"])
    op.create_table(
        "schema_history",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("program_version", sa.String(), nullable=False),
        sa.Column("applied_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_history"),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("failures", LONG, nullable=False),
        sa.Column("blocked_until", MOMENT, nullable=False),
        sa.Column("last_attempt_at", MOMENT, nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_account", "sign_in_attempts", ["account"])
    op.create_index("ix_sign_in_attempts_last_attempt_at", "sign_in_attempts", ["last_attempt_at"])
    op.create_table(
        "token_ratios",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("deployment", sa.String(300), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "deployment", name="pk_token_ratios"),
    )
    op.create_index("ix_token_ratios_updated_ms", "token_ratios", ["updated_ms"])
    op.create_table(
        "usage_hourly",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("requested_model", sa.String(200), nullable=False),
        sa.Column("deployment", sa.String(300), nullable=False),
        sa.Column("api_key_id", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("reasoning_tokens", sa.BigInteger(), nullable=False),
        sa.Column("spent_nanos", sa.BigInteger(), nullable=False),
        sa.Column("cost_nanos", sa.BigInteger(), nullable=False),
        sa.Column("baseline_nanos", sa.BigInteger(), nullable=False),
        sa.Column("unpriced_requests", sa.BigInteger(), nullable=False),
        sa.Column("demo_requests", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "hour", "requested_model", "deployment", "api_key_id", "currency", name="pk_usage_hourly"
        ),
    )
    create_referring_tables()
    create_privacy_tables()
    create_approval_tables()
    create_approval_rules_table()
    make_tenant_tables()
    make_account_tables()
