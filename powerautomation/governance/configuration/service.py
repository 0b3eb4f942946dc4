"""What can be done with the history of settings: look, put back, decide on proposals."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from powerautomation.governance import audit
from powerautomation.governance.configuration import recording, repository, rules
from powerautomation.governance.configuration.entities import (
    Author,
    Filters,
    Kind,
    Kinds,
    Policy,
    Proposal,
    State,
    Step,
    Version,
)
from powerautomation.governance.configuration.errors import (
    CursorInvalid,
    DocumentInvalid,
    MorePermissionNeeded,
    NothingToRestore,
    ProposalClosed,
    ProposalNotFound,
    ProposalOwn,
    ProposalStale,
    VersionNotFound,
)
from powerautomation.governance.configuration.repository import AsyncSession
from powerautomation.governance.configuration.tables import ConfigurationProposalRow, ConfigurationVersionRow
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

MOST_LISTED = 200
_KEPT_DECIDED = timedelta(days=365)


async def ensure_first_versions(session: AsyncSession, kinds: Kinds, organization_ids: Sequence[str]) -> None:
    """Write a first version of every setting that has none: it was there before versions were, or came by itself."""
    for organization_id in organization_ids:
        known = await repository.list_known(session, organization_id)
        for kind in kinds.by_name.values():
            for object_id, state in (await kind.list(session, organization_id)).items():
                if (kind.name, object_id) not in known:
                    row = recording.version_row(organization_id, kind, object_id, None, rules.plain(state), None)
                    await repository.add_first(session, row)


async def list_versions(
    session: AsyncSession, organization_id: str, filters: Filters, cursor: str | None, limit: int
) -> tuple[list[Version], str | None]:
    """Return versions, newest first, at most ``limit`` (up to 200), and where the next page begins."""
    if cursor is not None and not cursor.startswith("ver_"):
        raise CursorInvalid("The cursor is not one this server gave.", action="Begin with the first page.")
    limit = min(limit, MOST_LISTED)
    found = await repository.list_versions(session, organization_id, filters, cursor, limit + 1)
    versions = [_version(row, before) for row, before in found[:limit]]
    return versions, versions[-1].id if len(found) > limit else None


async def get_version(session: AsyncSession, organization_id: str, kind: str, object_id: str, number: int) -> Version:
    """Return one version with the state before it. Raises VersionNotFound."""
    row = await repository.find_version(session, organization_id, kind, object_id, number)
    if row is None:
        raise VersionNotFound("There is no such version.", action="Look at the history again.")
    before = await repository.find_version(session, organization_id, kind, object_id, number - 1)
    return _version(row, before.state if before is not None else None)


async def restore_version(
    session: AsyncSession, kinds: Kinds, user: Any, kind_name: str, object_id: str, number: int, reason: str
) -> str:
    """Put a setting back to what it was, by its own use cases: checked, written down, a new version. Secrets stay as
    they are now. Return the object's id, a new one where it had to be made again.

    Raises VersionNotFound, MorePermissionNeeded, NothingToRestore, and what the use cases raise.
    """
    kind = kind_of(kinds, kind_name)
    check_writes(kind, user, object_id)
    owner = user.principal.organization_id
    version = await get_version(session, owner, kind_name, object_id, number)
    current = rules.plain(await kind.read(session, owner, object_id))
    hidden = kind.secrets
    if rules.canonical(rules.without(current, hidden)) == rules.canonical(rules.without(version.state, hidden)):
        raise NothingToRestore("It is as it was in that version already.")
    session.info[recording.RESTORED] = number
    with audit.because(audit.Cause(reason=reason or f"Version {number} was restored.")):
        return await kind.apply(session, user, object_id, version.state)


async def get_policy(session: AsyncSession, organization_id: str) -> Policy:
    """Return for which kinds an organization wants a second person."""
    return recording.policy_of(await repository.find_policy(session, organization_id))


async def put_policy(session: AsyncSession, user: Any, policy: Policy) -> None:
    """Say for which kinds a change needs a second person."""
    owner = user.principal.organization_id
    known = await get_policy(session, owner)
    await repository.put_policy(session, owner, sorted(policy.kinds), policy.only_in_production, now())
    before, after = policy_state(known), policy_state(policy)
    target = audit.Target("approval_policy", "")
    audit.record(session, user.principal, "configuration.set_policy", target, before=before, after=after)


def policy_state(policy: Policy) -> State:
    """Return a policy as JSON values."""
    return {"kinds": sorted(policy.kinds), "only_in_production": policy.only_in_production}


async def list_proposals(session: AsyncSession, organization_id: str) -> list[Proposal]:
    """Return proposals, newest first, at most 200."""
    return [_proposal(row) for row in await repository.list_proposals(session, organization_id, MOST_LISTED)]


async def approve_proposal(session: AsyncSession, kinds: Kinds, user: Any, proposal_id: str, words: str) -> Proposal:
    """Make a proposed change, in the name of who proposed it and with ``user`` as who agreed.

    Raises ProposalNotFound, ProposalClosed, ProposalOwn, ProposalStale, MorePermissionNeeded, and what the use cases
    raise.
    """
    if user.key is not None:
        raise ProposalOwn("A program cannot agree to a change.", action="Let a person look at it.")
    row = await _held(session, user, proposal_id)
    if row.person_id == user.answers_id or row.author_id == user.principal.id:
        raise ProposalOwn("You proposed this yourself.", action="Ask somebody else to look at it.")
    steps = _proposal(row).steps
    for step in steps:
        kind = kind_of(kinds, step.kind)
        check_writes(kind, user, step.object_id)
        current = rules.plain(await kind.read(session, row.organization_id, step.object_id))
        if rules.canonical(current) != rules.canonical(step.before):
            raise ProposalStale(
                f"“{step.name}” was changed since this was proposed.",
                action="Reject the proposal, and have the change made again on what is there now.",
            )
    session.info[recording.APPROVED] = True
    author_kind: Any = row.author_kind
    author = Principal(author_kind, row.author_id, row.organization_id, row.author_name)
    acting = dataclasses.replace(user, principal=author)
    with audit.because(audit.Cause(row.reason, user.principal.id, user.principal.name)):
        for step in steps:
            await _apply(session, kinds.by_name[step.kind], acting, step.object_id, step.after)
    _decide(row, "approved", user, words)
    target = audit.Target("proposal", row.id, steps[0].name)
    audit.record(session, user.principal, "configuration.approve", target, reason=words)
    await repository.forget_decided(session, row.organization_id, now() - _KEPT_DECIDED)
    return _proposal(row)


async def reject_proposal(session: AsyncSession, user: Any, proposal_id: str, words: str) -> Proposal:
    """Turn a proposal down. Raises ProposalNotFound, ProposalClosed."""
    row = await _held(session, user, proposal_id)
    _decide(row, "rejected", user, words)
    target = audit.Target("proposal", row.id, row.steps[0]["name"])
    audit.record(session, user.principal, "configuration.reject", target, reason=words)
    return _proposal(row)


async def withdraw_proposal(session: AsyncSession, user: Any, proposal_id: str) -> Proposal:
    """Take one's own proposal back. Raises ProposalNotFound, ProposalClosed, ProposalOwn."""
    row = await _held(session, user, proposal_id)
    if row.person_id != user.answers_id:
        raise ProposalOwn("Somebody else proposed this.", action="Reject it instead.")
    _decide(row, "withdrawn", user, "")
    target = audit.Target("proposal", row.id, row.steps[0]["name"])
    audit.record(session, user.principal, "configuration.withdraw", target)
    return _proposal(row)


