"""The table that tells which program version brought the schema to which revision."""

from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class SchemaHistoryRow(Base):
    """One applied revision; a program older than the schema names the version it needs from here."""

    __tablename__ = "schema_history"

    revision: Mapped[str] = mapped_column(primary_key=True)
    program_version: Mapped[str]
    applied_at: Mapped[str]
