"""What a person can do: open a one-time link, sign in, sign out, set a password, change the profile."""

import secrets
from datetime import datetime, timedelta

import structlog

from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import SignedInUser, units_of
from powerautomation.identity.factors import forget_factors
from powerautomation.identity.organizations import is_open
from powerautomation.identity.policies import load_book
from powerautomation.identity.roles import load_role
from powerautomation.identity.sessions import repository, rules, throttling
from powerautomation.identity.sessions.addresses import check_address, find_meant
from powerautomation.identity.sessions.auditing import record_failed, record_link, record_refused
from powerautomation.identity.sessions.entities import Client
from powerautomation.identity.sessions.errors import (
    AdministratorMissing,
    CredentialsWrong,
    CurrentPasswordWrong,
    LinkInvalid,
    PasswordsOff,
    ProviderSession,
)
from powerautomation.identity.sessions.listing import end_sessions_of_account
from powerautomation.identity.sessions.opening import (
    NewSession,
    OpenSession,
    get_open_session,
    session_ended,
    signed_in_of,
)
from powerautomation.identity.sessions.repository import AsyncSession
from powerautomation.identity.sessions.steps import PendingStep, open_or_ask
from powerautomation.identity.sessions.tables import SignInLinkRow
from powerautomation.identity.sign_in_policies import read_policy
from powerautomation.identity.users import (
    EmailInvalid,
    User,
    UserNotFound,
    bootstrap_first_admin,
    canonical_email,
    check_credentials,
    check_password,
    get_user,
    hash_new_password,
    hold_user,
    list_memberships,
    store_password,
    update_profile,
)
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

_log = structlog.get_logger("sessions")


async def find_signed_in(database: Database, cookies: str) -> SignedInUser | None:
    """Return whose live session a Cookie header carries, or None. Only reads: it does not keep the session alive, so a
    forgotten page with a WebSocket ends like any other."""
    found = await _look_up(database, cookies)
    return None if found is None else found[0]


async def check_session(database: Database, cookies: str) -> SignedInUser | None:
    """Return whose live session a Cookie header carries, or None; and note, at most every 60 s, that it is in use."""
    found = await _look_up(database, cookies)
    if found is None:
        return None
    signed_in, is_stale = found
    if is_stale:
        try:
            async with database.unit_of_work() as session:
                await repository.touch_session(
                    session, signed_in.principal.organization_id, signed_in.session_id, now()
                )
        except Problem as problem:
            # A full disk must not keep people from looking at what is wrong.
            _log.warning("sessions.not_touched", code=problem.code)
    return signed_in


async def create_sign_in_link(session: AsyncSession, email: str | None = None, organization_id: str = "") -> str:
    """Return the token of a new one-time link, valid for 24 hours: the console's address is ``/sign-in#token=...``.

    It is for the person with this e-mail address, or without one for the first administrator. The person's earlier
    unused links stop working. Raises UserNotFound, AdministratorMissing.
    """
    if email is not None:
        user = await find_meant(session, email, organization_id)
        if user is None or user.is_disabled:
            raise UserNotFound(
                f"Nobody who may sign in has the e-mail address {email}.",
                action="Check the address. Without one the link is for the first administrator.",
            )
        return await _create_link(session, user.organization_id, user.id)
    admin = await bootstrap_first_admin(session)
    if admin.kind != "user":
        raise AdministratorMissing(
            "Every administrator is disabled, so there is nobody to give a link to.",
            action="Name a person with --email.",
        )
    return await _create_link(session, admin.organization_id, admin.id)


async def reset_password_link(session: AsyncSession, email: str, organization_id: str = "") -> str:
    """Return the token of a one-time link for who forgot a password: after it, a new one is set without the old.

    Raises UserNotFound.
    """
    return await create_sign_in_link(session, email)


async def _create_link(session: AsyncSession, organization_id: str, user_id: str) -> str:
    token, _ = await create_link(session, organization_id, user_id, rules.SIGN_IN, rules.LINK_LIFE)
    return token


async def create_link(
    session: AsyncSession, organization_id: str, user_id: str, purpose: str, life: timedelta
) -> tuple[str, datetime]:
    """Return the token of a new one-time link of a person and its end; earlier unused links stop working."""
    moment = now()
    await hold_user(session, organization_id, user_id)
    await record_link(session, organization_id, user_id)
    await repository.void_links(session, organization_id, user_id, moment)
    await repository.delete_old_links(session, organization_id, user_id, moment - rules.KEEP_ENDED)
    token = secrets.token_urlsafe(32)
    repository.add_link(
        session,
        SignInLinkRow(
            id=new_id("lnk"),
            token_hash=rules.hash_of(token),
            user_id=user_id,
            organization_id=organization_id,
            created_at=moment,
            expires_at=moment + life,
            used_at=None,
            voided_at=None,
            purpose=purpose,
        ),
    )
    return token, moment + life


