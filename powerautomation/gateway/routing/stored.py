"""What a person can do with routes in the console: list, add, change, put in order, delete and bring back."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from powerautomation.gateway.conditions import InvalidCondition
from powerautomation.gateway.providers import Catalog, Route, route_of
from powerautomation.gateway.routing import repository
from powerautomation.gateway.routing.errors import RouteNameTaken, RouteNotFound, RouteOrderStale, TooManyRoutes
from powerautomation.gateway.routing.repository import AsyncSession
from powerautomation.gateway.routing.tables import RouteRow
from powerautomation.governance import audit
from powerautomation.infrastructure.events import record_event
from powerautomation.infrastructure.settings import RouteSettings
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import InvalidInput, Problem, StartRefused
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

MOST_ROUTES = 200
_log = structlog.get_logger("routes")


@dataclass(frozen=True, slots=True)
class StoredRoute:
    """A route the console added."""

    id: str
    organization_id: str
    definition: RouteSettings


async def load_stored_routes(session: AsyncSession) -> list[tuple[str, Route]]:
    """Return every stored route with its organization, in order, for the data plane's snapshot. One that cannot be read
    any more refuses what it matched: it may have been there to refuse."""
    found = []
    for row in await repository.list_all_rows(session):
        try:
            route = route_of(RouteSettings.model_validate(row.definition), "console", row.id)
        except (ValidationError, Problem) as error:
            _log.error("routes.unreadable", route_id=row.id, reason=str(error)[:500])
            match = row.definition.get("match") or {}
            words = f"The stored route “{row.name}” cannot be read by this version."
            route = Route(row.name, str(match.get("model", "*")), (), "console", refuse=words, id=row.id)
        found.append((row.organization_id, route))
    return found


async def list_stored_routes(session: AsyncSession, organization_id: str) -> list[StoredRoute]:
    """Return the organization's stored routes in order, at most 200, without those that cannot be read any more."""
    found = []
    for row in await repository.list_rows(session, organization_id):
        try:
            found.append(StoredRoute(row.id, row.organization_id, RouteSettings.model_validate(row.definition)))
        except ValidationError:
            continue
    return found


def check_route(definition: RouteSettings, catalog: Catalog) -> None:
    """Raise InvalidInput for a route that names models nobody offers, InvalidCondition for a wrong condition. The field
    that is wrong is named; a condition's begins with the place in it, ``1:7: …``."""
    try:
        route_of(definition, "console")
    except InvalidCondition as error:
        error.fields = {"match.when": error.reason}
        raise
    except StartRefused as error:
        fields = {"guardrails.kinds": error.message}
        raise InvalidInput(error.message, code=error.code, action=error.action, fields=fields) from None
    arms = definition.split.arms if definition.split is not None else []
    for field, names in [("use", definition.use), *((f"split.arms.{n}.use", arm.use) for n, arm in enumerate(arms))]:
        unknown = [name for name in names if name not in catalog.models]
        if unknown:
            raise InvalidInput(
                f"There is no model “{unknown[0]}”. Models: {', '.join(sorted(catalog.models)[:20])}.",
                fields={field: "no such model"},
            )


async def add_route(
    session: AsyncSession, principal: Principal, definition: RouteSettings, taken_names: frozenset[str]
) -> str:
    """Store a route after the others and announce it; return its id. Raises RouteNameTaken and TooManyRoutes."""
    rows = await repository.list_rows(session, principal.organization_id)
    if len(rows) >= MOST_ROUTES:
        raise TooManyRoutes(f"An organization has at most {MOST_ROUTES} routes.", action="Delete one first.")
    _check_name(definition.name, rows, taken_names)
    at = now()
    route_id = new_id("rte")
    session.add(
        RouteRow(
            id=route_id,
            organization_id=principal.organization_id,
            name=definition.name,
            position=max((row.position for row in rows), default=0) + 1,
            definition=definition.model_dump(mode="json", exclude_defaults=True),
            created_by=principal.id,
            created_at=at,
            updated_at=at,
            deleted_at=None,
        )
    )
    record_event(session, principal.organization_id, "routes.created", {"route_id": route_id})
    state = definition.model_dump(mode="json", exclude_defaults=True)
    audit.record(session, principal, "routes.create", audit.Target("route", route_id, definition.name), after=state)
    return route_id


async def update_route(
    session: AsyncSession,
    principal: Principal,
    route_id: str,
    definition: RouteSettings,
    taken_names: frozenset[str],
) -> None:
    """Replace what a route says and announce it. Raises RouteNotFound and RouteNameTaken."""
    rows = await repository.list_rows(session, principal.organization_id)
    row = next((one for one in rows if one.id == route_id), None)
    if row is None:
        raise RouteNotFound("There is no such route.")
    _check_name(definition.name, [one for one in rows if one.id != route_id], taken_names)
    before = row.definition
    row.name = definition.name
    row.definition = definition.model_dump(mode="json", exclude_defaults=True)
    row.updated_at = now()
    record_event(session, principal.organization_id, "routes.updated", {"route_id": route_id})
    target = audit.Target("route", route_id, row.name)
    audit.record(session, principal, "routes.update", target, before=before, after=row.definition)


async def order_routes(session: AsyncSession, principal: Principal, route_ids: Sequence[str]) -> None:
    """Put the organization's stored routes in this order. Raises RouteOrderStale unless every one is named once."""
    rows = await repository.list_rows(session, principal.organization_id)
    if sorted(route_ids) != sorted(row.id for row in rows):
        raise RouteOrderStale("The order names other routes than there are.", action="Load the routes again.")
    before = [row.name for row in rows]
    for row in rows:
        row.position = route_ids.index(row.id) + 1
    after = [row.name for row in sorted(rows, key=lambda row: row.position)]
    audit.record(
        session, principal, "routes.order", audit.Target("route", ""), before={"order": before}, after={"order": after}
    )
    record_event(session, principal.organization_id, "routes.updated", {"route_ids": list(route_ids)})


async def delete_route(session: AsyncSession, principal: Principal, route_id: str) -> None:
    """Take a route out of use; it can be brought back. Raises RouteNotFound."""
    row = await repository.find_row(session, principal.organization_id, route_id)
    if row is None:
        raise RouteNotFound("There is no such route.")
    row.deleted_at = now()
    record_event(session, principal.organization_id, "routes.deleted", {"route_id": route_id})
    target = audit.Target("route", route_id, row.name)
    audit.record(session, principal, "routes.delete", target, before=row.definition)


async def restore_route(
    session: AsyncSession, principal: Principal, route_id: str, taken_names: frozenset[str]
) -> None:
    """Bring a deleted route back to where it was. Raises RouteNotFound, RouteNameTaken and TooManyRoutes."""
    row = await repository.find_row(session, principal.organization_id, route_id, deleted=True)
    if row is None:
        raise RouteNotFound("There is no deleted route of that id.")
    rows = await repository.list_rows(session, principal.organization_id)
    if len(rows) >= MOST_ROUTES:
        raise TooManyRoutes(f"An organization has at most {MOST_ROUTES} routes.", action="Delete one first.")
    _check_name(row.name, rows, taken_names)
    row.deleted_at = None
    row.updated_at = now()
    record_event(session, principal.organization_id, "routes.created", {"route_id": route_id})
    target = audit.Target("route", route_id, row.name)
    audit.record(session, principal, "routes.restore", target, after=row.definition)


def _check_name(name: str, rows: Sequence[RouteRow], taken_names: frozenset[str]) -> None:
    if name in taken_names or any(row.name == name for row in rows):
        raise RouteNameTaken(f"There is already a route “{name}”.", fields={"name": "choose another name"})
