"""Endpoints of people."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, status

from powerautomation.identity.access import SignedInUser, confirmed, requires, unit_of_work
from powerautomation.identity.people import imports, service
from powerautomation.identity.people.entities import Invited, LineReport, PersonView
from powerautomation.identity.people.schemas import (
    DeactivateBody,
    DeletedPerson,
    DeletedPersonList,
    ImportBody,
    ImportLine,
    ImportReport,
    InvitationLink,
    InviteBody,
    PersonAnswer,
    PersonBody,
    PersonList,
    ServiceBody,
)
from powerautomation.identity.privacy import ErasureAnswer, erasure_answer, run_erasure
from powerautomation.identity.sessions import EndedSessions, LiveSessionList, session_list
from powerautomation.identity.users import restorable_until

router = APIRouter(prefix="/api/v1", tags=["people"])
Reader = Annotated[SignedInUser, Depends(requires("users:read"))]
Writer = Annotated[SignedInUser, Depends(requires("users:write"))]
Unit = Annotated[Any, unit_of_work]


@router.get("/users")
async def list_users(
    request: Request,
    user: Reader,
    search: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[Literal["", "invited", "active", "inactive"], Query()] = "",
    role: Annotated[str, Query(max_length=64)] = "",
    after: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> PersonList:
    """Return the organization's people, newest first; ``search`` is part of a name or an e-mail address, ``role`` a
    role's id."""
    async with request.state.database.read() as session:
        found = await service.list_people(
            session, user, search=search, state=state, role=role, after=after, most=limit + 1
        )
    more = found[limit - 1].user.id if len(found) > limit else None
    return PersonList(items=[_answer(one) for one in found[:limit]], next_after=more)


@router.post("/users", status_code=status.HTTP_201_CREATED)
async def invite_user(body: InviteBody, user: Writer, session: Unit) -> InvitationLink:
    """Invite a person. The answer is the only place where the invitation's token ever stands."""
    given = {"name": body.name, "email": body.email, "role": body.role or "", "unit_id": body.unit_id or ""}
    return _link(await service.invite(session, user, **given))


@router.post("/users/service-accounts", status_code=status.HTTP_201_CREATED)
async def create_service_account(body: ServiceBody, user: Writer, session: Unit) -> PersonAnswer:
    """Add a service account: it has keys and no way to sign in. When it is deactivated, its keys end."""
    return _answer(await service.create_service(session, user, name=body.name, role=body.role))


@router.get("/users/deleted")
async def list_deleted_users(request: Request, user: Reader) -> DeletedPersonList:
    """Return the people who were deleted in the last 30 days, the latest first."""
    async with request.state.database.read() as session:
        found = await service.list_deleted_people(session, user)
    return DeletedPersonList(
        items=[
            DeletedPerson(
                id=one.id,
                email=one.email,
                name=one.name,
                role=one.role,
                deleted_at=one.deleted_at,
                restorable_until=restorable_until(one),
            )
            for one in found
            if one.deleted_at is not None
        ]
    )


