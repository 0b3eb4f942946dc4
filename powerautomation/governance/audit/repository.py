"""All SQL of the audit log."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.governance.audit.entities import (
    FIRST_PREVIOUS_HASH,
    Actor,
    AuditEvent,
    Change,
    Filters,
    Head,
    NewEvent,
    Origin,
    PersonalPart,
    Target,
)
from powerautomation.governance.audit.person_keys import load_keys
from powerautomation.governance.audit.rules import change_objects, without_part
from powerautomation.governance.audit.sealing import ciphers_of, opened, words_of
from powerautomation.governance.audit.tables import AuditEventRow, AuditHeadRow

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Place = tuple[datetime, int]
# A search in texts reads so many events at once.
_FIRST_WINDOW = 100
_LARGEST_WINDOW = 1000


async def hold_head(session: AsyncSession, organization_id: str) -> Head:
    """Return the end of an organization's chain, held until the unit of work ends: one chain grows one event at a
    time."""
    found = await session.scalar(
        select(AuditHeadRow).where(AuditHeadRow.organization_id == organization_id).with_for_update()
    )
    if found is None:
        dialect_insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        await session.execute(
            dialect_insert(AuditHeadRow)
            .values(organization_id=organization_id, sequence=0, hash=FIRST_PREVIOUS_HASH, removed_until=0)
            .on_conflict_do_nothing(index_elements=["organization_id"])
        )
        found = await session.scalar(
            select(AuditHeadRow).where(AuditHeadRow.organization_id == organization_id).with_for_update()
        )
    if found is None:
        raise RuntimeError("the end of an audit chain vanished while it was held")
    return Head(organization_id, found.sequence, found.hash, found.removed_until)


async def append(session: AsyncSession, events: Sequence[AuditEvent]) -> None:
    """Add events of one organization, in order, and move the held end of its chain to the last."""
    await session.execute(insert(AuditEventRow), [_values(one) for one in events])
    last = events[-1]
    await session.execute(
        update(AuditHeadRow)
        .where(AuditHeadRow.organization_id == last.event.organization_id)
        .values(sequence=last.sequence, hash=last.hash)
        .execution_options(synchronize_session=False)
    )


async def list_heads(session: AsyncSession) -> list[Head]:
    """Return the end of every organization's chain."""
    rows = await session.scalars(select(AuditHeadRow).order_by(AuditHeadRow.organization_id))
    return [Head(row.organization_id, row.sequence, row.hash, row.removed_until) for row in rows]


async def list_chain(
    session: AsyncSession, organization_id: str, after: int, until: int, most: int
) -> list[AuditEvent]:
    """Return events in the order of the chain: numbers above ``after`` up to ``until``, at most ``most``."""
    rows = await session.scalars(
        select(AuditEventRow)
        .where(
            AuditEventRow.organization_id == organization_id,
            AuditEventRow.sequence > after,
            AuditEventRow.sequence <= until,
        )
        .order_by(AuditEventRow.sequence)
        .limit(most)
    )
    return await _opened(session, organization_id, rows)


async def list_numbered(session: AsyncSession, organization_id: str, sequences: Collection[int]) -> list[AuditEvent]:
    """Return the events of an organization that have these numbers."""
    rows = await session.scalars(
        select(AuditEventRow).where(
            AuditEventRow.organization_id == organization_id, AuditEventRow.sequence.in_(sequences)
        )
    )
    return await _opened(session, organization_id, rows)


async def find_event(session: AsyncSession, organization_id: str, sequence: int) -> AuditEvent | None:
    """Return one event of the organization."""
    row = await session.scalar(
        select(AuditEventRow).where(
            AuditEventRow.organization_id == organization_id, AuditEventRow.sequence == sequence
        )
    )
    return None if row is None else (await _opened(session, organization_id, [row]))[0]


async def search(
    session: AsyncSession, organization_id: str, filters: Filters, before: Place | None, most: int, most_examined: int
) -> tuple[list[AuditEvent], Place | None]:
    """Return the newest events that match, at most ``most``, and where a search in texts stopped looking: None when it
    looked at all there is. A search in texts looks at ``most_examined`` events and no further: names and addresses are
    sealed under the keys of people, so every one of these is opened."""
    newest = (AuditEventRow.occurred_at.desc(), AuditEventRow.sequence.desc())
    if filters.text is None:
        asked = select(AuditEventRow).where(*_conditions(organization_id, filters, before)).order_by(*newest)
        return await _opened(session, organization_id, await session.scalars(asked.limit(most))), None
    words = filters.text.lower()
    found: list[int] = []
    examined, place, window = 0, before, _FIRST_WINDOW
    ciphers: dict[str, AESGCM] = {}
    asked_for: set[str] = set()
    while len(found) < most and examined < most_examined:
        # What is common is found in the first few; what is rare is not asked for in many small steps.
        window = min(window * 2, _LARGEST_WINDOW, most_examined - examined)
        asked_words = (
            select(*_SEARCHED).where(*_conditions(organization_id, filters, place)).order_by(*newest).limit(window)
        )
        rows = (await session.execute(asked_words)).all()
        people = {person for row in rows for person in (row.actor_person, row.target_person) if person} - asked_for
        asked_for |= people
        if people:
            ciphers |= ciphers_of(await load_keys(session, organization_id, people))
        found += [row.sequence for row in rows if words in _words_of(row, ciphers)]
        examined += len(rows)
        if len(rows) < window:
            place = None
            break
        place = (rows[-1].occurred_at, rows[-1].sequence)
    matching = (
        select(AuditEventRow)
        .where(AuditEventRow.organization_id == organization_id, AuditEventRow.sequence.in_(found[:most]))
        .order_by(*newest)
    )
    return await _opened(session, organization_id, await session.scalars(matching)), place


