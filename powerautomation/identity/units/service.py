"""What can be done with the tree of units."""

from dataclasses import dataclass
from typing import Any

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.roles import load_roles
from powerautomation.identity.units import repository, rules
from powerautomation.identity.units.entities import Effective, Unit, UnitKind
from powerautomation.identity.units.errors import TooManyUnits, UnitNameTaken, UnitNotFound
from powerautomation.identity.units.repository import AsyncSession
from powerautomation.identity.units.tables import UnitRow
from powerautomation.identity.users import get_user, hold_user, list_user_names
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class UnitView:
    """One unit with what its settings come to and how many people belong to it itself."""

    unit: Unit
    effective: dict[str, Effective]
    people: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to a unit."""

    user_id: str
    name: str
    is_primary: bool
    manages: bool


async def list_units(session: AsyncSession, organization_id: str) -> list[UnitView]:
    """Return every unit that is not archived, by name."""
    units = await _units(session, organization_id)
    people = await repository.count_people(session, organization_id)
    return [UnitView(one, rules.effective(units, one.id), people.get(one.id, 0)) for one in units.values()]


async def get_unit_names(session: AsyncSession, organization_id: str) -> dict[str, str]:
    """Return what the units that are not archived are called, by id."""
    return {one.id: one.name for one in (await _units(session, organization_id)).values()}


async def create_unit(
    session: AsyncSession,
    actor: SignedInUser,
    *,
    name: str,
    kind: UnitKind,
    parent_id: str = "",
    settings: dict[str, str] | None = None,
) -> UnitView:
    """Make a unit. Raises UnitInvalid, UnitNotFound (its parent), UnitTooDeep, UnitNameTaken, TooManyUnits."""
    owner = actor.principal.organization_id
    units = await _units(session, owner, hold=True)
    if len(units) >= rules.MOST_UNITS:
        raise TooManyUnits(f"There are {rules.MOST_UNITS} units.", action="Archive some that are no longer used.")
    if parent_id:
        _known(units, parent_id)
    rules.check_place(units, "", parent_id)
    cleaned = rules.cleaned_name(name)
    row = UnitRow(
        id=new_id("unt"),
        organization_id=owner,
        parent_id=parent_id,
        kind=kind,
        name=cleaned,
        name_key=cleaned.casefold()[:400],
        settings=rules.checked_settings(settings or {}, await _roles(session, owner)),
        created_at=now(),
        archived_at=None,
    )
    if not await repository.insert_row(session, row):
        raise _name_taken()
    made = _unit_of(row)
    _note(session, actor, "units.create", made, after=_state_of(made))
    return UnitView(made, rules.effective({**units, made.id: made}, made.id), 0)


async def change_unit(
    session: AsyncSession,
    actor: SignedInUser,
    unit_id: str,
    *,
    name: str | None = None,
    kind: UnitKind | None = None,
    parent_id: str | None = None,
    settings: dict[str, str] | None = None,
) -> UnitView:
    """Change a unit; with another ``parent_id`` it moves there with everything below it; settings are replaced as a
    whole. Raises UnitNotFound, UnitInvalid, UnitCircle, UnitTooDeep, UnitNameTaken."""
    owner = actor.principal.organization_id
    units = await _units(session, owner, hold=True)
    before = _known(units, unit_id)
    values: dict[str, Any] = {}
    if name is not None:
        cleaned = rules.cleaned_name(name)
        values |= {"name": cleaned, "name_key": cleaned.casefold()[:400]}
    if kind is not None:
        values["kind"] = kind
    if parent_id is not None:
        if parent_id:
            _known(units, parent_id)
        rules.check_place(units, unit_id, parent_id)
        values["parent_id"] = parent_id
    if settings is not None:
        values["settings"] = rules.checked_settings(settings, await _roles(session, owner))
    if values and not await repository.update_row(session, owner, unit_id, values):
        raise _name_taken()
    changed = await _units(session, owner)
    after = changed[unit_id]
    _note(session, actor, "units.update", after, before=_state_of(before), after=_state_of(after))
    people = await repository.count_people(session, owner)
    return UnitView(after, rules.effective(changed, unit_id), people.get(unit_id, 0))


async def archive_unit(session: AsyncSession, actor: SignedInUser, unit_id: str) -> None:
    """Archive a unit and what is below it; nobody belongs to them any more. Raises UnitNotFound."""
    owner = actor.principal.organization_id
    units = await _units(session, owner, hold=True)
    known = _known(units, unit_id)
    gone = [one.id for one in units.values() if unit_id in {above.id for above in rules.chain_of(units, one.id)}]
    await repository.archive_rows(session, owner, gone, now())
    _note(session, actor, "units.archive", known, before=_state_of(known))


async def list_members(session: AsyncSession, organization_id: str, unit_id: str) -> list[Member]:
    """Return who belongs to a unit. Raises UnitNotFound."""
    _known(await _units(session, organization_id), unit_id)
    rows = await repository.list_people(session, organization_id, unit_id)
    names = await list_user_names(session, organization_id, [row.user_id for row in rows])
    return [Member(row.user_id, names.get(row.user_id, ""), row.is_primary, row.manages) for row in rows]


async def put_member(
    session: AsyncSession, actor: SignedInUser, unit_id: str, user_id: str, *, is_primary: bool, manages: bool
) -> None:
    """Let somebody belong to a unit, or manage it. Raises UnitNotFound, UserNotFound."""
    owner = actor.principal.organization_id
    unit = _known(await _units(session, owner), unit_id)
    await hold_user(session, owner, user_id)
    user = await get_user(session, owner, user_id)
    await repository.put_person(session, owner, unit_id, user_id, is_primary=is_primary, manages=manages)
    after = {"person": user.name, "primary": is_primary, "manages": manages}
    _note(session, actor, "units.add_person", unit, person=user_id, after=after)


async def remove_member(session: AsyncSession, actor: SignedInUser, unit_id: str, user_id: str) -> None:
    """Let somebody no longer belong to a unit. Raises UnitNotFound."""
    owner = actor.principal.organization_id
    unit = _known(await _units(session, owner), unit_id)
    if not await repository.remove_person(session, owner, unit_id, user_id):
        raise UnitNotFound("This person does not belong to the unit.", action="Reload the page.")
    _note(session, actor, "units.remove_person", unit, person=user_id, before={"person": user_id})


async def _units(session: AsyncSession, organization_id: str, *, hold: bool = False) -> dict[str, Unit]:
    return {row.id: _unit_of(row) for row in await repository.list_rows(session, organization_id, hold=hold)}


async def _roles(session: AsyncSession, organization_id: str) -> frozenset[str]:
    return frozenset(await load_roles(session, organization_id))


def _known(units: dict[str, Unit], unit_id: str) -> Unit:
    if unit_id not in units:
        raise UnitNotFound("There is no such unit in this organization.", action="Reload the page.")
    return units[unit_id]


def _unit_of(row: UnitRow) -> Unit:
    kind: UnitKind = "company" if row.kind == "company" else "department" if row.kind == "department" else "team"
    return Unit(
        row.id, row.organization_id, row.parent_id, kind, row.name, dict(row.settings), row.created_at, row.archived_at
    )


def _state_of(unit: Unit) -> dict[str, Any]:
    return {"name": unit.name, "kind": unit.kind, "parent_id": unit.parent_id, **unit.settings}


def _note(
    session: AsyncSession, actor: SignedInUser, action: str, unit: Unit, *, person: str = "", **changes: Any
) -> None:
    """``person``: whose name stands in the changes, and is sealed for them."""
    audit.record(session, actor.principal, action, audit.Target("unit", unit.id, unit.name, person), **changes)


def _name_taken() -> UnitNameTaken:
    return UnitNameTaken(
        "Another unit at this place has this name.",
        action="Choose another name.",
        fields={"name": "There is one of that name here."},
    )
