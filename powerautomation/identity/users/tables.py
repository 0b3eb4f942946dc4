"""The people of an organization."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, personal, whose

_KEPT = "until 30 days after the person is deleted"


class UserRow(Base):
    """One person in one organization.

    ``email`` is kept in the form in which it is compared (see ``rules.canonical_email``); it is null until the first
    administrator has chosen one; a deleted person's may be used again. ``password_hash`` is an argon2id string, null
    for whoever signs in another way. ``accepted_at`` is null while an invitation waits; ``deleted_at`` is set for 30
    days. ``kind`` is ``person`` or ``service``: a service account never signs in; ``owner_id`` is who answers for it.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index(
            "uq_users_email",
            "email",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_users_deleted_at", "deleted_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True, info=whose())
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    email: Mapped[str | None] = mapped_column(
        String(254), info=personal("address", "signing in, and being found", _KEPT)
    )
    name: Mapped[str] = mapped_column(String(200), info=personal("name", "being recognised by others", _KEPT))
    role: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(255), info=personal("secret", "signing in", _KEPT))
    password_set_at: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(String(35), info=personal("text", "the console's language", _KEPT))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(16), default="person")
    owner_id: Mapped[str | None] = mapped_column(String(64), info=whose())
