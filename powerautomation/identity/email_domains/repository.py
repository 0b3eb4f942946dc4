"""All SQL about e-mail domains."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
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
            row.proven_at, row.checked_at = proven_at, checked_at
            await session.flush()
    except IntegrityError:
        return False
    return True


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
