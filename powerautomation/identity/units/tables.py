"""The tree of companies, departments and teams below an organization, and who belongs where."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, whose

_LIVE = text("archived_at IS NULL")


class UnitRow(Base):
    """One unit. ``parent_id`` is empty right under the organization, so that names are single there too; ``name_key``
    is the name as it is compared."""

    __tablename__ = "units"
    __table_args__ = (
        Index(
            "uq_units_name",
            "organization_id",
            "parent_id",
            "name_key",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    parent_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(400))
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class UnitPersonRow(Base):
    """A person belongs to a unit; ``is_primary`` is true for one unit of each person, ``manages`` for managers."""

    __tablename__ = "unit_people"

    unit_id: Mapped[str] = mapped_column(String(64), ForeignKey("units.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("users.id"), primary_key=True, index=True, info=whose("delete")
    )
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    is_primary: Mapped[bool] = mapped_column(Boolean)
    manages: Mapped[bool] = mapped_column(Boolean)
