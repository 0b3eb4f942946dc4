"""From the groups somebody is in to a role: by the rules of the sign-in providers, whose groups they are.

A rule that reads groups fits by the group's name or by the provider's own id of it, as claims of a sign-in do. So both
ways lead to one role, whichever comes first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from powerautomation.identity.access import SignedInUser
from powerautomation.identity.groups import Group, GroupRef, names_of
from powerautomation.identity.people import change_person, check_role
from powerautomation.identity.scim.repository import AsyncSession
from powerautomation.identity.single_sign_on import GroupRules, list_bindings, load_group_rules
from powerautomation.identity.users import UserNotFound, get_user

FALLBACK_ROLE = "guest"


@dataclass(frozen=True, slots=True)
class Given:
    """A role that groups lead to, and what somebody gets whose groups lead to none any more."""

    role: str
    otherwise: str


def given_by(providers: Sequence[GroupRules], bound: Collection[str], groups: Iterable[GroupRef]) -> Given | None:
    """Return the role that groups lead to, or None. The providers somebody is bound to decide; of who is bound to none
    all that are switched on, the oldest first."""
    told = {name for one in groups for name in (one.name, one.external_id) if name}
    for provider in providers:
        if (provider.provider_id in bound) if bound else provider.enabled:
            for rule in provider.rules:
                if rule.value in told:
                    return Given(rule.role, provider.default_role or FALLBACK_ROLE)
    return None


def roles_of(providers: Sequence[GroupRules], group: Group | GroupRef) -> list[tuple[str, str]]:
    """Return every role a group may lead to, with the name of the provider whose rule says so."""
    names = {group.name, group.external_id} - {""}
    return [(rule.role, one.provider_name) for one in providers for rule in one.rules if rule.value in names]


class Granting:
    """The roles people have by their groups before a change and after it."""

    def __init__(self, actor: SignedInUser, providers: list[GroupRules], bound: Mapping[str, set[str]]) -> None:
        self._actor, self._providers, self._bound = actor, providers, bound
        self._before: dict[str, Given | None] = {}

    @staticmethod
    async def begin(session: AsyncSession, actor: SignedInUser, user_ids: Sequence[str]) -> "Granting":
        """Note what these people have by their groups now."""
        owner = actor.principal.organization_id
        providers = await load_group_rules(session, owner)
        made = Granting(actor, providers, await list_bindings(session, owner, user_ids))
        made._before = await made._now(session, user_ids)
        return made

    async def check_group(self, session: AsyncSession, group: Group | GroupRef) -> None:
        """Raise unless the actor may give every role that a group may lead to, today or at a sign-in: who puts people
        into groups gives what the groups give. Raises RoleAboveYours, ConfirmationNeeded, PersonNeeded."""
        for role, _provider in sorted(set(roles_of(self._providers, group))):
            await check_role(session, self._actor, role)

    async def settle(self, session: AsyncSession) -> None:
        """Give everybody the role their groups lead to now; who has lost the last one gets the provider's default role.
        Raises what ``change_person`` raises."""
        owner = self._actor.principal.organization_id
        for user_id, given in (await self._now(session, list(self._before))).items():
            before = self._before[user_id]
            role = given.role if given is not None else before.otherwise if before is not None else ""
            if not role:
                continue
            try:
                user = await get_user(session, owner, user_id)
            except UserNotFound:
                continue
            if user.role != role:
                await change_person(session, self._actor, user_id, role=role)

    def decides(self, user_id: str) -> bool:
        """Say whether groups led to somebody's role when this began."""
        return self._before.get(user_id) is not None

    async def _now(self, session: AsyncSession, user_ids: Sequence[str]) -> dict[str, Given | None]:
        groups = await names_of(session, self._actor.principal.organization_id, user_ids)
        return {one: given_by(self._providers, self._bound.get(one, ()), groups.get(one, ())) for one in user_ids}
