"""The first administrator of an installation."""

import asyncio

from sqlalchemy import func, select

from powerautomation.identity.organizations import get_organization
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.identity.users import bootstrap_first_admin, list_user_names, needs_first_password
from powerautomation.identity.users.tables import UserRow
from powerautomation.kernel import clock


async def bootstrap(db):
    async with db.unit_of_work() as session:
        return await bootstrap_first_admin(session)


async def counts(db):
    async with db.read() as session:
        organizations = await session.scalar(select(func.count()).select_from(OrganizationRow))
        users = await session.scalar(select(func.count()).select_from(UserRow))
    return organizations, users


async def test_first_start_makes_one_organization_with_one_administrator(db):
    admin = await bootstrap(db)
    assert await counts(db) == (1, 1)
    assert admin.kind == "user"
    async with db.read() as session:
        organization = await get_organization(session, admin.organization_id)
    assert organization.name == "Default"


async def test_later_starts_change_nothing(db):
    assert await bootstrap(db) == await bootstrap(db)
    assert await counts(db) == (1, 1)


async def test_replicas_that_start_together_agree(db):
    admins = await asyncio.gather(*(bootstrap(db) for _ in range(6)))
    assert len(set(admins)) == 1
    assert await counts(db) == (1, 1)


async def test_disabled_administrators_are_not_replaced_by_a_new_one(here):
    await here.update_user(here.admin.id, disabled_at=clock.now())
    principal = await bootstrap(here.db)
    assert principal.kind == "system"
    assert principal.organization_id == here.admin.organization_id
    assert await counts(here.db) == (1, 1)


async def test_first_password_ends_the_need_for_a_link(here):
    async with here.db.read() as session:
        assert await needs_first_password(session)
    await here.with_password()
    async with here.db.read() as session:
        assert not await needs_first_password(session)


async def test_names_of_other_organizations_are_not_told(here):
    await here.other_organization()
    async with here.db.read() as session:
        names = await list_user_names(session, "org_other", [here.admin.id, "usr_other", "usr_gone"])
    assert names == {"usr_other": "Bob"}
