"""Endpoints by which an administrator sets SCIM up and sees how it fares."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from powerautomation.identity.access import SignedInUser, confirmed, requires, unit_of_work
from powerautomation.identity.api_keys import CreatedApiKeyAnswer, api_key_answer
from powerautomation.identity.scim import groups, state
from powerautomation.identity.scim.answering import base_of
from powerautomation.identity.scim.console_schemas import (
    GroupRoleAnswer,
    ScimGroupAnswer,
    ScimGroupChange,
    ScimGroupList,
    ScimKeyBody,
    ScimProblemAnswer,
    ScimStateAnswer,
)

console_router = APIRouter(prefix="/api/v1/scim", tags=["single sign-on"])
Reader = Annotated[SignedInUser, Depends(requires("single_sign_on:read"))]
Writer = Annotated[SignedInUser, Depends(requires("single_sign_on:write"))]
Unit = Annotated[Any, unit_of_work]


@console_router.get("/state")
async def get_scim_state(request: Request, user: Reader) -> ScimStateAnswer:
    """Return the address an identity provider asks, its key, when it last asked, and what was refused lately."""
    async with request.state.database.read() as session:
        told = await state.get_state(session, user)
    return ScimStateAnswer(
        address=base_of(request),
        key=api_key_answer(told.key) if told.key is not None else None,
        last_request_at=told.last_request_at,
        problems=[ScimProblemAnswer(**one) for one in told.problems],
    )


@console_router.post(
    "/key",
    dependencies=[Depends(confirmed), Depends(requires("api_keys:write")), Depends(requires("users:write"))],
)
async def make_scim_key(request: Request, user: Writer, session: Unit, body: ScimKeyBody) -> CreatedApiKeyAnswer:
    """Make the key an identity provider asks with, or give it another secret. It is shown this once."""
    overlap = state.OVERLAP_SECONDS if body.overlap_seconds is None else body.overlap_seconds
    made = await state.make_key(session, request.app.state.secret_box, user, body.gives, overlap)
    return CreatedApiKeyAnswer(api_key=api_key_answer(made.key), token=made.token)


@console_router.get("/groups")
async def list_mapped_groups(request: Request, user: Reader) -> ScimGroupList:
    """Return the groups the provider told, and what each leads to."""
    async with request.state.database.read() as session:
        found = await groups.list_mapped(session, user.principal.organization_id)
    return ScimGroupList(
        items=[
            ScimGroupAnswer(
                id=one.group.id,
                name=one.group.name,
                external_id=one.group.external_id,
                people=one.group.people,
                roles=[GroupRoleAnswer(role=role, provider=provider) for role, provider in one.roles],
                unit_id=one.group.unit_id if one.unit_name else "",
                unit_name=one.unit_name,
                updated_at=one.group.updated_at,
            )
            for one in found
        ]
    )


@console_router.put("/groups/{scim_group_id}", dependencies=[Depends(requires("units:write"))], status_code=204)
async def bind_scim_group(user: Writer, session: Unit, scim_group_id: str, body: ScimGroupChange) -> None:
    """Put the people of a group into a unit from now on, or into none."""
    await groups.bind_unit(session, user, scim_group_id, body.unit_id)