_SEARCHED = (
    AuditEventRow.occurred_at,
    AuditEventRow.sequence,
    AuditEventRow.actor_person,
    AuditEventRow.target_person,
    AuditEventRow.id,
    AuditEventRow.actor_sealed,
    AuditEventRow.target_sealed,
    AuditEventRow.behalf_name,
    AuditEventRow.actor_name,
    AuditEventRow.actor_id,
    AuditEventRow.action,
    AuditEventRow.target_id,
    AuditEventRow.target_name,
    AuditEventRow.ip,
    AuditEventRow.request_id,
    AuditEventRow.reason,
)


def _words_of(row: Any, ciphers: Any) -> str:
    """Return everything of an event in which a search looks, in small letters."""
    _, _, actor, target, event_id, actor_sealed, target_sealed, behalf, *plain = row
    words = "\n".join((behalf or "", *plain))
    words += words_of(event_id, "actor", actor, actor_sealed or b"", ciphers)
    words += words_of(event_id, "target", target, target_sealed or b"", ciphers)
    return words.lower()


async def _opened(session: AsyncSession, organization_id: str, rows: Iterable[AuditEventRow]) -> list[AuditEvent]:
    """Return rows as events, with the parts of people who were not erased."""
    events = [_event(row) for row in rows]
    people = {part.person for one in events for part in (one.actor_part, one.target_part) if part is not None}
    if not people:
        return events
    ciphers = ciphers_of(await load_keys(session, organization_id, people))
    return [opened(one, ciphers) for one in events]


def _conditions(organization_id: str, filters: Filters, before: Place | None) -> list[ColumnElement[bool]]:
    row = AuditEventRow
    conditions: list[ColumnElement[bool]] = [row.organization_id == organization_id]
    for column, wanted in (
        (row.actor_id, filters.actor_id),
        (row.action, filters.action),
        (row.target_type, filters.target_type),
        (row.target_id, filters.target_id),
        (row.outcome, filters.outcome),
    ):
        if wanted is not None:
            conditions.append(column == wanted)
    if filters.since is not None:
        conditions.append(row.occurred_at >= filters.since)
    if filters.until is not None:
        conditions.append(row.occurred_at < filters.until)
    if before is not None:
        at, sequence = before
        # Twice the bound, so that an index on the moment alone begins in the right place.
        conditions.append(row.occurred_at <= at)
        conditions.append(or_(row.occurred_at < at, and_(row.occurred_at == at, row.sequence < sequence)))
    return conditions


def _values(one: AuditEvent) -> dict[str, Any]:
    actor, target = one.actor_part, one.target_part
    # What is sealed stands nowhere else.
    new = without_part(one.event, actor=actor is not None, target=target is not None)
    behalf = new.on_behalf_of
    return {
        "organization_id": new.organization_id,
        "sequence": one.sequence,
        "id": new.id,
        "occurred_at": new.occurred_at,
        "actor_kind": new.actor.kind,
        "actor_id": new.actor.id,
        "actor_name": new.actor.name,
        "behalf_kind": behalf.kind if behalf else None,
        "behalf_id": behalf.id if behalf else None,
        "behalf_name": behalf.name if behalf else None,
        "ip": new.origin.ip,
        "user_agent": new.origin.user_agent,
        "request_id": new.origin.request_id,
        "action": new.action,
        "target_type": new.target.type,
        "target_id": new.target.id,
        "target_name": new.target.name,
        "outcome": new.outcome,
        "changes": change_objects(new.changes),
        "reason": new.reason,
        "approved_by": new.approved_by,
        "previous_hash": one.previous_hash,
        "hash": one.hash,
        "actor_person": actor.person if actor else None,
        "actor_commitment": actor.commitment if actor else None,
        "actor_sealed": actor.sealed if actor else None,
        "target_person": target.person if target else None,
        "target_commitment": target.commitment if target else None,
        "target_sealed": target.sealed if target else None,
    }


def _event(row: AuditEventRow) -> AuditEvent:
    behalf = None
    if row.behalf_kind is not None:
        behalf = Actor(row.behalf_kind, row.behalf_id or "", row.behalf_name or "")  # type: ignore[arg-type]  # as stored
    return AuditEvent(
        NewEvent(
            id=row.id,
            organization_id=row.organization_id,
            occurred_at=row.occurred_at,
            actor=Actor(row.actor_kind, row.actor_id, row.actor_name),  # type: ignore[arg-type]  # as stored
            on_behalf_of=behalf,
            origin=Origin(row.ip, row.user_agent, row.request_id),
            action=row.action,
            target=Target(row.target_type, row.target_id, row.target_name),
            outcome=row.outcome,  # type: ignore[arg-type]  # as stored
            changes=tuple(Change(one["field"], one["before"], one["after"]) for one in row.changes),
            reason=row.reason,
            approved_by=row.approved_by,
        ),
        row.sequence,
        row.previous_hash,
        row.hash,
        _part(row.actor_person, row.actor_commitment, row.actor_sealed),
        _part(row.target_person, row.target_commitment, row.target_sealed),
    )


def _part(person: str | None, commitment: str | None, sealed: bytes | None) -> PersonalPart | None:
    return None if person is None else PersonalPart(person, commitment or "", sealed or b"")
