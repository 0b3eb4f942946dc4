"""Hashing and checking with the costs the product really uses."""

import asyncio
import threading

import pytest

from powerautomation.identity.users import passwords
from powerautomation.identity.users.errors import PasswordsBusy


async def test_hash_is_argon2id_with_the_recommended_costs_and_recognises_its_password():
    stored = await passwords.hash_password("a quiet harbour at dusk")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.verify_password(stored, "a quiet harbour at dusk")
    assert not await passwords.verify_password(stored, "a quiet harbour at dawn")
    assert not passwords.is_outdated(stored)


async def test_missing_hash_costs_as_much_as_a_real_one_and_never_matches():
    assert passwords._NOBODY.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not passwords.is_outdated(passwords._NOBODY)
    assert not await passwords.verify_password(None, "anything")


async def test_broken_hash_matches_nothing():
    assert not await passwords.verify_password("not a hash", "anything")


async def test_event_loop_goes_on_while_a_password_is_hashed():
    work = asyncio.create_task(passwords.hash_password("a quiet harbour at dusk"))
    turns = 0
    while not work.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 5


async def test_no_more_than_the_places_wait_and_places_come_back(monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(3))
    waiting = [asyncio.create_task(passwords._off_the_loop(lambda: gate.wait(10))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(PasswordsBusy) as refused:
        await passwords.verify_password(None, "anything")
    assert refused.value.status == 503
    assert refused.value.retry_after_seconds
    waiting[2].cancel()
    gate.set()
    assert await asyncio.gather(*waiting[:2]) == [True, True]
    assert passwords._places.acquire(timeout=10)
    assert passwords._places.acquire(timeout=10)
    assert passwords._places.acquire(timeout=10)
