"""Decisions about sessions, links and repeated failures. Times are aware, in UTC."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from powerautomation.identity.sessions.entities import Attempts

SESSION_COOKIE = "pa_session"
DEVICE_COOKIE = "pa_device"
# Over TLS browsers take a name that begins so from this very host alone, for all of it; or from TLS alone.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes (November 2026)
HOST_PREFIX = "__Host-"
SECURE_PREFIX = "__Secure-"
SESSION_LIFE = timedelta(days=60)
SESSION_IDLE_LIFE = timedelta(days=14)
TOUCH_EVERY = timedelta(seconds=60)
LINK_LIFE = timedelta(hours=24)
INVITATION_LIFE = timedelta(days=7)
SIGN_IN = "sign_in"
INVITATION = "invitation"
# A session that began with a link may set a password without knowing the old one, but not for as long as it lives.
LINK_PASSWORD_LIFE = timedelta(hours=1)
STEP_LIFE = timedelta(minutes=5)
TRIES_OF_ONE_STEP = 5
MOST_STEPS_OF_ONE_USER = 20
DEVICE_LIFE = timedelta(days=400)
MOST_SESSIONS_OF_ONE_USER = 50
KEEP_ENDED = timedelta(days=7)
_MOST_COOKIES = 4
_LONGEST_TOKEN = 200


def hash_of(token: str) -> bytes:
    """Return what is stored instead of a token. A token has 256 random bits, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).digest()


def csrf_of(token: str, session_id: str) -> str:
    """Return the CSRF token of a session: only who has the session's secret can make it, and it does not reveal it."""
    return hmac.new(token.encode(), b"csrf|" + session_id.encode(), hashlib.sha256).hexdigest()


def cookie_values(header: str, name: str) -> list[str]:
    """Return the values that a Cookie header gives for a name, at most four: another path or domain may add its own."""
    found: list[str] = []
    for part in header.split(";"):
        key, _, value = part.partition("=")
        token = value.strip().strip('"')
        if key.strip() == name and 0 < len(token) <= _LONGEST_TOKEN and token.isascii() and token not in found:
            found.append(token)
    return found[:_MOST_COOKIES]


def either_cookie(header: str, name: str) -> list[str]:
    """Return the values of a cookie of this whole host: under the name that no other host can give, else the plain."""
    return cookie_values(header, HOST_PREFIX + name) or cookie_values(header, name)


def session_tokens(header: str) -> list[str]:
    """Return the session tokens of a Cookie header. Where one came under the name that no other host can give, those
    under the plain name count for nothing: another host may have planted them."""
    return either_cookie(header, SESSION_COOKIE)


def is_live(moment: datetime, *, last_seen_at: datetime, expires_at: datetime, revoked_at: datetime | None) -> bool:
    """Say whether a session still signs somebody in."""
    return revoked_at is None and moment < ends_at(last_seen_at=last_seen_at, expires_at=expires_at)


def ends_at(*, last_seen_at: datetime, expires_at: datetime) -> datetime:
    """Return when a session ends if nothing more is done with it."""
    return min(expires_at, last_seen_at + SESSION_IDLE_LIFE)


def may_skip_current_password(
    moment: datetime, *, method: str, session_created_at: datetime, has_password: bool
) -> bool:
    """Say whether a password may be set without the present one: there is none, or a link has just proved who it is."""
    return not has_password or (method == "link" and moment < session_created_at + LINK_PASSWORD_LIFE)


@dataclass(frozen=True, slots=True)
class Throttle:
    """How failures slow down: ``free`` attempts without delay, then one second that doubles up to ``longest``."""

    free: int
    longest: timedelta
    forgotten_after: timedelta = timedelta(hours=24)


# Of one account from one network, or from one browser that knew the password once.
ACCOUNT_THROTTLE = Throttle(free=5, longest=timedelta(minutes=5))
# Of one network, whatever the account: people behind one router share it, so it begins late and stays short.
ADDRESS_THROTTLE = Throttle(free=30, longest=timedelta(minutes=1))
# Of codes of one person, from wherever: only who knows the password gets as far, so no stranger makes the person wait,
# and many networks together guess no more than one.
CODE_THROTTLE = Throttle(free=10, longest=timedelta(minutes=5))
_FIRST_DELAY_SECONDS = 1.0


def wait_needed(attempts: Attempts | None, moment: datetime) -> timedelta:
    """Return how long somebody must wait before the next attempt; zero when it may be made."""
    if attempts is None:
        return timedelta(0)
    return max(timedelta(0), attempts.blocked_until - moment)


def attempt_made(attempts: Attempts | None, moment: datetime, throttle: Throttle) -> Attempts:
    """Return what is remembered once an attempt begins: it counts as failed until it has succeeded, so that attempts
    made at the same time cannot outrun the count."""
    known = attempts if attempts is not None and moment - attempts.last_attempt_at < throttle.forgotten_after else None
    failures = (known.failures if known else 0) + 1
    blocked_until = moment
    if failures >= throttle.free:
        longest = throttle.longest.total_seconds()
        seconds = min(longest, _FIRST_DELAY_SECONDS * 2 ** min(failures - throttle.free, 20))
        blocked_until = moment + timedelta(seconds=seconds)
    return Attempts(failures, blocked_until, moment)


def attempt_succeeded(attempts: Attempts, moment: datetime) -> Attempts:
    """Return what is remembered of a shared address after a success: that attempt was no failure."""
    return Attempts(max(0, attempts.failures - 1), moment, attempts.last_attempt_at)
