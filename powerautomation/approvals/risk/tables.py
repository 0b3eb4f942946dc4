"""The own rules of organizations."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, Json, whose


class ApprovalRulesRow(Base):
    """An organization's own rules, as :class:`own.OwnRules` says; no row before the first change."""

    __tablename__ = "approval_rules"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_by: Mapped[str] = mapped_column(String(64), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    changed_at: Mapped[datetime]
