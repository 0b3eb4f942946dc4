"""Endpoints of access policies."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import (
    SignedInUser,
    Supposed,
    check_permission,
    confirmed,
    explanation_answer,
    requires,
    schema_text,
    unit_of_work,
)
from powerautomation.identity.policies import service
from powerautomation.identity.policies.entities import PolicyView
from powerautomation.identity.policies.schemas import (
    PolicyAnswer,
    PolicyBody,
    PolicyChange,
    PolicyList,
    PolicySchemaAnswer,
    PolicyVersionAnswer,
    PolicyVersionList,
    TextProblemAnswer,
    TryAnswer,
    TryBody,
)

router = APIRouter(prefix="/api/v1/policies", tags=["policies"])
Reader = Annotated[SignedInUser, Depends(requires("policies:read"))]
Writer = Annotated[SignedInUser, Depends(requires("policies:write"))]
Unit = Annotated[Any, unit_of_work]


@router.get("")
async def list_policies(request: Request, user: Reader) -> PolicyList:
    """Return every policy, those that are switched off included."""
    async with request.state.database.read() as session:
        views = await service.list_policies(session, user.principal.organization_id)
    return PolicyList(items=[_answer(view) for view in views])


@router.get("/schema")
async def get_policy_schema(_user: Reader) -> PolicySchemaAnswer:
    """Return what a policy may name, as a Cedar schema."""
    return PolicySchemaAnswer(text=schema_text())


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[Depends(confirmed)])
async def create_policy(body: PolicyBody, user: Writer, session: Unit) -> PolicyAnswer:
    """Make a policy; unless it is made switched off, it decides from the next request on."""
    return _answer(
        await service.create_policy(
            session,
            user,
            name=body.name,
            summary=body.summary or "",
            text=body.text,
            enabled=body.enabled is not False,
        )
    )


@router.post("/test")
async def try_policy(request: Request, body: TryBody, user: Reader) -> TryAnswer:
    """Say what is wrong with a policy's text, and what would be decided under supposed circumstances. Changes
    nothing."""
    if body.user_id not in (None, "", user.owner_id):
        check_permission(user, "users:read")
    async with request.state.database.read() as session:
        tried = await service.try_policy(
            session,
            user,
            permission=body.permission or None,
            user_id=body.user_id or None,
            supposed=body.supposed or Supposed(),
            text=body.text,
            policy_id=body.policy_id or None,
        )
    before, after = (
        None if told is None else explanation_answer(tried.user_id, told, []) for told in (tried.before, tried.after)
    )
    problems = [TextProblemAnswer(line=one.line, column=one.column, message=one.message) for one in tried.problems]
    return TryAnswer(problems=problems, before=before, after=after)


@router.patch("/{policy_id}", dependencies=[Depends(confirmed)])
async def update_policy(policy_id: str, body: PolicyChange, user: Writer, session: Unit) -> PolicyAnswer:
    """Change a policy or switch it; it holds for the next request."""
    return _answer(await service.change_policy(session, user, policy_id, body.model_dump(exclude_none=True)))


@router.delete("/{policy_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Depends(confirmed)])
async def delete_policy(policy_id: str, user: Writer, session: Unit) -> None:
    """Delete a policy with its history."""
    await service.delete_policy(session, user, policy_id)


@router.get("/{policy_id}/versions")
async def list_policy_versions(request: Request, policy_id: str, user: Reader) -> PolicyVersionList:
    """Return a policy as it is and was, newest first."""
    async with request.state.database.read() as session:
        found = await service.list_versions(session, user.principal.organization_id, policy_id)
    return PolicyVersionList(items=[PolicyVersionAnswer.model_validate(one, from_attributes=True) for one in found])


def _answer(view: PolicyView) -> PolicyAnswer:
    return PolicyAnswer.model_validate(view, from_attributes=True)
