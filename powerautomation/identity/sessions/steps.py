"""The second step of signing in, and proving anew who one is before something dangerous.

A password or link that was right is carried to the second step by a token: it works once, for five minutes and five
codes. No session exists before the second step is done.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import SignedInUser
from powerautomation.identity.factors import (
    PasskeyRefused,
    RelyingParty,
    check_passkey,
    list_factors,
    needs_code,
    use_code,
)
from powerautomation.identity.sessions import repository, rules, throttling
from powerautomation.identity.sessions.auditing import record_failed
from powerautomation.identity.sessions.entities import Client
from powerautomation.identity.sessions.errors import CodeWrong, ConfirmationWrong, StepInvalid
from powerautomation.identity.sessions.opening import (
    NewSession,
    OpenSession,
    get_open_session,
    open_session,
    session_ended,
    signed_in_of,
)
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.sessions.tables import SignInStepRow
from powerautomation.identity.users import User, UserNotFound, check_password, get_user, hold_user
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class PendingStep:
    """The first step was right. ``token`` carries it to the second one, and is known nowhere else."""

    token: str
    expires_at: datetime
    recovery_codes_left: int


async def open_or_ask(
    session: AsyncSession, box: SecretBox, user: User, method: str, client: Client, *, account: str = "", by: str = ""
) -> NewSession | PendingStep:
    """Open a session for somebody whose password or link was right, or ask for the second step first.

    A browser becomes known, so that it is slowed down by itself, only once every step was right in it; ``account`` is
    what it is known for where that is not the e-mail address, as with a name at a provider (``by``).
    """
    if not await needs_code(session, user):
        known_for = account or (user.sign_in_email if method == "password" else "")
        device = throttling.new_device_token(box, known_for) if known_for else ""
        return await open_session(session, user, method, client, device, by=by)
    moment = now()
    await repository.delete_old_steps(session, user.organization_id, user.id, moment, rules.MOST_STEPS_OF_ONE_USER - 1)
    token = secrets.token_urlsafe(32)
    row = SignInStepRow(
        id=new_id("stp"),
        token_hash=rules.hash_of(token),
        user_id=user.id,
        organization_id=user.organization_id,
        method=method,
        password_set_at=user.password_set_at,
        tries=0,
        created_at=moment,
        expires_at=moment + rules.STEP_LIFE,
    )
    repository.add_step(session, row)
    factors = await list_factors(session, user.account_id)
    return PendingStep(token, row.expires_at, factors.recovery_codes_left)


async def finish_sign_in(database: Database, box: SecretBox, client: Client, token: str, code: str) -> NewSession:
    """Open a session by the second step: a code of the authenticator app, or a recovery code.

    Raises StepInvalid, CodeWrong, SignInThrottled.
    """
    token_hash = rules.hash_of(token)
    async with database.read() as session:
        owner = await repository.find_step_owner(session, token_hash, now())
        user = await _find(session, owner)
    throttles = throttling.second_step_throttles(box, client, user.sign_in_email or user.id)
    await throttling.begin_attempt(database, throttles, throttling.account_key(box, user.sign_in_email))
    async with database.unit_of_work() as session:
        # Person before step, as everybody else takes them, so that nobody waits in a circle.
        await hold_user(session, user.organization_id, user.id)
        step = await repository.try_step(session, token_hash, now(), rules.TRIES_OF_ONE_STEP)
        if step is None:
            raise _step_invalid()
        # Read again under the lock: the person may have been deactivated, or the password changed, meanwhile.
        user = await _find(session, (user.organization_id, user.id))
        if user.is_disabled or user.password_set_at != step.password_set_at:
            raise _step_invalid()
        factor = await use_code(session, box, user, code)
        if factor is not None:
            await repository.delete_step(session, token_hash)
            await throttling.end_attempt(session, throttles)
            device = throttling.new_device_token(box, user.sign_in_email or user.id)
            return await open_session(session, user, step.method, client, device, factor)
    await record_failed(database, user.sign_in_email, "The code of the second step was wrong.")
    raise CodeWrong(
        "The code is wrong, was used before, or is no longer the one that the app shows.",
        action="Wait for the next code, or use a recovery code. Without both, an administrator removes your factors.",
    )


async def confirm(
    database: Database, box: SecretBox, signed_in: SignedInUser, *, password: str | None, code: str | None
) -> NewSession:
    """Note that the person has just proved anew, by password or code, who it is; the session gets a new token.

    Raises ConfirmationWrong, SignInThrottled, PasswordsBusy.
    """
    async with database.read() as session:
        opened = await get_open_session(session, signed_in)
    throttles = throttling.password_change_throttles(box, signed_in.session_id)
    await throttling.begin_attempt(database, throttles)
    by_password = bool(password) and await check_password(database, opened.user, password or "")
    async with database.unit_of_work() as session:
        await hold_user(session, opened.user.organization_id, opened.user.id)
        proof = "password" if by_password else None
        if proof is None and code:
            proof = await use_code(session, box, opened.user, code)
        if proof is not None:
            await throttling.end_attempt(session, throttles)
            return await mark_confirmed(session, signed_in, opened, proof)
        target = audit.Target("session", signed_in.session_id)
        audit.record(session, signed_in.principal, "sessions.confirm", target, outcome="refused")
    raise ConfirmationWrong(
        "The password or the code is wrong, so nothing was confirmed.",
        action="Try again. A code works once: wait for the next one.",
        fields={"code" if code else "password": "This is wrong."},
    )


async def sign_in_by_passkey(
    database: Database, box: SecretBox, party: RelyingParty, client: Client, credential: str
) -> NewSession:
    """Open a session by a passkey alone: the device has asked who it is. Raises PasskeyRefused."""
    try:
        used = await check_passkey(database, box, party, credential)
        async with database.unit_of_work() as session:
            user = await used.accept(session)
            return await open_session(session, user, "passkey", client, "", "passkey")
    except PasskeyRefused as refused:
        await record_failed(database, "", refused.message)
        raise


async def confirm_by_passkey(
    database: Database, box: SecretBox, party: RelyingParty, signed_in: SignedInUser, credential: str
) -> NewSession:
    """Note that the person has just proved anew, by one of the person's passkeys, who it is. Raises PasskeyRefused."""
    used = await check_passkey(database, box, party, credential)
    async with database.unit_of_work() as session:
        user = await used.accept(session)
        principal = signed_in.principal
        if user.account_id != (await get_user(session, principal.organization_id, principal.id)).account_id:
            raise ConfirmationWrong(
                "This is the passkey of somebody else.", action="Use one of yours, or your password."
            )
        return await mark_confirmed(session, signed_in, await get_open_session(session, signed_in), "passkey")


