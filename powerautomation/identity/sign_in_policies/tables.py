"""What an organization decided about passwords at the door."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, Json


class SignInPolicyRow(Base):
    """The policy of one organization; without a row everybody may sign in with a password."""

    __tablename__ = "sign_in_policies"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    passwords: Mapped[bool] = mapped_column(Boolean)
    break_glass: Mapped[list[str]] = mapped_column(Json)
    updated_at: Mapped[datetime]
