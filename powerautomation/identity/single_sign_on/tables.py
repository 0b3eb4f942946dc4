"""Sign-in providers, whom they vouched for, and browsers that are on their way to one and back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import Base, Json, personal, whose

_START_KEPT = "until the next sign-in by a provider at least ten minutes after it expired"
SEALED_SECRET = SealedColumn("sign_in_providers", "secret_ciphertext")
SEALED_REFRESH = SealedColumn("provider_sessions", "refresh_ciphertext")
_SESSION_KEPT = "until the session has ended for at most a minute"


class SignInProviderRow(Base):
    """One provider of an organization. Its secret is encrypted; an empty one too. ``checked_at`` is when it was last
    asked about its people and answered, for kinds that can be asked."""

    __tablename__ = "sign_in_providers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    enabled: Mapped[bool] = mapped_column(Boolean)
    options: Mapped[dict[str, Any]] = mapped_column(Json)
    secret_ciphertext: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_SECRET.info)
    has_secret: Mapped[bool] = mapped_column(Boolean)
    rules: Mapped[list[dict[str, str]]] = mapped_column(Json)
    default_role: Mapped[str] = mapped_column(String(64))
    email_domains: Mapped[list[str]] = mapped_column(Json)
    creates_people: Mapped[bool] = mapped_column(Boolean)
    links_by_email: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]


class OutsideIdentityRow(Base):
    """Somebody at a provider who is a person here: found by provider and subject, never by e-mail address."""

    __tablename__ = "outside_identities"
    __table_args__ = (UniqueConstraint("provider_id", "subject", name="uq_outside_identities_provider_id_subject"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    provider_id: Mapped[str] = mapped_column(String(64), ForeignKey("sign_in_providers.id"))
    subject: Mapped[str] = mapped_column(
        String(255), info=personal("address", "signing in by a provider", "until the provider or the person is removed")
    )
    user_id: Mapped[str] = mapped_column(String(64), ForeignKey("users.id"), index=True, info=whose("delete"))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]


class ProviderSessionRow(Base):
    """A session here that lives by one at a provider; ``id`` is the session's own. ``outside_id`` is what the provider
    calls it, empty where it does not say. With ``has_refresh`` the provider is asked after ``next_check_at`` whether it
    goes on, with the refresh token (encrypted, an empty one too); ``failing_since``: it has not answered since."""

    __tablename__ = "provider_sessions"

    id: Mapped[str] = mapped_column(String(64), ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    provider_id: Mapped[str] = mapped_column(String(64), ForeignKey("sign_in_providers.id"), index=True)
    user_id: Mapped[str] = mapped_column(String(64), ForeignKey("users.id"), index=True, info=whose("delete"))
    subject: Mapped[str] = mapped_column(
        String(255), info=personal("address", "ending with the session at the provider", _SESSION_KEPT)
    )
    outside_id: Mapped[str] = mapped_column(
        String(255), info=personal("secret", "ending with the session at the provider", _SESSION_KEPT)
    )
    refresh_ciphertext: Mapped[bytes] = mapped_column(
        LargeBinary,
        info={**SEALED_REFRESH.info, **personal("secret", "asking whether the account goes on", _SESSION_KEPT)},
    )
    has_refresh: Mapped[bool] = mapped_column(Boolean)
    checked_at: Mapped[datetime]
    next_check_at: Mapped[datetime] = mapped_column(index=True)
    failing_since: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer)


class SignInStartRow(Base):
    """One browser on its way: the answer is taken once, from the browser that holds the cookie, before ``expires_at``.

    ``purpose`` is ``sign_in`` or ``test``; a test keeps what it showed, for who began it (``tested_by``).
    """

    __tablename__ = "sign_in_starts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    provider_id: Mapped[str] = mapped_column(String(64), ForeignKey("sign_in_providers.id"), index=True)
    state_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), unique=True, info=personal("secret", "coming back from a provider", _START_KEPT)
    )
    secret_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), info=personal("secret", "coming back from a provider", _START_KEPT)
    )
    purpose: Mapped[str] = mapped_column(String(16))
    tested_by: Mapped[str] = mapped_column(String(64), info=whose("delete"))
    return_path: Mapped[str] = mapped_column(String(2000))
    redirect_uri: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None] = mapped_column(
        Json, info=personal("text", "showing what a test sign-in said", _START_KEPT)
    )


class UsedProofRow(Base):
    """A proof (a SAML assertion) that was taken: no replica takes it again before nobody would any more."""

    __tablename__ = "used_proofs"

    proof_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    provider_id: Mapped[str] = mapped_column(String(64), ForeignKey("sign_in_providers.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
