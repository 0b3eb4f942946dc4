"""Whose an e-mail address is: who may take one, and whom a command means by it."""

import httpx2
import pytest

from powerautomation.identity.sessions import (
    EmailAmbiguous,
    create_sign_in_link,
    find_meant,
    forgive_failures,
    remove_factors_by_email,
    reset_password_link,
)
from powerautomation.identity.users import EmailTaken, change_user, create_user
from powerautomation.kernel.clock import now
from tests.integration.app.installation import Installation, Person
from tests.integration.identity.email_domains.test_email_domains import here, proven, web

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
ADA = "ada@example.org"
PASSWORD = "a quiet harbour at dusk"
__all__ = ["here", "web"]


async def by_provider(here: Installation, person: Person, email: str = ADA) -> str:
    """Somebody of a person's organization who has come by a provider, and has no password here; the id."""
    owner = person.principal.organization_id
    async with here.application.database.unit_of_work() as session:
        user = await create_user(session, owner, name="Ada", email=email, role="guest")
        await change_user(session, owner, user.id, accepted_at=now())
    return user.id


async def invited(person: Person, email: str = ADA) -> str:
    """The token of an invitation."""
    draft = {"name": "Eve", "email": email, "role": "guest"}
    return str((await person.ok("POST", "users", draft))["token"])


async def accept(here: Installation, token: str) -> httpx2.Response:
    return await here.browser().post(
        "/api/v1/session/invitation/accept", json={"token": token, "new_password": PASSWORD}
    )


async def test_address_of_a_proven_domain_is_taken_by_no_invitation_elsewhere(here, web):
    admin, stranger = await here.administrator(), await here.stranger()
    await proven(admin, web, "example.org")
    # Before its owner ever came: nobody is known by the address yet.
    refused = await accept(here, await invited(stranger))
    assert (refused.status_code, refused.json()["code"]) == (409, "users.email_taken")
    # The organization that has proven it gives it to its own people.
    assert (await accept(here, await invited(admin, "grace@example.org"))).status_code == 200
    # An address of nobody's domain is taken as ever.
    assert (await accept(here, await invited(stranger, "eve@elsewhere.example"))).status_code == 200


@SQLITE_ONLY
async def test_address_of_a_proven_domain_is_chosen_by_nobody_elsewhere(here, web):
    admin, stranger = await here.administrator(), await here.stranger()
    await proven(admin, web, "example.org")
    chosen = await stranger.call("PUT", "session/password", {"new_password": PASSWORD, "email": ADA})
    assert (chosen.status_code, chosen.json()["code"]) == (409, "users.email_taken")
    own = await admin.call("PUT", "session/password", {"new_password": PASSWORD, "email": "first@example.org"})
    assert own.status_code == 200, own.text


@SQLITE_ONLY
async def test_person_of_a_provider_keeps_the_address_also_of_a_domain_nobody_has_proven(here, web):
    admin, stranger = await here.administrator(), await here.stranger()
    await by_provider(here, admin)
    refused = await accept(here, await invited(stranger))
    assert (refused.status_code, refused.json()["code"]) == (409, EmailTaken.code)


async def test_command_means_one_account_or_asks_which(here, web):
    admin, stranger = await here.administrator(), await here.stranger()
    # Taken elsewhere first, while the domain was nobody's; then its owner comes by a provider.
    assert (await accept(here, await invited(stranger))).status_code == 200
    ada = await by_provider(here, admin)
    mine, theirs = admin.principal.organization_id, stranger.principal.organization_id
    box, database = here.application.secret_box, here.application.database
    async with database.unit_of_work() as session:
        for command in (
            create_sign_in_link(session, ADA),
            reset_password_link(session, ADA),
            forgive_failures(session, box, ADA),
            remove_factors_by_email(session, ADA),
        ):
            with pytest.raises(EmailAmbiguous) as caught:
                await command
            assert mine in caught.value.message
            assert theirs in caught.value.message
        for organization_id, is_ada in ((mine, True), (theirs, False)):
            found = await find_meant(session, ADA, organization_id)
            assert found is not None
            assert (found.id == ada, found.organization_id) == (is_ada, organization_id)
    await proven(admin, web, "example.org")
    async with database.read() as session:
        found = await find_meant(session, " Ada@Example.ORG ")
        assert found is not None
        assert found.id == ada
        assert await find_meant(session, "nobody@example.org") is None
