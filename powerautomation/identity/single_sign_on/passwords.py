"""Signing in by a name and a password that a provider outside checks."""

import asyncio
import time

from powerautomation.governance import audit
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.sessions import (
    Client,
    NewSession,
    PendingStep,
    account_key,
    begin_attempt,
    end_attempt,
    open_or_ask,
    sign_in_throttles,
)
from powerautomation.identity.single_sign_on import people, repository
from powerautomation.identity.single_sign_on.entities import Claims, SignInProvider, TestReport
from powerautomation.identity.single_sign_on.errors import PasswordRefused, ProviderUnreachable
from powerautomation.identity.single_sign_on.ports import PasswordAdapter
from powerautomation.identity.single_sign_on.service import (
    Desk,
    known_provider,
    no_provider,
    note_failed,
    problem_report,
    report_of,
    secret_of,
    what_follows,
)
from powerautomation.identity.single_sign_on.tables import SignInProviderRow
from powerautomation.kernel.errors import Problem

# A refusal is told no sooner: a name nobody has costs the directory less time than a wrong password.
REFUSAL_SECONDS = 1.0


async def sign_in(desk: Desk, client: Client, provider_id: str, name: str, password: str) -> NewSession | PendingStep:
    """Open a session for who proves a password at a provider, or ask for the second step where somebody has one here.

    Raises PasswordRefused (the same for an unknown name, a wrong password and an account that is switched off there, in
    equal time), SignInThrottled, ProviderNotFound, ProviderUnreachable and what ``people.admit`` raises.
    """
    async with desk.database.read() as session:
        row = await repository.find_enabled(session, provider_id)
    provider, adapter = known_provider(row), _adapter(desk, row)
    account = _account(provider, name)
    throttles = sign_in_throttles(desk.box, client, account)
    await begin_attempt(desk.database, throttles, account_key(desk.box, account))
    try:
        claims = await _asked(adapter, provider, secret_of(desk.box, row), name, password)
        async with desk.database.unit_of_work() as session:
            user = await people.admit(session, provider, claims)
            await end_attempt(session, throttles)
            return await open_or_ask(session, desk.box, user, provider.kind, client, account=account, by=provider.name)
    except Problem as problem:
        await note_failed(desk.database, provider, problem)
        if isinstance(problem, ProviderUnreachable):
            # Addresses and what the directory says of the service account are for administrators.
            raise ProviderUnreachable(
                "The directory could not be asked.",
                action="Try again in a moment. If it goes on, an administrator finds the cause with a test sign-in.",
            ) from None
        raise


async def test(
    desk: Desk, actor: SignedInUser, client: Client, provider_id: str, name: str, password: str
) -> TestReport:
    """Return what would come of a sign-in, also at a provider that is switched off; nothing of the password is kept.

    Raises ProviderNotFound, SignInThrottled: who administers providers guesses no passwords here either.
    """
    async with desk.database.read() as session:
        row = await repository.read_provider(session, actor.principal.organization_id, provider_id)
    provider, adapter = known_provider(row), _adapter(desk, row)
    account = _account(provider, name)
    throttles = sign_in_throttles(desk.box, client, account)
    await begin_attempt(desk.database, throttles, account_key(desk.box, account))
    try:
        claims = await _asked(adapter, provider, secret_of(desk.box, row), name, password)
        report = await what_follows(desk, provider, claims)
    except Problem as problem:
        report = problem_report(problem)
    async with desk.database.unit_of_work() as session:
        if not report.get("code"):
            await end_attempt(session, throttles)
        target = audit.Target("sign_in_provider", provider.id, provider.name)
        audit.record(session, actor.principal, "single_sign_on.test", target)
    return report_of("", provider.id, report)


async def _asked(adapter: PasswordAdapter, provider: SignInProvider, secret: str, name: str, password: str) -> Claims:
    began = time.monotonic()
    try:
        return await adapter.claims_by_password(provider, secret, name, password)
    except PasswordRefused:
        await asyncio.sleep(max(0.0, began + REFUSAL_SECONDS - time.monotonic()))
        raise


def _account(provider: SignInProvider, name: str) -> str:
    """Return under what guesses of somebody's password count: directories tell no two cases apart."""
    return f"{provider.id}|{name.strip().casefold()[:300]}"


def _adapter(desk: Desk, row: SignInProviderRow | None) -> PasswordAdapter:
    adapter = desk.passwords.get(known_provider(row).kind)
    if adapter is None:
        raise no_provider()
    return adapter
