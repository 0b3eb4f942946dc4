"""Keeps the data plane's snapshots of keys and catalogs true: reloaded on news, and every few seconds anyway."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import msgspec
import structlog

from powerautomation.gateway.limits import load_limits
from powerautomation.gateway.metering import load_imported_tables
from powerautomation.gateway.providers import (
    Catalog,
    Deployment,
    Route,
    allowed_hosts,
    build_catalog,
    configured_deployments,
    environment_deployments,
    host_of,
)
from powerautomation.gateway.providers.service import list_stored
from powerautomation.gateway.proxy import Gateway
from powerautomation.gateway.routing import load_stored_routes
from powerautomation.governance.encryption import SecretBox, refresh_box
from powerautomation.governance.flags import load_flags
from powerautomation.identity.api_keys import ApiKeyRecord, load_key_records, touch_keys
from powerautomation.identity.units import Home, load_homes
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.events import EventBus
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import from_ms
from powerautomation.kernel.errors import Problem

POLL_SECONDS = 4.0
USE_WRITTEN_EVERY_MS = 60_000
_TOPICS = ("api_keys.*", "flags.*", "limits.*", "organizations.*", "prices.*", "providers.*", "routes.*", "units.*")
_log = structlog.get_logger("snapshots")


class SnapshotKeeper:
    """Reloads at start, on news (at once), and every four seconds in case news was lost: a revoked key stops working on
    every replica within five seconds, whatever happens to the fan-out."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        bus: EventBus,
        box: SecretBox,
        gateway: Gateway,
        *,
        environ: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._database = database
        self._bus = bus
        self._box = box
        self._gateway = gateway
        self._fixed: list[Deployment] = configured_deployments(settings) or environment_deployments(settings, environ)
        self.allowed_hosts = allowed_hosts(settings)
        self._version = 0
        self._has_imported = False
        self._stored: object = None
        self._woken = asyncio.Event()
        # One at a time, so that an older view never replaces a newer one.
        self._turn = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self.key_names: dict[str, str] = {}
        self._written_at: dict[str, int] = {}
        self._previous_written_at: dict[str, int] = {}

    async def write_key_use(self, *, all_of_it: bool = False) -> None:
        """Write down when keys were used, of each key at most once a minute."""
        uses = self._gateway.uses
        used_at = self._due(uses.present, self._written_at, all_of_it)
        previous = self._due(uses.previous, self._previous_written_at, all_of_it)
        if used_at or previous:
            async with self._database.unit_of_work() as session:
                await touch_keys(session, used_at, previous)

    @staticmethod
    def _due(noted: dict[str, int], written: dict[str, int], all_of_it: bool) -> dict[str, datetime]:
        """Take from what was noted what may be written now: of each key the first use, then one a minute."""
        due = [key for key, at in noted.items() if all_of_it or at - written.get(key, 0) >= USE_WRITTEN_EVERY_MS]
        taken = {key: noted.pop(key) for key in due}
        written.update(taken)
        return {key: from_ms(at) for key, at in taken.items()}

    async def refresh(self) -> None:
        """Reload after a change here; when the database is away, the next poll does it."""
        try:
            await self.reload()
        except Problem as problem:
            _log.warning("snapshots.stale", code=problem.code, reason=problem.message)

    async def reload(self) -> None:
        """Read keys and providers and replace the snapshots. Raises a database Problem; the old ones stay then."""
        async with self._turn:
            await self._reload()

    async def _reload(self) -> None:
        async with self._database.read() as session:
            # First: what follows may be sealed with a data key that is new.
            await refresh_box(session, self._settings, self._box)
            records = await load_key_records(session)
            stored = await list_stored(session, self._box, self._settings)
            imported = await load_imported_tables(session)
            routes = await load_stored_routes(session)
            limits = await load_limits(session)
            homes = await load_homes(session, (record.created_by for record in records))
            flags = await load_flags(session)
        records = [_at_home(record, homes.get((record.organization_id, record.created_by))) for record in records]
        self._gateway.flags.replace(flags)
        if imported or self._has_imported:
            self._gateway.settlement.use_imported(imported)
            self._has_imported = bool(imported)
        # Before the keys: a new key that has limits never works without them.
        if self._gateway.limiter is not None:
            self._gateway.limiter.replace(limits, records)
        self._gateway.keys = {record.token_hmac: record for record in records}
        self.key_names = {record.id: record.name for record in records}
        for written in (self._written_at, self._previous_written_at):
            for gone in written.keys() - self.key_names.keys():
                del written[gone]
        if (stored, routes) == self._stored and self._gateway.default_catalog is not None:
            return
        self._stored = (stored, routes)
        self._version += 1
        by_organization: dict[str, list[Deployment]] = {}
        for provider in stored:
            if host_of(provider.provider.base_url) not in self.allowed_hosts:
                # The configuration may have taken a host back since the provider was saved.
                _log.warning("providers.host_not_allowed", provider=provider.provider.name)
                continue
            by_organization.setdefault(provider.provider.organization_id or "", []).extend(provider.deployments)
        routes_of: dict[str, list[Route]] = {}
        for organization_id, route in routes:
            routes_of.setdefault(organization_id, []).append(route)
        self._gateway.default_catalog = self._catalog("", [], [])
        self._gateway.catalogs = {
            organization_id: self._catalog(
                organization_id, by_organization.get(organization_id, []), routes_of.get(organization_id, [])
            )
            for organization_id in by_organization.keys() | routes_of.keys()
        }

    def _catalog(self, organization_id: str, stored: list[Deployment], routes: list[Route]) -> Catalog:
        return build_catalog(organization_id, self._settings, self._fixed, stored, self._version, routes)

    @property
    def fixed_deployments(self) -> tuple[Deployment, ...]:
        """Deployments declared by the configuration or the environment: read-only in the console."""
        return tuple(self._fixed)

    def start(self) -> None:
        """Begin to listen for news and to poll."""
        self._tasks = [asyncio.create_task(self._listen(topic), name=f"snapshots {topic}") for topic in _TOPICS]
        self._tasks.append(asyncio.create_task(self._keep(), name="snapshots"))

    async def stop(self) -> None:
        """Stop listening and polling."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self.write_key_use(all_of_it=True)
        except Problem as problem:
            _log.warning("snapshots.key_use_lost", code=problem.code)

    async def _listen(self, topic: str) -> None:
        with self._bus.subscribe(topic) as subscription:
            async for _ in subscription:
                self._woken.set()

    async def _keep(self) -> None:
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self.write_key_use()
                await self.reload()
            except Problem as problem:
                _log.warning("snapshots.stale", code=problem.code, reason=problem.message)
            except Exception:
                _log.exception("snapshots.stale")


def _at_home(record: ApiKeyRecord, home: Home | None) -> ApiKeyRecord:
    """Return a key with what its person's unit says."""
    return record if home is None else msgspec.structs.replace(record, units=home.units, unit_models=home.models)
