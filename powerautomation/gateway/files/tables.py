"""Files that clients uploaded to refer to them in prompts."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import Base, personal, whose

SEALED_CONTENT = SealedColumn("gateway_files", "content")


_PURPOSE, _KEPT = "files named in prompts", "as gateway.stored_files_days says, or until it is deleted"


class GatewayFileRow(Base):
    """One file, encrypted in ``content``; ``size_bytes`` and ``sha256`` (hexadecimal) are of the file itself.

    ``is_whole`` is false while a client still sends it in parts. Seen by the key that sent it, and by the keys of its
    ``project`` when that is not empty. Milliseconds since the epoch.
    """

    __tablename__ = "gateway_files"
    __table_args__ = (
        Index("ix_gateway_files_expires_ms", "expires_ms"),
        Index("ix_gateway_files_organization_id_created_ms", "organization_id", "created_ms"),
    )

    organization_id: Mapped[str] = mapped_column(String(40), ForeignKey("organizations.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    api_key_id: Mapped[str] = mapped_column(String(40), info=whose("delete", key=True))
    project: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(255), info=personal("text", _PURPOSE, _KEPT))
    media_type: Mapped[str] = mapped_column(String(100))
    purpose: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_CONTENT.info | personal("content", _PURPOSE, _KEPT))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    is_whole: Mapped[bool] = mapped_column(Boolean)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    expires_ms: Mapped[int] = mapped_column(BigInteger)