async def mark_confirmed(session: AsyncSession, signed_in: SignedInUser, opened: OpenSession, proof: str) -> NewSession:
    """Note in a live session that the person proved who it is, and replace its token. Raises Unauthenticated."""
    token = secrets.token_urlsafe(32)
    organization_id = signed_in.principal.organization_id
    if not await repository.renew_session(session, organization_id, signed_in.session_id, rules.hash_of(token), now()):
        raise session_ended()
    row = await repository.find_own_session(session, organization_id, signed_in.session_id)
    if row is None:
        raise session_ended()
    target = audit.Target("session", signed_in.session_id)
    audit.record(session, signed_in.principal, "sessions.confirm", target, after={"by": proof})
    before = opened.signed_in
    fresh = signed_in_of(row, opened.user.name, before.role, token, (before.policies, before.time_zone), before.units)
    return NewSession(OpenSession(fresh, opened.user, opened.organization), token, "")


async def _find(session: AsyncSession, owner: tuple[str, str] | None) -> User:
    if owner is None:
        raise _step_invalid()
    try:
        return await get_user(session, *owner)
    except UserNotFound:
        raise _step_invalid() from None


def _step_invalid() -> StepInvalid:
    return StepInvalid(
        "The first step of this sign-in is too long ago, was used, or had too many wrong codes.",
        action="Sign in from the beginning.",
    )
