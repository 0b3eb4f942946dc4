"""What who administers an organization can do with its sign-in providers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.email_domains import is_domain, owner_of
from powerautomation.identity.organizations import has_several_organizations
from powerautomation.identity.roles import hold_role, load_role, may_give
from powerautomation.identity.single_sign_on import repository, rules
from powerautomation.identity.single_sign_on.entities import GroupRules, Kind, RoleRule, SignInProvider
from powerautomation.identity.single_sign_on.errors import ProviderInvalid, ProviderNotFound, RoleAboveYours
from powerautomation.identity.single_sign_on.policy import check_way_stays
from powerautomation.identity.single_sign_on.ports import Adapter
from powerautomation.identity.single_sign_on.repository import AsyncSession
from powerautomation.identity.single_sign_on.tables import SEALED_SECRET, SignInProviderRow
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody enters for a provider. ``secret`` None: keep the one that is stored."""

    kind: Kind
    name: str
    enabled: bool
    options: dict[str, Any]
    secret: str | None
    rules: tuple[RoleRule, ...]
    default_role: str
    email_domains: tuple[str, ...]
    creates_people: bool
    links_by_email: bool


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A provider as it is shown: whether a secret is stored, and how many people it vouched for."""

    provider: SignInProvider
    has_secret: bool
    people: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What the sign-in page offers. ``by_domain``: there are several organizations, so nothing is offered before
    somebody says a domain."""

    providers: list[SignInProvider]
    by_domain: bool


async def list_offered(session: AsyncSession, domain: str, provider_id: str) -> Offer:
    """Return what the sign-in page offers, the oldest first: of the only organization everything; of several what the
    one has that has proven the domain; or the one provider whose address somebody was given."""
    if provider_id:
        row = await repository.find_enabled(session, provider_id)
        return Offer([provider_of(row)] if row is not None else [], True)
    if not await has_several_organizations(session):
        return Offer([provider_of(row) for row in await repository.list_enabled(session, rules.MOST_PROVIDERS)], False)
    owner = await owner_of(session, domain.strip().lower()) if domain else ""
    rows = await repository.list_providers(session, owner) if owner else ()
    found = [provider_of(row) for row in rows if row.enabled]
    return Offer([one for one in found if not one.email_domains or domain in one.email_domains], True)


async def saml_provider(session: AsyncSession, provider_id: str) -> SignInProvider:
    """Return a SAML provider of whichever organization, for what this server is there; it may be switched off, as it is
    set up at both ends at once. Raises ProviderNotFound."""
    row = await repository.find_of_kind(session, provider_id, "saml")
    if row is None:
        raise ProviderNotFound("There is no such sign-in provider.")
    return provider_of(row)


async def list_providers(session: AsyncSession, actor: SignedInUser) -> list[ProviderView]:
    """Return the organization's providers, the oldest first."""
    owner = actor.principal.organization_id
    rows = await repository.list_providers(session, owner)
    return _views(rows, await repository.count_identities(session, owner))


async def get_provider(session: AsyncSession, actor: SignedInUser, provider_id: str) -> ProviderView:
    """Return one provider. Raises ProviderNotFound."""
    owner = actor.principal.organization_id
    row = await repository.read_provider(session, owner, provider_id)
    return _views([_found(row)], await repository.count_identities(session, owner))[0]


async def stored_secret(session: AsyncSession, box: SecretBox, actor: SignedInUser, provider_id: str) -> str:
    """Return a provider's secret, for its adapter only. Raises ProviderNotFound."""
    row = _found(await repository.read_provider(session, actor.principal.organization_id, provider_id))
    return _secret_of(box, row)


def checked(draft: Draft) -> Draft:
    """Return a draft in its stored form. Raises ProviderInvalid."""
    domains = tuple(dict.fromkeys(one.strip().lower().removeprefix("@") for one in draft.email_domains))
    wrong = [one for one in domains if not is_domain(one)]
    if wrong:
        raise _invalid("email_domains", f"{wrong[0][:100]!r} is no domain; enter one such as example.com.")
    if draft.links_by_email and not domains:
        raise _invalid("email_domains", "Name the domains whose addresses the provider proves.")
    if not draft.name.strip():
        raise _invalid("name", "Enter what the button on the sign-in page says.")
    if not draft.rules and not draft.default_role:
        raise _invalid("default_role", "Add a rule, or choose a role for everybody: else nobody gets in.")
    return replace(draft, name=draft.name.strip(), email_domains=domains)