async def redeem_link(database: Database, box: SecretBox, client: Client, token: str) -> NewSession | PendingStep:
    """Use up a one-time link and open a session, or ask for the second step; of simultaneous tries one succeeds.

    Raises LinkInvalid.
    """
    token_hash = rules.hash_of(token)
    async with database.read() as session:
        # A wrong guess costs a read, not a turn of the one writer.
        owner = await repository.find_link_owner(session, token_hash, now(), rules.SIGN_IN)
    if owner is None:
        await record_failed(database, "", "The one-time link was unknown, used, or too old.")
        raise _link_invalid()
    async with database.unit_of_work() as session:
        # Person before link, as everybody else takes them, so that nobody waits in a circle.
        await hold_user(session, *owner)
        if not await repository.use_link(session, token_hash, now(), rules.SIGN_IN):
            raise _link_invalid()
        user = await get_user(session, *owner)
        if user.is_disabled:
            raise _link_invalid()
        return await open_or_ask(session, box, user, "link", client)


async def sign_in(
    database: Database, box: SecretBox, client: Client, email: str, password: str
) -> NewSession | PendingStep:
    """Open a session for an e-mail address and password, or ask for the second step.

    Raises CredentialsWrong (the same for an unknown address, a wrong password and a disabled person, in equal time),
    PasswordsOff (only after the right password), SignInThrottled, PasswordsBusy.
    """
    try:
        account = canonical_email(email)
    except EmailInvalid:
        account = email.strip().casefold()
    throttles = throttling.sign_in_throttles(box, client, account)
    await throttling.begin_attempt(database, throttles, throttling.account_key(box, account))
    checked = await check_credentials(database, account, password)
    if checked is None:
        await record_failed(database, account, "The e-mail address or the password was wrong.")
        raise _credentials_wrong()
    async with database.unit_of_work() as session:
        await hold_user(session, checked.organization_id, checked.id)
        user = await get_user(session, checked.organization_id, checked.id)
        if user.is_disabled or user.password_set_at != checked.password_set_at or user.sign_in_email != account:
            raise _credentials_wrong()
        await throttling.end_attempt(session, throttles)
        user = await _door(session, user)
        try:
            return await open_or_ask(session, box, user, "password", client)
        except PasswordsOff as closed:
            refused = closed
    await record_failed(database, account, refused.message)
    raise refused


async def _door(session: AsyncSession, user: User) -> User:
    """Return as whom somebody with this account gets in by a password: in the organization used last, or another one
    where that one has switched passwords off."""
    others = [one for one in await list_memberships(session, user.account_id) if one.id != user.id]
    for one in [user, *others]:
        policy = await read_policy(session, one.organization_id)
        may = policy.passwords or one.id in policy.break_glass
        if may and one.state == "active" and await is_open(session, one.organization_id):
            return one
    return user


async def forgive_failures(session: AsyncSession, box: SecretBox, email: str, organization_id: str = "") -> None:
    """Let somebody try a password again at once, from everywhere. Raises UserNotFound."""
    user = await find_meant(session, email, organization_id)
    if user is None:
        raise UserNotFound(f"Nobody has the e-mail address {email}.", action="Check the address.")
    await repository.delete_attempts_of(session, throttling.account_key(box, user.sign_in_email))


async def remove_factors_by_email(session: AsyncSession, email: str, organization_id: str = "") -> None:
    """Take every second factor of a person away, from the command line; the sessions end. Raises UserNotFound."""
    user = await find_meant(session, email, organization_id)
    if user is None:
        raise UserNotFound(f"Nobody has the e-mail address {email}.", action="Check the address.")
    await forget_factors(session, user.account_id)
    await end_sessions_of_account(session, user)
    system = Principal("system", "system", user.organization_id, "System")
    audit.record(session, system, "users.remove_factors", audit.Target("user", user.id, user.name))


async def sign_out(session: AsyncSession, signed_in: SignedInUser) -> None:
    """End a session at once."""
    await repository.revoke_session(session, signed_in.principal.organization_id, signed_in.session_id, now())
    audit.record(session, signed_in.principal, "sessions.sign_out", audit.Target("session", signed_in.session_id))


