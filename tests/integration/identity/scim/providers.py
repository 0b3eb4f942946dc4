"""An identity provider that asks by SCIM with the key of a service account."""

from typing import Any

import httpx2

from powerautomation.identity.access import ROLES
from powerautomation.identity.sessions import create_sign_in_link
from tests.integration.app.installation import ORIGIN, Installation, Person

BASE = "/api/v1/scim/v2"
GRACE = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "Grace@example.org",
    "externalId": "00u1",
    "name": {"givenName": "Grace", "familyName": "H"},
    "emails": [{"value": "grace@example.org", "type": "work", "primary": True}],
    "roles": [{"value": "developer"}],
    "active": True,
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Research"},
}
Json = dict[str, Any]


class Provider:
    """An identity provider with a key."""

    def __init__(self, http: httpx2.AsyncClient, key: str) -> None:
        self._http, self._headers = http, {"authorization": f"Bearer {key}", "content-type": "application/scim+json"}

    async def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: str
    ) -> httpx2.Response:
        """One request of SCIM."""
        return await self._http.request(
            method, f"{BASE}/{path}", json=body, params=query or None, headers={**self._headers, **(headers or {})}
        )

    async def patch(self, user_id: str, **values: Any) -> httpx2.Response:
        """Replace some attributes as Entra ID does."""
        operations = [{"op": "Replace", "path": name, "value": value} for name, value in values.items()]
        return await self.operate(f"Users/{user_id}", *operations)

    async def operate(self, path: str, *operations: Json) -> httpx2.Response:
        """Some operations on one person or group."""
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        return await self.send("PATCH", path, {"schemas": schemas, "Operations": list(operations)})

    async def person(self, name: str) -> str:
        """Add somebody; return the id."""
        answer = await self.send("POST", "Users", {"userName": f"{name}@example.org", "displayName": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def group(self, name: str, *members: str, **more: Any) -> str:
        """Make a group; return its id."""
        people = [{"value": one} for one in members]
        answer = await self.send("POST", "Groups", {"displayName": name, "members": people, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def members(self, group_id: str) -> list[str]:
        """The ids of who is in a group."""
        told = (await self.send("GET", f"Groups/{group_id}")).json()
        return sorted(one["value"] for one in told["members"])


async def provider_of(
    here: Installation, admin: Person, role: str = "organization_admin", scopes: list[str] | None = None
) -> Provider:
    """A service account's key, as an administrator hands it to an identity provider."""
    robot = await admin.ok("POST", "users/service-accounts", {"name": "Directory sync", "role": role})
    given = sorted(ROLES[role].permissions) if scopes is None else scopes
    made = await admin.ok("POST", "api-keys", {"name": "SCIM", "service_account_id": robot["id"], "scopes": given})
    return Provider(here.browser(), made["token"])


async def browser_of(here: Installation, email: str) -> httpx2.AsyncClient:
    """A browser in which somebody is signed in."""
    async with here.application.database.unit_of_work() as session:
        token = await create_sign_in_link(session, email)
    browser = here.browser()
    answer = await browser.post("/api/v1/session/link", json={"token": token}, headers={"origin": ORIGIN})
    assert answer.status_code == 200, answer.text
    browser.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return browser
