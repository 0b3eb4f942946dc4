"""The second half of the first schema: tables that refer to those of the first half."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from powerautomation.migrations.access_schema import create_access_tables
from powerautomation.migrations.configuration_schema import create_configuration_tables
from powerautomation.migrations.sign_in_schema import create_provider_session_table, create_sign_in_tables

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def create_referring_tables() -> None:
    """Create the tables of the first version that refer to others."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("token_hmac", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.String(8), nullable=False),
        sa.Column("allowed_models", JSON, nullable=True),
        sa.Column("created_by_kind", sa.String(16), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("project", sa.String(100), nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("scopes", JSON, nullable=True),
        sa.Column("rotated_at", MOMENT, nullable=True),
        sa.Column("previous_hmac", sa.LargeBinary(), nullable=True),
        sa.Column("previous_hint", sa.String(8), nullable=True),
        sa.Column("previous_expires_at", MOMENT, nullable=True),
        sa.Column("previous_last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_api_keys_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("previous_hmac", name="uq_api_keys_previous_hmac"),
        sa.UniqueConstraint("token_hmac", name="uq_api_keys_token_hmac"),
    )
    op.create_index("ix_api_keys_organization_id_created_at", "api_keys", ["organization_id", "created_at"])
    op.create_table(
        "gateway_responses",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("api_key_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("previous_id", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("plain_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_gateway_responses_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "api_key_id", "id", name="pk_gateway_responses"),
    )
    op.create_index("ix_gateway_responses_expires_ms", "gateway_responses", ["expires_ms"])
    op.create_index(
        "ix_gateway_responses_organization_id_created_ms", "gateway_responses", ["organization_id", "created_ms"]
    )
    op.create_table(
        "gateway_files",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("api_key_id", sa.String(40), nullable=False),
        sa.Column("project", sa.String(100), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_gateway_files_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_gateway_files"),
    )
    op.create_index("ix_gateway_files_expires_ms", "gateway_files", ["expires_ms"])
    op.create_index("ix_gateway_files_organization_id_created_ms", "gateway_files", ["organization_id", "created_ms"])
    op.create_table(
        "gateway_thoughts",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_gateway_thoughts_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "id", name="pk_gateway_thoughts"),
    )
    op.create_index("ix_gateway_thoughts_expires_ms", "gateway_thoughts", ["expires_ms"])
    op.create_index(
        "ix_gateway_thoughts_organization_id_created_ms", "gateway_thoughts", ["organization_id", "created_ms"]
    )
    op.create_table(
        "limit_warnings",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("limit_id", sa.String(40), nullable=False),
        sa.Column("period_start_ms", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("warned_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_limit_warnings_organization_id"),
        sa.PrimaryKeyConstraint("limit_id", "period_start_ms", "percent", name="pk_limit_warnings"),
    )
    op.create_table(
        "limits",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("subject_kind", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.String(100), nullable=False),
        sa.Column("measure", sa.String(20), nullable=False),
        sa.Column("window", sa.String(20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("burst", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("warn_percents", JSON, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_limits_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_limits"),
    )
    op.create_index("ix_limits_organization_id", "limits", ["organization_id"])
    op.create_table(
        "providers",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("preset", sa.String(40), nullable=False),
        sa.Column("dialect", sa.String(40), nullable=False),
        sa.Column("base_url", sa.String(500), nullable=False),
        sa.Column("api_key_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_hint", sa.String(8), nullable=False),
        sa.Column("requests_per_second", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_providers_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_providers"),
    )
    op.create_index("ix_providers_organization_id_name", "providers", ["organization_id", "name"])
    op.create_table(
        "routes",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_routes_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_routes"),
    )
    op.create_index("ix_routes_organization_id_position", "routes", ["organization_id", "position"])
    op.create_table(
        "service_promises",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("updated_by", sa.String(40), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_service_promises_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "provider", name="pk_service_promises"),
    )
    op.create_table(
        "service_breaches",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("measure", sa.String(20), nullable=False),
        sa.Column("promised", sa.Float(), nullable=False),
        sa.Column("measured", sa.Float(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_service_breaches_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_breaches"),
        sa.UniqueConstraint(
            "organization_id",
            "provider",
            "period",
            "starts_at",
            "measure",
            name="uq_service_breaches_once",
        ),
    )
    op.create_table(
        "service_credits",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_nanos", sa.BigInteger(), nullable=False),
        sa.Column("spent_nanos", sa.BigInteger(), nullable=False),
        sa.Column("reason", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_service_credits_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_credits"),
        sa.UniqueConstraint(
            "organization_id",
            "provider",
            "month",
            "currency",
            name="uq_service_credits_organization_id_provider_month_currency",
        ),
    )
    op.create_table(
        "reconciliations",
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider", sa.String(100), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_reconciliations_organization_id"),
        sa.PrimaryKeyConstraint("organization_id", "provider", "month", name="pk_reconciliations"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("password_set_at", MOMENT, nullable=True),
        sa.Column("last_user_id", sa.String(64), nullable=True),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("email", name="uq_accounts_email"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("locale", sa.String(35), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("owner_id", sa.String(64), nullable=True),
        sa.Column("account_id", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_users_organization_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_users_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_index("ix_users_deleted_at", "users", ["deleted_at"])
    op.create_index("ix_users_organization_id", "users", ["organization_id"])
    op.create_index("ix_users_account_id", "users", ["account_id"])
    for name, columns in (
        ("uq_users_email", ["organization_id", "email"]),
        ("uq_users_account", ["account_id", "organization_id"]),
    ):
        op.create_index(
            name,
            "users",
            columns,
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
    create_access_tables()
    create_configuration_tables()
    create_sign_in_tables()
    op.create_table(
        "provider_deployments",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("organization_id", sa.String(40), nullable=False),
        sa.Column("provider_id", sa.String(40), nullable=False),
        sa.Column("public_model", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("family", sa.String(60), nullable=True),
        sa.Column("price", JSON, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_provider_deployments_organization_id"
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name="fk_provider_deployments_provider_id"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_deployments"),
    )
    op.create_index(
        "ix_provider_deployments_organization_id_provider_id",
        "provider_deployments",
        ["organization_id", "provider_id"],
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("factor", sa.String(16), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.Column("ip", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_sessions_organization_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_organization_id", "sessions", ["organization_id"])
    op.create_index("ix_sessions_user_id_created_at", "sessions", ["user_id", "created_at"])
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("voided_at", MOMENT, nullable=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_sign_in_links_organization_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sign_in_links_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_links"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_links_token_hash"),
    )
    op.create_index("ix_sign_in_links_organization_id", "sign_in_links", ["organization_id"])
    op.create_index("ix_sign_in_links_user_id_created_at", "sign_in_links", ["user_id", "created_at"])
    op.create_table(
        "sign_in_steps",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("password_set_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_sign_in_steps_organization_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sign_in_steps_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_steps"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_steps_token_hash"),
    )
    op.create_index("ix_sign_in_steps_organization_id", "sign_in_steps", ["organization_id"])
    op.create_index("ix_sign_in_steps_user_id", "sign_in_steps", ["user_id"])
    op.create_table(
        "totp_factors",
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_totp_factors_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_totp_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_recovery_codes_account_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_codes"),
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"])
    op.create_table(
        "sign_in_providers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("secret_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("has_secret", sa.Boolean(), nullable=False),
        sa.Column("rules", JSON, nullable=False),
        sa.Column("default_role", sa.String(64), nullable=False),
        sa.Column("email_domains", JSON, nullable=False),
        sa.Column("creates_people", sa.Boolean(), nullable=False),
        sa.Column("links_by_email", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_sign_in_providers_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_providers"),
    )
    op.create_index("ix_sign_in_providers_organization_id", "sign_in_providers", ["organization_id"])
    op.create_table(
        "outside_identities",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_outside_identities_organization_id"
        ),
        sa.ForeignKeyConstraint(["provider_id"], ["sign_in_providers.id"], name="fk_outside_identities_provider_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_outside_identities_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outside_identities"),
        sa.UniqueConstraint("provider_id", "subject", name="uq_outside_identities_provider_id_subject"),
    )
    for column in ("organization_id", "user_id"):
        op.create_index(f"ix_outside_identities_{column}", "outside_identities", [column])
    op.create_table(
        "sign_in_starts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("tested_by", sa.String(64), nullable=False),
        sa.Column("return_path", sa.String(2000), nullable=False),
        sa.Column("redirect_uri", sa.String(500), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("report", JSON, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_sign_in_starts_organization_id"),
        sa.ForeignKeyConstraint(["provider_id"], ["sign_in_providers.id"], name="fk_sign_in_starts_provider_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_starts"),
        sa.UniqueConstraint("state_hash", name="uq_sign_in_starts_state_hash"),
    )
    for column in ("organization_id", "provider_id", "expires_at"):
        op.create_index(f"ix_sign_in_starts_{column}", "sign_in_starts", [column])
    op.create_table(
        "email_domains",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("domain", sa.String(253), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("proven_at", MOMENT, nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("missing_since", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_email_domains_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_email_domains"),
        sa.UniqueConstraint("organization_id", "domain", name="uq_email_domains_organization_id_domain"),
    )
    op.create_index("ix_email_domains_organization_id", "email_domains", ["organization_id"])
    proven = sa.text("proven_at IS NOT NULL")
    op.create_index(
        "uq_email_domains_proven",
        "email_domains",
        ["domain"],
        unique=True,
        postgresql_where=proven,
        sqlite_where=proven,
    )
    op.create_table(
        "used_proofs",
        sa.Column("proof_hash", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.String(64), nullable=False),
        sa.Column("provider_id", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name="fk_used_proofs_organization_id"),
        sa.ForeignKeyConstraint(["provider_id"], ["sign_in_providers.id"], name="fk_used_proofs_provider_id"),
        sa.PrimaryKeyConstraint("proof_hash", name="pk_used_proofs"),
    )
    for column in ("organization_id", "provider_id", "expires_at"):
        op.create_index(f"ix_used_proofs_{column}", "used_proofs", [column])
    op.create_table(
        "passkeys",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_passkeys_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
    )
    op.create_index("ix_passkeys_account_id", "passkeys", ["account_id"])
    op.create_table(
        "used_challenges",
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name="pk_used_challenges"),
    )
    op.create_index("ix_used_challenges_expires_at", "used_challenges", ["expires_at"])
    create_provider_session_table()
