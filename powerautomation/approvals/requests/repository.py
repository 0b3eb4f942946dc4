"""All SQL about approvals. Every query is filtered by organization, but for those of the jobs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession as AsyncSession

from powerautomation.approvals.requests.tables import (
    ApprovalMemoryRow,
    ApprovalRow,
    ApprovalSettingsRow,
    ApprovalVoteRow,
)


class Sought(NamedTuple):
    """Which approvals: of an owner or requester, in states, of levels, of one call, before a cursor (an id)."""

    owner_id: str | None = None
    requester_id: str | None = None
    states: Sequence[str] = ()
    levels: Sequence[str] = ()
    tool: str = ""
    call_id: str = ""
    before: str = ""


async def insert_row(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Create a request; False (and nothing created) when its requester has one of the same call."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    created = await session.scalar(
        insert(ApprovalRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["organization_id", "requester_id", "call_id"])
        .returning(ApprovalRow.id)
    )
    return created is not None


async def find_row(
    session: AsyncSession, organization_id: str, approval_id: str, *, hold: bool = False
) -> ApprovalRow | None:
    """Return one request; ``hold`` keeps it from being changed by others until the unit of work ends."""
    query = select(ApprovalRow).where(ApprovalRow.organization_id == organization_id, ApprovalRow.id == approval_id)
    if hold:
        query = query.with_for_update()
    return await session.scalar(query.execution_options(populate_existing=True))


async def find_call(session: AsyncSession, organization_id: str, requester_id: str, call_id: str) -> ApprovalRow | None:
    """Return the request of one call of a requester."""
    return await session.scalar(
        select(ApprovalRow)
        .where(
            ApprovalRow.organization_id == organization_id,
            ApprovalRow.requester_id == requester_id,
            ApprovalRow.call_id == call_id,
        )
        .execution_options(populate_existing=True)
    )


async def list_rows(session: AsyncSession, organization_id: str, sought: Sought, most: int) -> list[ApprovalRow]:
    """Return the newest requests that are sought, newest first."""
    query = select(ApprovalRow).where(ApprovalRow.organization_id == organization_id)
    if sought.owner_id is not None:
        query = query.where(ApprovalRow.owner_id == sought.owner_id)
    if sought.requester_id is not None:
        query = query.where(ApprovalRow.requester_id == sought.requester_id)
    if sought.states:
        query = query.where(ApprovalRow.state.in_(sought.states))
    if sought.levels:
        query = query.where(ApprovalRow.level.in_(sought.levels))
    if sought.tool:
        query = query.where(ApprovalRow.tool == sought.tool)
    if sought.call_id:
        query = query.where(ApprovalRow.call_id == sought.call_id)
    if sought.before:
        query = query.where(ApprovalRow.id < sought.before)
    return list(await session.scalars(query.order_by(ApprovalRow.id.desc()).limit(most)))


async def change_state(
    session: AsyncSession,
    organization_id: str,
    approval_id: str,
    before: str,
    values: dict[str, Any],
    *,
    not_over_at: datetime | None = None,
    digest: str | None = None,
    over_at: datetime | None = None,
) -> bool:
    """Change a request that is in the state ``before``, and (where told) whose time is not over or is, and that still
    has the digest: one conditional write, so that of several at once one succeeds. Return whether it did."""
    query = update(ApprovalRow).where(
        ApprovalRow.organization_id == organization_id, ApprovalRow.id == approval_id, ApprovalRow.state == before
    )
    if not_over_at is not None:
        query = query.where(ApprovalRow.ends_at > not_over_at)
    if over_at is not None:
        query = query.where(ApprovalRow.ends_at <= over_at)
    if digest is not None:
        query = query.where(ApprovalRow.digest == digest)
    changing = query.values(**values).returning(ApprovalRow.id).execution_options(synchronize_session=False)
    return await session.scalar(changing) is not None


async def count_in_states(
    session: AsyncSession, organization_id: str, states: Sequence[str], requester_id: str | None = None
) -> int:
    """Return how many requests of an organization, or one requester of it, are in these states."""
    query = (
        select(func.count())
        .select_from(ApprovalRow)
        .where(ApprovalRow.organization_id == organization_id, ApprovalRow.state.in_(states))
    )
    if requester_id is not None:
        query = query.where(ApprovalRow.requester_id == requester_id)
    return await session.scalar(query) or 0


async def list_over(session: AsyncSession, moment: datetime, most: int) -> list[tuple[str, str, str]]:
    """Return organization, id and state of requests of all organizations whose state's time is over."""
    rows = await session.execute(
        select(ApprovalRow.organization_id, ApprovalRow.id, ApprovalRow.state)
        .where(ApprovalRow.ends_at <= moment)
        .order_by(ApprovalRow.ends_at)
        .limit(most)
    )
    return [(row.organization_id, row.id, row.state) for row in rows]


