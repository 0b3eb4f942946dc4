"""What signing in asks about an organization's policy, and how it is changed."""

from powerautomation.identity.sign_in_policies import repository
from powerautomation.identity.sign_in_policies.entities import SignInPolicy
from powerautomation.identity.sign_in_policies.repository import AsyncSession
from powerautomation.identity.sign_in_policies.tables import SignInPolicyRow
from powerautomation.kernel.clock import now


async def read_policy(session: AsyncSession, organization_id: str) -> SignInPolicy:
    """Return the organization's policy; one that was never set lets everybody use a password."""
    row = await repository.find_policy(session, organization_id)
    return SignInPolicy() if row is None else SignInPolicy(row.passwords, tuple(row.break_glass))


async def write_policy(session: AsyncSession, organization_id: str, policy: SignInPolicy) -> None:
    """Set the organization's policy. Who calls it has looked whether anybody still gets in."""
    row = await repository.find_policy(session, organization_id, hold=True)
    if row is None:
        row = SignInPolicyRow(organization_id=organization_id)
        repository.add_policy(session, row)
    row.passwords, row.break_glass, row.updated_at = policy.passwords, list(policy.break_glass), now()
