"""Directories that do not answer: nobody waits for ever, and no thread either."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from powerautomation.identity.single_sign_on import ProviderUnreachable
from powerautomation.identity.single_sign_on.adapters import ldap
from powerautomation.infrastructure.http_client import OutgoingPolicy

OPTIONS = {
    "bind_dn": "cn=reader", "base_dn": "dc=example", "user_filter": "(uid={username})",
    "subject_attribute": "entryUUID", "plain": True,
}  # fmt: skip


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def adapter(port: int) -> ldap.Ldap:
    """An adapter with little patience that may call one port."""
    allowed = frozenset({f"127.0.0.1:{port}"})
    return ldap.Ldap(OutgoingPolicy(allowed, allowed), seconds=0.2)


async def test_silent_directory_holds_neither_the_caller_nor_a_thread(silent):
    asked = adapter(silent)
    try:
        with pytest.raises(ProviderUnreachable, match="no answer within"):
            await asked.complete(OPTIONS | {"servers": [f"ldap://127.0.0.1:{silent}"]}, "secret")
    finally:
        asked.close()
    for thread in threading.enumerate():
        if thread.name.startswith("ldap"):
            await asyncio.to_thread(thread.join, 20)
            assert not thread.is_alive()


async def test_only_so_many_wait_for_a_directory(silent, monkeypatch):
    monkeypatch.setattr(ldap, "MOST_WAITING", 2)
    asked = adapter(silent)
    try:
        options = OPTIONS | {"servers": [f"ldap://127.0.0.1:{silent}"]}
        told = await asyncio.gather(*(asked.complete(options, "secret") for _ in range(3)), return_exceptions=True)
    finally:
        asked.close()
    assert sorted("too many people" in str(one) for one in told) == [False, False, True]
