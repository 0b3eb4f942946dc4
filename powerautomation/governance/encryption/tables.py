"""The row that ties a database to its master key, and the data keys wrapped under it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class InstallationRow(Base):
    """Which master key this database is sealed with, since when; ``id`` is always 1."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key_fingerprint: Mapped[str]
    key_since: Mapped[datetime]
    created_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("id = 1", name="single"),)


class DataKeyRow(Base):
    """One key, wrapped under the master key. ``id``: 8 hexadecimal digits; ``purpose``: ``data`` or ``derivation``;
    ``state``: ``active``, ``decrypt_only`` or ``retired``. Without ``activated_at`` it is published only."""

    __tablename__ = "data_keys"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        # Two rotations at once agree on one new key, and there is never more than one that writes.
        Index(
            "uq_data_keys_active",
            "purpose",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "uq_data_keys_published",
            "purpose",
            unique=True,
            sqlite_where=text("activated_at IS NULL"),
            postgresql_where=text("activated_at IS NULL"),
        ),
    )
