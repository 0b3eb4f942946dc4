"""The one row that ties a database to its secret key."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class InstallationRow(Base):
    """Which key this database is sealed with; ``id`` is always 1."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_fingerprint: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)
