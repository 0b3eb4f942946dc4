"""The jobs that look again and again go on whatever one pass meets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from powerautomation.identity.email_domains import jobs as domain_jobs
from powerautomation.identity.people import jobs as people_jobs
from powerautomation.identity.privacy import jobs as privacy_jobs
from powerautomation.identity.tenants import jobs as tenant_jobs
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import Settings

Job = Callable[[Database, Settings], Awaitable[None]]
JOBS: dict[str, tuple[Any, str, str, Job]] = {
    "domains": (domain_jobs, "recheck_domains", "PASS_SECONDS",
                lambda db, _: domain_jobs.recheck_domains_for_ever(db, None)),  # type: ignore[arg-type]  # never asked
    "erasures": (privacy_jobs, "finish_erasures", "LOOK_SECONDS",
                 lambda db, settings: privacy_jobs.finish_erasures_for_ever(db, settings.data_dir)),
    "organizations": (tenant_jobs, "remove_deleted", "REMOVE_SECONDS",
                      tenant_jobs.remove_deleted_organizations_for_ever),
    "people": (people_jobs, "_purge_all", "PURGE_SECONDS",
               lambda db, _: people_jobs.purge_deleted_people_for_ever(db)),
}  # fmt: skip


@pytest.mark.parametrize("name", JOBS)
async def test_a_pass_that_failed_as_nobody_expected_is_followed_by_the_next(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, sqlite_template: Any
) -> None:
    module, work, pause, job = JOBS[name]
    (tmp_path / "powerautomation.db").write_bytes(sqlite_template.read_bytes())
    settings = Settings(data_dir=tmp_path)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'powerautomation.db'}")
    again = asyncio.Event()
    passes = 0

    async def meets_something(*_: Any) -> int:
        nonlocal passes
        passes += 1
        if passes > 1:
            again.set()
        raise ZeroDivisionError

    monkeypatch.setattr(module, work, meets_something)
    monkeypatch.setattr(module, pause, 0)
    task = asyncio.ensure_future(job(database, settings))
    try:
        async with asyncio.timeout(20):
            await again.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await database.close()
