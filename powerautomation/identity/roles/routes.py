"""Endpoints of roles and of the question why somebody may do something."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, status

from powerautomation.identity.access import (
    PERMISSIONS,
    AccessExplanation,
    RoleDraft,
    SignedInUser,
    area_of,
    check_permission,
    explanation_answer,
    requires,
    signed_in,
    unit_of_work,
)
from powerautomation.identity.roles import service
from powerautomation.identity.roles.entities import RoleView
from powerautomation.identity.roles.schemas import (
    ExplainQuery,
    PermissionAnswer,
    RoleAnswer,
    RoleBody,
    RoleChange,
    RoleList,
)

router = APIRouter(prefix="/api/v1", tags=["roles"])
Writer = Annotated[SignedInUser, Depends(requires("roles:write"))]
SignedIn = Annotated[SignedInUser, Depends(signed_in)]
Unit = Annotated[Any, unit_of_work]


@router.get("/roles")
async def list_roles(request: Request, user: SignedIn) -> RoleList:
    """Return every role with what it may do, and whether one may give or change it."""
    async with request.state.database.read() as session:
        views = await service.list_roles(session, user)
    return RoleList(
        items=[_answer(view) for view in views],
        permissions=[
            PermissionAnswer(name=name, summary=summary, area=area_of(name))
            for name, summary in sorted(PERMISSIONS.items())
        ],
    )


@router.post("/roles", status_code=status.HTTP_201_CREATED)
async def create_role(body: RoleBody, user: Writer, session: Unit) -> RoleAnswer:
    """Make a role; nobody makes one with a permission they do not have themselves."""
    draft = RoleDraft(
        body.name, body.base, frozenset(body.added or ()), frozenset(body.removed or ()), summary=body.summary or ""
    )
    return _answer(await service.create_role(session, user, draft))


@router.patch("/roles/{role_id}")
async def update_role(role_id: str, body: RoleChange, user: Writer, session: Unit) -> RoleAnswer:
    """Change a role; it holds for the next request of everybody who has it."""
    change: dict[str, Any] = body.model_dump(exclude_none=True)
    if "base" in change:
        change["base"] = change["base"] or None
    return _answer(await service.change_role(session, user, role_id, change))


@router.delete("/roles/{role_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_role(
    role_id: str, user: Writer, session: Unit, move_to: Annotated[str | None, Query(max_length=64)] = None
) -> None:
    """Delete a role; ``move_to`` is the role that whoever has it gets instead."""
    await service.delete_role(session, user, role_id, move_to)


@router.get("/access/explain")
async def explain_access(
    request: Request, user: SignedIn, query: Annotated[ExplainQuery, Query()]
) -> AccessExplanation:
    """Say why a person may do something or may not: oneself, or somebody else for who may see people. Circumstances
    that are left out are those of the request."""
    if query.user_id not in ("", user.principal.id):
        check_permission(user, "users:read")
    async with request.state.database.read() as session:
        answer = await service.explain_access(session, user, query.permission, query.user_id or None, query)
    return explanation_answer(answer.user_id, answer.told, [role.id for role in answer.roles_with])


def _answer(view: RoleView) -> RoleAnswer:
    role = view.role
    return RoleAnswer(
        id=role.id,
        name=role.name,
        summary=role.summary,
        custom=role.is_custom,
        base=role.base.id if role.base is not None else None,
        added=sorted(role.added),
        removed=sorted(role.removed),
        permissions=sorted(role.permissions),
        assignable=view.assignable,
        locked=view.locked,
        people=view.people,
    )
