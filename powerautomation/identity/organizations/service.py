"""What can be done with organizations."""

from powerautomation.identity.organizations import repository
from powerautomation.identity.organizations.entities import Organization
from powerautomation.identity.organizations.errors import OrganizationNotFound
from powerautomation.identity.organizations.repository import AsyncSession

# Fixed, so that replicas that start together on an empty database make one organization and not one each.
FIRST_ORGANIZATION_ID = "org_default"
FIRST_ORGANIZATION_NAME = "Default"


async def ensure_first_organization(session: AsyncSession) -> tuple[Organization, bool]:
    """Return the oldest organization, creating "Default" in an empty installation; the flag says whether it was made
    in this unit of work."""
    row = await repository.find_oldest(session)
    if row is not None:
        return Organization(row.id, row.name), False
    created = await repository.insert_if_absent(session, FIRST_ORGANIZATION_ID, FIRST_ORGANIZATION_NAME)
    return Organization(FIRST_ORGANIZATION_ID, FIRST_ORGANIZATION_NAME), created


async def get_organization(session: AsyncSession, organization_id: str) -> Organization:
    """Return one organization; raises OrganizationNotFound."""
    row = await repository.find_row(session, organization_id)
    if row is None:
        raise OrganizationNotFound("There is no such organization.")
    return Organization(row.id, row.name)
