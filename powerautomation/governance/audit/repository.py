"""All SQL of the audit log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update
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
    Target,
)
from powerautomation.governance.audit.rules import like_pattern
from powerautomation.governance.audit.tables import AuditEventRow, AuditHeadRow

Place = tuple[datetime, int]


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
    return [_event(row) for row in rows]


async def find_event(session: AsyncSession, organization_id: str, sequence: int) -> AuditEvent | None:
    """Return one event of the organization."""
    row = await session.scalar(
        select(AuditEventRow).where(
            AuditEventRow.organization_id == organization_id, AuditEventRow.sequence == sequence
        )
    )
    return None if row is None else _event(row)


async def search(
    session: AsyncSession, organization_id: str, filters: Filters, before: Place | None, most: int, most_examined: int
) -> tuple[list[AuditEvent], Place | None]:
    """Return the newest events that match, at most ``most``, and where a search in texts stopped looking: None when it
    looked at all there is. A search in texts looks at ``most_examined`` events and no further."""
    newest = (AuditEventRow.occurred_at.desc(), AuditEventRow.sequence.desc())
    conditions = _conditions(organization_id, filters, before)
    if filters.text is None:
        rows = await session.scalars(select(AuditEventRow).where(*conditions).order_by(*newest).limit(most))
        return [_event(row) for row in rows], None
    examined = (
        select(AuditEventRow.occurred_at, AuditEventRow.sequence)
        .where(*conditions)
        .order_by(*newest)
        .offset(most_examined - 1)
        .limit(1)
    )
    stop = (await session.execute(examined)).one_or_none()
    found: Select[Any] = select(AuditEventRow).where(*conditions, _matches(filters.text))
    if stop is not None:
        found = found.where(
            AuditEventRow.occurred_at >= stop.occurred_at,
            or_(AuditEventRow.occurred_at > stop.occurred_at, AuditEventRow.sequence >= stop.sequence),
        )
    rows = await session.scalars(found.order_by(*newest).limit(most))
    return [_event(row) for row in rows], None if stop is None else (stop.occurred_at, stop.sequence)


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


def _matches(words: str) -> ColumnElement[bool]:
    row = AuditEventRow
    columns = (
        row.actor_name,
        row.actor_id,
        row.action,
        row.target_id,
        row.target_name,
        row.ip,
        row.request_id,
        row.reason,
    )
    searched: ColumnElement[str] = func.coalesce(row.behalf_name, "")
    for column in columns:
        searched = searched + "\n" + column
    return func.lower(searched).like(like_pattern(words), escape="\\")


def _values(one: AuditEvent) -> dict[str, Any]:
    new = one.event
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
        "changes": [{"field": change.field, "before": change.before, "after": change.after} for change in new.changes],
        "reason": new.reason,
        "approved_by": new.approved_by,
        "previous_hash": one.previous_hash,
        "hash": one.hash,
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
    )
