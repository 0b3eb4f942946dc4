"""All SQL of single sign-on. A start is found by its state before anybody is known: the state has 256 random bits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.single_sign_on.tables import (
    OutsideIdentityRow,
    ProviderSessionRow,
    SignInProviderRow,
    SignInStartRow,
    UsedProofRow,
)


async def list_enabled(session: AsyncSession, most: int) -> Sequence[SignInProviderRow]:
    """Return the providers of all organizations that the sign-in page offers: nobody is known there yet."""
    query = select(SignInProviderRow).where(SignInProviderRow.enabled.is_(True))
    found = await session.scalars(query.order_by(SignInProviderRow.created_at, SignInProviderRow.id).limit(most))
    return found.all()


async def list_enabled_of(session: AsyncSession, kinds: Sequence[str], most: int) -> Sequence[SignInProviderRow]:
    """Return the providers of some kinds, of all organizations, that are switched on."""
    query = select(SignInProviderRow).where(SignInProviderRow.enabled.is_(True), SignInProviderRow.kind.in_(kinds))
    return (await session.scalars(query.order_by(SignInProviderRow.id).limit(most))).all()


async def note_checked(session: AsyncSession, organization_id: str, provider_id: str, moment: datetime) -> None:
    """Note that a provider was asked about its people and answered."""
    await session.execute(
        update(SignInProviderRow)
        .where(SignInProviderRow.organization_id == organization_id, SignInProviderRow.id == provider_id)
        .values(checked_at=moment)
    )


async def list_identities(
    session: AsyncSession, organization_id: str, provider_id: str, after: str, most: int
) -> Sequence[OutsideIdentityRow]:
    """Return whom a provider vouched for, by id: at most ``most`` after the one with the id ``after``."""
    query = select(OutsideIdentityRow).where(
        OutsideIdentityRow.organization_id == organization_id,
        OutsideIdentityRow.provider_id == provider_id,
        OutsideIdentityRow.id > after,
    )
    return (await session.scalars(query.order_by(OutsideIdentityRow.id).limit(most))).all()


async def find_enabled(session: AsyncSession, provider_id: str) -> SignInProviderRow | None:
    """Return a provider that is switched on, of whichever organization."""
    query = select(SignInProviderRow).where(SignInProviderRow.id == provider_id, SignInProviderRow.enabled.is_(True))
    return await session.scalar(query)


async def find_of_kind(session: AsyncSession, provider_id: str, kind: str) -> SignInProviderRow | None:
    """Return a provider of a protocol, of whichever organization: its id has 128 random bits."""
    query = select(SignInProviderRow).where(SignInProviderRow.id == provider_id, SignInProviderRow.kind == kind)
    return await session.scalar(query)


async def list_providers(session: AsyncSession, organization_id: str) -> Sequence[SignInProviderRow]:
    """Return an organization's providers, the oldest first."""
    query = select(SignInProviderRow).where(SignInProviderRow.organization_id == organization_id)
    return (await session.scalars(query.order_by(SignInProviderRow.created_at, SignInProviderRow.id))).all()


async def find_provider(session: AsyncSession, organization_id: str, provider_id: str) -> SignInProviderRow | None:
    """Return one provider of the organization, locked until the unit of work ends."""
    return await session.scalar(
        select(SignInProviderRow)
        .where(SignInProviderRow.organization_id == organization_id, SignInProviderRow.id == provider_id)
        .with_for_update()
    )


async def read_provider(session: AsyncSession, organization_id: str, provider_id: str) -> SignInProviderRow | None:
    """Return one provider of the organization."""
    return await session.scalar(
        select(SignInProviderRow).where(
            SignInProviderRow.organization_id == organization_id, SignInProviderRow.id == provider_id
        )
    )


def add_row(session: AsyncSession, row: SignInProviderRow | SignInStartRow | ProviderSessionRow) -> None:
    """Create a provider, a start or a session at a provider."""
    session.add(row)


async def delete_provider(session: AsyncSession, organization_id: str, provider_id: str) -> None:
    """Remove a provider with the identities it vouched for and the browsers on their way to it."""
    await forget_identities(session, organization_id, provider_id)
    for table, column in (
        (SignInStartRow, SignInStartRow.provider_id),
        (UsedProofRow, UsedProofRow.provider_id),
        (ProviderSessionRow, ProviderSessionRow.provider_id),
        (SignInProviderRow, SignInProviderRow.id),
    ):
        await session.execute(delete(table).where(table.organization_id == organization_id, column == provider_id))


async def forget_identities(session: AsyncSession, organization_id: str, provider_id: str) -> None:
    """Unbind everybody from a provider."""
    await session.execute(
        delete(OutsideIdentityRow).where(
            OutsideIdentityRow.organization_id == organization_id, OutsideIdentityRow.provider_id == provider_id
        )
    )


async def count_identities(session: AsyncSession, organization_id: str) -> dict[str, int]:
    """Return how many people each provider of the organization vouched for."""
    query = select(OutsideIdentityRow.provider_id, func.count()).where(
        OutsideIdentityRow.organization_id == organization_id
    )
    found = await session.execute(query.group_by(OutsideIdentityRow.provider_id))
    return {row[0]: row[1] for row in found}


