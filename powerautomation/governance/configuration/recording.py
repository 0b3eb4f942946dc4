"""Writes a version of whatever setting a unit of work changed, right before its commit; or stops the change and keeps
it as a proposal, where the organization wants a second person.

It listens to the audit log: what changes a setting is written down there, so no use case can forget its version. The
state is read once the change is made, in the same transaction.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from powerautomation.governance import audit
from powerautomation.governance.configuration import repository, rules
from powerautomation.governance.configuration.entities import Author, Kind, Kinds, Policy, State, Step
from powerautomation.governance.configuration.errors import Proposed, SecretNotProposable, TooManyProposals
from powerautomation.governance.configuration.repository import AsyncSession
from powerautomation.governance.configuration.tables import ConfigurationProposalRow, ConfigurationVersionRow
from powerautomation.infrastructure.database import Database, after_rollback, before_commit
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

POLICY_KIND = "approval_policy"
KEPT_OPEN = timedelta(days=7)
MOST_OPEN = 200
# Keys in ``AsyncSession.info``.
KINDS = "configuration kinds"
APPROVED = "configuration approved"
RESTORED = "configuration restored"
_PENDING = "configuration pending"
_Key = tuple[str, str, str]


class _Noted(NamedTuple):
    event: audit.NewEvent
    cause: audit.Cause


def watch(database: Database, kinds: Kinds) -> None:
    """Have every later unit of work of a database write versions of these kinds."""
    database.tell_sessions(KINDS, kinds)
    database.tell_sessions(audit.LISTENERS, (_note,))


def _note(session: AsyncSession, event: audit.NewEvent) -> None:
    kinds: Kinds = session.info[KINDS]
    found = kinds.of_target(event.target.type, event.target.id) if event.outcome == "done" else None
    if found is None:
        return
    pending: dict[_Key, _Noted] | None = session.info.get(_PENDING)
    if pending is None:
        session.info[_PENDING] = pending = {}
        # After the audit log's own last work, which holds the organization's chain: numbers are given in turn.
        before_commit(session, _write)
    pending[event.organization_id, found[0].name, found[1]] = _Noted(event, audit.present_cause())


async def _write(session: AsyncSession) -> None:
    kinds: Kinds = session.info[KINDS]
    pending: dict[_Key, _Noted] = session.info.pop(_PENDING)
    waiting: list[tuple[Step, Kind, audit.NewEvent]] = []
    for (organization_id, name, object_id), (event, cause) in pending.items():
        kind = kinds.by_name[name]
        state = rules.plain(await kind.read(session, organization_id, object_id))
        last = await repository.find_last(session, organization_id, name, object_id)
        before = last.state if last is not None else None
        if rules.canonical(before) == rules.canonical(state):
            continue
        if await _needs_second(session, kinds, kind, event, before, state):
            waiting.append((Step(name, object_id, _name_of(kind, state or before), before, state), kind, event))
            continue
        restored = session.info.get(RESTORED) if last is not None else None
        row = version_row(organization_id, kind, object_id, last, state, event)
        row.restored_from, row.approved_by, row.approver_id = restored, cause.approver_name, cause.approved_by or ""
        await repository.add_version(session, row, kind.most_versions)
    if waiting:
        _propose(session, waiting)


async def _needs_second(
    session: AsyncSession, kinds: Kinds, kind: Kind, event: audit.NewEvent, before: State | None, after: State | None
) -> bool:
    # Whoever has the machine has the database: the command line is the way out when nobody is left to agree.
    if session.info.get(APPROVED) or event.actor.kind in ("command_line", "system"):
        return False
    # A kill switch waits for nobody.
    if event.action == "flags.switch_off":
        return False
    if kind.name == POLICY_KIND:
        policy = policy_from(before)
        needed = bool(policy.kinds)
    else:
        policy = policy_of(await repository.find_policy(session, event.organization_id))
        needed = kind.name in policy.kinds
    if not needed or (policy.only_in_production and kinds.environment != "production"):
        return False
    # A key can be replaced at once: nothing else changes, and a secret cannot wait in a proposal.
    only_secret = rules.canonical(rules.without(before, kind.secrets)) == rules.canonical(
        rules.without(after, kind.secrets)
    )
    return not only_secret


def _propose(session: AsyncSession, waiting: list[tuple[Step, Kind, audit.NewEvent]]) -> None:
    """Stop the unit of work, and have the change kept as a proposal. Raises Proposed, SecretNotProposable."""
    if any(rules.changes_secret(kind, step.before, step.after) for step, kind, _ in waiting):
        raise SecretNotProposable(
            "Nothing was saved. Changes of this kind need a second person, and a secret cannot wait for one.",
            action="Change everything else first; a new secret alone needs nobody. Or use the command line.",
        )
    event = waiting[0][2]
    moment = now()
    row = ConfigurationProposalRow(
        id=new_id("prp"),
        organization_id=event.organization_id,
        state="open",
        author_kind=event.actor.kind,
        author_id=event.actor.id,
        author_name=event.actor.name,
        person_id=audit.present_person() or event.actor.id,
        action=event.action,
        reason=event.reason,
        steps=[
            {"kind": one.kind, "object_id": one.object_id, "name": one.name, "before": one.before, "after": one.after}
            for one, _, _ in waiting
        ],
        at=moment,
        expires_at=moment + KEPT_OPEN,
        decided_by="",
        decider_id="",
        decided_at=None,
        decision="",
    )

    async def keep(afterwards: AsyncSession) -> None:
        if await repository.count_open(afterwards, row.organization_id, moment) >= MOST_OPEN:
            raise TooManyProposals(
                f"Nothing was saved, and {MOST_OPEN} proposals wait already.", action="Decide on some of them first."
            )
        repository.add_proposal(afterwards, row)
        kind: Any = row.author_kind
        author = Principal(kind, row.author_id, row.organization_id, row.author_name)
        target = audit.Target("proposal", row.id, waiting[0][0].name)
        audit.record(afterwards, author, "configuration.propose", target, after={"action": row.action})

    after_rollback(session, keep)
    raise Proposed(
        f"Nothing was changed yet: a second person has to agree. The change waits as proposal {row.id}.",
        action="Ask somebody who may approve to look at Configuration history.",
    )


def version_row(
    organization_id: str,
    kind: Kind,
    object_id: str,
    last: ConfigurationVersionRow | None,
    state: State | None,
    event: audit.NewEvent | None,
) -> ConfigurationVersionRow:
    """Return the next version of an object; without an event it is one that was there before versions were."""
    before = last.state if last is not None else None
    author = Author("system", "", "System")
    if event is not None:
        author = Author(event.actor.kind, event.actor.id, event.actor.name)
    return ConfigurationVersionRow(
        id=new_id("ver"),
        organization_id=organization_id,
        kind=kind.name,
        object_id=object_id,
        object_name=_name_of(kind, state or before),
        number=last.number + 1 if last is not None else 1,
        state=state,
        author_kind=author.kind,
        author_id=author.id,
        author_name=author.name,
        action=event.action if event is not None else "configuration.found",
        event_id=event.id if event is not None else "",
        reason=event.reason if event is not None else "",
        approved_by="",
        approver_id="",
        restored_from=None,
        at=event.occurred_at if event is not None else now(),
    )


def policy_of(row: Any) -> Policy:
    """Return a stored policy, or the one of whoever has none."""
    return Policy() if row is None else Policy(frozenset(row.kinds), row.only_in_production)


def policy_from(state: State | None) -> Policy:
    """Return the policy a state says."""
    return Policy() if state is None else Policy(frozenset(state["kinds"]), bool(state["only_in_production"]))


def _name_of(kind: Kind, state: State | None) -> str:
    return (kind.name_of(state) if state else kind.name)[:300]
