"""How much an organization may have, where it is not as much as any."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class OrganizationQuotaRow(Base):
    """How much of one resource an organization may have: rows, or bytes of what is stored."""

    __tablename__ = "organization_quotas"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    resource: Mapped[str] = mapped_column(String(40), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
