"""All SQL about second factors."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.factors.tables import RecoveryCodeRow, TotpFactorRow

_TABLES = (TotpFactorRow, RecoveryCodeRow)


async def find_totp(session: AsyncSession, organization_id: str, user_id: str) -> TotpFactorRow | None:
    """Return a person's authenticator app, confirmed or not."""
    return await session.scalar(
        select(TotpFactorRow)
        .where(TotpFactorRow.organization_id == organization_id, TotpFactorRow.user_id == user_id)
        .execution_options(populate_existing=True)
    )


async def replace_totp(session: AsyncSession, row: TotpFactorRow) -> None:
    """Store a person's authenticator app instead of the one there was."""
    await session.execute(
        delete(TotpFactorRow).where(
            TotpFactorRow.organization_id == row.organization_id, TotpFactorRow.user_id == row.user_id
        )
    )
    session.add(row)


async def use_step(session: AsyncSession, organization_id: str, user_id: str, step: int) -> bool:
    """Use up the code of a time step; False when it, or a later one, was used before.

    One conditional statement: of any number of simultaneous callers exactly one is told True.
    """
    used = await session.scalar(
        update(TotpFactorRow)
        .where(
            TotpFactorRow.organization_id == organization_id,
            TotpFactorRow.user_id == user_id,
            TotpFactorRow.last_step < step,
        )
        .values(last_step=step)
        .returning(TotpFactorRow.user_id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


async def confirm_totp(session: AsyncSession, organization_id: str, user_id: str, moment: datetime) -> None:
    """Let a person's authenticator app count from now on."""
    await session.execute(
        update(TotpFactorRow)
        .where(TotpFactorRow.organization_id == organization_id, TotpFactorRow.user_id == user_id)
        .values(confirmed_at=moment)
    )


async def use_recovery_code(session: AsyncSession, organization_id: str, user_id: str, code_hash: bytes) -> bool:
    """Use up a recovery code; False when there is none (any more). Of simultaneous callers one is told True."""
    used = await session.scalar(
        delete(RecoveryCodeRow)
        .where(
            RecoveryCodeRow.organization_id == organization_id,
            RecoveryCodeRow.user_id == user_id,
            RecoveryCodeRow.code_hash == code_hash,
        )
        .returning(RecoveryCodeRow.user_id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


async def replace_recovery_codes(
    session: AsyncSession, organization_id: str, user_id: str, hashes: Sequence[bytes], moment: datetime
) -> None:
    """Store new recovery codes of a person; the earlier ones stop working."""
    await session.execute(
        delete(RecoveryCodeRow).where(
            RecoveryCodeRow.organization_id == organization_id, RecoveryCodeRow.user_id == user_id
        )
    )
    session.add_all(
        RecoveryCodeRow(code_hash=one, user_id=user_id, organization_id=organization_id, created_at=moment)
        for one in hashes
    )


async def count_recovery_codes(session: AsyncSession, organization_id: str, user_id: str) -> int:
    """Return how many recovery codes of a person still work."""
    return (
        await session.scalar(
            select(func.count())
            .select_from(RecoveryCodeRow)
            .where(RecoveryCodeRow.organization_id == organization_id, RecoveryCodeRow.user_id == user_id)
        )
        or 0
    )


async def delete_factors(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Remove everything here that belongs to a person."""
    for table in _TABLES:
        await session.execute(delete(table).where(table.organization_id == organization_id, table.user_id == user_id))
