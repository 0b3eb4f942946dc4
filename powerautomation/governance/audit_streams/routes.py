"""Endpoint of the streams. Who may use it is decided above: permissions are of the floor over this one."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request

from powerautomation.governance.audit_streams.entities import StreamReport
from powerautomation.governance.audit_streams.ports import Reader
from powerautomation.governance.audit_streams.schemas import AuditStreamAnswer, AuditStreamList
from powerautomation.governance.audit_streams.service import report_streams


def make_streams_router(reads: Any) -> APIRouter:
    """Return the endpoints; ``reads`` is a dependency that lets a Reader through or raises."""
    router = APIRouter(prefix="/api/v1/audit-streams", tags=["audit"])

    @router.get("")
    async def list_audit_streams(request: Request, user: Annotated[Reader, Depends(reads)]) -> AuditStreamList:
        """Return where audit events are sent as they happen, and how far each receiver is behind."""
        async with request.state.database.read() as session:
            reports = await report_streams(session, request.app.state.audit_streams, user.principal.organization_id)
        return AuditStreamList(items=[_answer(one) for one in reports])

    return router


def _answer(one: StreamReport) -> AuditStreamAnswer:
    condition = one.condition
    return AuditStreamAnswer(
        name=one.name,
        kind=cast("Any", one.kind),
        paused=one.paused,
        behind=one.behind,
        failures=condition.failures,
        error=condition.error,
        tried_at=condition.tried_at,
        delivered_at=condition.delivered_at,
    )
