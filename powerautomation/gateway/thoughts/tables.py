"""Thoughts kept for clients whose format cannot carry them."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import Base, personal

SEALED_CONTENT = SealedColumn("gateway_thoughts", "content")


class GatewayThoughtRow(Base):
    """What belongs to one turn, encrypted in ``content``. ``id`` is a keyed hash of what the client keeps of the turn:
    the id of its first call, or its words and place. Milliseconds since the epoch."""

    __tablename__ = "gateway_thoughts"
    __table_args__ = (
        Index("ix_gateway_thoughts_expires_ms", "expires_ms"),
        Index("ix_gateway_thoughts_organization_id_created_ms", "organization_id", "created_ms"),
    )

    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    content: Mapped[bytes] = mapped_column(
        LargeBinary,
        info=SEALED_CONTENT.info
        | personal(
            "content",
            "conversations that change model",
            "as gateway.kept_thoughts_days says",
            "keep",
            "it says nowhere whose it is",
        ),
    )
    created_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
