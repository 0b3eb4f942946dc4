"""Second factors of people. The secret of an authenticator app is sealed; of a recovery code only a hash is stored."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import Base, personal, whose

SEALED_SECRET = SealedColumn("totp_factors", "secret", ("user_id",))


_PURPOSE, _KEPT = "the second step of signing in", "until it is removed, and no longer than the person"


class TotpFactorRow(Base):
    """The authenticator app of one person. It counts once ``confirmed_at`` is set.

    ``last_step`` is the time step of the last code that was accepted: none up to it is accepted again.
    """

    __tablename__ = "totp_factors"

    user_id: Mapped[str] = mapped_column(String(64), ForeignKey("users.id"), primary_key=True, info=whose())
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_SECRET.info | personal("secret", _PURPOSE, _KEPT))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """One recovery code of a person; it is gone once used."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), primary_key=True, info=personal("secret", _PURPOSE, _KEPT)
    )
    user_id: Mapped[str] = mapped_column(String(64), ForeignKey("users.id"), index=True, info=whose())
    organization_id: Mapped[str] = mapped_column(String(64), ForeignKey("organizations.id"), index=True)
    created_at: Mapped[datetime]
