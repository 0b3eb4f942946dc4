"""Asks for balances: every hour, and when somebody wants to know now. Of several replicas one asks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from powerautomation.gateway.balances import repository, service
from powerautomation.gateway.balances.entities import Balance, Outcome, Threshold, Wished
from powerautomation.gateway.balances.errors import BalanceUnknown
from powerautomation.gateway.balances.rules import threshold_of
from powerautomation.gateway.providers import BalanceFacts, Catalog, Provider, balance_facts
from powerautomation.identity.organizations import load_time_zones
from powerautomation.infrastructure.background import end_task
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now_ms
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal

HOUR_MS = 3_600_000
EVERY_SECONDS = 60.0
# A start has more urgent things to do.
FIRST_AFTER_SECONDS = 10.0
# A provider is not asked more often than this, however often somebody wants to know.
LEAST_MS = 5_000
_log = structlog.get_logger("balances")

Ask = Callable[[Provider, BalanceFacts], Awaitable[Outcome]]


class BalanceKeeper:
    """Looks every minute whose balance was not asked for an hour."""

    def __init__(
        self,
        database: Database,
        catalog_of: Callable[[str], Catalog],
        ask: Ask,
        default: Threshold,
        declared: Mapping[str, Wished],
    ) -> None:
        """``default`` holds for every provider for which nothing else is set; ``declared`` is what the configuration
        states of single providers, by name."""
        self._database = database
        self._catalog_of = catalog_of
        self._ask = ask
        self._default, self._declared = default, declared
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="balances")

    async def stop(self) -> None:
        """Stop."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    def accounts(self, organization_id: str) -> dict[str, tuple[Provider, BalanceFacts]]:
        """Return an organization's providers that document a balance and have a key, by name."""
        providers = {one.provider.name: one.provider for one in self._catalog_of(organization_id).deployments}
        return {
            name: (provider, facts)
            for name, provider in providers.items()
            if provider.api_key and (facts := balance_facts(provider.preset, provider.base_url)) is not None
        }

    def threshold_of(self, balance: Balance) -> Threshold:
        """Return when a provider's balance is low."""
        return threshold_of(self._declared_of(balance.provider), balance.wished, self._default)

    def _declared_of(self, name: str) -> Wished:
        return self._declared.get(name, Wished())

    async def set_threshold(self, principal: Principal, name: str, wished: Wished) -> None:
        """Store below what an organization wants to be told of a provider's balance. Raises BalanceUnknown, and
        ThresholdDeclared where the configuration says it."""
        if name not in self.accounts(principal.organization_id):
            raise BalanceUnknown("This provider has no balance that can be asked for.")
        async with self._database.unit_of_work() as session:
            await service.set_threshold(
                session, principal, name, wished, declared=self._declared_of(name), default=self._default
            )

    async def ask_now(self, organization_id: str, name: str) -> None:
        """Ask a provider, unless it was asked within the last seconds. Raises BalanceUnknown."""
        account = self.accounts(organization_id).get(name)
        if account is None:
            raise BalanceUnknown("This provider has no balance that can be asked for.")
        await self._question(organization_id, *account, LEAST_MS)

    async def work(self) -> None:
        """Ask whoever was not asked for an hour. Raises a database Problem; the next time does it all."""
        async with self._database.read() as session:
            organizations = sorted(await load_time_zones(session))
        for organization_id in organizations:
            for provider, facts in self.accounts(organization_id).values():
                await self._question(organization_id, provider, facts, HOUR_MS)

    async def _question(self, organization_id: str, provider: Provider, facts: BalanceFacts, every_ms: int) -> None:
        at_ms = now_ms()
        async with self._database.unit_of_work() as session:
            if not await repository.claim(session, organization_id, provider.name, at_ms, at_ms - every_ms):
                return
        outcome = await self._ask(provider, facts)
        if outcome.code:
            _log.warning("balances.not_told", provider=provider.name, code=outcome.code, status=outcome.status or None)
        async with self._database.unit_of_work() as session:
            await service.note(
                session,
                organization_id,
                provider.name,
                outcome,
                at_ms,
                declared=self._declared_of(provider.name),
                default=self._default,
            )

    async def _run(self) -> None:
        await asyncio.sleep(FIRST_AFTER_SECONDS)
        while True:
            try:
                await self.work()
            except Problem as problem:
                _log.warning("balances.late", code=problem.code, reason=problem.message)
            except Exception:
                _log.exception("balances.late")
            await asyncio.sleep(EVERY_SECONDS)
