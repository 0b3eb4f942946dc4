"""The latest comparison of each provider's month."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, Json, UtcDateTime, whose


class ReconciliationRow(Base):
    """A provider's bill of a month against the ledger; ``content`` is a Reconciliation."""

    __tablename__ = "reconciliations"

    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(100), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    status: Mapped[str] = mapped_column(String(10))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    created_by: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
