"""Endpoints of the tree of units."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, status

from powerautomation.identity.access import SignedInUser, requires, unit_of_work
from powerautomation.identity.units import service
from powerautomation.identity.units.schemas import (
    EffectiveAnswer,
    MemberAnswer,
    MemberBody,
    MemberList,
    UnitAnswer,
    UnitBody,
    UnitChange,
    UnitList,
)

router = APIRouter(prefix="/api/v1/units", tags=["organizations"])
Reader = Annotated[SignedInUser, Depends(requires("units:read"))]
Writer = Annotated[SignedInUser, Depends(requires("units:write"))]
Unit = Annotated[Any, unit_of_work]


@router.get("")
async def list_units(request: Request, user: Reader) -> UnitList:
    """Return the companies, departments and teams of the organization."""
    async with request.state.database.read() as session:
        return UnitList(items=[_answer(one) for one in await service.list_units(session, _owner(user))])


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_unit(body: UnitBody, user: Writer, session: Unit) -> UnitAnswer:
    """Make a unit."""
    return _answer(
        await service.create_unit(
            session, user, name=body.name, kind=body.kind, parent_id=body.parent_id or "", settings=body.settings
        )
    )


@router.patch("/{unit_id}")
async def update_unit(unit_id: str, body: UnitChange, user: Writer, session: Unit) -> UnitAnswer:
    """Rename a unit, move it with everything below it, or change its settings."""
    return _answer(await service.change_unit(session, user, unit_id, **body.model_dump()))


@router.delete("/{unit_id}", status_code=status.HTTP_204_NO_CONTENT)
async def archive_unit(unit_id: str, user: Writer, session: Unit) -> None:
    """Archive a unit and everything below it."""
    await service.archive_unit(session, user, unit_id)


@router.get("/{unit_id}/people")
async def list_unit_people(request: Request, unit_id: str, user: Reader) -> MemberList:
    """Return who belongs to a unit."""
    async with request.state.database.read() as session:
        found = await service.list_members(session, _owner(user), unit_id)
    return MemberList(
        items=[
            MemberAnswer(user_id=one.user_id, name=one.name, is_primary=one.is_primary, manages=one.manages)
            for one in found
        ]
    )


@router.put("/{unit_id}/people/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def put_unit_person(unit_id: str, user_id: str, body: MemberBody, user: Writer, session: Unit) -> None:
    """Let somebody belong to a unit, or manage it."""
    await service.put_member(
        session, user, unit_id, user_id, is_primary=bool(body.is_primary), manages=bool(body.manages)
    )


@router.delete("/{unit_id}/people/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_unit_person(unit_id: str, user_id: str, user: Writer, session: Unit) -> None:
    """Let somebody no longer belong to a unit."""
    await service.remove_member(session, user, unit_id, user_id)


def _owner(user: SignedInUser) -> str:
    return user.principal.organization_id


def _answer(view: service.UnitView) -> UnitAnswer:
    unit = view.unit
    return UnitAnswer(
        id=unit.id,
        parent_id=unit.parent_id,
        kind=unit.kind,
        name=unit.name,
        settings=unit.settings,
        effective={name: EffectiveAnswer(value=one.value, from_id=one.from_id) for name, one in view.effective.items()},
        people=view.people,
    )