async def find_identity(
    session: AsyncSession, organization_id: str, provider_id: str, subject: str
) -> OutsideIdentityRow | None:
    """Return whom a subject of a provider is bound to."""
    return await session.scalar(
        select(OutsideIdentityRow).where(
            OutsideIdentityRow.organization_id == organization_id,
            OutsideIdentityRow.provider_id == provider_id,
            OutsideIdentityRow.subject == subject,
        )
    )


async def has_identity(session: AsyncSession, organization_id: str, provider_id: str, user_id: str) -> bool:
    """Say whether a person is bound to a provider already, by whichever subject."""
    query = select(OutsideIdentityRow.id).where(
        OutsideIdentityRow.organization_id == organization_id,
        OutsideIdentityRow.provider_id == provider_id,
        OutsideIdentityRow.user_id == user_id,
    )
    return await session.scalar(query.limit(1)) is not None


async def list_bindings(session: AsyncSession, organization_id: str, user_ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the ids of the providers that vouched for each of these people."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(user_ids), 500):
        rows = await session.execute(
            select(OutsideIdentityRow.user_id, OutsideIdentityRow.provider_id).where(
                OutsideIdentityRow.organization_id == organization_id,
                OutsideIdentityRow.user_id.in_(user_ids[start : start + 500]),
            )
        )
        for user_id, provider_id in rows:
            found.setdefault(user_id, set()).add(provider_id)
    return found


async def insert_once(session: AsyncSession, row: OutsideIdentityRow | UsedProofRow) -> bool:
    """Bind a person, or use a proof up; False (and nothing written) when that subject or proof is there already."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def use_start(session: AsyncSession, state_hash: bytes, moment: datetime) -> SignInStartRow | None:
    """Take a start, once: of simultaneous tries one gets it. None when it is unknown, used or too old."""
    used = await session.scalar(
        update(SignInStartRow)
        .where(
            SignInStartRow.state_hash == state_hash,
            SignInStartRow.used_at.is_(None),
            SignInStartRow.expires_at > moment,
        )
        .values(used_at=moment)
        .returning(SignInStartRow.id)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        return None
    return await session.scalar(
        select(SignInStartRow).where(SignInStartRow.id == used).execution_options(populate_existing=True)
    )


async def write_report(session: AsyncSession, organization_id: str, start_id: str, report: dict[str, Any]) -> None:
    """Keep what a test sign-in showed."""
    await session.execute(
        update(SignInStartRow)
        .where(SignInStartRow.organization_id == organization_id, SignInStartRow.id == start_id)
        .values(report=report)
    )


async def find_test(session: AsyncSession, organization_id: str, start_id: str, user_id: str) -> SignInStartRow | None:
    """Return a test sign-in somebody began."""
    return await session.scalar(
        select(SignInStartRow).where(
            SignInStartRow.organization_id == organization_id,
            SignInStartRow.id == start_id,
            SignInStartRow.purpose == "test",
            SignInStartRow.tested_by == user_id,
        )
    )


async def prune_proofs(session: AsyncSession, before: datetime) -> None:
    """Forget proofs of all organizations that nobody would take any more."""
    await session.execute(delete(UsedProofRow).where(UsedProofRow.expires_at < before))


async def prune_starts(session: AsyncSession, before: datetime) -> None:
    """Forget starts of all organizations that ended before a moment."""
    await session.execute(delete(SignInStartRow).where(SignInStartRow.expires_at < before))


async def due_sessions(session: AsyncSession, moment: datetime, most: int) -> Sequence[ProviderSessionRow]:
    """Return the sessions of all organizations that are to be looked at, the longest due first."""
    query = select(ProviderSessionRow).where(ProviderSessionRow.next_check_at <= moment)
    return (await session.scalars(query.order_by(ProviderSessionRow.next_check_at).limit(most))).all()


async def claim_session(session: AsyncSession, row: ProviderSessionRow, until: datetime) -> bool:
    """Take a session that is due, so that no other replica looks at it before ``until``; False when one has."""
    taken = await session.scalar(
        update(ProviderSessionRow)
        .where(
            ProviderSessionRow.organization_id == row.organization_id,
            ProviderSessionRow.id == row.id,
            ProviderSessionRow.next_check_at == row.next_check_at,
        )
        .values(next_check_at=until)
        .returning(ProviderSessionRow.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


async def write_session(session: AsyncSession, organization_id: str, session_id: str, values: dict[str, Any]) -> None:
    """Note what came of looking at a session."""
    await session.execute(
        update(ProviderSessionRow)
        .where(ProviderSessionRow.organization_id == organization_id, ProviderSessionRow.id == session_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def sessions_of(
    session: AsyncSession, organization_id: str, provider_id: str, subject: str, outside_id: str
) -> Sequence[ProviderSessionRow]:
    """Return the sessions that live by one at a provider: the one of an id, or those of a subject; at most 100."""
    query = select(ProviderSessionRow).where(
        ProviderSessionRow.organization_id == organization_id, ProviderSessionRow.provider_id == provider_id
    )
    if outside_id:
        query = query.where(ProviderSessionRow.outside_id == outside_id)
    if subject:
        query = query.where(ProviderSessionRow.subject == subject)
    return (await session.scalars(query.limit(100))).all()


async def forget_session(session: AsyncSession, organization_id: str, session_id: str) -> None:
    """Forget what a session lives by, with its refresh token."""
    await session.execute(
        delete(ProviderSessionRow).where(
            ProviderSessionRow.organization_id == organization_id, ProviderSessionRow.id == session_id
        )
    )
