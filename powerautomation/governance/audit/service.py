"""What can be done with the audit log: add to it, look through it, take it out."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

from powerautomation.governance.audit import repository, rules
from powerautomation.governance.audit.entities import (
    Actor,
    AuditEvent,
    EventPage,
    Filters,
    Head,
    NewEvent,
    Origin,
    Outcome,
    Target,
)
from powerautomation.governance.audit.errors import CursorInvalid
from powerautomation.governance.audit.heads import Signer, find_signer, keep_seed, new_seed, signer_of
from powerautomation.governance.audit.origins import note_recorded, present_cause, present_origin
from powerautomation.governance.audit.person_keys import hold_keys, shred_key
from powerautomation.governance.audit.repository import AsyncSession
from powerautomation.governance.audit.sealing import actor_person, sealed, target_person
from powerautomation.governance.encryption import SecretBox
from powerautomation.infrastructure.database import Database, before_commit
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import from_ms, now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

# A search in texts looks at so many events for one page.
MOST_EXAMINED = 5000
MOST_LISTED = 200
# With filters; the whole chain has no end but its own.
MOST_EXPORTED = 100_000
_EXPORT_BATCH = 1000
_PENDING = "audit events"
# Key in ``AsyncSession.info``: who is told of every event as it is recorded, ``(session, NewEvent)``.
LISTENERS = "audit listeners"


def record(
    session: AsyncSession,
    principal: Principal,
    action: str,
    target: Target,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    outcome: Outcome = "done",
    reason: str = "",
    approved_by: str | None = None,
) -> str:
    """Write down, in the caller's unit of work, that ``principal`` did ``action`` (``api_keys.create``); return the
    event's id.

    before, after: what can be known of the target's state by field name, without secrets (use ``sealed_secret``); only
    what differs is kept. The event is added to the chain right before the commit; when that fails nothing is saved.
    """
    origin = present_origin()
    principal_kind = principal.kind
    named = Actor(principal_kind, rules.text(principal.id, 64), rules.text(principal.name, 200), principal.owner_id)
    return _add(
        session, principal.organization_id, origin, named, action, target, before, after, outcome, reason, approved_by
    )


def record_stranger(
    session: AsyncSession, organization_id: str, action: str, target: Target, *, outcome: Outcome, reason: str
) -> str:
    """Write down what somebody did who is not known, such as a failed sign-in."""
    stranger = Actor("unknown", "", "")
    return _add(session, organization_id, present_origin(), stranger, action, target, None, None, outcome, reason, None)


def _add(
    session: AsyncSession,
    organization_id: str,
    origin: Origin,
    named: Actor,
    action: str,
    target: Target,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    outcome: Outcome,
    reason: str,
    approved_by: str | None,
) -> str:
    at_hand = origin.actor
    if at_hand is not None and at_hand.kind == named.kind:
        at_hand = None
    cause = present_cause()
    new = NewEvent(
        id=new_id("aud"),
        organization_id=organization_id,
        occurred_at=now(),
        actor=at_hand or named,
        on_behalf_of=named if at_hand else None,
        origin=Origin(
            rules.text(origin.ip, 64), rules.text(origin.user_agent, 300), rules.text(origin.request_id, 128)
        ),
        action=action,
        target=Target(target.type, rules.text(target.id, 200), rules.text(target.name, 300), target.person),
        outcome=outcome,
        changes=rules.changed_fields(before, after),
        reason=rules.text(reason or cause.reason, rules.LONGEST_TEXT),
        approved_by=approved_by or cause.approved_by,
    )
    pending: list[NewEvent] | None = session.info.get(_PENDING)
    if pending is None:
        session.info[_PENDING] = pending = []
        before_commit(session, _write_pending)
    pending.append(new)
    note_recorded(action)
    for listener in session.info.get(LISTENERS, ()):
        listener(session, new)
    return new.id


async def _write_pending(session: AsyncSession) -> None:
    """Chain and store what this unit of work recorded. Organizations in order, so that nobody waits in a circle."""
    pending: list[NewEvent] = session.info.pop(_PENDING)
    for organization_id in sorted({one.organization_id for one in pending}):
        head = await repository.hold_head(session, organization_id)
        sequence, previous = head.sequence, head.hash
        mine = [one for one in pending if one.organization_id == organization_id]
        people = {person for one in mine for person in (actor_person(one), target_person(one)) if person}
        keys = await hold_keys(session, organization_id, people)
        chained = []
        for new in mine:
            sequence += 1
            told, actor, target = sealed(new, keys)
            digest = rules.hash_of(rules.event_object(told, sequence, previous, actor, target))
            chained.append(AuditEvent(told, sequence, previous, digest, actor, target))
            previous = digest
        await repository.append(session, chained)


async def shred_person(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Make what the log has of a person unreadable for ever: it keeps ids and commitments. Record in the same unit of
    work that the person was erased (``personal_data.erase`` with the person as target): the verifier takes parts that
    cannot be read for tampering where no event says so."""
    # In the order in which events are added: a key is never emptied while one is being sealed with it.
    await repository.hold_head(session, organization_id)
    await shred_key(session, organization_id, user_id)


def sealed_secret(box: SecretBox, secret: str) -> str:
    """Return what the log holds instead of a secret: it shows that a secret changed, or is one that was used before,
    and nothing else."""
    return rules.sealed(box.derive("audit secrets"), secret) if secret else ""


