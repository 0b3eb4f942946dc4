"""Hashing and checking passwords with argon2id, off the event loop and never more than a few at a time."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from powerautomation.identity.users.errors import PasswordsBusy

if TYPE_CHECKING:
    from argon2 import PasswordHasher

# RFC 9106, section 4, second recommended option: 64 MiB of memory for each check that runs.
# https://www.rfc-editor.org/rfc/rfc9106#section-4 (November 2026)
TIME_COST = 3
MEMORY_COST_KIB = 65536
PARALLELISM = 4

# Two at a time bound the memory; the queue is about five seconds long, after that a caller is told to come back.
AT_ONCE = 2
MOST_WAITING = 32

# The hash of a random text nobody knows, with the costs above: an unknown e-mail address takes as long as a known one.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$nLqm5HldPGawehYxoawLEw$Wt7Q4ap2jnJz535p8sKfLyVQ3MxkkWPmSsDNJshzWEY"

_places = threading.BoundedSemaphore(AT_ONCE + MOST_WAITING)
_T = TypeVar("_T")


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(TIME_COST, MEMORY_COST_KIB, PARALLELISM, hash_len=32, salt_len=16)


async def hash_password(password: str) -> str:
    """Return the argon2id string of a password in normal form; raises PasswordsBusy."""
    return await _off_the_loop(lambda: _hasher().hash(password))


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Say whether a password in normal form is the hashed one; takes as long when there is no hash (then False).

    Raises PasswordsBusy.
    """
    return await _off_the_loop(partial(_verify, password_hash or _NOBODY, password)) and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Say whether a hash was made with other costs than today's, so that it should be made anew at the next sign-in."""
    return _hasher().check_needs_rehash(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def _off_the_loop(work: Callable[[], _T]) -> _T:
    if not _places.acquire(blocking=False):
        raise PasswordsBusy(
            "Too many passwords are being checked at this moment.", action="Try again.", retry_after_seconds=2
        )

    def leave(_: "Future[_T]") -> None:
        _places.release()

    future = _threads().submit(work)
    # Also when the caller goes away: a check that waits is dropped, one that runs is finished.
    future.add_done_callback(leave)
    return await asyncio.wrap_future(future)