@router.get(
    "/users/export",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The people, as CSV."}},
)
async def export_users(request: Request, user: Reader) -> Response:
    """Return everybody of the organization as CSV with the columns that an import takes."""
    async with request.state.database.read() as session:
        text = await imports.export_people(session, user)
    headers = {"content-disposition": 'attachment; filename="people.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/users/import")
async def import_users(body: ImportBody, user: Writer, session: Unit) -> ImportReport:
    """Invite and change many people by a CSV file; the report tells what came of each line."""
    trial = bool(body.dry_run)
    reports = await imports.import_people(session, user, body.csv, dry_run=trial)
    return ImportReport(dry_run=trial, items=[_line(one, dry_run=trial) for one in reports])


@router.get("/users/{user_id}")
async def get_user(request: Request, user_id: str, user: Reader) -> PersonAnswer:
    """Return one person."""
    async with request.state.database.read() as session:
        return _answer(await service.get_person(session, user, user_id))


@router.patch("/users/{user_id}")
async def update_user(user_id: str, body: PersonBody, user: Writer, session: Unit) -> PersonAnswer:
    """Change a person's name or role; a role holds for the person's next request."""
    return _answer(await service.change_person(session, user, user_id, name=body.name, role=body.role))


@router.delete("/users/{user_id}", dependencies=[Depends(confirmed)], status_code=status.HTTP_204_NO_CONTENT)
async def delete_user(user_id: str, user: Writer, session: Unit, revoke_keys: Annotated[bool, Query()] = False) -> None:
    """Take a person away; sessions end at once, and for 30 days the person can be brought back."""
    await service.delete_person(session, user, user_id, revoke_keys=revoke_keys)


@router.delete("/users/{user_id}/factors", dependencies=[Depends(confirmed)], status_code=status.HTTP_204_NO_CONTENT)
async def remove_user_factors(user_id: str, user: Writer, session: Unit) -> None:
    """Remove the second factors of a person who lost them, and end the person's sessions."""
    await service.remove_factors_of(session, user, user_id)


@router.post("/users/{user_id}/erase", dependencies=[Depends(confirmed)])
async def erase_user(
    request: Request, user_id: str, user: Annotated[SignedInUser, Depends(requires("personal_data:erase"))]
) -> ErasureAnswer:
    """Erase a person now and for ever, deleted or not; the answer is the receipt. What is interrupted goes on by
    itself."""
    database = request.state.database
    async with database.unit_of_work() as session:
        await service.erase_person(session, user, user_id)
    # What people sign in with belongs to no organization, and is seen there only as long as the person is.
    done = await run_erasure(request.app.state.database, user.principal.organization_id, user_id)
    assert done is not None, "it was just begun"
    return erasure_answer(done)


@router.post("/users/{user_id}/restore")
async def restore_user(user_id: str, user: Writer, session: Unit) -> PersonAnswer:
    """Bring a person back who was deleted in the last 30 days."""
    return _answer(await service.restore_person(session, user, user_id))


@router.post("/users/{user_id}/invitation")
async def invite_user_again(user_id: str, user: Writer, session: Unit) -> InvitationLink:
    """Make a new invitation for who has not accepted; the old link stops working."""
    return _link(await service.invite_again(session, user, user_id))


@router.post("/users/{user_id}/deactivate")
async def deactivate_user(user_id: str, body: DeactivateBody, user: Writer, session: Unit) -> PersonAnswer:
    """Keep a person out; sessions and links end at once, on every replica."""
    return _answer(await service.deactivate(session, user, user_id, revoke_keys=bool(body.revoke_keys)))


@router.post("/users/{user_id}/activate")
async def activate_user(user_id: str, user: Writer, session: Unit) -> PersonAnswer:
    """Let a deactivated person in again."""
    return _answer(await service.activate(session, user, user_id))


@router.get("/users/{user_id}/sessions")
async def list_user_sessions(request: Request, user_id: str, user: Reader) -> LiveSessionList:
    """Return a person's live sessions, the one used last first."""
    async with request.state.database.read() as session:
        return session_list(await service.list_sessions_of(session, user, user_id), this=user.session_id)


@router.delete("/users/{user_id}/sessions")
async def end_user_sessions(user_id: str, user: Writer, session: Unit) -> EndedSessions:
    """Sign a person out everywhere."""
    return EndedSessions(ended=await service.end_all_sessions_of(session, user, user_id))


def _answer(view: PersonView) -> PersonAnswer:
    user = view.user
    return PersonAnswer(
        id=user.id,
        email=user.email,
        name=user.name,
        role=user.role,
        role_name=view.role.name,
        state=user.state,
        created_at=user.created_at,
        last_seen_at=view.last_seen_at,
        invited_until=view.invited_until,
        live_keys=view.live_keys,
        locked=view.locked,
        kind=user.kind,
        owner_id=user.owner_id,
        owner_name=view.owner_name,
    )


def _link(invited: Invited) -> InvitationLink:
    return InvitationLink(user_id=invited.user.id, token=invited.token, expires_at=invited.expires_at)


def _line(report: LineReport, *, dry_run: bool) -> ImportLine:
    line = report.line
    return ImportLine(
        number=line.number,
        email=line.email,
        name=line.name,
        role=line.role,
        result=report.result,
        token="" if dry_run else report.token,
        code=report.code,
        message=report.message,
    )
