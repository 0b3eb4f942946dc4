"""Slows down whoever guesses passwords, and only them.

Failures are counted for one account from one network, and for one network as a whole; never for an account as a whole,
so nobody can lock another person out from elsewhere. A browser in which the password was right once carries a device
cookie and is counted by itself, so that it also gets in from a network where somebody else is guessing.
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies (November 2026)
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from math import ceil

from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.sessions import repository
from powerautomation.identity.sessions.auditing import record_throttled
from powerautomation.identity.sessions.entities import Attempts, Client
from powerautomation.identity.sessions.errors import SignInThrottled
from powerautomation.identity.sessions.origins import network_of
from powerautomation.identity.sessions.rules import (
    ACCOUNT_THROTTLE,
    ADDRESS_THROTTLE,
    CODE_THROTTLE,
    DEVICE_COOKIE,
    SECURE_PREFIX,
    Throttle,
    attempt_made,
    attempt_succeeded,
    cookie_values,
    wait_needed,
)
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now

MOST_ROWS = 10_000


def sign_in_throttles(box: SecretBox, client: Client, account: str) -> dict[str, Throttle]:
    """Return under which keys a sign-in to ``account`` (a canonical e-mail address) counts, each with its limits."""
    secret = box.derive("sign-in throttle")
    nonce = _device_of(box, client, account)
    if nonce:
        return {_key(secret, "device", account, nonce): ACCOUNT_THROTTLE}
    network = network_of(client.ip)
    return {
        _key(secret, "account", account, network): ACCOUNT_THROTTLE,
        _key(secret, "address", network): ADDRESS_THROTTLE,
    }


def second_step_throttles(box: SecretBox, client: Client, account: str) -> dict[str, Throttle]:
    """Return under which key codes of the second step count: a browser that is known by itself, all others together."""
    secret = box.derive("sign-in throttle")
    nonce = _device_of(box, client, account)
    if nonce:
        return {_key(secret, "code of device", account, nonce): ACCOUNT_THROTTLE}
    return {_key(secret, "code", account): CODE_THROTTLE}


def outside_throttles(box: SecretBox, client: Client) -> dict[str, Throttle]:
    """Return under which key a sign-in by a provider counts: that of the network. Who it will be is not known yet."""
    return {_key(box.derive("sign-in throttle"), "address", network_of(client.ip)): ADDRESS_THROTTLE}


def account_key(box: SecretBox, account: str) -> str:
    """Return under what the failures of an account are found, wherever they came from."""
    return _key(box.derive("sign-in throttle"), "any", account)


def password_change_throttles(box: SecretBox, session_id: str) -> dict[str, Throttle]:
    """Return under which key guesses of the present password count inside a session."""
    return {_key(box.derive("sign-in throttle"), "session", session_id): ACCOUNT_THROTTLE}


def new_device_token(box: SecretBox, account: str) -> str:
    """Return the device cookie for a browser in which the password of ``account`` was right."""
    return _signed_device(box, secrets.token_hex(16), account)


async def begin_attempt(database: Database, throttles: Mapping[str, Throttle], account: str = "") -> None:
    """Count an attempt before it is made; raises SignInThrottled (with the seconds to wait) when it may not be made.

    A refused attempt writes nothing but one event a minute, so that it costs next to nothing. ``account`` is that of
    ``account_key``.
    """
    keys = list(throttles)
    try:
        async with database.read() as session:
            _refuse_while_blocked(await repository.find_attempts(session, keys))
    except SignInThrottled:
        await record_throttled(database, keys[-1])
        raise
    async with database.unit_of_work() as session:
        moment = now()
        held = await repository.hold_attempts(session, keys, moment, account)
        _refuse_while_blocked(held)
        for key, throttle in throttles.items():
            await repository.write_attempts(session, key, attempt_made(held.get(key), moment, throttle))
        await repository.prune_attempts(session, before=moment - ACCOUNT_THROTTLE.forgotten_after, keep=MOST_ROWS)


async def end_attempt(session: repository.AsyncSession, throttles: Mapping[str, Throttle]) -> None:
    """Note that the attempt succeeded: the account's count begins anew, the network's count loses this attempt."""
    moment = now()
    held = await repository.hold_attempts(session, list(throttles), moment)
    for key, throttle in throttles.items():
        if throttle is ADDRESS_THROTTLE:
            await repository.write_attempts(session, key, attempt_succeeded(held[key], moment))
        else:
            await repository.delete_attempts(session, key)


def _refuse_while_blocked(attempts: Mapping[str, Attempts]) -> None:
    moment = now()
    seconds = max((wait_needed(one, moment).total_seconds() for one in attempts.values()), default=0.0)
    if seconds > 0:
        raise SignInThrottled(
            "Too many sign-ins failed from here, so the next one has to wait.",
            action=f"Try again in {ceil(seconds)} s, or print a one-time link on the server with: "
            "powerautomation sign-in-link",
            retry_after_seconds=ceil(seconds),
        )


def _key(secret: bytes, *parts: str) -> str:
    # Length first, so that no two lists of parts read alike.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


def _device_of(box: SecretBox, client: Client, account: str) -> str:
    known = cookie_values(client.cookies, SECURE_PREFIX + DEVICE_COOKIE) + cookie_values(client.cookies, DEVICE_COOKIE)
    for value in known:
        nonce, _, _ = value.partition(".")
        if hmac.compare_digest(value, _signed_device(box, nonce, account)):
            return nonce
    return ""


def _signed_device(box: SecretBox, nonce: str, account: str) -> str:
    return f"{nonce}.{_key(box.derive('device cookie'), nonce, account)}"
