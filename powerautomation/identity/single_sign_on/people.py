"""From claims to a person: found by provider and subject, bound by e-mail where that is promised, or added."""

from dataclasses import dataclass
from typing import Literal

from powerautomation.governance import audit
from powerautomation.identity.access import SYSTEM_ADMIN
from powerautomation.identity.email_domains import owner_of
from powerautomation.identity.factors import needs_code
from powerautomation.identity.groups import names_of
from powerautomation.identity.organizations import has_several_organizations
from powerautomation.identity.roles import load_role
from powerautomation.identity.single_sign_on import repository, rules
from powerautomation.identity.single_sign_on.entities import Claims, SignInProvider
from powerautomation.identity.single_sign_on.errors import EmailRefused, PersonInactive, PersonUnknown, RoleMissing
from powerautomation.identity.single_sign_on.repository import AsyncSession
from powerautomation.identity.single_sign_on.tables import OutsideIdentityRow
from powerautomation.identity.users import (
    EmailInvalid,
    User,
    UserNotFound,
    canonical_email,
    change_user,
    create_user,
    find_user_by_email,
    get_user,
    has_other_system_admin,
    hold_user,
)
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

Way = Literal["known", "linked", "created"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What claims lead to: the role, how the person is found, and the person unless one is still to be added."""

    way: Way
    role: str
    user: User | None


async def judge(session: AsyncSession, provider: SignInProvider, claims: Claims) -> Verdict:
    """Say what claims lead to and change nothing: a test sign-in ends here.

    Raises EmailRefused, RoleMissing, PersonInactive, PersonUnknown.
    """
    rules.check_email(provider, claims)
    identity = await repository.find_identity(session, provider.organization_id, provider.id, claims.subject)
    told = await _groups_of(session, provider, identity.user_id) if identity is not None else ()
    role = rules.role_for(provider, claims, told)
    # A custom role that was removed since is none.
    if not role or not (await load_role(session, provider.organization_id, role)).is_known:
        raise RoleMissing(
            "No rule of the provider gives you a role, and there is none for everybody.",
            action="Ask an administrator to add a rule for one of your groups.",
        )
    if identity is not None:
        try:
            user = await get_user(session, provider.organization_id, identity.user_id)
        except UserNotFound:
            raise _inactive() from None
        if user.is_disabled:
            raise _inactive()
        return Verdict("known", role if provider.rules else user.role, user)
    email = _email_of(claims)
    if email:
        await check_domain(session, provider.organization_id, email)
    owner = await find_user_by_email(session, email, provider.organization_id) if email else None
    if owner is not None:
        await _check_link(session, provider, claims, owner, email)
        return Verdict("linked", owner.role, owner)
    if not provider.creates_people:
        raise PersonUnknown(
            "Nobody here is bound to this account, and the provider does not add people.",
            action="Ask an administrator to invite you.",
        )
    if not email or claims.email_verified is False or (claims.email_verified is None and not provider.email_domains):
        raise EmailRefused(
            "A person is added only with an e-mail address that the provider says is verified.",
            action="Let the provider send email and email_verified; or name the e-mail domains it may speak for.",
        )
    return Verdict("created", role, None)


async def check_domain(session: AsyncSession, organization_id: str, email: str) -> None:
    """Let an organization's provider speak for an address only where the domain is the organization's own: proven by
    it; or, while it is the only one here, proven by nobody. Raises EmailRefused."""
    domain = rules.domain_of(email)
    proven_by = await owner_of(session, domain)
    if proven_by == organization_id or (not proven_by and not await has_several_organizations(session)):
        return
    raise EmailRefused(
        f"The organization has not proven that the domain {domain[:253]} is its own.",
        action="An administrator proves it under Single sign-on, E-mail domains.",
    )


async def admit(session: AsyncSession, provider: SignInProvider, claims: Claims) -> User:
    """Return the person claims belong to, bound, added and given the role they lead to, as far as needed.

    Raises what ``judge`` raises, and NameInvalid, EmailTaken, TooManyUsers for a person that cannot be added.
    """
    verdict = await judge(session, provider, claims)
    owner = provider.organization_id
    system = Principal("system", provider.id, owner, provider.name)
    if verdict.user is None:
        user = await create_user(
            session, owner, name=claims.name or claims.email, email=claims.email, role=verdict.role
        )
        user = await change_user(session, owner, user.id, accepted_at=now())
        state = {"name": user.name, "email": user.email, "role": user.role, "state": user.state}
        audit.record(session, system, "users.create", audit.Target("user", user.id, user.name), after=state)
    else:
        await hold_user(session, owner, verdict.user.id)
        user = await get_user(session, owner, verdict.user.id)
        if user.is_disabled:
            raise _inactive()
    if verdict.way == "known":
        return await _with_role(session, system, user, verdict.role)
    await _bind(session, provider, claims, user)
    if user.accepted_at is None:
        user = await change_user(session, owner, user.id, accepted_at=now())
    target = audit.Target("user", user.id, user.name)
    audit.record(session, system, "single_sign_on.link", target, after={"provider": provider.name})
    return user


async def _with_role(session: AsyncSession, system: Principal, user: User, role: str) -> User:
    """Give a person the role the provider's rules lead to today; the last administrator stays one."""
    if user.role == role:
        return user
    if user.role == SYSTEM_ADMIN and not await has_other_system_admin(session, user.organization_id, user.id):
        return user
    changed = await change_user(session, user.organization_id, user.id, role=role)
    target = audit.Target("user", user.id, user.name)
    audit.record(session, system, "users.update", target, before={"role": user.role}, after={"role": role})
    return changed


async def _bind(session: AsyncSession, provider: SignInProvider, claims: Claims, user: User) -> None:
    moment = now()
    row = OutsideIdentityRow(
        id=new_id("oid"),
        organization_id=provider.organization_id,
        provider_id=provider.id,
        subject=claims.subject,
        user_id=user.id,
        created_at=moment,
        last_used_at=moment,
    )
    if not await repository.insert_once(session, row):
        raise PersonUnknown("This account was bound at the same moment.", action="Sign in again.")


async def _check_link(session: AsyncSession, provider: SignInProvider, claims: Claims, owner: User, email: str) -> None:
    """Let an outside identity become a person who is here only where the provider is trusted to prove addresses."""
    allowed = (
        provider.links_by_email
        and claims.email_verified is True
        # What only looks like the address after it was made comparable is another one at the provider.
        and email == claims.email.lower()
        and rules.domain_of(claims.email) in provider.email_domains
        and await _may_link(session, provider, owner)
        and not await repository.has_identity(session, provider.organization_id, provider.id, owner.id)
    )
    if not allowed:
        raise PersonUnknown(
            "Somebody here has this e-mail address already, and the provider is not trusted to open that account.",
            action="Sign in as before. An administrator can let the provider open accounts by verified addresses.",
        )
    if owner.is_disabled:
        raise _inactive()


async def _may_link(session: AsyncSession, provider: SignInProvider, owner: User) -> bool:
    """Who has a second factor here keeps it: a mail address does not get around it."""
    names = sorted(rules.roles_given(provider.rules, provider.default_role))
    given = [await load_role(session, provider.organization_id, name) for name in names]
    held = await load_role(session, provider.organization_id, owner.role)
    return rules.may_link_to(given, held) and not await needs_code(session, owner)


async def _groups_of(session: AsyncSession, provider: SignInProvider, user_id: str) -> tuple[str, ...]:
    """Return what the groups somebody is in by SCIM are called: their names, and the provider's ids of them."""
    found = await names_of(session, provider.organization_id, [user_id])
    return tuple(name for one in found.get(user_id, ()) for name in (one.name, one.external_id) if name)


def _email_of(claims: Claims) -> str:
    try:
        return canonical_email(claims.email) if claims.email else ""
    except EmailInvalid:
        raise EmailRefused(
            "The provider told an e-mail address that cannot be one.", action="Correct the address at the provider."
        ) from None


def _inactive() -> PersonInactive:
    return PersonInactive(
        "Your access was taken away here.", action="Ask an administrator of your organization to give it back."
    )
