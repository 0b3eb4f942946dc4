"""One running server: opens what it needs, in order, and closes it again in the reverse order."""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from powerautomation.app.erasures import follow_erasures
from powerautomation.app.health_checks import check_provider
from powerautomation.app.key_events import noting_first_kit
from powerautomation.app.live_feed import LiveFeed
from powerautomation.app.memory import give_large_blocks_back, keep_memory_trimmed, settle_memory
from powerautomation.app.snapshots import SnapshotKeeper
from powerautomation.approvals.requests import ApprovalKeeper, ApprovalWatch
from powerautomation.gateway.answer_cache import AnswerCache
from powerautomation.gateway.balances import BalanceKeeper, stated_thresholds
from powerautomation.gateway.balances.adapters.asking import ask_balance
from powerautomation.gateway.files import FileStore
from powerautomation.gateway.limits import (
    Counters,
    InProcessCounters,
    Limit,
    Limiter,
    record_warning,
    spent_since,
)
from powerautomation.gateway.metering import (
    Journal,
    JournalFlusher,
    PriceAlarm,
    RequestRecord,
    load_price_table,
    stated_rates,
)
from powerautomation.gateway.providers import Catalog, allowed_hosts, private_hosts, purge_deleted_for_ever
from powerautomation.gateway.proxy import Gateway
from powerautomation.gateway.ratings import RatingDesk
from powerautomation.gateway.responses import ResponseStore
from powerautomation.gateway.routing import HealthWatch, HomeSharing, OutlierRule
from powerautomation.gateway.service_levels import ServiceLevelKeeper, declared_promises
from powerautomation.gateway.thoughts import NewestTurns, ThoughtStore
from powerautomation.gateway.token_ratios import RatioKeeper
from powerautomation.governance.audit import HeadKeeper, RetentionKeeper, heads_file, make_months, open_signer
from powerautomation.governance.audit.adapters.webhook import HeadsWebhook
from powerautomation.governance.audit_streams import StreamKeeper, open_streams
from powerautomation.governance.encryption import SecretBox, unlock_installation
from powerautomation.governance.flags import FlagBoard, ensure_built_in
from powerautomation.identity.api_keys import create_api_key, gateway_hmac_secret, has_api_keys
from powerautomation.identity.email_domains import recheck_domains_for_ever
from powerautomation.identity.people import purge_deleted_people_for_ever
from powerautomation.identity.quotas import enforce as enforce_quotas
from powerautomation.identity.sessions import create_sign_in_link
from powerautomation.identity.single_sign_on import recheck_for_ever, recheck_sessions_for_ever
from powerautomation.identity.single_sign_on.adapters.ldap import Ldap
from powerautomation.identity.tenants import remove_deleted_organizations_for_ever
from powerautomation.identity.users import bootstrap_first_admin, needs_first_password
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.cache import Cache, InProcessCache, make_cache
from powerautomation.infrastructure.database import Database, open_database
from powerautomation.infrastructure.events import EventBus, OutboxRelay, make_event_bus
from powerautomation.infrastructure.http_client import Client, OutgoingPolicy
from powerautomation.infrastructure.migrations import migrate
from powerautomation.infrastructure.settings import Settings, without_password
from powerautomation.kernel.clock import now

SHUTDOWN_FLUSH_SECONDS = 10.0
_log = structlog.get_logger("app")


@dataclass(slots=True)
class Welcome:
    """What is printed once the server is ready: secrets that are shown in the terminal and nowhere else."""

    sign_in_token: str = ""
    first_api_key: str = ""
    recovery_kit: str = ""


@dataclass(slots=True)
class Progress:
    """How far the start is, for /readyz."""

    phase: str = "starting"
    detail: str = ""
    ready: bool = False
    started_at: datetime = field(default_factory=now)


def _outlier_rule(settings: Settings) -> OutlierRule | None:
    health = settings.health
    if not health.outliers:
        return None
    return OutlierRule(
        window_ms=int(health.outlier_window_seconds * 1000),
        least_attempts=health.outlier_least_attempts,
        most_ejected_share=health.outlier_most_ejected_percent / 100,
        eject_ms=int(health.outlier_rest_seconds * 1000),
    )


def _dollar_rates(settings: Settings) -> dict[str, float]:
    """Return dollars for one unit of each other currency, by the latest rate in force: routing compares prices in
    different currencies by them."""
    today = now().date()
    rates = {"USD": 1.0}
    for one in sorted(settings.exchange_rates, key=lambda rate: rate.date):
        if one.date <= today and one.to_currency == "USD":
            rates[one.from_currency] = float(one.rate)
        elif one.date <= today and one.from_currency == "USD":
            rates[one.to_currency] = float(1 / one.rate)
    return rates


