"""The tenants. Every row that belongs to one carries its ``organization_id``."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class OrganizationRow(Base):
    """One tenant; a new installation has one, named "Default"."""

    __tablename__ = "organizations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
