"""All SQL of sign-in policies."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.identity.sign_in_policies.tables import SignInPolicyRow


async def find_policy(session: AsyncSession, organization_id: str, *, hold: bool = False) -> SignInPolicyRow | None:
    """Return the organization's policy, with ``hold`` locked until the unit of work ends."""
    query = select(SignInPolicyRow).where(SignInPolicyRow.organization_id == organization_id)
    return await session.scalar(query.with_for_update() if hold else query)


def add_policy(session: AsyncSession, row: SignInPolicyRow) -> None:
    """Create a policy."""
    session.add(row)