def kind_of(kinds: Kinds, name: str) -> Kind:
    """Return a kind by its name. Raises VersionNotFound."""
    if name not in kinds.by_name:
        raise VersionNotFound("There is no such kind of setting.", action=f"Kinds: {', '.join(kinds.by_name)}.")
    return kinds.by_name[name]


async def _apply(session: AsyncSession, kind: Kind, user: Any, object_id: str, state: State | None) -> None:
    """Make what was agreed to, and nothing else. Raises ProposalStale when that is not what came of it."""
    made = await kind.apply(session, user, object_id, state)
    there = rules.plain(await kind.read(session, user.principal.organization_id, made))
    if rules.canonical(rules.without(there, kind.secrets)) != rules.canonical(rules.without(state, kind.secrets)):
        raise ProposalStale(
            "What was agreed to is not what came of it, so nothing was changed.",
            action="Reject the proposal, and have the change made again.",
        )


def check_writes(kind: Kind, user: Any, object_id: str = "") -> None:
    """Raise MorePermissionNeeded unless somebody may change settings of a kind, or that one."""
    if not user.may(kind.writes, object_id):
        raise MorePermissionNeeded(
            f"Changing this takes the permission {kind.writes}, which you do not have.",
            action="Ask an administrator of your organization.",
        )


