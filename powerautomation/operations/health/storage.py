"""Checks of what holds the data: database, schema, secret key, Redis."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from powerautomation.gateway.balances import Amount, list_balances
from powerautomation.gateway.metering import list_unpriced_models
from powerautomation.governance.encryption import open_master_key, verify_fingerprint
from powerautomation.identity.organizations import list_organizations
from powerautomation.identity.quotas import list_quotas
from powerautomation.infrastructure.database import Database, database_url_of, is_sqlite, open_database
from powerautomation.infrastructure.migrations import needed_revision
from powerautomation.infrastructure.settings import KEY_FILE_NAME, without_password
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem
from powerautomation.operations.health.entities import Check
from powerautomation.operations.health.findings import found
from powerautomation.operations.health.installation import Installation
from powerautomation.operations.health.probes import ping_redis
from powerautomation.operations.health.repository import find_schema_revision, passes_walls

PRICED_DAYS = 30
SERVE_ONCE = "Start the server once: powerautomation serve"


async def check_database(installation: Installation) -> Check:
    """Say whether the database answers and its schema is the one this program needs."""
    title = "Database"
    url = database_url_of(installation.settings)
    where = str(url.database) if is_sqlite(url) else without_password(url.render_as_string(hide_password=True))
    if _does_not_exist_yet(installation):
        return found("database", title, "ok", "database_missing", where=where)
    needed = needed_revision()
    async with _database_of(installation) as database, database.read() as session:
        revision = await find_schema_revision(session)
        without_wall = revision == needed and await passes_walls(session)
    if without_wall:
        return found("database", title, "warning", "database_superuser", where=where, found=needed)
    if revision == needed:
        return found("database", title, "ok", "database_ok", where=where, found=revision)
    if revision is None:
        return found("database", title, "ok", "database_empty", where=where)
    if revision < needed:
        return found("database", title, "warning", "database_old", where=where, found=revision, needed=needed)
    return found("database", title, "failed", "database_new", where=where, found=revision, needed=needed)


async def check_secret_key(installation: Installation) -> Check:
    """Say whether the secret key is there and is the one the database was sealed with."""
    title = "Secret key"
    settings = installation.settings
    if _does_not_exist_yet(installation):
        return found("secret_key", title, "ok", "secret_key_missing")
    async with _database_of(installation) as database:
        async with database.read() as session:
            if await find_schema_revision(session) is None:
                return found("secret_key", title, "ok", "secret_key_missing")
        master_key = open_master_key(settings)
        await verify_fingerprint(database, master_key)
    source: str | Path = settings.data_dir / KEY_FILE_NAME
    if settings.pkcs11.module:
        source = f"PKCS#11 {settings.pkcs11.token}/{settings.pkcs11.key}"
    elif settings.secret_key.get_secret_value():
        source = "POWERAUTOMATION_SECRET_KEY"
    fingerprint = master_key.fingerprint[:8]
    return found("secret_key", title, "ok", "secret_key_ok", source=source, fingerprint=fingerprint)


async def check_prices(installation: Installation) -> Check | None:
    """Say which models were used in the last 30 days and have no price; None before the first start."""
    title = "Prices"
    if _does_not_exist_yet(installation):
        return None
    async with _database_of(installation) as database, database.read() as session:
        if await find_schema_revision(session) != needed_revision():
            return None
        since_ms = now_ms() - PRICED_DAYS * 86_400_000
        missing = await list_unpriced_models(session, installation.organization_id, since_ms)
    days = str(PRICED_DAYS)
    if not missing:
        return found("prices", title, "ok", "prices_ok", days=days)
    names = ", ".join(f"{one.provider}/{one.model} ({one.attempts:,})" for one in missing[:5])
    names += ", …" if len(missing) > 5 else ""
    return found("prices", title, "warning", "prices_missing", names=names, count=str(len(missing)), days=days)


async def check_balances(installation: Installation) -> Check | None:
    """Say which accounts at providers are low, as they were told last; None where none was ever told."""
    title = "Balances"
    if _does_not_exist_yet(installation):
        return None
    async with _database_of(installation) as database, database.read() as session:
        if await find_schema_revision(session) != needed_revision():
            return None
        told = [one for one in await list_balances(session, installation.organization_id) if one.amounts]
    if not told:
        return None
    low = [one for one in told if one.low]
    names = ", ".join(
        f"{one.provider} ({' + '.join(_units(amount) for amount in one.amounts)})" for one in (low or told)[:10]
    )
    if low:
        return found("balances", title, "warning", "balances_low", names=names)
    return found("balances", title, "ok", "balances_ok", names=names)


async def check_quotas(installation: Installation) -> Check | None:
    """Say which organizations have little room left of something; None before the first start."""
    title = "Quotas"
    if _does_not_exist_yet(installation):
        return None
    async with _database_of(installation) as database, database.read() as session:
        if await find_schema_revision(session) != needed_revision():
            return None
        near = [
            f"{one.name}: {quota.resource.name} {quota.percent} %"
            for one in await list_organizations(session)
            if installation.organization_id in (None, one.id)
            for quota in await list_quotas(session, installation.settings, one.id)
            if quota.is_near
        ]
    if not near:
        return found("quotas", title, "ok", "quotas_ok")
    names = ", ".join(near[:10]) + (", …" if len(near) > 10 else "")
    return found("quotas", title, "warning", "quotas_near", names=names)


def _units(amount: Amount) -> str:
    return f"{amount.available_nanos / 1_000_000_000:,.2f} {amount.currency}"


async def check_redis(installation: Installation) -> Check | None:
    """Say whether Redis answers; None when none is set."""
    url = installation.settings.redis_url
    if not url:
        return None
    reason = await ping_redis(url)
    if not reason:
        return found("redis", "Redis", "ok", "redis_ok", where=without_password(url))
    return found("redis", "Redis", "failed", "redis_silent", where=without_password(url), reason=reason)


def failed_by(check_id: str, title: str, problem: Problem) -> Check:
    """Return the check that a problem stands for."""
    return Check(check_id, title, "failed", problem.message, problem.action or SERVE_ONCE, problem.code)


def _does_not_exist_yet(installation: Installation) -> bool:
    url = database_url_of(installation.settings)
    return is_sqlite(url) and not Path(url.database or "").exists()


@contextlib.asynccontextmanager
async def _database_of(installation: Installation) -> AsyncIterator[Database]:
    if installation.database is not None:
        yield installation.database
        return
    database = open_database(installation.settings)
    try:
        yield database
    finally:
        await database.close()
