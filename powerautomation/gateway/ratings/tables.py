"""Ratings, one per request and rater."""

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.infrastructure.database import Base, personal, whose

_KEPT = "with the request it rates"


class RequestRatingRow(Base):
    """One rating: 1 or -1. ``rater_kind`` is user or api_key."""

    __tablename__ = "request_ratings"
    __table_args__ = (Index("ix_request_ratings_organization_id_rated_ms", "organization_id", "rated_ms"),)

    organization_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    rater_id: Mapped[str] = mapped_column(
        String(40),
        primary_key=True,
        info=whose("blank", "what an answer was worth is no person's data; an id that leads to nobody", either=True),
    )
    rater_kind: Mapped[str] = mapped_column(String(10))
    rater_name: Mapped[str] = mapped_column(String(200), info=personal("name", "who rated an answer", _KEPT, "blank"))
    rating: Mapped[int] = mapped_column(Integer)
    comment: Mapped[str] = mapped_column(Text, info=personal("text", "why an answer was good or bad", _KEPT, "blank"))
    rated_ms: Mapped[int] = mapped_column(BigInteger)
