"""Signing in by a provider: the browser's way there and back."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.organizations import ensure_first_organization
from powerautomation.identity.sessions import (
    Client,
    NewSession,
    begin_attempt,
    either_cookie,
    end_attempt,
    open_session,
    outside_throttles,
    token_hash,
)
from powerautomation.identity.single_sign_on import lasting, people, repository, rules
from powerautomation.identity.single_sign_on.entities import (
    Begun,
    Claims,
    Kind,
    Purpose,
    SignInProvider,
    TestReport,
    Trip,
)
from powerautomation.identity.single_sign_on.errors import (
    PasswordRefused,
    ProviderInvalid,
    ProviderNotFound,
    StateInvalid,
    TestNotFound,
)
from powerautomation.identity.single_sign_on.ports import Adapter, LastingAdapter, PasswordAdapter, RedirectAdapter
from powerautomation.identity.single_sign_on.providers import provider_of
from powerautomation.identity.single_sign_on.repository import AsyncSession
from powerautomation.identity.single_sign_on.tables import (
    SEALED_SECRET,
    SignInProviderRow,
    SignInStartRow,
    UsedProofRow,
)
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.ids import new_id

MOST_FAILED_A_MINUTE = 60
_failed = audit.Allowance(MOST_FAILED_A_MINUTE)
_LONGEST_STATE = 200


@dataclass(frozen=True, slots=True)
class Desk:
    """What signing in by a provider needs: storage, keys, and the protocols this server speaks."""

    database: Database
    box: SecretBox
    redirects: Mapping[Kind, RedirectAdapter]
    passwords: Mapping[Kind, PasswordAdapter]
    lasting: Mapping[Kind, LastingAdapter] = field(default_factory=dict)

    def adapter(self, kind: Kind) -> Adapter:
        """Return what speaks a protocol. Raises ProviderInvalid where this server does not."""
        found: Adapter | None = self.redirects.get(kind) or self.passwords.get(kind)
        if found is None:
            raise ProviderInvalid(
                "This server does not speak this protocol.", action="Choose another kind of provider."
            )
        return found


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of a browser's return: a session, or a test's report; where it goes; the cookie it needs no more."""

    new: NewSession | None
    test_id: str
    return_path: str
    cookie: str


async def begin(desk: Desk, client: Client, provider_id: str, *, redirect_uri: str, wanted: str) -> Begun:
    """Send a browser on its way to a provider. Raises ProviderNotFound, ProviderUnreachable, SignInThrottled."""
    await begin_attempt(desk.database, outside_throttles(desk.box, client))
    async with desk.database.read() as session:
        row = await repository.find_enabled(session, provider_id)
    return await _begin(desk, row, redirect_uri, purpose="sign_in", tested_by="", return_path=rules.return_path(wanted))


async def begin_test(desk: Desk, actor: SignedInUser, provider_id: str, *, redirect_uri: str) -> Begun:
    """Send an administrator's browser on its way, to see what would come of it; the provider may be switched off.

    Raises ProviderNotFound, ProviderUnreachable.
    """
    owner = actor.principal.organization_id
    async with desk.database.read() as session:
        row = await repository.read_provider(session, owner, provider_id)
    begun = await _begin(desk, row, redirect_uri, purpose="test", tested_by=actor.principal.id, return_path="/")
    async with desk.database.unit_of_work() as session:
        provider = known_provider(row)
        target = audit.Target("sign_in_provider", provider.id, provider.name)
        audit.record(session, actor.principal, "single_sign_on.test", target)
    return begun


