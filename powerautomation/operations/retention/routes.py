"""Endpoint of retention."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from powerautomation.identity.access import SignedInUser, requires
from powerautomation.infrastructure.removals import list_removals
from powerautomation.operations.retention import rules
from powerautomation.operations.retention.entities import RetentionState
from powerautomation.operations.retention.schemas import RetentionAnswer, RetentionList

router = APIRouter(prefix="/api/v1/retention", tags=["personal data"])
# How many rows went is of every organization of the server.
_SEES_ALL = "settings:read"


@router.get("")
async def list_retention(
    request: Request, user: Annotated[SignedInUser, Depends(requires("personal_data:read"))]
) -> RetentionList:
    """Return every rule that removes data: after how long, when it ran last and runs next, and whether it failed."""
    async with request.state.database.read() as session:
        known = await list_removals(session)
    found = [rules.state_of(one, known.get(one.name)) for one in rules.rules_of(request.app.state.settings)]
    counts = _SEES_ALL in user.permissions
    return RetentionList(items=[_answer(one, counts=counts) for one in found])


def _answer(one: RetentionState, *, counts: bool) -> RetentionAnswer:
    rule = one.rule
    return RetentionAnswer(
        name=rule.name,
        tables=list(rule.tables),
        ends=rule.ends,
        days=rule.days,
        setting=rule.setting,
        ran_at=one.ran_at,
        next_at=one.next_at,
        removed=one.removed if counts else None,
        total=one.total if counts else None,
        failed_at=one.failed_at,
        failure=one.failure,
    )
