"""Who was removed or switched off in a directory loses the sessions here."""

from datetime import timedelta

import httpx2
import pytest

from powerautomation.governance import audit
from powerautomation.identity.single_sign_on import recheck
from powerautomation.infrastructure.http_client import OutgoingPolicy
from powerautomation.kernel import clock
from tests.fixtures.directory import BASE, PASSWORD, Directory
from tests.integration.app.installation import Installation, Person
from tests.integration.identity.single_sign_on.directories import draft, enter

SQLITE_ONLY = pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)


async def checked(here: Installation) -> int:
    """One round over all directories: how many people's sessions ended."""
    application = here.application
    return await recheck(application.database, application.secret_box, {"ldap": application.directories})


async def signed_in(here: Installation, provider_id: str, name: str) -> httpx2.AsyncClient:
    """A browser in which somebody of the directory is signed in."""
    browser = here.browser()
    assert (await enter(browser, provider_id, name)).status_code == 200
    return browser


def add_person(place: Directory, uid: str) -> str:
    """Add somebody to the directory; the name there."""
    dn = f"uid={uid},ou=people,{BASE}"
    values = {"cn": uid, "sn": uid, "displayName": uid, "mail": f"{uid}@example.org", "userPassword": PASSWORD}
    with place.manager() as manager:
        assert manager.add(dn, "inetOrgPerson", values), manager.result
    return dn


async def ended_for(here: Installation, person: Person) -> list[str]:
    """Why sessions of people were ended, as the audit log says it."""
    found = audit.export_chain(here.application.database, person.principal.organization_id)
    return [one.event.reason async for one in found if one.event.action == "users.end_sessions"]


async def test_who_is_removed_in_the_directory_loses_the_sessions(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    dn = add_person(place, "dora")
    dora, ada = await signed_in(here, made["id"], "dora"), await signed_in(here, made["id"], "ada")
    assert await checked(here) == 0
    assert (await dora.get("/api/v1/session")).status_code == 200
    with place.manager() as manager:
        assert manager.delete(dn), manager.result
    assert await checked(here) == 1
    assert (await dora.get("/api/v1/session")).status_code == 401
    assert (await ada.get("/api/v1/session")).status_code == 200
    assert await checked(here) == 0
    assert await ended_for(here, admin) == ["The directory knows the person no more, or has switched the account off."]


@SQLITE_ONLY
async def test_who_fits_the_filter_no_more_loses_the_sessions(here, place):
    admin = await here.administrator()
    options = {"user_filter": "(&(uid={username})(!(employeeType=left)))"}
    made = await admin.ok("POST", "sign-in-providers", draft(place, options=options))
    dn = add_person(place, "emil")
    emil = await signed_in(here, made["id"], "emil")
    with place.manager() as manager:
        assert manager.modify(dn, {"employeeType": [("MODIFY_REPLACE", ["left"])]}), manager.result
    assert await checked(here) == 1
    assert (await emil.get("/api/v1/session")).status_code == 401


@SQLITE_ONLY
async def test_sessions_outlive_a_directory_that_is_away_for_a_day(here, place, monkeypatch):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place))
    ada = await signed_in(here, made["id"], "ada")
    assert await checked(here) == 0
    here.application.directories.policy = OutgoingPolicy(frozenset(), frozenset())
    assert await checked(here) == 0
    assert (await ada.get("/api/v1/session")).status_code == 200
    real = clock.now()
    monkeypatch.setattr("powerautomation.identity.single_sign_on.rechecking.now", lambda: real + timedelta(hours=25))
    assert await checked(here) == 1
    assert (await ada.get("/api/v1/session")).status_code == 401
    assert await ended_for(here, admin) == ["The directory has not answered for a day."]


@SQLITE_ONLY
async def test_base_that_is_gone_ends_no_session(here, place):
    admin = await here.administrator()
    made = await admin.ok("POST", "sign-in-providers", draft(place, options={"base_dn": f"ou=people,{BASE}"}))
    ada = await signed_in(here, made["id"], "ada")
    with place.manager() as manager:
        manager.modify_dn(f"ou=groups,{BASE}", "ou=teams")
    assert await checked(here) == 0
    assert (await ada.get("/api/v1/session")).status_code == 200
    with place.manager() as manager:
        manager.modify_dn(f"ou=teams,{BASE}", "ou=groups")
