"""Share things, look with whom they are shared, and what is shared with somebody."""

from dataclasses import replace

from powerautomation.identity.access import Resource, Shared, Subject
from powerautomation.identity.roles import load_role, load_roles
from powerautomation.identity.sharing import repository
from powerautomation.identity.sharing.entities import KINDS, Grantee, Share, ShareLevel
from powerautomation.identity.sharing.errors import ShareInvalid, ShareNotFound, TooManyShares
from powerautomation.identity.sharing.repository import AsyncSession
from powerautomation.identity.sharing.tables import ShareRow
from powerautomation.identity.units import list_paths, load_unit_ids
from powerautomation.identity.users import find_user_by_email, list_user_names
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id

MOST_SHARES = 100
# What one person finds shared by others, of one kind.
MOST_SHARED = 1000


async def create_share(
    session: AsyncSession, owner: str, resource: Resource, grantee: Grantee, level: ShareLevel, *, by: str
) -> Share:
    """Share a thing of the organization ``owner``, or change the level at which it is shared. ``by`` is the id of the
    person who does, and may; whoever calls this has checked it. Raises ShareInvalid, TooManyShares.
    """
    grantee = await _named(session, owner, grantee)
    await _check_grantee(session, owner, resource, grantee)
    known = await _find(session, owner, resource, grantee)
    if known is None:
        if await repository.count_rows(session, owner, resource.kind, resource.id) >= MOST_SHARES:
            raise TooManyShares(
                f"It is shared with {MOST_SHARES} already.", action="Share it with a role or the organization."
            )
        row = ShareRow(
            id=new_id("shr"),
            organization_id=owner,
            resource_kind=resource.kind,
            resource_id=resource.id,
            grantee_kind=grantee.kind,
            grantee_id=grantee.id,
            level=level,
            created_by=by,
            created_at=now(),
        )
        if await repository.insert_row(session, row):
            return (await _shares_of(session, owner, [row]))[0]
        known = await _find(session, owner, resource, grantee)
    if known is None:
        raise _not_found()
    await repository.write_level(session, owner, known.id, level)
    return replace((await _shares_of(session, owner, [known]))[0], level=level)


async def delete_share(session: AsyncSession, organization_id: str, resource: Resource, share_id: str) -> Share:
    """Share a thing no longer with one grantee; return the share that was. Raises ShareNotFound."""
    rows = await repository.list_rows(session, organization_id, resource.kind, resource.id)
    row = next((one for one in rows if one.id == share_id), None)
    if row is None:
        raise _not_found()
    (share,) = await _shares_of(session, organization_id, [row])
    await repository.delete_row(session, organization_id, share_id)
    return share


async def list_shares(session: AsyncSession, organization_id: str, resource: Resource) -> list[Share]:
    """Return with whom a thing is shared, in the order in which it was: at most MOST_SHARES."""
    rows = await repository.list_rows(session, organization_id, resource.kind, resource.id)
    return await _shares_of(session, organization_id, rows)


async def list_shared_ids(session: AsyncSession, organization_id: str, resource_kind: str) -> list[str]:
    """Return the ids of an organization's things of one kind that are shared with anybody."""
    return await repository.list_shared_ids(session, organization_id, resource_kind)


async def load_shared(
    session: AsyncSession, organization_id: str, resource_kind: str, subject: Subject
) -> dict[str, Shared]:
    """Return what others share with somebody: the things' ids, newest first, each at its highest level: at most
    MOST_SHARED."""
    grantees = [("person", subject.person_id), ("organization", "")]
    grantees += [("role", role.id) for role in subject.role.chain]
    grantees += [("unit", one) for one in await load_unit_ids(session, organization_id, subject.person_id)]
    rows = await repository.list_rows_for(session, organization_id, resource_kind, grantees, most=MOST_SHARED)
    names = await list_user_names(session, organization_id, {row.created_by for row in rows}) if rows else {}
    found: dict[str, Shared] = {}
    for row in rows:
        if row.resource_id not in found or row.level == "change":
            level: ShareLevel = "change" if row.level == "change" else "see"
            found[row.resource_id] = Shared(level, names.get(row.created_by, ""))
    return found


async def shared_with(session: AsyncSession, organization_id: str, resource: Resource, subject: Subject) -> Resource:
    """Return a thing as it is for somebody: with what was shared of it."""
    shared = await load_shared(session, organization_id, resource.kind, subject)
    return replace(resource, shared=shared.get(resource.id))


async def _named(session: AsyncSession, organization_id: str, grantee: Grantee) -> Grantee:
    """Return a person who is named by e-mail address by id: not everybody who shares may list people."""
    if grantee.kind != "person" or "@" not in grantee.id:
        return grantee
    user = await find_user_by_email(session, grantee.id, organization_id)
    return grantee if user is None else Grantee("person", user.id)


async def _check_grantee(session: AsyncSession, organization_id: str, resource: Resource, grantee: Grantee) -> None:
    if grantee.kind == "organization":
        known = grantee.id == ""
    elif grantee.kind == "role":
        known = (await load_role(session, organization_id, grantee.id)).is_known
    elif grantee.kind == "unit":
        known = grantee.id in await list_paths(session, organization_id)
    else:
        known = grantee.id in await list_user_names(session, organization_id, [grantee.id])
    if not known:
        raise ShareInvalid(
            f"There is no such {grantee.kind} to share with.",
            action="Look at the list of people, roles and units again.",
            fields={"grantee_id": f"There is no such {grantee.kind}."},
        )
    if grantee == Grantee("person", resource.owner or ""):
        raise ShareInvalid(
            "It belongs to this person already.",
            action="Choose somebody else.",
            fields={"grantee_id": "It belongs to this person."},
        )


async def _find(session: AsyncSession, organization_id: str, resource: Resource, grantee: Grantee) -> ShareRow | None:
    rows = await repository.list_rows(session, organization_id, resource.kind, resource.id)
    return next((row for row in rows if (row.grantee_kind, row.grantee_id) == (grantee.kind, grantee.id)), None)


async def _shares_of(session: AsyncSession, organization_id: str, rows: list[ShareRow]) -> list[Share]:
    people = {row.created_by for row in rows} | {row.grantee_id for row in rows if row.grantee_kind == "person"}
    names = await list_user_names(session, organization_id, people) if people else {}
    roles = await load_roles(session, organization_id) if any(row.grantee_kind == "role" for row in rows) else {}
    paths = await list_paths(session, organization_id) if any(row.grantee_kind == "unit" for row in rows) else {}
    shares = []
    for row in rows:
        role = roles.get(row.grantee_id)
        name = role.name if role is not None else paths.get(row.grantee_id) or names.get(row.grantee_id, "")
        shares.append(
            Share(
                row.id,
                row.resource_kind,
                row.resource_id,
                Grantee(KINDS.get(row.grantee_kind, "organization"), row.grantee_id),
                name,
                "change" if row.level == "change" else "see",
                row.created_by,
                names.get(row.created_by, ""),
                row.created_at,
            )
        )
    return shares


def _not_found() -> ShareNotFound:
    return ShareNotFound("It is not shared so.", action="Look at with whom it is shared again.")
