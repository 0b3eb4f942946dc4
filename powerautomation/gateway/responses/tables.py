"""Answers kept for clients of the Responses API."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import Base, personal, whose

SEALED_CONTENT = SealedColumn("gateway_responses", "content", ("api_key_id", "id"))


class GatewayResponseRow(Base):
    """One turn, of the key that asked for it: its own input and its answer, compressed and encrypted in ``content``.
    ``previous_id`` is the answer it went on from, or empty; ``plain_bytes`` is the size of the JSON. Milliseconds since
    the epoch."""

    __tablename__ = "gateway_responses"
    __table_args__ = (
        Index("ix_gateway_responses_expires_ms", "expires_ms"),
        Index("ix_gateway_responses_organization_id_created_ms", "organization_id", "created_ms"),
    )

    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"), primary_key=True)
    api_key_id: Mapped[str] = mapped_column(String(40), primary_key=True, info=whose("delete", key=True))
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    previous_id: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(
        LargeBinary,
        info=SEALED_CONTENT.info
        | personal("content", "previous_response_id", "as gateway.stored_responses_days says, or until it is deleted"),
    )
    plain_bytes: Mapped[int] = mapped_column(BigInteger)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