async def set_password(
    database: Database,
    box: SecretBox,
    signed_in: SignedInUser,
    *,
    new_password: str,
    current_password: str | None = None,
    email: str | None = None,
    name: str | None = None,
) -> OpenSession:
    """Set the person's password, and with it the e-mail address or name; the person's other sessions and links end.

    The present password is needed, unless there is none yet or a one-time link opened this session within the hour.
    Raises CurrentPasswordWrong, SignInThrottled, PasswordTooWeak, EmailTaken, EmailInvalid, NameInvalid, PasswordsBusy.
    """
    organization_id = signed_in.principal.organization_id
    async with database.read() as session:
        opened = await get_open_session(session, signed_in)
        row = await repository.find_own_session(session, organization_id, signed_in.session_id)
    if row is None:
        raise session_ended()
    user = opened.user
    if not signed_in.proved_here and (user.is_shared or not user.has_password):
        raise ProviderSession(
            "Your organization's sign-in provider opened this session, so it does not set your password.",
            action="Let whoever runs the server make a link: powerautomation sign-in-link --email "
            + (user.email or "ADDRESS"),
        )
    throttles: dict[str, rules.Throttle] = {}
    if not rules.may_skip_current_password(
        now(), method=row.method, session_created_at=row.created_at, has_password=user.has_password
    ):
        throttles = throttling.password_change_throttles(box, signed_in.session_id)
        try:
            await _prove_current_password(database, user, throttles, current_password)
        except CurrentPasswordWrong as wrong:
            await record_refused(database, signed_in, wrong)
            raise
    if email is not None:
        email = canonical_email(email)
    password_hash = await hash_new_password(user, new_password, email=email, name=name)
    async with database.unit_of_work() as session:
        moment = now()
        await hold_user(session, organization_id, user.id)
        if not await repository.mark_method(session, organization_id, signed_in.session_id, "password", moment):
            raise session_ended()
        if email is not None and email != user.sign_in_email:
            await check_address(session, user, email)
        changed = await store_password(session, user, password_hash, email=email, name=name)
        await end_sessions_of_account(session, user, keep=signed_in.session_id)
        if throttles:
            await throttling.end_attempt(session, throttles)
    return OpenSession(signed_in, changed, opened.organization)


async def change_profile(
    session: AsyncSession, signed_in: SignedInUser, *, name: str | None, locale: str | None
) -> OpenSession:
    """Change what the person is called or which language the person reads. Raises NameInvalid."""
    principal = signed_in.principal
    await update_profile(session, principal.organization_id, principal.id, name=name, locale=locale)
    return await get_open_session(session, signed_in)


async def _prove_current_password(
    database: Database, user: User, throttles: dict[str, rules.Throttle], current_password: str | None
) -> None:
    if not current_password:
        raise CurrentPasswordWrong(
            "The present password is needed to replace it.",
            action="Enter your present password, or open a new one-time link if you forgot it.",
            fields={"current_password": "Enter your present password."},
        )
    await throttling.begin_attempt(database, throttles)
    if not await check_password(database, user, current_password):
        raise CurrentPasswordWrong(
            "The present password is wrong, so it was not replaced.",
            action="Enter your present password again, or open a new one-time link if you forgot it.",
            fields={"current_password": "This is not your present password."},
        )


async def _look_up(database: Database, cookies: str) -> tuple[SignedInUser, bool] | None:
    """Return the person and whether ``last_seen_at`` is due for a new value."""
    tokens = {rules.hash_of(token): token for token in rules.session_tokens(cookies)}
    if not tokens:
        return None
    async with database.read() as session:
        row = await repository.find_session(session, list(tokens))
        moment = now()
        if (
            row is None
            or not row.is_admitted
            or not rules.is_live(moment, last_seen_at=row.last_seen_at, expires_at=row.expires_at, revoked_at=None)
        ):
            return None
        role = await load_role(session, row.organization_id, row.role)
        book = None if row.revision is None else await load_book(session, row.organization_id, row.revision)
        units = await units_of(session, row.organization_id, row.user_id, book)
    policies = (book, "UTC" if book is None else row.time_zone)
    signed_in = signed_in_of(row, row.name, role, tokens[row.token_hash], policies, units)
    return signed_in, moment - row.last_seen_at >= rules.TOUCH_EVERY


def _link_invalid() -> LinkInvalid:
    return LinkInvalid(
        "This one-time link was already used, was replaced by a newer one, or is older than 24 hours.",
        action="Print a new one on the server with: powerautomation sign-in-link",
    )


def _credentials_wrong() -> CredentialsWrong:
    return CredentialsWrong(
        "The e-mail address or the password is wrong.",
        action="Try again, or print a one-time link on the server with: powerautomation sign-in-link",
    )
