"""Who signs in, and the people of an organization."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from powerautomation.infrastructure.database import Base, personal, whose
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id

_KEPT = "until 30 days after the person is deleted"


_ACCOUNT_KEPT = "until 30 days after the person is deleted from the last organization"


class AccountRow(Base):
    """Somebody who signs in, whichever organizations the person is in; belongs to no tenant.

    ``email`` is what the person signs in with, null without a password. ``password_hash`` is an argon2id string, null
    for whoever signs in another way. ``last_user_id``: the membership that was opened last. ``is_shared``: the account
    is of several organizations, so that the administrators of one must not change it.
    """

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, info=whose("delete", account=True))
    email: Mapped[str | None] = mapped_column(
        String(254), unique=True, info=personal("address", "signing in", _ACCOUNT_KEPT)
    )
    password_hash: Mapped[str | None] = mapped_column(String(255), info=personal("secret", "signing in", _ACCOUNT_KEPT))
    password_set_at: Mapped[datetime | None]
    last_user_id: Mapped[str | None] = mapped_column(
        String(64), info=personal("secret", "opening the organization that was used last", _ACCOUNT_KEPT)
    )
    is_shared: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class UserRow(Base):
    """One person in one organization; what the person signs in with is the ``account``'s.

    ``email`` is the address under which the organization knows the person, kept in the form in which it is compared
    (see ``rules.canonical_email``); it is null until the first administrator has chosen one; a deleted person's may be
    used again. ``accepted_at`` is null while an invitation waits; ``deleted_at`` is set for 30 days. ``kind`` is
    ``person`` or ``service``: a service account has no account and never signs in; ``owner_id`` is who answers for it.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index(
            "uq_users_email",
            "organization_id",
            "email",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "uq_users_account",
            "account_id",
            "organization_id",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_users_deleted_at", "deleted_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True, info=whose("delete"))
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    email: Mapped[str | None] = mapped_column(
        String(254), info=personal("address", "signing in, and being found", _KEPT)
    )
    name: Mapped[str] = mapped_column(String(200), info=personal("name", "being recognised by others", _KEPT))
    role: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(35), info=personal("text", "the console's language", _KEPT))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(16), default="person")
    owner_id: Mapped[str | None] = mapped_column(
        String(64), info=whose("keep", "a service account outlives who answered for it")
    )
    account_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("accounts.id"), index=True)

    account: Mapped[AccountRow | None] = relationship(lazy="joined")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        # Every person comes with an account, until an invitation is accepted by one that exists.
        if self.kind != "service" and self.account_id is None and self.account is None:
            self.account = AccountRow(id=new_id("acc"), created_at=now())