async def search_events(
    session: AsyncSession, organization_id: str, filters: Filters, cursor: str | None, limit: int
) -> EventPage:
    """Return events of the organization that match, newest first, at most ``limit`` (up to 200). Raises
    CursorInvalid."""
    limit = min(limit, MOST_LISTED)
    place = None if cursor is None else _place_of(cursor)
    found, stop = await repository.search(session, organization_id, filters, place, limit + 1, MOST_EXAMINED)
    if len(found) > limit:
        last = found[limit - 1]
        at = last.event.occurred_at
        return EventPage(tuple(found[:limit]), _cursor_of((at, last.sequence)), None)
    if stop is not None:
        return EventPage(tuple(found), _cursor_of(stop), stop[0])
    return EventPage(tuple(found), None, None)


def _cursor_of(place: repository.Place) -> str:
    moment, sequence = place
    return base64.urlsafe_b64encode(f"{round(moment.timestamp() * 1000)}.{sequence}".encode()).decode().rstrip("=")


def _place_of(cursor: str) -> repository.Place:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        moment, _, sequence = text.partition(".")
        if not (moment.isdigit() and sequence.isdigit() and len(moment) < 15 and len(sequence) < 19):
            raise ValueError("not a place")
        return from_ms(int(moment)), int(sequence)
    except (ValueError, binascii.Error):
        raise CursorInvalid("The cursor is not one this server gave.", action="Begin with the first page.") from None


async def export_chain(
    database: Database, organization_id: str, first: int = 1, until: int | None = None
) -> AsyncIterator[AuditEvent]:
    """Yield an organization's chain in order, from event number ``first`` on, as far as it reached when asked. Where
    somebody was erased meanwhile it goes on to the event that says so: without it the parts that are missing would be
    tampering."""
    after, erased_by_then = first - 1, set[str]()
    async with database.read() as session:
        # What was let go may be there still, in part.
        heads = {head.organization_id: head for head in await repository.list_heads(session)}
    if organization_id in heads:
        after = max(after, heads[organization_id].removed_until)
        until = heads[organization_id].sequence if until is None else until
    while until is not None:
        # One short transaction a batch: a long one would keep the database from tidying up.
        async with database.read() as session:
            batch = await repository.list_chain(session, organization_id, after, until, _EXPORT_BATCH)
        for one in batch:
            _follow(one, erased_by_then)
            yield one
        after = batch[-1].sequence if batch else after
        if len(batch) < _EXPORT_BATCH:
            if not erased_by_then:
                return
            async with database.read() as session:
                heads = {head.organization_id: head for head in await repository.list_heads(session)}
            reached = heads[organization_id].sequence if organization_id in heads else until
            if reached <= until:
                return
            until = reached


def _follow(one: AuditEvent, erased_by_then: set[str]) -> None:
    """Note whose parts were missing, until the event that says why."""
    for part in (one.actor_part, one.target_part):
        if part is not None and not part.salt:
            erased_by_then.add(part.person)
    if one.event.action == "personal_data.erase":
        erased_by_then.discard(one.event.target.id)


async def export_matching(database: Database, organization_id: str, filters: Filters) -> AsyncIterator[AuditEvent]:
    """Yield the events that match, newest first, at most 100,000."""
    place: repository.Place | None = None
    left = MOST_EXPORTED
    while left > 0:
        async with database.read() as session:
            most = min(_EXPORT_BATCH, left)
            batch, stop = await repository.search(session, organization_id, filters, place, most, MOST_EXAMINED)
        for one in batch:
            yield one
        left -= len(batch)
        if len(batch) == most:
            place = (batch[-1].event.occurred_at, batch[-1].sequence)
        elif stop is not None:
            place = stop
        else:
            return


async def list_next(session: AsyncSession, organization_id: str, after: int, most: int) -> list[AuditEvent]:
    """Return the events of an organization that follow event number ``after``, in order, at most ``most``."""
    return await repository.list_chain(session, organization_id, after, rules.LARGEST_INTEGER, most)


async def own_parts(
    session: AsyncSession, organization_id: str, user_id: str, sequences: Collection[int]
) -> dict[int, dict[str, Any]]:
    """Return, by the numbers of events, what of them is a person's data: names of columns and their values."""
    found: dict[int, dict[str, Any]] = {}
    for one in await repository.list_numbered(session, organization_id, sequences):
        mine = found.setdefault(one.sequence, {})
        if one.actor_part is not None and one.actor_part.person == user_id:
            content = rules.actor_content(one.event)
            mine |= {"actor_name": content["actor"], "behalf_name": content["on_behalf_of"]}
            mine |= {"ip": content["ip"], "user_agent": content["user_agent"]}
        if one.target_part is not None and one.target_part.person == user_id:
            content = rules.target_content(one.event)
            mine |= {"target_name": content["name"], "changes": content["changes"], "reason": content["reason"]}
    return found


async def list_heads(session: AsyncSession) -> list[Head]:
    """Return the end of every organization's chain."""
    return await repository.list_heads(session)


async def open_signer(settings: Settings, database: Database, principal: Principal) -> Signer:
    """Return who signs heads: with the key of the settings, or of the data folder, where one is made at first use.

    That a key is made is written down before it is there. Raises SigningKeyInvalid, and what the database raises.
    """
    found = await asyncio.to_thread(find_signer, settings)
    if found is not None:
        return found
    seed = new_seed()
    made = signer_of(seed)
    async with database.unit_of_work() as session:
        target = Target("signing_key", made.key_id)
        record(session, principal, "signing_keys.create", target, after={"public_key": made.public_key})
    await asyncio.to_thread(keep_seed, settings, seed)
    kept = await asyncio.to_thread(find_signer, settings)
    assert kept is not None, "the key was just put there"
    return kept
