"""Background work on health: sets outliers apart, asks providers how they are, tells and hears other replicas."""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable

import msgspec
import structlog

from powerautomation.gateway.dialects import UpstreamFailure
from powerautomation.gateway.providers import Catalog, Deployment, Provider
from powerautomation.gateway.routing.rules import LONGEST_OPEN_MS, RestReason
from powerautomation.gateway.routing.service import HealthChange, Router
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.events import EventBus, EventBusUnavailable
from powerautomation.kernel.clock import now_ms

TOPIC = "routing.health"
SWEEP_SECONDS = 5.0
TICK_SECONDS = 1.0
MOST_WAITING_CHANGES = 1000
MOST_CHECKS_AT_ONCE = 8
_log = structlog.get_logger("gateway.health")


class CheckResult(msgspec.Struct, frozen=True):
    """What an active check found. ``failure`` is None when the provider is well, or when only the key or the question
    was at fault, which says nothing about health; ``ok`` is false then all the same."""

    ok: bool
    at_ms: int
    latency_ms: float
    message: str = ""
    failure: UpstreamFailure | None = None


class _Hint(msgspec.Struct):
    process: str
    organization_id: str
    deployment: str
    rest_ms: int
    why: RestReason


Check = Callable[[Provider], Awaitable[CheckResult]]
_hints = msgspec.json.Decoder(_Hint)


class HealthWatch:
    """One per process. ``catalogs`` returns the catalogs in use, ``check`` asks one provider; neither may raise."""

    def __init__(self, router: Router, bus: EventBus, catalogs: Callable[[], Iterable[Catalog]], check: Check) -> None:
        self._router = router
        self._bus = bus
        self._catalogs = catalogs
        self._check = check
        self._process = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._changes: asyncio.Queue[HealthChange] = asyncio.Queue(MOST_WAITING_CHANGES)
        self._due: dict[tuple[str, str], float] = {}
        self._latest: dict[tuple[str, str], CheckResult] = {}
        self._tasks: list[asyncio.Task[None]] = []
        router.on_change = self._on_change

    def start(self) -> None:
        """Begin."""
        self._tasks = [
            asyncio.create_task(self._sweep(), name="health outliers"),
            asyncio.create_task(self._tell(), name="health news out"),
            asyncio.create_task(self._hear(), name="health news in"),
            asyncio.create_task(self._ask(), name="health checks"),
        ]

    async def stop(self) -> None:
        """Stop."""
        await asyncio.gather(*(end_task(task) for task in self._tasks))
        self._tasks = []

    def latest_check(self, provider: Provider) -> CheckResult | None:
        """Return what the latest active check of a provider found in this process."""
        return self._latest.get(_key(provider))

    def _on_change(self, change: HealthChange) -> None:
        _log.info("gateway.health_changed", deployment=change.deployment, rest_ms=change.rest_ms, why=change.why)
        if not self._changes.full():
            self._changes.put_nowait(change)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            for catalog in tuple(self._catalogs()):
                self._router.eject_outliers(catalog)
                await asyncio.sleep(0)

    async def _tell(self) -> None:
        while True:
            change = await self._changes.get()
            hint = _Hint(self._process, change.organization_id, change.deployment, change.rest_ms, change.why)
            try:
                await self._bus.publish(TOPIC, msgspec.json.encode(hint))
            except EventBusUnavailable:
                # Only a hint: each replica finds out by itself too.
                continue

    async def _hear(self) -> None:
        with self._bus.subscribe(TOPIC) as subscription:
            async for message in subscription:
                try:
                    hint = _hints.decode(message.payload)
                except msgspec.MsgspecError:
                    continue
                if hint.process == self._process or self._is_unknown(hint):
                    continue
                rest_ms = max(0, min(hint.rest_ms, LONGEST_OPEN_MS))
                self._router.told(HealthChange(hint.organization_id, hint.deployment, rest_ms, hint.why))

    def _is_unknown(self, hint: _Hint) -> bool:
        """Say whether nobody here has such a deployment: a hint must not make this process remember anything else."""
        return not any(
            deployment.id == hint.deployment and (deployment.provider.organization_id or "") == hint.organization_id
            for catalog in self._catalogs()
            for deployment in catalog.deployments
        )

    async def _ask(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            due = self._due_providers()
            for start in range(0, len(due), MOST_CHECKS_AT_ONCE):
                some = due[start : start + MOST_CHECKS_AT_ONCE]
                await asyncio.gather(*(self.check_now(provider, deployments) for provider, deployments in some))

    def _due_providers(self) -> list[tuple[Provider, list[Deployment]]]:
        found: dict[tuple[str, str], tuple[Provider, list[Deployment]]] = {}
        for catalog in self._catalogs():
            for deployment in catalog.deployments:
                if deployment.provider.health_check is not None:
                    entry = found.setdefault(_key(deployment.provider), (deployment.provider, []))
                    if deployment not in entry[1]:
                        entry[1].append(deployment)
        self._latest = {key: result for key, result in self._latest.items() if key in found}
        self._due = {key: at for key, at in self._due.items() if key in found}
        now = time.monotonic()
        due = []
        for key, (provider, deployments) in found.items():
            check = provider.health_check
            if check is not None and self._due.get(key, 0.0) <= now:
                self._due[key] = now + check.interval_seconds
                due.append((provider, deployments))
        return due

    async def check_now(self, provider: Provider, deployments: Iterable[Deployment]) -> None:
        """Ask one provider. A failure counts for each of its deployments; a good answer of a model itself also is the
        probe of that deployment, whose rest is over."""
        try:
            result = await self._check(provider)
        except Exception as error:
            _log.exception("gateway.health_check_failed", provider=provider.name)
            result = CheckResult(ok=False, at_ms=now_ms(), latency_ms=0.0, message=type(error).__name__)
        self._latest[_key(provider)] = result
        asked = provider.health_check.model if provider.health_check is not None else ""
        for deployment in deployments:
            if result.failure is not None:
                self._router.failed(deployment, result.failure)
            elif result.ok and asked and deployment.model == asked:
                self._router.probe_succeeded(deployment)


def _key(provider: Provider) -> tuple[str, str]:
    return provider.organization_id or "", provider.id
