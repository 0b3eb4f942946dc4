"""What flags need to know of people and organizations, from the floors above them."""

from typing import Any

from powerautomation.governance.flags import Person
from powerautomation.identity.organizations import FIRST_ORGANIZATION_ID
from powerautomation.identity.users import UserNotFound, get_user, list_user_names


class FlagPeople:
    """Fits the port of the flags."""

    async def find(self, session: Any, organization_id: str, user_id: str) -> Person | None:
        """Return a person of the organization."""
        try:
            user = await get_user(session, organization_id, user_id)
        except UserNotFound:
            return None
        return Person(user.id, user.name, user.email, user.role)

    async def names(self, session: Any, organization_id: str, user_ids: set[str]) -> dict[str, str]:
        """Return what to call people, by id."""
        return await list_user_names(session, organization_id, user_ids)

    def runs_installation(self, organization_id: str) -> bool:
        """Say whether the organization is the one the installation began with."""
        return organization_id == FIRST_ORGANIZATION_ID
