"""Endpoints of SCIM 2.0. Errors are SCIM's own, except those of who may ask at all."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, status

from powerautomation.identity.access import SignedInUser, requires, unit_of_work
from powerautomation.identity.scim import describing, group_rules, groups, rules, schemas, service
from powerautomation.identity.scim.answering import (
    PREFIX,
    ChosenHere,
    ScimResponse,
    ScimRoute,
    asking,
    base_of,
    check_version,
    one_answer,
    versioned,
)
from powerautomation.identity.scim.schemas import ScimAnswer, ScimGroupBody, ScimPatchBody, ScimUserBody

router = APIRouter(
    prefix=PREFIX,
    tags=["scim"],
    route_class=ScimRoute,
    default_response_class=ScimResponse,
    dependencies=[Depends(asking)],
)
Reader = Annotated[SignedInUser, Depends(requires("users:read"))]
Writer = Annotated[SignedInUser, Depends(requires("users:write"))]
Unit = Annotated[Any, unit_of_work]
Filter = Annotated[str | None, Query(max_length=1000)]
Start = Annotated[int, Query(alias="startIndex", le=1_000_000)]
Count = Annotated[int, Query(le=1_000_000)]


@router.get("/ServiceProviderConfig")
async def get_scim_config(request: Request, _user: Reader) -> ScimAnswer:
    """Return what of SCIM is understood here."""
    return describing.config_answer(base_of(request))


@router.get("/ResourceTypes")
async def list_scim_resource_types(request: Request, _user: Reader) -> ScimAnswer:
    """Return what can be managed by SCIM: people and groups."""
    return schemas.list_answer(describing.type_answers(base_of(request)), 2)


@router.get("/ResourceTypes/{type_name}")
async def get_scim_resource_type(request: Request, type_name: str, _user: Reader) -> ScimAnswer:
    """Return one kind of what can be managed."""
    return describing.found(describing.type_answers(base_of(request)), type_name)


@router.get("/Schemas")
async def list_scim_schemas(request: Request, _user: Reader) -> ScimAnswer:
    """Return the attributes of people and groups that are kept here."""
    return schemas.list_answer(describing.schema_answers(base_of(request)), 2)


@router.get("/Schemas/{schema_urn}")
async def get_scim_schema(request: Request, schema_urn: str, _user: Reader) -> ScimAnswer:
    """Return the attributes of one kind."""
    return describing.found(describing.schema_answers(base_of(request)), schema_urn)


@router.get("/Users")
async def list_scim_users(
    request: Request,
    user: Reader,
    chosen: ChosenHere,
    filter: Filter = None,
    start_index: Start = 1,
    count: Count = rules.MOST_AT_ONCE,
) -> ScimAnswer:
    """Return people: those a filter finds (``userName eq "ada@example.com"``), or a page of all."""
    start, most = max(1, start_index), max(0, min(count, rules.MOST_AT_ONCE))
    async with request.state.database.read() as session:
        if filter is not None:
            found = await service.find(session, user, filter)
            total = len(found)
            found = found[start - 1 : start - 1 + most]
        else:
            found, total = await service.page(session, user, start, most)
    base = base_of(request)
    return schemas.list_answer([chosen.of(versioned(schemas.user_answer(one, base))) for one in found], total, start)


@router.post("/Users", status_code=status.HTTP_201_CREATED, response_model=ScimAnswer)
async def create_scim_user(
    request: Request, user: Writer, session: Unit, body: ScimUserBody, chosen: ChosenHere
) -> Response:
    """Add a person, who then signs in by a provider. Without ``roles`` the person is a guest."""
    made = await service.create(session, user, rules.wanted_of(body.model_extra or {}))
    return one_answer(request, versioned(schemas.user_answer(made, base_of(request))), chosen, 201)


@router.get("/Users/{user_id}", response_model=ScimAnswer)
async def get_scim_user(request: Request, user_id: str, user: Reader, chosen: ChosenHere) -> Response:
    """Return one person."""
    async with request.state.database.read() as session:
        found = await service.get(session, user, user_id)
    return one_answer(request, versioned(schemas.user_answer(found, base_of(request))), chosen)


@router.put("/Users/{user_id}", response_model=ScimAnswer)
async def replace_scim_user(
    request: Request, user_id: str, user: Writer, session: Unit, body: ScimUserBody, chosen: ChosenHere
) -> Response:
    """Replace what a provider says of a person. What it leaves out stays."""
    await _check_user(request, session, user, user_id)
    changed = await service.change(session, user, user_id, rules.wanted_of(body.model_extra or {}))
    return one_answer(request, versioned(schemas.user_answer(changed, base_of(request))), chosen)


@router.patch("/Users/{user_id}", response_model=ScimAnswer)
async def update_scim_user(
    request: Request, user_id: str, user: Writer, session: Unit, body: ScimPatchBody, chosen: ChosenHere
) -> Response:
    """Change a part of a person. ``active`` false ends sessions and keys at once."""
    await _check_user(request, session, user, user_id)
    changed = await service.change(session, user, user_id, rules.wanted_by(body.Operations))
    return one_answer(request, versioned(schemas.user_answer(changed, base_of(request))), chosen)


@router.delete("/Users/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_scim_user(request: Request, user_id: str, user: Writer, session: Unit) -> None:
    """Take a person away; sessions and keys end at once. For 30 days an administrator can bring the person back."""
    await _check_user(request, session, user, user_id)
    await service.remove(session, user, user_id)


@router.get("/Groups")
async def list_scim_groups(
    request: Request,
    user: Reader,
    chosen: ChosenHere,
    filter: Filter = None,
    start_index: Start = 1,
    count: Count = rules.MOST_AT_ONCE,
) -> ScimAnswer:
    """Return groups: those a filter finds (``displayName eq "Research"``), or a page of all."""
    start, most = max(1, start_index), max(0, min(count, rules.MOST_AT_ONCE))
    async with request.state.database.read() as session:
        found, total = await groups.find(session, user, filter, start, most, people=chosen.wants("members"))
    base = base_of(request)
    return schemas.list_answer([chosen.of(versioned(schemas.group_answer(one, base))) for one in found], total, start)


@router.post("/Groups", status_code=status.HTTP_201_CREATED, response_model=ScimAnswer)
async def create_scim_group(
    request: Request, user: Writer, session: Unit, body: ScimGroupBody, chosen: ChosenHere
) -> Response:
    """Make a group. Its name leads to a role where a rule of a sign-in provider says so."""
    made = await groups.create(session, user, group_rules.wanted_group_of(body.model_extra or {}, whole=True))
    return one_answer(request, versioned(schemas.group_answer(made, base_of(request))), chosen, 201)


@router.get("/Groups/{scim_group_id}", response_model=ScimAnswer)
async def get_scim_group(request: Request, scim_group_id: str, user: Reader, chosen: ChosenHere) -> Response:
    """Return one group."""
    async with request.state.database.read() as session:
        found = await groups.get(session, user, scim_group_id)
    return one_answer(request, versioned(schemas.group_answer(found, base_of(request))), chosen)


@router.put("/Groups/{scim_group_id}", response_model=ScimAnswer)
async def replace_scim_group(
    request: Request, scim_group_id: str, user: Writer, session: Unit, body: ScimGroupBody, chosen: ChosenHere
) -> Response:
    """Replace a group: who is not among the members is in it no more."""
    await _check_group(request, session, user, scim_group_id)
    wanted = group_rules.wanted_group_of(body.model_extra or {}, whole=True)
    changed = await groups.change(session, user, scim_group_id, wanted)
    return one_answer(request, versioned(schemas.group_answer(changed, base_of(request))), chosen)


@router.patch("/Groups/{scim_group_id}", response_model=ScimAnswer)
async def update_scim_group(
    request: Request, scim_group_id: str, user: Writer, session: Unit, body: ScimPatchBody, chosen: ChosenHere
) -> Response:
    """Rename a group, or put people in and out. Roles follow at once."""
    await _check_group(request, session, user, scim_group_id)
    changed = await groups.change(session, user, scim_group_id, group_rules.wanted_group_by(body.Operations))
    return one_answer(request, versioned(schemas.group_answer(changed, base_of(request))), chosen)


@router.delete("/Groups/{scim_group_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_scim_group(request: Request, scim_group_id: str, user: Writer, session: Unit) -> None:
    """Remove a group; who had a role by it has it no more."""
    await _check_group(request, session, user, scim_group_id)
    await groups.remove(session, user, scim_group_id)


async def _check_user(request: Request, session: Any, user: SignedInUser, user_id: str) -> None:
    """Hold a person, and refuse who read an older version (If-Match)."""
    known = await service.hold(session, user, user_id)
    check_version(request, versioned(schemas.user_answer(known, base_of(request))))


async def _check_group(request: Request, session: Any, user: SignedInUser, group_id: str) -> None:
    """Hold a group, and refuse who read an older version (If-Match)."""
    known = await groups.hold(session, user, group_id)
    check_version(request, versioned(schemas.group_answer(known, base_of(request))))
