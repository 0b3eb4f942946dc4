"""A journal with its flusher on each storage column, and the ledger's endpoints with people of two organizations."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from powerautomation.gateway.metering import Journal, JournalFlusher, RequestRecord, router
from powerautomation.gateway.metering.repository import insert_prepared, prepare_records
from powerautomation.gateway.metering.tables import GatewayAttemptRow, GatewayRequestRow, UsageHourlyRow
from powerautomation.gateway.ratings import rating_counts
from powerautomation.identity.organizations.tables import OrganizationRow
from powerautomation.identity.sessions import create_sign_in_link
from powerautomation.identity.sessions import router as sessions_router
from powerautomation.identity.users.tables import UserRow
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.http import install_control_plane_rules
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.fixtures.encryption import new_box

WAIT_SECONDS = 20.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, at most WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.005)


@dataclass
class Ledger:
    """A journal, its flusher and the database they fill; ``told`` is what was announced, in order."""

    db: Database
    folder: Path
    journal: Journal
    flusher: JournalFlusher
    told: list[RequestRecord] = field(default_factory=list)

    async def ids(self) -> list[str]:
        """Every request of every organization, in order."""
        async with self.db.read() as session:
            return list(await session.scalars(select(GatewayRequestRow.id).order_by(GatewayRequestRow.id)))

    async def outcomes(self) -> dict[str, str]:
        """How every request ended, by id."""
        async with self.db.read() as session:
            rows = await session.execute(select(GatewayRequestRow.id, GatewayRequestRow.outcome))
            return {row[0]: row[1] for row in rows}

    async def count_attempts(self) -> int:
        """How many attempts there are."""
        async with self.db.read() as session:
            return await session.scalar(select(func.count()).select_from(GatewayAttemptRow)) or 0

    async def sums(self) -> list[dict[str, Any]]:
        """The hourly sums, in the order of their keys."""
        columns = UsageHourlyRow.__table__.c
        async with self.db.read() as session:
            rows = await session.execute(select(*columns).order_by(*UsageHourlyRow.__table__.primary_key))
            return [dict(row) for row in rows.mappings()]

    async def insert(self, *records: RequestRecord) -> list[RequestRecord]:
        """Put records into the ledger without a journal."""
        async with self.db.unit_of_work() as session:
            return await insert_prepared(session, [prepare_records(records)])

    def rejected(self) -> list[bytes]:
        """Every line that was set aside."""
        return [line for path in self.folder.glob("rejected/*") for line in path.read_bytes().splitlines()]


def open_ledger(db: Database, folder: Path, **options: Any) -> Ledger:
    """Return a journal of its own in a folder, with a flusher that is not started."""
    journal = Journal(folder, **{name: options.pop(name) for name in ("rotate_bytes",) if name in options})
    told: list[RequestRecord] = []

    async def tell(records: list[RequestRecord]) -> None:
        told.extend(records)

    return Ledger(db, folder, journal, JournalFlusher(journal, db, tell, **options), told)


@pytest.fixture
async def ledger(db: Database, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger with an empty journal."""
    opened = open_ledger(db, tmp_path / "journal")
    yield opened
    await opened.flusher.stop()
    opened.journal.close()


@dataclass
class People:
    """Who uses the ledger's endpoints. ``one`` is signed in as an administrator of org_1; ``stranger`` is nobody."""

    app: FastAPI
    db: Database
    one: httpx2.AsyncClient
    stranger: httpx2.AsyncClient

    async def sign_in(self, name: str, organization_id: str, role: str) -> httpx2.AsyncClient:
        """Return the browser of a new person of an organization, signed in."""
        async with self.db.unit_of_work() as session:
            session.add(OrganizationRow(id=organization_id, name=organization_id, created_at=clock.now()))
            await session.flush()
            session.add(
                UserRow(
                    id=f"usr_{name}",
                    organization_id=organization_id,
                    email=f"{name}@example.org",
                    name=name,
                    role=role,
                    locale="",
                    created_at=clock.now(),
                    disabled_at=None,
                )
            )
            await session.flush()
            token = await create_sign_in_link(session, f"{name}@example.org")
        browser = _browser(self.app)
        answer = await browser.post("session/link", json={"token": token})
        assert answer.status_code == 200, answer.text
        return browser


@pytest.fixture
async def people(column: Settings, db: Database) -> AsyncIterator[People]:
    """The ledger's endpoints with somebody signed in."""
    app = FastAPI()
    app.state.settings = column
    app.state.database = db
    app.state.secret_box = new_box()
    app.state.rating_counts = rating_counts
    app.state.vendor_of = lambda organization_id: {}
    app.include_router(sessions_router)
    app.include_router(router)
    install_control_plane_rules(app, column)
    found = People(app, db, _browser(app), _browser(app))
    found.one = await found.sign_in("ada", "org_1", "system_admin")
    yield found
    await found.one.aclose()


def _browser(app: FastAPI) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, client=("203.0.113.7", 50000))
    return httpx2.AsyncClient(transport=transport, base_url="https://console.test/api/v1/")
