"""When the doctor is content."""

import pytest

from powerautomation.operations.health.rules import (
    MIB,
    is_held_back,
    is_loopback,
    ready_words,
    state_of_disk,
    worst_clock_lead,
)


@pytest.mark.parametrize(
    ("free", "state"), [(0, "failed"), (199 * MIB, "failed"), (200 * MIB, "warning"), (1024 * MIB, "ok")]
)
def test_disk_is_judged_by_free_bytes(free: int, state: str) -> None:
    assert state_of_disk(free) == state


@pytest.mark.parametrize(
    ("arrivals", "held"),
    [([], True), ([0.5], True), ([0.50, 0.51, 0.51], True), ([0.01, 0.26, 0.51], False), ([0.0, 0.5], False)],
)
def test_pieces_that_arrive_together_were_held_back(arrivals: list[float], held: bool) -> None:
    assert is_held_back(arrivals) is held


def test_one_stranger_with_a_wrong_clock_does_not_make_ours_wrong() -> None:
    assert worst_clock_lead([3600.0, 0.4, -0.2]) == -0.2
    assert worst_clock_lead([-7200.0, -7201.0]) == -7200.0
    assert worst_clock_lead([]) == 0.0


@pytest.mark.parametrize(
    ("host", "loopback"), [("localhost", True), ("127.0.0.5", True), ("::1", True), ("a.cn", False)]
)
def test_loopback_hosts_are_told_from_others(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ('{"status":"ready","checks":{"start":"ready","database":"ok"}}', "start: ready, database: ok"),
        ('{"status":"migrating","detail":"bringing it up to date","code":"x"}', "migrating, bringing it up to date"),
        ('{"status":"failed"}', "failed"),
        ("<html>Hello</html>", ""),
        ('["ready"]', ""),
        ('{"ok":true}', ""),
        ("", ""),
    ],
)
def test_what_a_server_says_of_itself_is_told_from_what_strangers_say(answer: str, words: str) -> None:
    assert ready_words(answer) == words
