"""All SQL about second factors."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.factors.tables import PasskeyRow, RecoveryCodeRow, TotpFactorRow, UsedChallengeRow

_CODES = (TotpFactorRow, RecoveryCodeRow)


async def find_totp(session: AsyncSession, account_id: str) -> TotpFactorRow | None:
    """Return an account's authenticator app, confirmed or not."""
    return await session.scalar(
        select(TotpFactorRow).where(TotpFactorRow.account_id == account_id).execution_options(populate_existing=True)
    )


async def replace_totp(session: AsyncSession, row: TotpFactorRow) -> None:
    """Store an account's authenticator app instead of the one there was."""
    await session.execute(delete(TotpFactorRow).where(TotpFactorRow.account_id == row.account_id))
    session.add(row)


async def use_step(session: AsyncSession, account_id: str, step: int) -> bool:
    """Use up the code of a time step; False when it, or a later one, was used before.

    One conditional statement: of any number of simultaneous callers exactly one is told True.
    """
    used = await session.scalar(
        update(TotpFactorRow)
        .where(
            TotpFactorRow.account_id == account_id,
            TotpFactorRow.last_step < step,
        )
        .values(last_step=step)
        .returning(TotpFactorRow.account_id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


async def confirm_totp(session: AsyncSession, account_id: str, moment: datetime) -> None:
    """Let an account's authenticator app count from now on."""
    await session.execute(
        update(TotpFactorRow).where(TotpFactorRow.account_id == account_id).values(confirmed_at=moment)
    )


async def use_recovery_code(session: AsyncSession, account_id: str, code_hash: bytes) -> bool:
    """Use up a recovery code; False when there is none (any more). Of simultaneous callers one is told True."""
    used = await session.scalar(
        delete(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.account_id == account_id,
            RecoveryCodeRow.code_hash == code_hash,
        )
        .returning(RecoveryCodeRow.account_id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


async def replace_recovery_codes(
    session: AsyncSession, account_id: str, hashes: Sequence[bytes], moment: datetime
) -> None:
    """Store new recovery codes of a person; the earlier ones stop working."""
    await session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))
    session.add_all(RecoveryCodeRow(code_hash=one, account_id=account_id, created_at=moment) for one in hashes)


async def count_recovery_codes(session: AsyncSession, account_id: str) -> int:
    """Return how many recovery codes of a person still work."""
    return (
        await session.scalar(
            select(func.count()).select_from(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id)
        )
        or 0
    )


async def list_accounts(session: AsyncSession, account_ids: Collection[str]) -> set[str]:
    """Return which of these accounts have an authenticator app that works, or a passkey."""
    totp = select(TotpFactorRow.account_id).where(
        TotpFactorRow.account_id.in_(account_ids), TotpFactorRow.confirmed_at.is_not(None)
    )
    passkeys = select(PasskeyRow.account_id).where(PasskeyRow.account_id.in_(account_ids))
    return {*await session.scalars(totp), *await session.scalars(passkeys)}


async def delete_codes(session: AsyncSession, account_id: str) -> None:
    """Remove an account's authenticator app and recovery codes."""
    for table in _CODES:
        await session.execute(delete(table).where(table.account_id == account_id))


async def delete_factors(session: AsyncSession, account_id: str) -> None:
    """Remove everything here that belongs to an account."""
    await delete_codes(session, account_id)
    await session.execute(delete(PasskeyRow).where(PasskeyRow.account_id == account_id))


def add_passkey(session: AsyncSession, row: PasskeyRow) -> None:
    """Store a new passkey."""
    session.add(row)


async def list_passkeys(session: AsyncSession, account_id: str) -> list[PasskeyRow]:
    """Return an account's passkeys, the oldest first."""
    rows = await session.scalars(
        select(PasskeyRow).where(PasskeyRow.account_id == account_id).order_by(PasskeyRow.created_at, PasskeyRow.id)
    )
    return list(rows)


async def find_passkey(session: AsyncSession, credential_id: bytes) -> PasskeyRow | None:
    """Return the passkey with the id its device gave it: nobody is known yet."""
    return await session.scalar(select(PasskeyRow).where(PasskeyRow.credential_id == credential_id))


async def count_use(session: AsyncSession, passkey_id: str, known: int, new: int, moment: datetime) -> bool:
    """Note a use of a passkey; False when somebody else used it since its counter was read."""
    counted = await session.scalar(
        update(PasskeyRow)
        .where(PasskeyRow.id == passkey_id, PasskeyRow.sign_count == known)
        .values(sign_count=new, last_used_at=moment)
        .returning(PasskeyRow.id)
        .execution_options(synchronize_session=False)
    )
    return counted is not None


async def rename_passkey(session: AsyncSession, account_id: str, passkey_id: str, name: str) -> bool:
    """Give a person's passkey another name; False when the person has none of that id."""
    renamed = await session.scalar(
        update(PasskeyRow)
        .where(*_own(account_id, passkey_id))
        .values(name=name)
        .returning(PasskeyRow.id)
        .execution_options(synchronize_session=False)
    )
    return renamed is not None


async def delete_passkey(session: AsyncSession, account_id: str, passkey_id: str) -> str | None:
    """Remove a person's passkey; return what it was called, None when the person has none of that id."""
    return await session.scalar(
        delete(PasskeyRow)
        .where(*_own(account_id, passkey_id))
        .returning(PasskeyRow.name)
        .execution_options(synchronize_session=False)
    )


def _own(account_id: str, passkey_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        PasskeyRow.account_id == account_id,
        PasskeyRow.id == passkey_id,
    )


async def use_challenge(session: AsyncSession, challenge_hash: bytes, expires_at: datetime, moment: datetime) -> bool:
    """Use up a challenge; False when it was used before. Of simultaneous callers one is told True."""
    await session.execute(delete(UsedChallengeRow).where(UsedChallengeRow.expires_at < moment))
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    used = await session.scalar(
        insert(UsedChallengeRow)
        .values(challenge_hash=challenge_hash, expires_at=expires_at)
        .on_conflict_do_nothing(index_elements=["challenge_hash"])
        .returning(UsedChallengeRow.challenge_hash)
    )
    return used is not None
