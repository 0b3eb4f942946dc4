"""What can be done with policies: look, make, change, switch, delete, try; and what every sign-in asks: which decide.

Each request reads one word, the revision of the organization's policies; what they come to is kept in memory under
that word. So a change holds for the next request on every replica.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

from powerautomation.governance import audit
from powerautomation.identity.access import (
    Circumstances,
    Explanation,
    Policy,
    PolicyBook,
    SignedInUser,
    Supposed,
    TextInvalid,
    TextProblem,
    decide,
    decide_for,
    describe_resource,
    entities_named,
    read_policy,
    stored_policy,
    subject_of,
    suppose,
    units_of,
)
from powerautomation.identity.organizations import get_organization
from powerautomation.identity.policies import repository, rules
from powerautomation.identity.policies.entities import PolicyVersion, PolicyView
from powerautomation.identity.policies.errors import (
    PolicyLocksOut,
    PolicyNameTaken,
    PolicyNotFound,
    TooManyPolicies,
)
from powerautomation.identity.policies.events import POLICY_CREATED, POLICY_DELETED, POLICY_UPDATED
from powerautomation.identity.policies.repository import AsyncSession
from powerautomation.identity.policies.tables import PolicyRow, PolicyVersionRow
from powerautomation.identity.roles import load_role, load_roles
from powerautomation.identity.units import list_paths
from powerautomation.identity.users import UserNotFound, find_user_by_email, get_user, list_user_names
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

# Organizations whose policies are kept ready in memory.
_MOST_BOOKS = 256
_books: OrderedDict[str, PolicyBook] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Try:
    """What is wrong with a text, and what is decided without and with it."""

    problems: list[TextProblem]
    before: Explanation | None = None
    after: Explanation | None = None
    user_id: str = ""


async def load_policies(session: AsyncSession, organization_id: str) -> tuple[PolicyBook | None, str]:
    """Return the policies of an organization that decide now, None when it never had one, and its time zone."""
    revision = await repository.find_revision(session, organization_id)
    if revision is None:
        return None, "UTC"
    organization = await get_organization(session, organization_id)
    return await load_book(session, organization_id, revision), organization.time_zone


async def load_book(session: AsyncSession, organization_id: str, revision: str) -> PolicyBook:
    """Return the policies of an organization as they are at its present ``revision``."""
    book = _books.get(revision)
    if book is None:
        book = await _make_book(session, organization_id, revision)
        _books[revision] = book
        while len(_books) > _MOST_BOOKS:
            _books.popitem(last=False)
    else:
        _books.move_to_end(revision)
    return book


async def _make_book(session: AsyncSession, organization_id: str, revision: str) -> PolicyBook:
    statements = await repository.list_statements(session, organization_id)

    def built() -> PolicyBook:
        return PolicyBook([stored_policy(*one) for one in statements], revision=revision)

    # Many take a while, during which others go on.
    return await asyncio.to_thread(built) if len(statements) > 50 else built()


async def list_policies(session: AsyncSession, organization_id: str) -> list[PolicyView]:
    """Return every policy, in the order of their making: at most MOST_POLICIES."""
    rows = await repository.list_rows(session, organization_id)
    names = await list_user_names(session, organization_id, {row.changed_by for row in rows if row.changed_by})
    return [_view(row, names) for row in rows]


async def list_versions(session: AsyncSession, organization_id: str, policy_id: str) -> list[PolicyVersion]:
    """Return a policy as it is and was, newest first: at most MOST_VERSIONS. Raises PolicyNotFound."""
    await _known(session, organization_id, policy_id)
    rows = await repository.list_versions(session, organization_id, policy_id)
    names = await list_user_names(session, organization_id, {row.changed_by for row in rows if row.changed_by})
    return [
        PolicyVersion(
            row.version,
            row.name,
            row.summary,
            row.text,
            row.enabled,
            row.changed_by,
            names.get(row.changed_by, ""),
            row.changed_at,
        )
        for row in rows
    ]


async def create_policy(
    session: AsyncSession, actor: SignedInUser, *, name: str, summary: str, text: str, enabled: bool
) -> PolicyView:
    """Make a policy. Raises PolicyInvalid, PolicyNameTaken, TooManyPolicies, PermitsMoreThanYours, PolicyLocksOut."""
    owner = actor.principal.organization_id
    await _begin_change(session, owner)
    if await repository.count_rows(session, owner) >= rules.MOST_POLICIES:
        raise TooManyPolicies(f"There are {rules.MOST_POLICIES} policies already.", action="Delete some first.")
    policy = await _read(session, owner, text)
    rules.check_permits(policy, actor.permissions)
    moment = now()
    row = PolicyRow(
        id=new_id("pol"),
        organization_id=owner,
        name=rules.cleaned_name(name),
        name_key=rules.name_key_of(name),
        summary=rules.cleaned_summary(summary),
        text=text,
        statement=dict(policy.compiled),
        enabled=enabled,
        version=1,
        changed_by=actor.owner_id,
        created_at=moment,
        updated_at=moment,
    )
    if not await repository.insert_row(session, row):
        raise _name_taken()
    await _finish_change(session, actor, row.id, row.name)
    _keep_version(session, row)
    record_event(session, owner, POLICY_CREATED, {"policy_id": row.id})
    _note(session, actor.principal, "policies.create", row, after=_state_of(row))
    return _view(row, {row.changed_by: actor.principal.name})


async def change_policy(
    session: AsyncSession, actor: SignedInUser, policy_id: str, change: dict[str, Any]
) -> PolicyView:
    """Change fields of a policy; it holds for the next request. Raises PolicyNotFound and what create_policy raises."""
    owner = actor.principal.organization_id
    await _begin_change(session, owner)
    row = await _known(session, owner, policy_id)
    # What it permits now counts too: nobody takes from others what they could not lend.
    rules.check_permits(stored_policy(row.id, row.name, row.statement), actor.permissions)
    before = _state_of(row)
    values: dict[str, Any] = {}
    if "name" in change:
        values |= {"name": rules.cleaned_name(change["name"]), "name_key": rules.name_key_of(change["name"])}
    if "summary" in change:
        values["summary"] = rules.cleaned_summary(change["summary"])
    if "text" in change and change["text"] != row.text:
        policy = await _read(session, owner, change["text"])
        rules.check_permits(policy, actor.permissions)
        values |= {"text": change["text"], "statement": dict(policy.compiled)}
    if "enabled" in change:
        values["enabled"] = change["enabled"]
    if all(getattr(row, field) == value for field, value in values.items()):
        return _view(row, {})
    values |= {"version": row.version + 1, "changed_by": actor.owner_id, "updated_at": now()}
    if not await repository.update_row(session, owner, policy_id, values):
        raise _name_taken()
    row = await _known(session, owner, policy_id)
    await _finish_change(session, actor, row.id, row.name)
    await _changed(session, actor.principal, "policies.update", row, before)
    return _view(row, {row.changed_by: actor.principal.name})


async def delete_policy(session: AsyncSession, actor: SignedInUser, policy_id: str) -> None:
    """Take a policy away, with its versions. Raises PolicyNotFound, PermitsMoreThanYours, PolicyLocksOut."""
    owner = actor.principal.organization_id
    await _begin_change(session, owner)
    row = await _known(session, owner, policy_id)
    rules.check_permits(stored_policy(row.id, row.name, row.statement), actor.permissions)
    await repository.delete_row(session, owner, policy_id)
    await _finish_change(session, actor, policy_id, row.name)
    record_event(session, owner, POLICY_DELETED, {"policy_id": policy_id})
    _note(session, actor.principal, "policies.delete", row, before=_state_of(row))


async def switch_policy(session: AsyncSession, principal: Principal, name: str, *, enabled: bool) -> PolicyView:
    """Switch a policy on or off by its name or id: the command line's way in when the policies shut everybody out.

    Raises PolicyNotFound.
    """
    owner = principal.organization_id
    await _begin_change(session, owner)
    row = await repository.find_row(session, owner, name)
    row = row or await repository.find_row_by_name(session, owner, rules.name_key_of(name))
    if row is None:
        raise PolicyNotFound(f"There is no policy “{name[:100]}”.", action="List them: powerautomation policies list")
    if row.enabled == enabled:
        return _view(row, {})
    before = _state_of(row)
    values = {"enabled": enabled, "version": row.version + 1, "changed_by": "", "updated_at": now()}
    await repository.update_row(session, owner, row.id, values)
    row = await _known(session, owner, row.id)
    await _changed(session, principal, "policies.update", row, before)
    return _view(row, {})


async def try_policy(
    session: AsyncSession,
    actor: SignedInUser,
    *,
    permission: str | None,
    user_id: str | None,
    supposed: Supposed,
    text: str | None,
    policy_id: str | None,
) -> Try:
    """Say what is wrong with a text, and what would be decided without and with it, for oneself without a person's id.

    Raises UserNotFound, CircumstancesInvalid.
    """
    owner = actor.principal.organization_id
    problems: list[TextProblem] = []
    book = after = actor.policies
    if text is not None:
        try:
            draft = await asyncio.to_thread(read_policy, text, policy_id=policy_id or "draft", name="…")
        except TextInvalid as error:
            problems = error.problems
        else:
            problems = await _unknown_names(session, owner, draft)
            known = dict(book.policies) if book is not None else {}
            named = known[draft.id].name if draft.id in known else draft.name
            after = PolicyBook([*(known | {draft.id: replace(draft, name=named)}).values()])
    if permission is None:
        return Try(problems)
    user = await get_user(session, owner, user_id or actor.owner_id)
    role = await load_role(session, owner, user.role)
    here = actor.circumstances or Circumstances(now(), time_zone=(await get_organization(session, owner)).time_zone)
    units = await units_of(session, owner, user.id, after)
    who = subject_of(user.id, role, kind=user.kind, units=units)
    subject, circumstances, resource = suppose(here, who, permission, supposed)

    resource = await describe_resource(session, owner, resource, subject)

    def decided(policies: PolicyBook | None) -> Explanation:
        return decide_for(
            subject,
            permission,
            policies=policies,
            circumstances=circumstances,
            resource=resource,
            disabled=user.is_disabled,
        )

    return Try(problems, decided(book), None if problems else decided(after), user.id)


async def explain_for(
    session: AsyncSession, organization_id: str, email: str, permission: str, supposed: Supposed
) -> Explanation:
    """Decide for the person of an organization who has this e-mail address, under supposed circumstances.

    Raises UserNotFound, CircumstancesInvalid.
    """
    user = await find_user_by_email(session, email, organization_id)
    if user is None:
        raise UserNotFound(f"Nobody here has the e-mail address {email[:254]}.", action="Check the address.")
    role = await load_role(session, organization_id, user.role)
    policies, _ = await load_policies(session, organization_id)
    time_zone = (await get_organization(session, organization_id)).time_zone
    subject, circumstances, resource = suppose(
        Circumstances(now(), time_zone=time_zone),
        subject_of(user.id, role, kind=user.kind, units=await units_of(session, organization_id, user.id, policies)),
        permission,
        supposed,
    )
    return decide_for(
        subject,
        permission,
        policies=policies,
        circumstances=circumstances,
        resource=resource,
        disabled=user.is_disabled,
    )


async def _read(session: AsyncSession, organization_id: str, text: str) -> Policy:
    try:
        policy = await asyncio.to_thread(read_policy, text)
        unknown = await _unknown_names(session, organization_id, policy)
        if unknown:
            raise TextInvalid(unknown)
    except TextInvalid as error:
        raise rules.invalid_text(error) from None
    return policy


async def _unknown_names(session: AsyncSession, organization_id: str, policy: Policy) -> list[TextProblem]:
    """Return a problem for each role, person and unit a policy names that is not there: a slip would decide nothing."""
    named = entities_named(policy.compiled)
    roles = await load_roles(session, organization_id)
    people = {one for kind, one in named if kind == "Person"}
    there = frozenset((await list_user_names(session, organization_id, people)).keys()) if people else frozenset[str]()
    units = await list_paths(session, organization_id) if any(kind == "Unit" for kind, _ in named) else {}
    return [
        TextProblem(1, 1, f"there is no {one} in this organization")
        for one in rules.unknown_names(named, roles, there, units)
    ]


async def _begin_change(session: AsyncSession, organization_id: str) -> None:
    """Let everybody else who changes policies of the organization wait, and every decision read them anew after it."""
    await repository.write_revision(session, organization_id, new_id("rev"))


async def _finish_change(session: AsyncSession, actor: SignedInUser, policy_id: str, name: str) -> None:
    """Check what the policies come to: not too many at once, and who asks still changes policies here and now."""
    owner = actor.principal.organization_id
    after, time_zone = await load_policies(session, owner)
    if after is None:
        return
    rules.check_together(after)
    units = await units_of(session, owner, actor.owner_id, after)
    changed = replace(actor, policies=after, units=units)
    if changed.circumstances is None:
        changed = replace(changed, circumstances=Circumstances(now(), time_zone=time_zone))
    told = decide(changed, "policies:write")
    if not told.allowed:
        raise PolicyLocksOut(
            f"With this change you yourself could no longer change policies here and now, by “{told.policy_name}”.",
            action="Except yourself, policies:write or this place and time in the policy; then nobody is shut out.",
        )


async def _changed(
    session: AsyncSession, principal: Principal, action: str, row: PolicyRow, before: dict[str, Any]
) -> None:
    _keep_version(session, row)
    await repository.forget_versions(session, row.organization_id, row.id, below=row.version - rules.MOST_VERSIONS + 1)
    record_event(session, row.organization_id, POLICY_UPDATED, {"policy_id": row.id})
    _note(session, principal, action, row, before=before, after=_state_of(row))


def _keep_version(session: AsyncSession, row: PolicyRow) -> None:
    repository.add_version(
        session,
        PolicyVersionRow(
            policy_id=row.id,
            version=row.version,
            organization_id=row.organization_id,
            name=row.name,
            summary=row.summary,
            text=row.text,
            enabled=row.enabled,
            changed_by=row.changed_by,
            changed_at=row.updated_at,
        ),
    )


async def _known(session: AsyncSession, organization_id: str, policy_id: str) -> PolicyRow:
    row = await repository.find_row(session, organization_id, policy_id)
    if row is None:
        raise PolicyNotFound("There is no such policy.", action="Look at the list of policies again.")
    return row


def _name_taken() -> PolicyNameTaken:
    return PolicyNameTaken(
        "Another policy has this name.", action="Choose another name.", fields={"name": "Another policy has it."}
    )


def _state_of(row: PolicyRow) -> dict[str, Any]:
    return {"name": row.name, "summary": row.summary, "text": row.text, "enabled": row.enabled}


def _view(row: PolicyRow, names: dict[str, str]) -> PolicyView:
    return PolicyView(
        id=row.id,
        name=row.name,
        summary=row.summary,
        effect="permit" if row.statement["effect"] == "permit" else "forbid",
        text=row.text,
        enabled=row.enabled,
        version=row.version,
        changed_by=row.changed_by,
        changed_by_name=names.get(row.changed_by, ""),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _note(session: AsyncSession, principal: Principal, action: str, row: PolicyRow, **states: Any) -> None:
    audit.record(session, principal, action, audit.Target("policy", row.id, row.name), **states)
