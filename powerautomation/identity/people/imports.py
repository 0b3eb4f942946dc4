"""Many people at once: a CSV file in, with a report by line, and out again."""

from collections.abc import Mapping

from powerautomation.identity.access import SignedInUser, ensure_confirmed
from powerautomation.identity.people import rules
from powerautomation.identity.people.entities import LineReport, PersonLine
from powerautomation.identity.people.service import change_person, invite, put_into
from powerautomation.identity.roles import find_role, load_roles
from powerautomation.identity.units import UnitNotFound, list_homes, list_paths
from powerautomation.identity.users import User, find_user_by_email, list_users
from powerautomation.infrastructure.database import AsyncSession
from powerautomation.kernel.errors import Problem

_PAGE = 500


async def import_people(
    session: AsyncSession, actor: SignedInUser, text: str, *, dry_run: bool = False
) -> list[LineReport]:
    """Invite who is new and change the name, role and unit of who is known, one line after the other.

    A line that is refused changes nothing and keeps no other line back. Raises ImportInvalid when the file cannot be
    read at all, ConfirmationNeeded when it names an administrator. Nothing of a ``dry_run`` stays, its links and news
    included.
    """
    reports: list[LineReport] = []
    lines = rules.read_people(text)
    roles = await load_roles(session, actor.principal.organization_id)
    owner = actor.principal.organization_id
    paths = {path.casefold(): unit_id for unit_id, path in (await list_paths(session, owner)).items()}
    homes = await list_homes(session, owner)
    meant = [find_role(line.role, roles) for line in lines]
    if any(role is not None and rules.administers(role) for role in meant):
        # Asked once for the whole file, not refused line by line.
        ensure_confirmed(actor)
    trial = await session.begin_nested() if dry_run else None
    for line, found in zip(lines, meant, strict=True):
        role = line.role if found is None else found.id
        try:
            async with session.begin_nested():
                reports.append(await _import_line(session, actor, line, role, _unit_of(line, paths), homes))
        except Problem as problem:
            reports.append(LineReport(line, "refused", code=problem.code, message=problem.message))
    if trial is not None:
        await trial.rollback()
    return reports


def _unit_of(line: PersonLine, paths: Mapping[str, str]) -> str:
    """Return the id of the unit a line names, by its path or its id, empty for none. Raises UnitNotFound."""
    if not line.unit:
        return ""
    found = line.unit if line.unit in paths.values() else paths.get(line.unit.strip("/").casefold())
    if found is None:
        raise UnitNotFound(
            f"There is no unit “{line.unit[:200]}”.",
            action="Write its path, such as Group/Sales, as the page shows it.",
        )
    return found


async def _import_line(
    session: AsyncSession, actor: SignedInUser, line: PersonLine, role: str, unit_id: str, homes: Mapping[str, str]
) -> LineReport:
    known = await find_user_by_email(session, line.email, actor.principal.organization_id)
    if known is None:
        invited = await invite(session, actor, name=line.name, email=line.email, role=role, unit_id=unit_id)
        return LineReport(line, "invited", token=invited.token)
    name, role = line.name or known.name, role or (known.role if unit_id else "")
    moves = unit_id not in ("", homes.get(known.id))
    if (known.name, known.role) == (name, role) and not moves:
        return LineReport(line, "unchanged")
    if (known.name, known.role) != (name, role):
        await change_person(session, actor, known.id, name=name, role=role)
    if moves:
        await put_into(session, actor, known.id, unit_id)
    return LineReport(line, "changed")


async def export_people(session: AsyncSession, actor: SignedInUser) -> str:
    """Return everybody of the organization as CSV, the newest first; deleted people are left out."""
    found: list[User] = []
    roles = await load_roles(session, actor.principal.organization_id)
    after = ""
    while page := await list_users(session, actor.principal.organization_id, after=after, most=_PAGE):
        found += [user for user in page if user.kind == "person"]
        after = page[-1].id
    paths = await list_paths(session, actor.principal.organization_id)
    homes = await list_homes(session, actor.principal.organization_id)
    return rules.write_people(
        found,
        {role.id: role.name for role in roles.values() if role.is_custom},
        {user_id: paths[unit_id] for user_id, unit_id in homes.items() if unit_id in paths},
    )