def check_kind(known: Kind, wanted: Kind) -> None:
    """Keep a provider's protocol: what its people are bound to means nothing in another. Raises ProviderInvalid."""
    if known != wanted:
        raise _invalid(wanted, "A provider keeps its protocol. Add another provider, and remove this one.")


def with_options(draft: Draft, options: dict[str, Any]) -> Draft:
    """Return a draft with the options its adapter completed, and the secret where it made a new one."""
    kept = {name: value for name, value in options.items() if name != "secret"}
    return replace(draft, options=kept, secret=options.get("secret", draft.secret))


async def add_provider(session: AsyncSession, box: SecretBox, actor: SignedInUser, draft: Draft) -> ProviderView:
    """Add a provider whose draft was ``checked`` and whose options its adapter completed.

    Raises ProviderInvalid, RoleAboveYours.
    """
    owner = actor.principal.organization_id
    await _check_roles(session, actor, draft)
    if len(await repository.list_providers(session, owner)) >= rules.MOST_PROVIDERS:
        raise _invalid("name", f"There are {rules.MOST_PROVIDERS} providers already; remove one first.")
    moment = now()
    row = SignInProviderRow(id=new_id("sip"), organization_id=owner, kind=draft.kind, created_at=moment)
    _fill(row, draft, box, draft.secret or "")
    repository.add_row(session, row)
    after = _state(box, row)
    audit.record(session, actor.principal, "single_sign_on.create", _target(row), after=after)
    return ProviderView(provider_of(row), row.has_secret, 0)


async def change_provider(
    session: AsyncSession, box: SecretBox, actor: SignedInUser, provider_id: str, draft: Draft, adapter: Adapter
) -> ProviderView:
    """Replace what a provider says by a checked and completed draft. When its issuer is another one now,
    nobody is bound to it any more. Raises ProviderNotFound, ProviderInvalid, RoleAboveYours."""
    owner = actor.principal.organization_id
    row = _found(await repository.find_provider(session, owner, provider_id))
    check_kind(kind_of(row), draft.kind)
    await _check_provider(session, actor, row)
    await _check_roles(session, actor, draft)
    if row.enabled and not draft.enabled:
        await check_way_stays(session, owner, provider_id)
    before = _state(box, row)
    if adapter.identity_of(row.options) != adapter.identity_of(draft.options):
        await check_way_stays(session, owner, provider_id)
        await repository.forget_identities(session, owner, provider_id)
    _fill(row, draft, box, _secret_of(box, row) if draft.secret is None else draft.secret)
    audit.record(session, actor.principal, "single_sign_on.update", _target(row), before=before, after=_state(box, row))
    return _views([row], await repository.count_identities(session, owner))[0]


async def remove_provider(session: AsyncSession, box: SecretBox, actor: SignedInUser, provider_id: str) -> None:
    """Remove a provider; nobody is bound to it any more, and people stay. Raises ProviderNotFound, RoleAboveYours."""
    row = _found(await repository.find_provider(session, actor.principal.organization_id, provider_id))
    await _check_provider(session, actor, row)
    await check_way_stays(session, row.organization_id, row.id)
    audit.record(session, actor.principal, "single_sign_on.delete", _target(row), before=_state(box, row))
    await repository.delete_provider(session, row.organization_id, row.id)


async def load_group_rules(session: AsyncSession, organization_id: str) -> list[GroupRules]:
    """Return the rules about groups of every provider, switched on or off, the oldest first."""
    found = []
    for row in await repository.list_providers(session, organization_id):
        about = tuple(one for one in _rules_of(row) if rules.is_group_claim(one.claim))
        found.append(GroupRules(row.id, row.name, row.enabled, about, row.default_role))
    return found


