"""The gateway keys of an organization. The key itself is not stored: its HMAC and its last four characters are."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, Json, personal, whose

# Of a random key, which says nothing of a person.
_REVOKED = "a revoked key must be known for one, and a shared one goes on working"


class ApiKeyRow(Base):
    """One gateway key; ``created_by_kind`` and ``created_by`` name whom it belongs to, mostly who made it.

    ``scopes`` is null for the whole gateway and nothing else. ``previous_*`` is the secret before the last rotation.
    """

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "organization_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(
        String(100), info=personal("text", "telling one's keys apart", "for ever, revoked ones too", "blank")
    )
    token_hmac: Mapped[bytes] = mapped_column(
        LargeBinary(32),
        unique=True,
        info=personal("secret", "recognising the key", "for ever, revoked ones too", "keep", _REVOKED),
    )
    hint: Mapped[str] = mapped_column(String(8))
    allowed_models: Mapped[list[str] | None] = mapped_column(Json)
    created_by_kind: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(
        String(64), info=whose("blank", "the ledger says by which key a request came")
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    project: Mapped[str] = mapped_column(String(100), default="")
    tags: Mapped[list[str]] = mapped_column(default=list)
    scopes: Mapped[list[str] | None] = mapped_column(Json)
    rotated_at: Mapped[datetime | None]
    previous_hmac: Mapped[bytes | None] = mapped_column(
        LargeBinary(32),
        unique=True,
        info=personal("secret", "recognising the key", "for ever, revoked ones too", "keep", _REVOKED),
    )
    previous_hint: Mapped[str | None] = mapped_column(String(8))
    previous_expires_at: Mapped[datetime | None]
    previous_last_used_at: Mapped[datetime | None]
