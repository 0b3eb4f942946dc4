"""Learned ratios, one row for each deployment."""

from sqlalchemy import BigInteger, Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base


class TokenRatioRow(Base):
    """What a deployment counts over what is counted here. ``organization_id`` is empty for deployments of the
    configuration, so that it refers to no table. Milliseconds since the epoch."""

    __tablename__ = "token_ratios"
    __table_args__ = (Index("ix_token_ratios_updated_ms", "updated_ms"),)

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    deployment: Mapped[str] = mapped_column(String(300), primary_key=True)
    value: Mapped[float] = mapped_column(Float)
    samples: Mapped[int] = mapped_column(Integer)
    updated_ms: Mapped[int] = mapped_column(BigInteger)
