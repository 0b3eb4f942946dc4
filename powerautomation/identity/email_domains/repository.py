"""All SQL about e-mail domains."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.email_domains.tables import EmailDomainRow


async def list_domains(session: AsyncSession, organization_id: str) -> Sequence[EmailDomainRow]:
    """Return the organization's domains, by name."""
    query = select(EmailDomainRow).where(EmailDomainRow.organization_id == organization_id)
    return (await session.scalars(query.order_by(EmailDomainRow.domain))).all()


async def find_domain(session: AsyncSession, organization_id: str, domain_id: str) -> EmailDomainRow | None:
    """Return one domain of the organization."""
    return await session.scalar(
        select(EmailDomainRow).where(EmailDomainRow.organization_id == organization_id, EmailDomainRow.id == domain_id)
    )


async def insert_domain(session: AsyncSession, row: EmailDomainRow) -> bool:
    """Add a domain; False when the organization has it already."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError:
        return False
    return True


async def write_proof(
    session: AsyncSession, row: EmailDomainRow, proven_at: datetime | None, checked_at: datetime
) -> bool:
    """Note what a check showed; False (and nothing noted) when another organization has proven the domain."""
    try:
        async with session.begin_nested():
            row.proven_at, row.checked_at, row.missing_since = proven_at, checked_at, None
            await session.flush()
    except IntegrityError:
        return False
    return True


async def list_due(session: AsyncSession, before: datetime, most: int) -> Sequence[EmailDomainRow]:
    """Return proven domains of all organizations that were last checked before a moment, the longest ago first."""
    query = select(EmailDomainRow).where(EmailDomainRow.proven_at.is_not(None), EmailDomainRow.checked_at < before)
    return (await session.scalars(query.order_by(EmailDomainRow.checked_at).limit(most))).all()


async def note_checked(
    session: AsyncSession, row: EmailDomainRow, moment: datetime, *, missing_since: datetime | None, lapsed: bool
) -> bool:
    """Note what a check by itself showed; False (and nothing noted) when another replica was first."""
    values: dict[str, datetime | None] = {"checked_at": moment, "missing_since": missing_since}
    noted = await session.scalar(
        update(EmailDomainRow)
        .where(
            EmailDomainRow.organization_id == row.organization_id,
            EmailDomainRow.id == row.id,
            EmailDomainRow.checked_at == row.checked_at,
        )
        .values(**values, **({"proven_at": None} if lapsed else {}))
        .returning(EmailDomainRow.id)
        .execution_options(synchronize_session=False)
    )
    return noted is not None


async def delete_domain(session: AsyncSession, organization_id: str, domain_id: str) -> None:
    """Remove a domain of the organization."""
    await session.execute(
        delete(EmailDomainRow).where(EmailDomainRow.organization_id == organization_id, EmailDomainRow.id == domain_id)
    )


async def find_owner(session: AsyncSession, domain: str) -> str | None:
    """Return which organization has proven a domain: of all of them, as nobody is known at the sign-in page."""
    return await session.scalar(
        select(EmailDomainRow.organization_id).where(
            EmailDomainRow.domain == domain, EmailDomainRow.proven_at.is_not(None)
        )
    )
