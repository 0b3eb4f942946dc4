"""The whole application in this process: its ASGI door, its first administrator, a second organization."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

from powerautomation.app.application import Application
from powerautomation.app.asgi import Front
from powerautomation.identity.api_keys import create_api_key
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.identity.sessions import create_sign_in_link
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

ORIGIN = "https://console.test"
OTHER_EMAIL = "bob@elsewhere.example"
START_SECONDS = 30.0
Json = dict[str, Any]


def settings_with(column: Settings, **sections: Any) -> Settings:
    """The column's settings with more of the configuration file."""
    return Settings.model_validate({**column.model_dump(exclude_unset=True), **sections})


def chat_body(model: str, prompt: str = "hi", **more: Any) -> Json:
    """A request of the OpenAI dialect."""
    return {"model": model, "messages": [{"role": "user", "content": prompt}], **more}


@dataclass
class Person:
    """Somebody signed in to the console, with a gateway key of their organization."""

    http: httpx2.AsyncClient
    principal: Principal
    key: str

    async def call(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        """One call of the control API."""
        return await self.http.request(method, f"/api/v1/{path}", json=body)

    async def ok(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the control API that must succeed; its JSON."""
        answer = await self.call(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def ask(self, model: str, **more: Any) -> httpx2.Response:
        """One gateway request with this organization's key."""
        headers = {"authorization": f"Bearer {self.key}"}
        return await self.http.post("/v1/chat/completions", json=chat_body(model, **more), headers=headers)

    @property
    def cookie(self) -> str:
        """The session's cookie header."""
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())


@dataclass
class Installation:
    """A started application."""

    front: Front
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    @property
    def application(self) -> Application:
        """What the server holds."""
        return self.front.application

    def browser(self) -> httpx2.AsyncClient:
        """A browser nobody is signed in with."""
        self.opened.append(httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.front), base_url=ORIGIN))
        return self.opened[-1]

    async def _signed_in(self, principal: Principal, email: str | None) -> Person:
        application = self.application
        async with application.database.unit_of_work() as session:
            token = await create_sign_in_link(session, email)
            created = await create_api_key(session, application.secret_box, principal, "test")
        await application.snapshots.reload()
        browser = self.browser()
        answer = await browser.post("/api/v1/session/link", json={"token": token})
        assert answer.status_code == 200, answer.text
        browser.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return Person(browser, principal, created.token)

    async def administrator(self) -> Person:
        """The first administrator."""
        async with self.application.database.unit_of_work() as session:
            principal = await bootstrap_first_admin(session)
        return await self._signed_in(principal, None)

    async def stranger(self) -> Person:
        """The administrator of a second organization."""
        async with self.application.database.unit_of_work() as session:
            session.add(OrganizationRow(id="org_other", name="Elsewhere", created_at=now()))
            await session.flush()
            session.add(
                UserRow(
                    id="usr_other",
                    organization_id="org_other",
                    email=OTHER_EMAIL,
                    name="Bob",
                    role="system_admin",
                    locale="",
                    created_at=now(),
                    disabled_at=None,
                )
            )
        return await self._signed_in(Principal("user", "usr_other", "org_other", "Bob"), OTHER_EMAIL)


@contextlib.asynccontextmanager
async def started(front: Front) -> AsyncIterator[None]:
    """Send the application through its lifespan, as a server does. The start goes on in the background."""
    messages: asyncio.Queue[Any] = asyncio.Queue()
    answers: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.create_task(front({"type": "lifespan"}, messages.get, answers.put))
    await messages.put({"type": "lifespan.startup"})
    assert (await answers.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await messages.put({"type": "lifespan.shutdown"})
        await asyncio.wait_for(life, START_SECONDS)


@contextlib.asynccontextmanager
async def installation(settings: Settings) -> AsyncIterator[Installation]:
    """A ready application on these settings."""
    front = Front(settings, base_url=ORIGIN)
    ready = asyncio.Event()
    front.on_ready = lambda welcome: ready.set()
    front.on_start_failed = ready.set
    async with started(front):
        await asyncio.wait_for(ready.wait(), START_SECONDS)
        assert front.start_error is None, front.start_error
        here = Installation(front)
        try:
            yield here
        finally:
            for browser in here.opened:
                await browser.aclose()
