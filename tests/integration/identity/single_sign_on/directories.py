"""What tests of directories enter and press."""

from typing import Any

import httpx2

from tests.fixtures.directory import PASSWORD, READER_PASSWORD, Directory
from tests.integration.app.installation import Person

Json = dict[str, Any]


def draft(place: Directory, *, options: Json | None = None, **more: Any) -> Json:
    """What an administrator enters."""
    return {
        "name": "Staff directory",
        "ldap": place.options(**options or {}),
        "secret": READER_PASSWORD,
        "rules": [{"claim": "groups", "value": "CN=Admins, ou=groups,dc=example,dc=org", "role": "operator"}],
        "default_role": "developer",
        "email_domains": ["example.org"],
        "creates_people": True,
        **more,
    }


async def enter(browser: httpx2.AsyncClient, provider_id: str, name: str, password: str = PASSWORD) -> httpx2.Response:
    """Fill in the sign-in page's form of a directory."""
    body = {"username": name, "password": password}
    return await browser.post(f"/api/v1/session/providers/{provider_id}/password", json=body)


async def tried(admin: Person, provider_id: str, name: str, password: str = PASSWORD) -> Json:
    """A test sign-in."""
    body = {"username": name, "password": password}
    return dict(await admin.ok("POST", f"sign-in-providers/{provider_id}/test/password", body))