async def delete_older(session: AsyncSession, moment: datetime, most: int) -> int:
    """Delete at most ``most`` ended requests of all organizations made before a moment; return how many."""
    old = select(ApprovalRow.id).where(ApprovalRow.created_at < moment, ApprovalRow.ends_at.is_(None)).limit(most)
    ids = list(await session.scalars(old))
    if ids:
        await session.execute(delete(ApprovalRow).where(ApprovalRow.id.in_(ids)))
    return len(ids)


async def list_votes(session: AsyncSession, organization_id: str, ids: Sequence[str]) -> list[ApprovalVoteRow]:
    """Return what people said to these requests, in the order in which they did."""
    if not ids:
        return []
    query = select(ApprovalVoteRow).where(
        ApprovalVoteRow.organization_id == organization_id, ApprovalVoteRow.approval_id.in_(ids)
    )
    ordered = query.order_by(ApprovalVoteRow.at, ApprovalVoteRow.person_id)
    return list(await session.scalars(ordered.execution_options(populate_existing=True)))


async def put_vote(session: AsyncSession, values: dict[str, Any]) -> None:
    """Note what one person says now, in the place of what it said before."""
    insert: Any = (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(ApprovalVoteRow)
    changed = {name: values[name] for name in ("decision", "reason", "channel", "digest", "at")}
    await session.execute(
        insert.values(**values).on_conflict_do_update(index_elements=["approval_id", "person_id"], set_=changed)
    )


async def list_memories(
    session: AsyncSession, organization_id: str, *, requester_id: str = "", tool: str = "", person_id: str = ""
) -> list[ApprovalMemoryRow]:
    """Return remembered answers, newest first."""
    query = select(ApprovalMemoryRow).where(ApprovalMemoryRow.organization_id == organization_id)
    if requester_id:
        query = query.where(ApprovalMemoryRow.requester_id == requester_id)
    if tool:
        query = query.where(ApprovalMemoryRow.tool == tool)
    if person_id:
        query = query.where(ApprovalMemoryRow.person_id == person_id)
    return list(await session.scalars(query.order_by(ApprovalMemoryRow.id.desc())))


async def add_memory(session: AsyncSession, values: dict[str, Any]) -> None:
    """Remember an answer."""
    session.add(ApprovalMemoryRow(**values))
    await session.flush()


async def find_memory(session: AsyncSession, organization_id: str, memory_id: str) -> ApprovalMemoryRow | None:
    """Return one remembered answer."""
    return await session.scalar(
        select(ApprovalMemoryRow).where(
            ApprovalMemoryRow.organization_id == organization_id, ApprovalMemoryRow.id == memory_id
        )
    )


async def count_memories(session: AsyncSession, organization_id: str) -> int:
    """Return how many answers an organization remembers."""
    query = select(func.count()).select_from(ApprovalMemoryRow)
    return await session.scalar(query.where(ApprovalMemoryRow.organization_id == organization_id)) or 0


async def note_use(session: AsyncSession, organization_id: str, memory_id: str) -> None:
    """Count one use of a remembered answer."""
    await session.execute(
        update(ApprovalMemoryRow)
        .where(ApprovalMemoryRow.organization_id == organization_id, ApprovalMemoryRow.id == memory_id)
        .values(used=ApprovalMemoryRow.used + 1)
        .execution_options(synchronize_session=False)
    )


async def delete_memory(session: AsyncSession, organization_id: str, memory_id: str) -> bool:
    """Forget an answer; return whether it was there."""
    forgetting = delete(ApprovalMemoryRow).where(
        ApprovalMemoryRow.organization_id == organization_id, ApprovalMemoryRow.id == memory_id
    )
    return await session.scalar(forgetting.returning(ApprovalMemoryRow.id)) is not None


async def is_automatic(session: AsyncSession, organization_id: str) -> bool:
    """Say whether anything is agreed to without a person."""
    found = await session.scalar(
        select(ApprovalSettingsRow.automatic).where(ApprovalSettingsRow.organization_id == organization_id)
    )
    return found is None or found


async def find_switch(session: AsyncSession, organization_id: str) -> tuple[bool, str, datetime] | None:
    """Return how the switch stands, which person turned it and when; None when nobody ever did."""
    row = (
        await session.execute(
            select(ApprovalSettingsRow.automatic, ApprovalSettingsRow.updated_by, ApprovalSettingsRow.updated_at).where(
                ApprovalSettingsRow.organization_id == organization_id
            )
        )
    ).one_or_none()
    return None if row is None else (row.automatic, row.updated_by, row.updated_at)


async def put_automatic(
    session: AsyncSession, organization_id: str, automatic: bool, person_id: str, moment: datetime
) -> None:
    """Turn the switch."""
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    changed = {"automatic": automatic, "updated_by": person_id, "updated_at": moment}
    await session.execute(
        insert(ApprovalSettingsRow)
        .values(organization_id=organization_id, **changed)
        .on_conflict_do_update(index_elements=["organization_id"], set_=changed)
    )
