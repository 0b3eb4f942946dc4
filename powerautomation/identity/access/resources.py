"""What decisions may ask of things: their owner and project, and with whom they are shared."""

from dataclasses import replace
from typing import Any

from powerautomation.identity.access.cedar import PolicyBook
from powerautomation.identity.access.entities import Resource, Subject
from powerautomation.identity.access.ports import ResourceFinder, UnitFinder

_finders: dict[str, ResourceFinder] = {}
_units: list[UnitFinder] = []


def plug_resource(kind: str, find: ResourceFinder) -> None:
    """Say who knows the things of one kind. Of other kinds decisions see kind and id alone."""
    _finders[kind] = find


def is_known_kind(kind: str) -> bool:
    """Say whether somebody knows the things of this kind."""
    return kind in _finders


def plug_units(find: UnitFinder) -> None:
    """Say who knows to which units somebody belongs."""
    _units.append(find)


async def units_of(session: Any, organization_id: str, person_id: str, policies: PolicyBook | None) -> tuple[str, ...]:
    """Return the units somebody belongs to and those above them; none where no policy asks for any."""
    if policies is None or not policies.names_units or not _units:
        return ()
    return await _units[-1](session, organization_id, person_id)


async def describe_resource(session: Any, organization_id: str, resource: Resource, subject: Subject) -> Resource:
    """Return a thing with its owner and project, as far as they are not given, and as it is shared with somebody."""
    find = _finders.get(resource.kind)
    found = await find(session, organization_id, resource.id, subject) if find is not None and resource.id else None
    if found is None:
        return resource
    return replace(found, owner=resource.owner or found.owner, project=resource.project or found.project)
