"""Asking changes nothing: every GET of the control API leaves what people made as it was."""

import re

from sqlalchemy import select

from powerautomation.app.asgi import create_control_app
from powerautomation.infrastructure.database import Base
from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, installation

# What people make and end. Other tables are also written behind the answers, by themselves.
MADE = (
    *("organizations", "users", "sessions", "sign_in_links", "api_keys", "providers", "provider_deployments", "routes"),
    *("limits", "service_promises", "imported_prices", "reconciliations", "gateway_files"),
)
# When a session was last used is noted.
NOTED = "last_seen_at"
# The way back from a sign-in provider, which browsers come by a GET: it ends a sign-in that was begun.
SIGNS_IN = "/api/v1/session/callback"
DESCRIBED = create_control_app(Settings()).openapi()["paths"]
PATHS = [path for path, methods in DESCRIBED.items() if "get" in methods and path != SIGNS_IN]


async def rows(here: Installation) -> dict[str, list[str]]:
    """Every row of what people made."""
    found = {}
    async with here.application.database.read() as session:
        for table in MADE:
            columns = [one for one in Base.metadata.tables[table].columns if one.name != NOTED]
            found[table] = sorted(map(str, (await session.execute(select(*columns))).all()))
    return found


async def actions(here: Installation) -> list[str]:
    """What the audit log says was done."""
    async with here.application.database.read() as session:
        return sorted(await session.scalars(select(Base.metadata.tables["audit_events"].c.action)))


async def test_asking_changes_nothing(column: Settings) -> None:
    async with installation(column) as here:
        admin = await here.administrator()
        key = (await admin.ok("POST", "api-keys", {"name": "laptop"}))["api_key"]["id"]
        person = await admin.ok("POST", "users", {"name": "Grace", "email": "grace@example.org", "role": "guest"})
        ids = {"key_id": key, "user_id": person["user_id"], "provider": "demo", "provider_id": "demo"}
        before, done = await rows(here), await actions(here)
        assert len(PATHS) > 30
        for path in PATHS:
            answer = await admin.http.get(re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "nothing"), path))
            assert answer.status_code < 500, path
        assert await rows(here) == before
        # That something was taken out stands in the log, and nothing else.
        after = await actions(here)
        assert [action for action in after if not action.endswith(".export")] == done
        assert len(after) > len(done)
