"""What identity providers call the people here."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, Json, personal, whose

_KEPT = "until the person is forgotten"


class ScimUserRow(Base):
    """The names one person has at an identity provider. Who was never touched by one has no row; it goes with the
    person, whom people forget who know nothing of SCIM."""

    __tablename__ = "scim_users"
    __table_args__ = (UniqueConstraint("organization_id", "user_name", name="uq_scim_users_organization_id_user_name"),)

    user_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, info=whose("delete")
    )
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    user_name: Mapped[str] = mapped_column(
        String(255), info=personal("address", "being found by an identity provider", _KEPT)
    )
    external_id: Mapped[str] = mapped_column(
        String(255), info=personal("address", "being found by an identity provider", _KEPT), index=True
    )
    updated_at: Mapped[datetime]


class ScimStateRow(Base):
    """How an organization's identity provider fares: with which key it asks, when it last did, and its latest requests
    that were refused, the newest first."""

    __tablename__ = "scim_states"

    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[str] = mapped_column(String(64))
    last_request_at: Mapped[datetime | None]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Json)
