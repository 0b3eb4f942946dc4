"""Groups of identity providers, and who is in them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, whose


class GroupRow(Base):
    """One group. ``name_key`` is its name without case: no two groups of an organization share one."""

    __tablename__ = "scim_groups"
    __table_args__ = (UniqueConstraint("organization_id", "name_key", name="uq_scim_groups_organization_id_name_key"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = mapped_column(String(600))
    external_id: Mapped[str] = mapped_column(String(255), index=True)
    unit_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class GroupPersonRow(Base):
    """Somebody who is in a group. It goes with either."""

    __tablename__ = "scim_group_people"

    group_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("scim_groups.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True, info=whose("delete")
    )
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