async def arrive(desk: Desk, client: Client, answer: Mapping[str, str]) -> Arrival:
    """Take a browser's return from a provider, once, and sign the person in.

    Raises StateInvalid, ProviderRefused, ProviderUnreachable, ProofInvalid, SignInThrottled and what ``people.admit``
    raises; a test raises none of these after its state was taken: the error is what it shows.
    """
    try:
        start, secret = await _taken(desk, client, answer.get("state", ""))
    except StateInvalid as problem:
        await _note_lost(desk, client, problem)
        raise
    async with desk.database.read() as session:
        row = await repository.read_provider(session, start.organization_id, start.provider_id)
    provider = known_provider(row)
    state = answer["state"]
    trip = _trip(desk.box, state, secret, start.redirect_uri)
    try:
        if start.purpose == "sign_in" and not provider.enabled:
            raise no_provider()
        claims = await _redirect(desk, provider).claims_of(provider, secret_of(desk.box, row), trip, answer)
        await _take_once(desk, provider, claims)
        if start.purpose == "test":
            await _report(desk, start, provider, claims)
            return Arrival(None, start.id, "/", rules.cookie_name(state))
        new = await _admit(desk, client, provider, claims)
    except Problem as problem:
        if start.purpose == "test":
            await _write_report(desk, start, problem_report(problem))
            return Arrival(None, start.id, "/", rules.cookie_name(state))
        await note_failed(desk.database, provider, problem)
        raise
    return Arrival(new, "", start.return_path, rules.cookie_name(state))


async def get_test(session: AsyncSession, actor: SignedInUser, test_id: str) -> TestReport:
    """Return what a test sign-in of the actor showed. Raises TestNotFound."""
    owner = actor.principal
    row = await repository.find_test(session, owner.organization_id, test_id, owner.id)
    if row is None or row.expires_at <= now():
        raise TestNotFound(
            "There is no such test sign-in, or it is older than ten minutes.", action="Begin a new test sign-in."
        )
    return report_of(row.id, row.provider_id, row.report)


def report_of(test_id: str, provider_id: str, report: Mapping[str, Any] | None) -> TestReport:
    """Return a stored report as a value."""
    told = report or {}
    return TestReport(
        id=test_id,
        provider_id=provider_id,
        finished=report is not None,
        claims=told.get("claims"),
        subject=told.get("subject", ""),
        role=told.get("role", ""),
        outcome=told.get("outcome", ""),
        code=told.get("code", ""),
        message=told.get("message", ""),
        action=told.get("action", ""),
    )


async def note_failed(database: Database, provider: SignInProvider, why: Problem) -> None:
    """Write down that somebody could not sign in by a provider."""
    left_out = _failed.take(provider.id)
    if left_out is None:
        return
    reason = why.why if isinstance(why, PasswordRefused) else why.message
    reason = f"{reason} {left_out} more were not written down." if left_out else reason
    async with database.unit_of_work() as session:
        target = audit.Target("sign_in_provider", provider.id, provider.name)
        audit.record_stranger(
            session, provider.organization_id, "sessions.sign_in", target, outcome="failed", reason=reason
        )


async def _note_lost(desk: Desk, client: Client, why: Problem) -> None:
    """Count an answer that belongs to no sign-in, and write it down where the installation is run: its organization
    is not known. Raises SignInThrottled."""
    await begin_attempt(desk.database, outside_throttles(desk.box, client))
    left_out = _failed.take("")
    if left_out is None:
        return
    async with desk.database.unit_of_work() as session:
        organization_id = (await ensure_first_organization(session))[0].id
        target = audit.Target("sign_in_provider", "")
        audit.record_stranger(
            session, organization_id, "sessions.sign_in", target, outcome="failed", reason=why.message
        )


async def _begin(
    desk: Desk,
    row: SignInProviderRow | None,
    redirect_uri: str,
    *,
    purpose: Purpose,
    tested_by: str,
    return_path: str,
) -> Begun:
    provider = known_provider(row)
    state, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    trip = _trip(desk.box, state, secret, redirect_uri)
    url = await _redirect(desk, provider).authorize(provider, secret_of(desk.box, row), trip)
    moment = now()
    async with desk.database.unit_of_work() as session:
        await repository.prune_starts(session, moment - rules.START_LIFE)
        start = SignInStartRow(
            id=new_id("sis"),
            organization_id=provider.organization_id,
            provider_id=provider.id,
            state_hash=token_hash(state),
            secret_hash=token_hash(secret),
            purpose=purpose,
            tested_by=tested_by,
            return_path=return_path,
            redirect_uri=redirect_uri,
            created_at=moment,
            expires_at=moment + rules.START_LIFE,
            used_at=None,
            report=None,
        )
        repository.add_row(session, start)
    return Begun(url, rules.cookie_name(state), secret)


