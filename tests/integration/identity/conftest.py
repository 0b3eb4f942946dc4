"""An application with the identity routes on each storage column, and browsers that use it over HTTP."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import update

from powerautomation.governance.audit import AuditFrame
from powerautomation.governance.encryption import SecretBox, give_box
from powerautomation.identity.api_keys import router as api_keys_router
from powerautomation.identity.factors import router as factors_router
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.identity.people import router as people_router
from powerautomation.identity.policies import router as policies_router
from powerautomation.identity.privacy import router as privacy_router
from powerautomation.identity.roles import router as roles_router
from powerautomation.identity.sessions import create_sign_in_link
from powerautomation.identity.sessions import router as sessions_router
from powerautomation.identity.sessions import sessions_router as session_list_router
from powerautomation.identity.users import bootstrap_first_admin, passwords
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.http import install_control_plane_rules
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal
from tests.fixtures.encryption import new_box

ORIGIN = "https://console.test"
EMAIL = "ada@example.org"
PASSWORD = "a quiet harbour at dusk"


class Clock:
    """The time of the test: stands still until it is moved."""

    def __init__(self) -> None:
        self.ms = 1_795_000_000_000

    def now_ms(self) -> int:
        """Return the test's milliseconds since the epoch."""
        return self.ms

    def advance(self, **parts: float) -> None:
        """Move on by a timedelta's parts."""
        self.ms += round(timedelta(**parts).total_seconds() * 1000)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that every part of the program reads."""
    frozen = Clock()
    monkeypatch.setattr(clock, "now_ms", frozen.now_ms)
    return frozen


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real argon2id with the least work, so that the tests spend their time elsewhere."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    monkeypatch.setattr(passwords, "_NOBODY", cheap.hash("nobody"))


class Browser:
    """One browser: keeps cookies and the CSRF token as the console does."""

    def __init__(self, app: FastAPI, ip: str = "203.0.113.7") -> None:
        transport = httpx2.ASGITransport(app=app, client=(ip, 50000))
        self.http = httpx2.AsyncClient(transport=transport, base_url=ORIGIN)
        self.csrf = ""

    async def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        """Send one call of the control API."""
        sent = {"x-csrf-token": self.csrf} if self.csrf and method != "GET" else {}
        sent.update(headers or {})
        answer = await self.http.request(method, f"/api/v1/{path}", json=body, headers=sent)
        if answer.status_code == 200 and path.startswith("session") and "personal-data" not in path:
            self.csrf = answer.json().get("csrf_token", self.csrf)
        return answer

    async def open_link(self, token: str) -> httpx2.Response:
        """Open a one-time link."""
        return await self.send("POST", "session/link", {"token": token})

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        """Sign in with a password."""
        return await self.send("POST", "session", {"email": email, "password": password})


def user_row(organization_id: str, email: str, role: str, **values: Any) -> UserRow:
    """Return the row of a person who has no password yet."""
    empty = {"disabled_at": None}
    given = {"id": new_id("usr"), "name": email.partition("@")[0], "locale": "", "created_at": clock.now()}
    given |= {"accepted_at": clock.now(), "deleted_at": None}
    return UserRow(organization_id=organization_id, email=email, role=role, **empty, **{**given, **values})


@dataclass
class Installation:
    """A running installation with its first administrator."""

    app: FastAPI
    db: Database
    box: SecretBox
    admin: Principal
    new_browser: Callable[..., Browser]

    async def link(self, email: str | None = None) -> str:
        """Print a one-time link's token, as the command line does."""
        async with self.db.unit_of_work() as session:
            return await create_sign_in_link(session, email)

    async def signed_in(self, **values: str) -> Browser:
        """Return a browser of the first administrator, signed in by link."""
        browser = self.new_browser(**values)
        assert (await browser.open_link(await self.link())).status_code == 200
        return browser

    async def with_password(self) -> Browser:
        """Return a browser of the first administrator, who has an e-mail address and a password now."""
        browser = await self.signed_in()
        answer = await browser.send("PUT", "session/password", {"email": EMAIL, "new_password": PASSWORD})
        assert answer.status_code == 200
        return browser

    async def update_user(self, user_id: str, **values: Any) -> None:
        """Change a person's row, as later features will."""
        async with self.db.unit_of_work() as session:
            await session.execute(update(UserRow).where(UserRow.id == user_id).values(**values))

    async def person(self, email: str, role: str, **values: Any) -> Browser:
        """Return a browser in which another person of the first organization is signed in."""
        async with self.db.unit_of_work() as session:
            session.add(user_row(self.admin.organization_id, email, role, **values))
        browser = self.new_browser()
        assert (await browser.open_link(await self.link(email))).status_code == 200
        return browser

    async def other_organization(self, email: str = "bob@elsewhere.example") -> Browser:
        """Return a browser signed in as the administrator of a second organization."""
        async with self.db.unit_of_work() as session:
            session.add(OrganizationRow(id="org_other", name="Elsewhere", created_at=clock.now()))
            await session.flush()
            session.add(user_row("org_other", email, "system_admin", id="usr_other", name="Bob"))
        browser = self.new_browser()
        assert (await browser.open_link(await self.link(email))).status_code == 200
        return browser


@pytest.fixture
def identity_app(column: Settings, db: Database) -> FastAPI:
    """The identity routes as the server mounts them."""
    app = FastAPI()
    app.state.settings = column
    app.state.database = db
    app.state.secret_box = new_box()
    give_box(db, app.state.secret_box)
    app.include_router(sessions_router)
    app.include_router(session_list_router)
    app.include_router(api_keys_router)
    app.include_router(people_router)
    app.include_router(privacy_router)
    app.include_router(roles_router)
    app.include_router(policies_router)
    app.include_router(factors_router)
    app.add_middleware(AuditFrame)
    install_control_plane_rules(app, column)
    return app


@pytest.fixture
async def here(identity_app: FastAPI, db: Database) -> AsyncIterator[Installation]:
    """A fresh installation, its first administrator made but never signed in."""
    async with db.unit_of_work() as session:
        admin = await bootstrap_first_admin(session)
    opened: list[Browser] = []

    def new_browser(**values: str) -> Browser:
        opened.append(Browser(identity_app, **values))
        return opened[-1]

    yield Installation(identity_app, db, identity_app.state.secret_box, admin, new_browser)
    for browser in opened:
        await browser.http.aclose()
