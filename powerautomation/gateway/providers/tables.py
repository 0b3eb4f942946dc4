"""Providers and deployments added in the console. What the configuration file declares is not stored here."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import MADE_FOR_THE_ORGANIZATION, Base, Json, UtcDateTime, whose

SEALED_API_KEY = SealedColumn("providers", "api_key_ciphertext")


class ProviderRow(Base):
    """One upstream account of an organization. The key is encrypted; ``key_hint`` are its last four characters."""

    __tablename__ = "providers"
    __table_args__ = (Index("ix_providers_organization_id_name", "organization_id", "name"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column(String(100))
    preset: Mapped[str] = mapped_column(String(40))
    dialect: Mapped[str] = mapped_column(String(40))
    base_url: Mapped[str] = mapped_column(String(500))
    api_key_ciphertext: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_API_KEY.info)
    key_hint: Mapped[str] = mapped_column(String(8))
    requests_per_second: Mapped[int | None] = mapped_column(Integer)
    created_by: Mapped[str] = mapped_column(String(40), info=whose("keep", MADE_FOR_THE_ORGANIZATION))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProviderDeploymentRow(Base):
    """One model at one provider, under the public model name clients and routes use."""

    __tablename__ = "provider_deployments"
    __table_args__ = (Index("ix_provider_deployments_organization_id_provider_id", "organization_id", "provider_id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"))
    provider_id: Mapped[str] = mapped_column(String(40), ForeignKey("providers.id"))
    public_model: Mapped[str] = mapped_column(String(200))
    model: Mapped[str] = mapped_column(String(200))
    family: Mapped[str | None] = mapped_column(String(60))
    price: Mapped[dict[str, Any] | None] = mapped_column(Json)
    position: Mapped[int] = mapped_column(Integer)
    enabled: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
