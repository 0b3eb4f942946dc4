"""Sessions, one-time links and the memory of failed sign-ins. No token is stored, only its hash."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, personal, whose

_SESSION_KEPT = "until the next sign-in at least 7 days after it ended, and no longer than the person"
_LINK_KEPT = "until the next link at least 7 days after it expired, and no longer than the person"


class SessionRow(Base):
    """One browser that is, or was, signed in.

    ``method`` is ``link`` or ``password``, ``factor`` what the second step was, empty without one; ``confirmed_at`` is
    when the person last proved who it is; ``expires_at`` is the absolute end, the idle end follows from
    ``last_seen_at``.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "user_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), unique=True, info=personal("secret", "staying signed in", _SESSION_KEPT)
    )
    user_id: Mapped[str] = mapped_column(String(64), ForeignKey("users.id"), info=whose("delete"))
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    method: Mapped[str] = mapped_column(String(32))
    factor: Mapped[str] = mapped_column(String(16))
    confirmed_at: Mapped[datetime]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(
        String(300), info=personal("device", "recognising one's own sessions", _SESSION_KEPT)
    )
    ip: Mapped[str] = mapped_column(
        String(64), info=personal("device", "recognising one's own sessions", _SESSION_KEPT)
    )


class SignInLinkRow(Base):
    """One one-time link; it works once, before ``expires_at``, unless a newer link of the same person voided it.

    ``purpose`` is ``sign_in`` or ``invitation``: an invitation signs nobody in before a password is chosen.
    """

    __tablename__ = "sign_in_links"
    __table_args__ = (Index(None, "user_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), unique=True, info=personal("secret", "being invited, and signing in once", _LINK_KEPT)
    )
    user_id: Mapped[str] = mapped_column(String(64), ForeignKey("users.id"), info=whose("delete"))
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    purpose: Mapped[str] = mapped_column(String(16))


class SignInStepRow(Base):
    """A sign-in whose first step (``method``: ``link`` or ``password``) was right and whose second is awaited.

    ``password_set_at`` is the password's version that was right; ``tries`` counts the codes that were sent.
    """

    __tablename__ = "sign_in_steps"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), unique=True, info=personal("secret", "the second step of signing in", "some minutes")
    )
    user_id: Mapped[str] = mapped_column(String(64), ForeignKey("users.id"), index=True, info=whose("delete"))
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    method: Mapped[str] = mapped_column(String(32))
    password_set_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInAttemptRow(Base):
    """Failed sign-ins of one address, or of one account from one address. Belongs to no tenant: nobody is known yet.

    ``key`` is a keyed hash, so that the table tells nobody which accounts were tried from where; ``account`` is
    another, of the account alone, by which an administrator ends the wait; empty where no account is meant.
    """

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    blocked_until: Mapped[datetime]
    last_attempt_at: Mapped[datetime] = mapped_column(index=True)
    account: Mapped[str] = mapped_column(String(64), index=True)
