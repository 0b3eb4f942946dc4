"""E-mail domains of organizations."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base

_PROVEN = text("proven_at IS NOT NULL")


class EmailDomainRow(Base):
    """A domain an organization calls its own; ``proven_at`` says since when that is proven. Of all organizations one at
    most has proven a domain. ``missing_since``: a check by itself has not
    found the proof since. ``token`` is what its web server must show: it is meant for everybody."""

    __tablename__ = "email_domains"
    __table_args__ = (
        UniqueConstraint("organization_id", "domain", name="uq_email_domains_organization_id_domain"),
        Index("uq_email_domains_proven", "domain", unique=True, postgresql_where=_PROVEN, sqlite_where=_PROVEN),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    domain: Mapped[str] = mapped_column(String(253))
    token: Mapped[str] = mapped_column(String(64))
    proven_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    missing_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
