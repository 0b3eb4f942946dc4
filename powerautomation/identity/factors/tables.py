"""Second factors of accounts, in whichever organizations their people are.

The secret of an authenticator app is sealed; of a recovery code only a hash is stored.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from powerautomation.governance.encryption import SealedColumn
from powerautomation.infrastructure.database import Base, personal, whose

_PASSKEY_KEPT = "until it is removed, or the person is gone"
SEALED_SECRET = SealedColumn("totp_factors", "secret", ("account_id",))


_PURPOSE, _KEPT = "the second step of signing in", "until it is removed, and no longer than the person"


class TotpFactorRow(Base):
    """The authenticator app of one account. It counts once ``confirmed_at`` is set.

    ``last_step`` is the time step of the last code that was accepted: none up to it is accepted again.
    """

    __tablename__ = "totp_factors"

    account_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("accounts.id"), primary_key=True, info=whose("delete", account=True)
    )
    secret: Mapped[bytes] = mapped_column(LargeBinary, info=SEALED_SECRET.info | personal("secret", _PURPOSE, _KEPT))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """One recovery code of an account; it is gone once used."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), primary_key=True, info=personal("secret", _PURPOSE, _KEPT)
    )
    account_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("accounts.id"), index=True, info=whose("delete", account=True)
    )
    created_at: Mapped[datetime]


class PasskeyRow(Base):
    """One passkey: a public key whose private half is in a device of the person. ``sign_count`` only grows."""

    __tablename__ = "passkeys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("accounts.id"), index=True, info=whose("delete", account=True)
    )
    credential_id: Mapped[bytes] = mapped_column(
        LargeBinary(1023), unique=True, info=personal("secret", "signing in with a passkey", _PASSKEY_KEPT)
    )
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2048))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(100), info=personal("text", "telling one's passkeys apart", _PASSKEY_KEPT))
    synced: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class UsedChallengeRow(Base):
    """A challenge that signed somebody in, kept until it would have ended: it works once."""

    __tablename__ = "used_challenges"

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
