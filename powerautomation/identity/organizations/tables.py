"""The tenants. Every row that belongs to one carries its ``organization_id``."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class OrganizationRow(Base):
    """One tenant; a new installation has one, named "Default", which runs the installation.

    Nobody of an organization that is suspended or deleted signs in, and its keys do not work. A deleted one can be
    brought back for 30 days; ``removed_at``: then all of it went, and only this row and the audit log's end are left.
    """

    __tablename__ = "organizations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    suspended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
