"""What is shared with whom."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, whose


class ShareRow(Base):
    """One thing shared with one grantee. ``resource_kind`` is the first word of the thing's permissions;
    ``grantee_id`` is empty for the whole organization."""

    __tablename__ = "shares"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "resource_kind", "resource_id", "grantee_kind", "grantee_id", name="uq_shares_grantee"
        ),
        Index(None, "organization_id", "grantee_kind", "grantee_id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    resource_kind: Mapped[str] = mapped_column(String(40))
    resource_id: Mapped[str] = mapped_column(String(64))
    grantee_kind: Mapped[str] = mapped_column(String(16))
    grantee_id: Mapped[str] = mapped_column(String(64), info=whose("delete"))
    level: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    created_at: Mapped[datetime]
