"""Endpoints of the audit log. Who may use them is decided above: permissions are of the floor over this one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from powerautomation.governance.audit import csv_export, rules, service
from powerautomation.governance.audit.entities import Actor, AuditEvent, Filters, Target
from powerautomation.governance.audit.ports import Reader
from powerautomation.governance.audit.schemas import (
    AuditActorAnswer,
    AuditChangeAnswer,
    AuditEventAnswer,
    AuditEventList,
    AuditTargetAnswer,
    Outcome,
)
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.errors import InvalidInput

Word = Annotated[str | None, Query(min_length=1, max_length=200)]


def _filters(
    actor_id: Word = None,
    action: Word = None,
    target_type: Word = None,
    target_id: Word = None,
    outcome: Outcome | None = None,
    since: Annotated[AwareDatetime | None, Query(description="From this moment on.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before this moment.")] = None,
    text: Word = None,
) -> Filters:
    for name, moment in (("since", since), ("until", until)):
        try:
            _ = moment and moment.astimezone(UTC)
        except OverflowError:
            raise InvalidInput("This moment is in no calendar.", fields={name: "out of range"}) from None
    return Filters(actor_id, action, target_type, target_id, outcome, since, until, text)


Chosen = Annotated[Filters, Depends(_filters)]


def make_router(reads: Any, exports: Any) -> APIRouter:
    """Return the endpoints; ``reads`` and ``exports`` are dependencies that let a Reader through or raise."""
    router = APIRouter(prefix="/api/v1/audit-events", tags=["audit"])

    @router.get("")
    async def list_audit_events(
        request: Request,
        user: Annotated[Reader, Depends(reads)],
        filters: Chosen,
        cursor: Word = None,
        limit: Annotated[int, Query(ge=1, le=service.MOST_LISTED)] = 50,
    ) -> AuditEventList:
        """Return who did what, newest first. A search in texts looks at 5,000 events for one page."""
        async with request.state.database.read() as session:
            page = await service.search_events(session, user.principal.organization_id, filters, cursor, limit)
        return AuditEventList(
            items=[_answer(one) for one in page.items],
            next_cursor=page.next_cursor,
            searched_until=page.searched_until,
        )

    @router.get("/export", response_class=StreamingResponse)
    async def export_audit_events(
        request: Request,
        user: Annotated[Reader, Depends(exports)],
        filters: Chosen,
        format: Annotated[Literal["jsonl", "csv"], Query()] = "jsonl",
    ) -> StreamingResponse:
        """Return events as a file: the whole chain in its order, which `powerautomation audit verify` can check, or,
        with filters, the newest 100,000 that match. That it was taken out is written down first."""
        database: Database = request.state.database
        chosen = {name: value for name in filters.__slots__ if (value := getattr(filters, name)) is not None}
        async with database.unit_of_work() as session:
            told = {"format": format, **{name: _told(value) for name, value in chosen.items()}}
            service.record(session, user.principal, "audit.export", Target("audit", ""), after=told)
        owner = user.principal.organization_id
        found = service.export_matching(database, owner, filters) if chosen else service.export_chain(database, owner)
        return StreamingResponse(
            _lines(found, format),
            media_type="text/csv; charset=utf-8" if format == "csv" else "application/x-ndjson",
            headers={"content-disposition": f'attachment; filename="audit-events.{format}"'},
        )

    return router


async def _lines(found: AsyncIterator[AuditEvent], form: str) -> AsyncIterator[bytes]:
    if form == "csv":
        yield csv_export.csv_head()
    # Some lines at once: one send each would cost more than the lines.
    gathered: list[bytes] = []
    async for one in found:
        gathered.append(csv_export.csv_line(one) if form == "csv" else rules.export_line(one))
        if len(gathered) == 200:
            yield b"".join(gathered)
            gathered = []
    yield b"".join(gathered)


def _told(value: Any) -> str:
    return rules.moment_text(value) if isinstance(value, datetime) else str(value)


def _answer(one: AuditEvent) -> AuditEventAnswer:
    event = one.event
    return AuditEventAnswer(
        id=event.id,
        sequence=one.sequence,
        occurred_at=event.occurred_at,
        actor=_actor(event.actor),
        on_behalf_of=None if event.on_behalf_of is None else _actor(event.on_behalf_of),
        ip=event.origin.ip,
        user_agent=event.origin.user_agent,
        request_id=event.origin.request_id,
        action=event.action,
        target=AuditTargetAnswer(type=event.target.type, id=event.target.id, name=event.target.name),
        outcome=event.outcome,
        changes=[AuditChangeAnswer(field=one.field, before=one.before, after=one.after) for one in event.changes],
        reason=event.reason,
        approved_by=event.approved_by,
        previous_hash=one.previous_hash,
        hash=one.hash,
    )


def _actor(actor: Actor) -> AuditActorAnswer:
    return AuditActorAnswer(kind=actor.kind, id=actor.id, name=actor.name)