def check_reads(kind: Kind, user: Any) -> None:
    """Raise MorePermissionNeeded unless somebody may see settings of a kind."""
    if kind.reads not in user.permissions:
        raise MorePermissionNeeded(
            f"Seeing this takes the permission {kind.reads}, which you do not have.",
            action="Ask an administrator of your organization.",
        )


def checked_document(document: Any, kinds: Kinds) -> dict[str, list[State]]:
    """Return the settings of an exported document by kind. Raises DocumentInvalid."""
    if not isinstance(document, dict) or document.get("format") != "powerautomation-configuration/1":
        raise DocumentInvalid(
            "This is no exported configuration.", action="Use what `configuration export` wrote.", fields={"format": ""}
        )
    given = document.get("settings")
    if not isinstance(given, dict) or any(name not in kinds.by_name for name in given):
        raise DocumentInvalid(
            "The document has settings this version does not know.",
            action=f"It may have: {', '.join(kinds.by_name)}.",
            fields={"settings": ""},
        )
    for name, states in given.items():
        if not isinstance(states, list) or not all(isinstance(one, dict) for one in states):
            raise DocumentInvalid(f"“{name}” is to be a list of objects.", fields={f"settings.{name}": ""})
    return given


async def _held(session: AsyncSession, user: Any, proposal_id: str) -> ConfigurationProposalRow:
    row = await repository.hold_proposal(session, user.principal.organization_id, proposal_id)
    if row is None:
        raise ProposalNotFound("There is no such proposal.", action="Look at the list of proposals again.")
    if row.state != "open" or row.expires_at <= now():
        raise ProposalClosed(
            "This proposal waits no more.", action="Make the change again, if it is still wanted: it is proposed anew."
        )
    return row


def _decide(row: ConfigurationProposalRow, state: str, user: Any, words: str) -> None:
    row.state, row.decided_by, row.decided_at, row.decision = state, user.principal.name, now(), words
    row.decider_id = user.answers_id


def _version(row: ConfigurationVersionRow, before: State | None) -> Version:
    return Version(
        id=row.id,
        kind=row.kind,
        object_id=row.object_id,
        object_name=row.object_name,
        number=row.number,
        state=row.state,
        before=before,
        author=Author(row.author_kind, row.author_id, row.author_name),
        action=row.action,
        event_id=row.event_id,
        reason=row.reason,
        approved_by=row.approved_by,
        restored_from=row.restored_from,
        at=row.at,
    )


def _proposal(row: ConfigurationProposalRow) -> Proposal:
    return Proposal(
        id=row.id,
        state="expired" if row.state == "open" and row.expires_at <= now() else row.state,
        author=Author(row.author_kind, row.author_id, row.author_name),
        person_id=row.person_id,
        action=row.action,
        reason=row.reason,
        steps=tuple(Step(one["kind"], one["object_id"], one["name"], one["before"], one["after"]) for one in row.steps),
        at=row.at,
        expires_at=row.expires_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        decision=row.decision,
    )
