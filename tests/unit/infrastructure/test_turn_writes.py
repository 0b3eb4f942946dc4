"""Writes of one turn of the event loop are made together."""

import asyncio
from typing import Any

from powerautomation.infrastructure.turn_writes import MOST_WAITING, turn_writes


class Transport:
    def __init__(self, log: list[tuple[str, bytes]], name: str) -> None:
        self.log = log
        self.name = name
        self.closing = False

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes) -> None:
        self.log.append((self.name, data))


async def test_writes_of_one_turn_wait_for_its_end_and_keep_their_order() -> None:
    log: list[tuple[str, bytes]] = []
    writes = turn_writes(asyncio.get_running_loop())
    first, second = Transport(log, "first"), Transport(log, "second")
    for transport, data in ((first, b"1"), (second, b"2"), (first, b"3")):
        writes.write(transport, data)
    assert log == []
    await asyncio.sleep(0)
    assert log == [("first", b"1"), ("second", b"2"), ("first", b"3")]


async def test_many_writes_do_not_wait() -> None:
    log: list[tuple[str, bytes]] = []
    writes = turn_writes(asyncio.get_running_loop())
    for _ in range(MOST_WAITING):
        writes.write(Transport(log, "x"), b"data")
    assert len(log) == MOST_WAITING
    await asyncio.sleep(0)
    assert len(log) == MOST_WAITING


async def test_transport_that_closed_meanwhile_is_passed_over() -> None:
    log: list[tuple[str, bytes]] = []
    writes = turn_writes(asyncio.get_running_loop())
    gone, there = Transport(log, "gone"), Transport(log, "there")
    writes.write(gone, b"1")
    writes.write(there, b"2")
    gone.closing = True
    await asyncio.sleep(0)
    assert log == [("there", b"2")]


def test_every_loop_has_its_own() -> None:
    async def mine() -> Any:
        loop = asyncio.get_running_loop()
        assert turn_writes(loop) is turn_writes(loop)
        return turn_writes(loop)

    assert asyncio.run(mine()) is not asyncio.run(mine())
