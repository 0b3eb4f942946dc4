"""The roles that organizations made themselves."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, Json


class RoleRow(Base):
    """One custom role of one organization.

    ``base`` is the id of the role it inherits from, predefined or custom, null for none; ``added`` and ``removed`` are
    names of permissions. ``name_key`` is the name in the form in which it is compared.
    """

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("organization_id", "name_key"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(400))
    summary: Mapped[str] = mapped_column(String(300))
    base: Mapped[str | None] = mapped_column(String(64))
    added: Mapped[list[str]] = mapped_column(Json)
    removed: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