async def list_bindings(session: AsyncSession, organization_id: str, user_ids: Sequence[str]) -> dict[str, set[str]]:
    """Return the ids of the providers each of these people is bound to; who is bound to none is left out."""
    return await repository.list_bindings(session, organization_id, user_ids)


def provider_of(row: SignInProviderRow) -> SignInProvider:
    """Return a stored provider as a value."""
    return SignInProvider(
        id=row.id,
        organization_id=row.organization_id,
        kind=kind_of(row),
        name=row.name,
        enabled=row.enabled,
        options=row.options,
        rules=_rules_of(row),
        default_role=row.default_role,
        email_domains=tuple(row.email_domains),
        creates_people=row.creates_people,
        links_by_email=row.links_by_email,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def kind_of(row: SignInProviderRow) -> Kind:
    """Return the protocol of a stored provider."""
    kind: Kind = row.kind  # type: ignore[assignment]  # written from a Draft only
    return kind


def _rules_of(row: SignInProviderRow) -> tuple[RoleRule, ...]:
    return tuple(RoleRule(one["claim"], one["value"], one["role"]) for one in row.rules)


def _fill(row: SignInProviderRow, draft: Draft, box: SecretBox, secret: str) -> None:
    row.name = draft.name
    row.enabled = draft.enabled
    row.options = draft.options
    row.secret_ciphertext = box.encrypt(secret.encode(), SEALED_SECRET.place(row.organization_id, row.id))
    row.has_secret = bool(secret)
    row.rules = [{"claim": one.claim, "value": one.value, "role": one.role} for one in draft.rules]
    row.default_role = draft.default_role
    row.email_domains = list(draft.email_domains)
    row.creates_people = draft.creates_people
    row.links_by_email = draft.links_by_email
    row.updated_at = now()


def _state(box: SecretBox, row: SignInProviderRow) -> dict[str, Any]:
    secret = _secret_of(box, row)
    return {
        "name": row.name,
        "enabled": row.enabled,
        **{f"options.{key}": value for key, value in row.options.items()},
        "secret": audit.sealed_secret(box, secret) if secret else "",
        "rules": [f"{one['claim']} = {one['value']}: {one['role']}" for one in row.rules],
        "default_role": row.default_role,
        "email_domains": row.email_domains,
        "creates_people": row.creates_people,
        "links_by_email": row.links_by_email,
    }


def _secret_of(box: SecretBox, row: SignInProviderRow) -> str:
    return box.decrypt(row.secret_ciphertext, SEALED_SECRET.place(row.organization_id, row.id)).decode()


def _views(rows: Sequence[SignInProviderRow], counts: dict[str, int]) -> list[ProviderView]:
    return [ProviderView(provider_of(row), row.has_secret, counts.get(row.id, 0)) for row in rows]


def _target(row: SignInProviderRow) -> audit.Target:
    return audit.Target("sign_in_provider", row.id, row.name)


def _found(row: SignInProviderRow | None) -> SignInProviderRow:
    if row is None:
        raise ProviderNotFound("There is no such sign-in provider in this organization.")
    return row


async def _check_provider(session: AsyncSession, actor: SignedInUser, row: SignInProviderRow) -> None:
    """Who edits a provider decides who its people are: nobody edits one that opens accounts above the own."""
    for name in sorted(rules.roles_given(_rules_of(row), row.default_role)):
        role = await load_role(session, row.organization_id, name)
        if not role.permissions <= actor.permissions:
            raise RoleAboveYours(
                "This provider gives a role that may do more than you, so you cannot change it.",
                action="Ask somebody who has that role.",
            )


async def _check_roles(session: AsyncSession, actor: SignedInUser, draft: Draft) -> None:
    for name in sorted(rules.roles_given(draft.rules, draft.default_role)):
        if not may_give(actor.permissions, await hold_role(session, actor.principal.organization_id, name)):
            raise RoleAboveYours(
                f"The role {name[:64]} does not exist or may do more than you, so no provider of yours gives it.",
                action="Choose another role, or ask somebody who has it.",
                fields={"rules": "One of the roles may do more than you."},
            )


def _invalid(field: str, message: str) -> ProviderInvalid:
    return ProviderInvalid(
        "The provider cannot be saved like this.", action="Correct the marked field.", fields={field: message}
    )