async def _taken(desk: Desk, client: Client, state: str) -> tuple[SignInStartRow, str]:
    """Use a start up, and return it with the browser's secret."""
    invalid = StateInvalid(
        "This sign-in was not begun in this browser, was finished before, or is older than ten minutes.",
        action="Begin again on the sign-in page.",
    )
    if not state or len(state) > _LONGEST_STATE or not state.isascii():
        raise invalid
    found = {token_hash(value): value for value in either_cookie(client.cookies, rules.cookie_name(state))}
    if not found:
        raise invalid
    async with desk.database.unit_of_work() as session:
        start = await repository.use_start(session, token_hash(state), now())
    if start is None or start.secret_hash not in found:
        raise invalid
    return start, found[start.secret_hash]


async def _take_once(desk: Desk, provider: SignInProvider, claims: Claims) -> None:
    """Refuse a proof that was shown before, to whichever replica. Raises ProofInvalid."""
    if claims.proof is None:
        return
    row = UsedProofRow(
        proof_hash=token_hash(f"{provider.id}|{claims.proof.id}"),
        organization_id=provider.organization_id,
        provider_id=provider.id,
        expires_at=claims.proof.kept_until,
    )
    async with desk.database.unit_of_work() as session:
        await repository.prune_proofs(session, now())
        if not await repository.insert_once(session, row):
            raise rules.answer_invalid("it was used before")


async def _admit(desk: Desk, client: Client, provider: SignInProvider, claims: Claims) -> NewSession:
    async with desk.database.unit_of_work() as session:
        user = await people.admit(session, provider, claims)
        ends_at = rules.session_end(provider, claims, now())
        new = await open_session(session, user, provider.kind, client, "", by=provider.name, ends_at=ends_at)
        lasting.keep(session, desk.box, provider, claims, user.id, new.opened.signed_in.session_id)
        await end_attempt(session, outside_throttles(desk.box, client))
    return new


async def _report(desk: Desk, start: SignInStartRow, provider: SignInProvider, claims: Claims) -> None:
    await _write_report(desk, start, await what_follows(desk, provider, claims))


async def what_follows(desk: Desk, provider: SignInProvider, claims: Claims) -> dict[str, Any]:
    """Return the report of a test sign-in that ended with claims: what they are, and what they lead to."""
    shown: dict[str, Any] = {"claims": rules.presentable(claims.attributes), "subject": claims.subject}
    try:
        async with desk.database.read() as session:
            verdict = await people.judge(session, provider, claims)
    except Problem as problem:
        return shown | problem_report(problem)
    return shown | {"role": verdict.role, "outcome": verdict.way}


def problem_report(problem: Problem) -> dict[str, Any]:
    """Return the report of a test sign-in that ended with an error: the exact one."""
    message = problem.why if isinstance(problem, PasswordRefused) else problem.message
    return {"code": problem.code, "message": message, "action": problem.action}


async def _write_report(desk: Desk, start: SignInStartRow, report: dict[str, Any]) -> None:
    async with desk.database.unit_of_work() as session:
        await repository.write_report(session, start.organization_id, start.id, report)


def _trip(box: SecretBox, state: str, secret: str, redirect_uri: str) -> Trip:
    key = box.derive("single sign-on")
    nonce, verifier = (rules.derived(key, purpose, secret, state) for purpose in ("nonce", "verifier"))
    return Trip(state, nonce, verifier, redirect_uri)


def secret_of(box: SecretBox, row: SignInProviderRow | None) -> str:
    """Return a provider's secret, for its adapter only."""
    assert row is not None
    return box.decrypt(row.secret_ciphertext, SEALED_SECRET.place(row.organization_id, row.id)).decode()


def known_provider(row: SignInProviderRow | None) -> SignInProvider:
    """Return a stored provider as a value. Raises ProviderNotFound."""
    if row is None:
        raise no_provider()
    return provider_of(row)


def _redirect(desk: Desk, provider: SignInProvider) -> RedirectAdapter:
    adapter = desk.redirects.get(provider.kind)
    if adapter is None:
        raise no_provider()
    return adapter


def no_provider() -> ProviderNotFound:
    """Return the error of who asks for a provider that is not there."""
    return ProviderNotFound(
        "There is no such sign-in provider, or it is switched off.", action="Choose one on the sign-in page."
    )
