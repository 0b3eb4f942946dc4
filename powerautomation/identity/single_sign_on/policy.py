"""Switching passwords off for an organization, and never so that everybody is locked out."""

from dataclasses import dataclass

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.factors import needs_code
from powerautomation.identity.roles import load_role
from powerautomation.identity.sign_in_policies import SignInPolicy, read_policy, write_policy
from powerautomation.identity.single_sign_on import repository
from powerautomation.identity.single_sign_on.errors import LockedOut
from powerautomation.identity.single_sign_on.repository import AsyncSession
from powerautomation.identity.users import User, UserNotFound, get_user, list_users

MOST_BREAK_GLASS = 10
MOST_LOOKED_AT = 200
_NEEDED = "single_sign_on:write"


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy as it is shown: who is named, who could be, and whether a provider has proved that it works."""

    policy: SignInPolicy
    named: tuple[User, ...]
    candidates: tuple[User, ...]
    provider_works: bool


async def get_policy(session: AsyncSession, actor: SignedInUser) -> PolicyView:
    """Return how people of the organization may sign in."""
    owner = actor.principal.organization_id
    policy = await read_policy(session, owner)
    people = await list_users(session, owner, state="active", most=MOST_LOOKED_AT)
    candidates = [one for one in people if await _can_break_glass(session, one)]
    named = [user for user in [await _find(session, owner, one) for one in policy.break_glass] if user is not None]
    return PolicyView(policy, tuple(named), tuple(candidates), await _works(session, owner, without=""))


async def set_policy(session: AsyncSession, actor: SignedInUser, policy: SignInPolicy) -> PolicyView:
    """Switch passwords on or off. Raises LockedOut, for off, unless a provider works and everybody named gets in by a
    password with a second factor and may undo it."""
    owner = actor.principal.organization_id
    before = await read_policy(session, owner)
    policy = SignInPolicy(policy.passwords, tuple(dict.fromkeys(policy.break_glass))[:MOST_BREAK_GLASS])
    if not policy.passwords:
        if not await _works(session, owner, without=""):
            raise LockedOut(
                "Nobody has signed in by a provider that is switched on, so passwords stay.",
                action="Sign in by the provider once. Then switch passwords off.",
            )
        named = [await _find(session, owner, one) for one in policy.break_glass]
        if not named:
            raise _not_named("Name at least one administrator who keeps the password.")
        for user in named:
            if user is None or not await _can_break_glass(session, user):
                raise _not_named(
                    "Everybody named needs a password, an authenticator app, and a role that may change providers."
                )
    await write_policy(session, owner, policy)
    target = audit.Target("sign_in_policy", "")
    audit.record(
        session, actor.principal, "single_sign_on.set_policy", target, before=_state(before), after=_state(policy)
    )
    return await get_policy(session, actor)


async def check_way_stays(session: AsyncSession, organization_id: str, provider_id: str) -> None:
    """Keep the last provider that works while passwords are off. Raises LockedOut."""
    policy = await read_policy(session, organization_id)
    if not policy.passwords and not await _works(session, organization_id, without=provider_id):
        raise LockedOut(
            "Passwords are switched off, and nobody could sign in without this provider.",
            action="Switch passwords on first.",
        )


async def _works(session: AsyncSession, organization_id: str, *, without: str) -> bool:
    """Say whether somebody has come by a provider that is switched on."""
    counts = await repository.count_identities(session, organization_id)
    rows = await repository.list_providers(session, organization_id)
    return any(row.enabled and counts.get(row.id, 0) > 0 for row in rows if row.id != without)


async def _can_break_glass(session: AsyncSession, user: User) -> bool:
    if user.state != "active" or user.kind != "person" or not user.has_password:
        return False
    role = await load_role(session, user.organization_id, user.role)
    return _NEEDED in role.permissions and await needs_code(session, user)


async def _find(session: AsyncSession, organization_id: str, user_id: str) -> User | None:
    try:
        return await get_user(session, organization_id, user_id)
    except UserNotFound:
        return None


def _state(policy: SignInPolicy) -> dict[str, object]:
    return {"passwords": policy.passwords, "break_glass": list(policy.break_glass)}


def _not_named(message: str) -> LockedOut:
    return LockedOut(
        "Passwords stay: nobody would get in when the provider is down.",
        action=message,
        fields={"break_glass": message},
    )