class Application:
    """Everything a running server holds. ``start`` fills it in order; ``stop`` is safe after a partial start."""

    database: Database
    event_bus: EventBus
    secret_box: SecretBox
    gateway: Gateway
    flusher: JournalFlusher
    snapshots: SnapshotKeeper
    live_feed: LiveFeed
    health_watch: HealthWatch
    balances: BalanceKeeper
    audit_streams: StreamKeeper
    directories: Ldap
    approval_watch: ApprovalWatch

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._exchange_rates = stated_rates(settings.exchange_rates)
        self.progress = Progress()
        self.welcome = Welcome()
        self._stack = AsyncExitStack()

    async def start(self, *, first_run_gifts: bool = True) -> None:
        """Migrate, unlock, load and begin background work. Raises StartRefused with what to do."""
        give_large_blocks_back()
        settings = self.settings
        stack = self._stack
        self._enter("migrating", "bringing the database up to date")
        report = await asyncio.to_thread(migrate, settings)
        if report.applied:
            if report.before is None:
                _log.info("database.created")
            else:
                _log.info("database.migrated", to=report.applied[-1], backup=str(report.backup or "none"))
        self.database = open_database(settings)
        enforce_quotas(self.database, settings)
        stack.push_async_callback(self.database.close)
        await make_months(self.database)
        self._enter("unlocking", "checking the secret key")
        self.secret_box = await unlock_installation(
            settings, self.database, note_kit=noting_first_kit(self.database), on_kit=self._note_kit
        )
        self._enter("loading", "reading keys, providers and prices")
        self.event_bus = make_event_bus(settings)
        if settings.redis_url and not await self.event_bus.connected():
            _log.warning(
                "redis.silent",
                address=without_password(settings.redis_url),
                action="See that it runs and that redis_url names it. Keys with limits are refused until it answers.",
            )
        await self.event_bus.start()
        stack.push_async_callback(self.event_bus.close)
        async with self.database.unit_of_work() as session:
            admin = await bootstrap_first_admin(session)
            await ensure_built_in(session, admin.organization_id, admin.id)
        await self._open_gateway()
        if first_run_gifts:
            await self._give_first_run_gifts()
        await self.snapshots.reload()
        relay = OutboxRelay(self.database, self.event_bus)
        relay.start()
        stack.push_async_callback(relay.stop)
        self.snapshots.start()
        stack.push_async_callback(self.snapshots.stop)
        self.live_feed.start()
        stack.push_async_callback(self.live_feed.stop)
        self.approval_watch = ApprovalWatch(self.event_bus)
        self.approval_watch.start()
        stack.push_async_callback(self.approval_watch.stop)
        approvals = ApprovalKeeper(self.database)
        approvals.start()
        stack.push_async_callback(approvals.stop)
        service_levels = ServiceLevelKeeper(self.database, declared_promises(settings))
        service_levels.start()
        stack.push_async_callback(service_levels.stop)
        self.health_watch.start()
        stack.push_async_callback(self.health_watch.stop)
        if settings.redis_url:
            homes = HomeSharing(self.gateway.router.affinity, self.event_bus)
            homes.start()
            stack.push_async_callback(homes.stop)
        self.balances.start()
        stack.push_async_callback(self.balances.stop)
        purge = asyncio.create_task(purge_deleted_for_ever(self.database), name="purge of deleted providers")
        stack.push_async_callback(end_task, purge)
        people = asyncio.create_task(purge_deleted_people_for_ever(self.database), name="purge of deleted people")
        stack.push_async_callback(end_task, people)
        removal = asyncio.create_task(
            remove_deleted_organizations_for_ever(self.database, self.settings), name="removal of organizations"
        )
        stack.push_async_callback(end_task, removal)
        recheck = recheck_for_ever(self.database, self.secret_box, {"ldap": self.directories})
        stack.push_async_callback(end_task, asyncio.create_task(recheck, name="recheck of directory people"))
        from powerautomation.identity.email_domains.adapters.well_known import WellKnown
        from powerautomation.identity.single_sign_on.adapters.oidc import Oidc

        domains = recheck_domains_for_ever(self.database, WellKnown(self.gateway.client))
        stack.push_async_callback(end_task, asyncio.create_task(domains, name="recheck of e-mail domains"))
        sessions = recheck_sessions_for_ever(self.database, self.secret_box, Oidc(self.gateway.client))
        stack.push_async_callback(end_task, asyncio.create_task(sessions, name="recheck of provider sessions"))
        follow_erasures(stack, self.database, settings.data_dir, self.event_bus, self.gateway.answer_cache)
        self.gateway.sweeper.start()
        stack.push_async_callback(self.gateway.sweeper.stop)
        self.gateway.running_notes.start()
        stack.push_async_callback(self.gateway.running_notes.stop)
        await self._start_audit_heads()
        self.audit_streams = StreamKeeper(self.database, open_streams(settings))
        self.audit_streams.start()
        stack.push_async_callback(self.audit_streams.stop)
        settle_memory()
        stack.push_async_callback(end_task, asyncio.create_task(keep_memory_trimmed(), name="memory trim"))
        self.progress.phase = "ready"
        self.progress.ready = True

    async def _start_audit_heads(self) -> None:
        settings = self.settings
        async with self.database.unit_of_work() as session:
            admin = await bootstrap_first_admin(session)
        signer = await open_signer(settings, self.database, admin)
        send = None
        if settings.audit.heads_webhook:
            webhook = HeadsWebhook(settings.audit.heads_webhook)
            self._stack.push_async_callback(webhook.close)
            send = webhook.send
        keeper = HeadKeeper(
            self.database,
            signer,
            heads_file(settings),
            every_seconds=settings.audit.head_every_seconds,
            send=send,
        )
        keeper.start()
        self._stack.push_async_callback(keeper.stop)
        retention = RetentionKeeper(self.database, signer, heads_file(settings), kept_days=settings.audit.kept_days)
        retention.start()
        self._stack.push_async_callback(retention.stop)

    def _note_kit(self, path: Path) -> None:
        self.welcome.recovery_kit = str(path)

    def _enter(self, phase: str, detail: str) -> None:
        self.progress.phase = phase
        self.progress.detail = detail

    async def _open_gateway(self) -> None:
        settings = self.settings
        policy = OutgoingPolicy(allowed_hosts(settings), private_hosts(settings))
        client = Client(connect_timeout_seconds=settings.gateway.connect_timeout_seconds, policy=policy)
        self.directories = Ldap(policy)
        self._stack.callback(self.directories.close)
        self._stack.push_async_callback(client.close)
        journal = Journal(settings.data_dir / "journal")
        self._stack.callback(journal.close)
        self.gateway = Gateway(
            client=client,
            journal=journal,
            prices=load_price_table(),
            hmac_secret=gateway_hmac_secret(self.secret_box),
            keepalive_seconds=settings.gateway.keepalive_seconds,
            max_attempts=settings.gateway.max_attempts,
            max_body_bytes=settings.server.max_body_bytes,
            outlier_rule=_outlier_rule(settings),
            answer_cache=AnswerCache(self._answer_store()),
            exchange_rates=_dollar_rates(settings),
            flags=FlagBoard(settings.server.environment),
        )
        self.gateway.flags.edition_of = lambda organization_id: self.gateway.router.edition_of(organization_id)
        self.health_watch = HealthWatch(
            self.gateway.router, self.event_bus, self._catalogs, partial(check_provider, client)
        )
        self.gateway.responses = responses = ResponseStore(
            self.database,
            self.secret_box,
            days=settings.gateway.stored_responses_days,
            most_bytes=settings.gateway.stored_responses_megabytes * 1024 * 1024,
        )
        responses.start()
        self._stack.push_async_callback(responses.stop)
        if settings.gateway.stored_files_days:
            self.gateway.files = files = FileStore(
                self.database,
                self.secret_box,
                days=settings.gateway.stored_files_days,
                most_bytes=settings.gateway.stored_files_megabytes * 1024 * 1024,
                # With a file inside, in base64, a request must still be one.
                most_file_bytes=settings.server.max_body_bytes * 3 // 4 - 64 * 1024,
            )
            files.start()
            self._stack.push_async_callback(files.stop)
        if settings.gateway.kept_thoughts_days:
            self.gateway.thoughts = thoughts = ThoughtStore(
                self.database,
                self.secret_box,
                self.gateway.hmac_secret,
                days=settings.gateway.kept_thoughts_days,
                most_bytes=settings.gateway.kept_thoughts_megabytes * 1024 * 1024,
                newest=self._newest_turns(),
            )
            thoughts.start()
            self._stack.push_async_callback(thoughts.stop)
        token_ratios = RatioKeeper(self.database, self.gateway.token_ratios)
        await token_ratios.start()
        self._stack.push_async_callback(token_ratios.stop)
        self.snapshots = SnapshotKeeper(
            settings, self.database, self.event_bus, self.secret_box, self.gateway, environ=os.environ
        )
        self.balances = BalanceKeeper(
            self.database,
            self.gateway.catalog_of,
            partial(ask_balance, client),
            *stated_thresholds(settings),
        )
        self.live_feed = LiveFeed(self.event_bus, self.gateway, self.snapshots)
        self._price_alarm = PriceAlarm(self.database)
        self.flusher = JournalFlusher(journal, self.database, self._on_batch)
        self.gateway.ratings = RatingDesk(self.database, self.flusher.flush_now)
        await self._open_limits()
        self.flusher.start()
        self._stack.push_async_callback(self._stop_flusher)

    def _newest_turns(self) -> NewestTurns | None:
        if not self.settings.redis_url:
            return None
        cache = make_cache(self.settings)
        self._stack.push_async_callback(cache.close)
        return NewestTurns(cache, self.secret_box)

    async def _on_batch(self, records: list[RequestRecord]) -> None:
        await self.live_feed.on_batch(records)
        await self._price_alarm.on_batch(records)

    def _answer_store(self) -> Cache:
        settings = self.settings
        bounds = settings.answer_cache
        store = (
            make_cache(settings)
            if settings.redis_url
            else InProcessCache(max_entries=bounds.max_entries, max_bytes=bounds.max_bytes)
        )
        self._stack.push_async_callback(store.close)
        return store

    def price_vendors(self, organization_id: str) -> dict[str, str]:
        """Return the name under which the price table knows each of an organization's providers."""
        providers = [one.provider for one in self.gateway.catalog_of(organization_id).deployments]
        return {provider.name: provider.preset or provider.name for provider in providers}

    def _catalogs(self) -> list[Catalog]:
        default = self.gateway.default_catalog
        return [*([default] if default is not None else []), *self.gateway.catalogs.values()]

    async def _open_limits(self) -> None:
        counters: Counters = InProcessCounters()
        if self.settings.redis_url:
            from powerautomation.gateway.limits.adapters.redis_counters import RedisCounters
            from powerautomation.gateway.routing.adapters.redis_turns import RedisTurns

            lease_ms = round(self.settings.gateway.limit_lease_seconds * 1000)
            counters = shared = RedisCounters(self.settings.redis_url, lease_ms=lease_ms)
            shared.start()
            self._stack.push_async_callback(shared.close)
            self.gateway.router.turns = turns = RedisTurns(self.settings.redis_url)
            self._stack.push_async_callback(turns.close)
        self.gateway.limiter = limiter = Limiter(
            counters, self._spent_before, self._warn_of_limit, self._exchange_rates
        )
        limiter.start()
        self._stack.push_async_callback(limiter.stop)

    async def _spent_before(self, limit: Limit, from_ms: int) -> int:
        """Return what the ledger knows, with what this process and dead ones still have in their journals."""
        await self.flusher.flush_now()
        async with self.database.read() as session:
            return await spent_since(session, limit, from_ms, self._exchange_rates)

    async def _warn_of_limit(self, limit: Limit, period_start_ms: int, percent: int, used: int) -> None:
        async with self.database.unit_of_work() as session:
            await record_warning(session, limit, period_start_ms, percent, used)

    async def _stop_flusher(self) -> None:
        try:
            async with asyncio.timeout(SHUTDOWN_FLUSH_SECONDS):
                await self.flusher.flush_now()
        except TimeoutError:
            # Nothing is lost: what is left in the journal is read at the next start.
            _log.warning("ledger.flush_unfinished", lag_records=self.flusher.lag_records)
        await self.flusher.stop()

    async def _give_first_run_gifts(self) -> None:
        """Until someone set a password, every start prints a new one-time link; the first also a gateway key."""
        async with self.database.unit_of_work() as session:
            if await needs_first_password(session):
                self.welcome.sign_in_token = await create_sign_in_link(session)
            if not await has_api_keys(session):
                admin = await bootstrap_first_admin(session)
                created = await create_api_key(session, self.secret_box, admin, "First key")
                self.welcome.first_api_key = created.token

    async def stop(self) -> None:
        """End background work and close everything, the ledger last but for the database."""
        began = time.perf_counter()
        served, self.progress.ready = self.progress.ready, False
        self.progress.phase = "stopping"
        await self._stack.aclose()
        if served:
            _log.info("server.stopped", seconds=round(time.perf_counter() - began, 2))
