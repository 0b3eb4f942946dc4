"""What an identity provider can do with the people of an organization."""

from collections.abc import Sequence

from powerautomation.identity import groups
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.people import activate, add_person, change_person, deactivate, delete_person
from powerautomation.identity.scim import repository, rules
from powerautomation.identity.scim.entities import ScimUser, Wanted
from powerautomation.identity.scim.errors import NameTaken, ScimInvalid
from powerautomation.identity.scim.granting import Granting
from powerautomation.identity.scim.repository import AsyncSession
from powerautomation.identity.scim.tables import ScimUserRow
from powerautomation.identity.users import User, UserNotFound, find_user_by_email, get_user, hold_user, list_users
from powerautomation.kernel.clock import now

_PAGE = 200


async def create(session: AsyncSession, actor: SignedInUser, wanted: Wanted) -> ScimUser:
    """Add a person, who then signs in by a provider. Raises ScimInvalid, NameTaken and what People raises."""
    wanted = rules.with_defaults(wanted)
    owner = actor.principal.organization_id
    user = await add_person(session, actor, name=wanted.name or "", email=wanted.email or "", role=wanted.role or "")
    await _name(session, owner, user, wanted.user_name or "", wanted.external_id or "")
    if wanted.active is False:
        await deactivate(session, actor, user.id, revoke_keys=True)
    return await get(session, actor, user.id)


async def get(session: AsyncSession, actor: SignedInUser, user_id: str) -> ScimUser:
    """Return one person. Raises UserNotFound."""
    owner = actor.principal.organization_id
    return (await _views(session, owner, [await _person(session, owner, user_id)]))[0]


async def hold(session: AsyncSession, actor: SignedInUser, user_id: str) -> ScimUser:
    """Return one person, who stays as they are until the unit of work ends. Raises UserNotFound."""
    await hold_user(session, actor.principal.organization_id, user_id[:64])
    return await get(session, actor, user_id)


async def find(session: AsyncSession, actor: SignedInUser, text: str) -> list[ScimUser]:
    """Return the people a filter finds: nobody, one, or those with one externalId. Raises ScimInvalid."""
    owner = actor.principal.organization_id
    attribute, value = rules.filter_of(text)
    ids: list[str] = []
    if attribute == "id":
        ids = [value]
    elif attribute == "externalId":
        ids = [row.user_id for row in await repository.find_by_external_id(session, owner, value)]
    else:
        row = await repository.find_by_name(session, owner, value.lower())
        found = None if row is not None else await find_user_by_email(session, value, owner)
        if row is not None:
            ids = [row.user_id]
        elif found is not None and found.organization_id == owner:
            ids = [found.id]
    people = []
    for one in ids:
        try:
            people.append(await _person(session, owner, one))
        except UserNotFound:
            continue
    return await _views(session, owner, people)


async def page(session: AsyncSession, actor: SignedInUser, start: int, most: int) -> tuple[list[ScimUser], int]:
    """Return ``most`` people from the one at place ``start`` (1 is the first), and how many there are."""
    owner = actor.principal.organization_id
    everybody: list[User] = []
    after = ""
    while True:
        some = await list_users(session, owner, after=after, most=_PAGE)
        everybody += [one for one in some if one.kind == "person"]
        if len(some) < _PAGE:
            break
        after = some[-1].id
    return await _views(session, owner, everybody[start - 1 : start - 1 + most]), len(everybody)


async def change(session: AsyncSession, actor: SignedInUser, user_id: str, wanted: Wanted) -> ScimUser:
    """Change what a request says of a person, and nothing else. Raises UserNotFound, ScimInvalid, NameTaken and what
    People raises."""
    owner = actor.principal.organization_id
    user = await _person(session, owner, user_id)
    known = (await _views(session, owner, [user]))[0]
    if wanted.email is not None and wanted.email.lower() != known.email.lower():
        raise ScimInvalid("The e-mail address of a person cannot be changed.", "mutability")
    if wanted.user_name == "":
        raise ScimInvalid("A user has a userName.", "invalidValue")
    granting = await Granting.begin(session, actor, [user_id])
    name = wanted.name if wanted.name not in (None, "", user.name) else None
    # What the person's groups lead to goes before what is said of the person.
    said = None if granting.decides(user_id) else wanted.role
    role = said if said not in (None, "", user.role) else None
    if name is not None or role is not None:
        await change_person(session, actor, user_id, name=name, role=role)
    names = (
        known.user_name if wanted.user_name is None else wanted.user_name,
        known.external_id if wanted.external_id is None else wanted.external_id,
    )
    if names != (known.user_name, known.external_id):
        await _name(session, owner, user, *names)
    if wanted.active is False and known.active:
        await deactivate(session, actor, user_id, revoke_keys=True)
    if wanted.active is True and not known.active:
        await activate(session, actor, user_id)
    return await get(session, actor, user_id)


async def remove(session: AsyncSession, actor: SignedInUser, user_id: str) -> None:
    """Take a person away: sessions and keys end at once. Raises UserNotFound and what People raises."""
    await _person(session, actor.principal.organization_id, user_id)
    await delete_person(session, actor, user_id, revoke_keys=True)
    await groups.remove_person(session, actor.principal.organization_id, user_id)
    # The name is free for somebody new; who is brought back gets it again from the provider.
    await forget_user(session, actor.principal.organization_id, user_id)


async def forget_user(session: AsyncSession, organization_id: str, user_id: str) -> None:
    """Forget what a provider calls a person."""
    await repository.forget_user(session, organization_id, user_id)


async def _person(session: AsyncSession, organization_id: str, user_id: str) -> User:
    user = await get_user(session, organization_id, user_id[:64])
    if user.kind != "person":
        raise UserNotFound("There is no such person in this organization.")
    return user


async def _name(session: AsyncSession, owner: str, user: User, user_name: str, external_id: str) -> None:
    holder = await find_user_by_email(session, user_name, owner) if "@" in user_name else None
    taken = holder is not None and holder.organization_id == owner and holder.id != user.id
    row = ScimUserRow(
        user_id=user.id,
        organization_id=owner,
        user_name=user_name.lower(),
        external_id=external_id,
        updated_at=now(),
    )
    if taken or not await repository.put_row(session, row):
        raise NameTaken("Somebody else has this userName.", action="Choose another userName, or change that person.")


async def _views(session: AsyncSession, organization_id: str, users: Sequence[User]) -> list[ScimUser]:
    ids = [one.id for one in users]
    rows = await repository.find_rows(session, organization_id, ids)
    member_of = await groups.names_of(session, organization_id, ids)
    views = []
    for user in users:
        row = rows.get(user.id)
        views.append(
            ScimUser(
                id=user.id,
                user_name=row.user_name if row is not None else user.email or user.id,
                external_id=row.external_id if row is not None else "",
                name=user.name,
                email=user.email,
                role=user.role,
                active=not user.is_disabled,
                created_at=user.created_at,
                updated_at=row.updated_at if row is not None else user.created_at,
                groups=tuple((one.id, one.name) for one in member_of.get(user.id, ())),
            )
        )
    return views
