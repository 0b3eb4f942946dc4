"""What limits let through, over real HTTP, with one process and with three replicas."""

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.fixtures.clients import Caller
from tests.fixtures.console import Console
from tests.fixtures.server import Server
from tests.fixtures.simulators import Failure, Simulator, say
from tests.integration.gateway.limits.conftest import (
    LEASE_SECONDS,
    MODEL,
    RATE,
    ask_at_once,
    body_of,
    limited_key,
    used,
)

BUDGET_WORDS = {"anthropic-messages": "billing_error", "gemini": "RESOURCE_EXHAUSTED"}
REQUESTS = {"measure": "requests", "window": "month", "amount": 100}


def within(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Ask again until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


@pytest.mark.parametrize("window", ["month", "hour"])
def test_two_hundred_at_once_against_a_hundred(server: Server, console: Console, sim: Simulator, window: str) -> None:
    key = limited_key(console, {**REQUESTS, "window": window})
    statuses = ask_at_once([server], key, 200)
    assert statuses == {200: 100, 402 if window == "month" else 429: 100}
    assert len(sim.infini.exchanges) == 100, "what was refused must not reach the upstream"
    within(lambda: used(console) in ([100], [99]) if window == "hour" else used(console) == [100])


def test_two_hundred_at_once_on_three_replicas(three: list[Server], sim: Simulator) -> None:
    with Console(three[0]) as console:
        key = limited_key(console, REQUESTS)
        within(lambda: all(_knows(server, key) for server in three))
        assert ask_at_once(three, key, 200) == {200: 100, 402: 100}
        within(lambda: used(console) == [100])
    assert len(sim.infini.exchanges) == 100


def test_three_replicas_together_keep_a_providers_rate(three: list[Server], sim: Simulator) -> None:
    began = time.monotonic()
    statuses = ask_at_once(three, three[0].key, 150, model="rated")
    seconds = time.monotonic() - began
    sent = len(sim.moonshot.exchanges)
    assert set(statuses) <= {200, 429}
    assert statuses[200] == sent
    # A second's worth at once, then as many as seconds allow; alone, each replica would send as much.
    assert 2 * RATE <= sent <= RATE * (seconds + 1) + 1


def test_money_is_reserved_before_and_settled_after(server: Server, console: Console, sim: Simulator) -> None:
    """Each request reserves a little more than its 100 tokens of answer; so only some of 50 fit at once."""
    nanos_of_a_thousand_tokens = 1_000_000
    key = limited_key(
        console,
        {"measure": "money", "window": "month", "amount": nanos_of_a_thousand_tokens, "currency": "USD"},
        name="spender",
    )
    sim.infini.always(say("word " * 5, first_token_delay=0.5))
    statuses = ask_at_once([server], key, 50)
    assert set(statuses) == {200, 402}
    assert 1 <= statuses[200] <= 10, "a thousand tokens admit at most nine answers of a hundred"

    def spent() -> int:
        rows = [row for row in console.requests(outcome="completed") if row["api_key_name"] == "spender"]
        return sum(row["cost_nanos"] for row in rows) if len(rows) == statuses[200] else -1

    within(lambda: used(console) == [spent()])
    assert used(console)[0] < nanos_of_a_thousand_tokens
    assert ask_at_once([server], key, 1) == {200: 1}, "what was reserved and not used is free again"


def test_failed_requests_give_back_what_they_reserved(server: Server, console: Console, sim: Simulator) -> None:
    key = limited_key(console, {**REQUESTS, "amount": 2}, {"measure": "concurrency", "amount": 2})
    sim.infini.then(*[Failure("caller")] * 3)
    assert ask_at_once([server], key, 1) == {400: 1}
    assert ask_at_once([server], key, 1) == {400: 1}
    assert ask_at_once([server], key, 1) == {400: 1}
    within(lambda: used(console) == [0, 0])
    assert ask_at_once([server], key, 2) == {200: 2}
    assert ask_at_once([server], key, 1) == {402: 1}


def test_so_many_at_once_and_again_when_they_end(server: Server, console: Console, sim: Simulator) -> None:
    key = limited_key(console, {"measure": "concurrency", "amount": 3})
    sim.infini.always(say("word " * 20, hold_after=1))
    answers: list[int] = []
    running = [
        threading.Thread(target=lambda: answers.append(_stream(server, key).status_code), daemon=True) for _ in range(3)
    ]
    for thread in running:
        thread.start()
    within(lambda: used(console) == [3])
    refused = _stream(server, key)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["code"] == "limits.concurrency_exceeded"
    sim.release()
    for thread in running:
        thread.join(20)
    assert answers == [200, 200, 200]
    within(lambda: used(console) == [0])


def test_a_client_that_goes_away_frees_its_place(server: Server, console: Console, sim: Simulator) -> None:
    key = limited_key(console, {"measure": "concurrency", "amount": 1})
    sim.infini.always(say("word " * 20, hold_after=1))
    with (
        httpx2.Client(verify=False, base_url=server.url, timeout=20) as http,
        http.stream(
            "POST", "/v1/chat/completions", json=body_of(stream=True), headers={"authorization": f"Bearer {key}"}
        ) as answer,
    ):
        assert answer.status_code == 200
        # Kept: the client hangs up as soon as the iterator is gone.
        parts = answer.iter_bytes()
        next(parts)
        within(lambda: used(console) == [1])
    within(lambda: used(console) == [0])


def test_a_killed_replica_gives_back_what_it_held(three: list[Server], sim: Simulator) -> None:
    """``kill -9`` with four requests under way: their places come back when the leases end, and not before."""
    first, second, _ = three
    with Console(second) as console:
        key = limited_key(console, {"measure": "concurrency", "amount": 4}, {**REQUESTS, "amount": 10})
        within(lambda: _knows(first, key))
        sim.infini.always(say("word " * 20, hold_after=1))
        held = [threading.Thread(target=lambda: _stream(first, key), daemon=True) for _ in range(4)]
        for thread in held:
            thread.start()
        within(lambda: used(console) == [4, 4])
        # Longer than a lease: it is renewed for as long as the replica lives.
        until = time.monotonic() + LEASE_SECONDS * 1.5
        while time.monotonic() < until:
            assert used(console) == [4, 4]
            time.sleep(0.1)
        assert ask_at_once([second], key, 1) == {429: 1}
        first.kill()
        within(lambda: used(console) == [0, 0], LEASE_SECONDS * 3)
        sim.infini.always(None)
        sim.release()
        assert ask_at_once([second], key, 4) == {200: 4}
        for thread in held:
            thread.join(20)


def test_a_restart_keeps_what_was_spent(own_server: Server) -> None:
    """Also ``kill -9``, right after the last answer."""
    server = own_server
    with Console(server) as console:
        key = limited_key(console, {**REQUESTS, "amount": 10}, {"measure": "tokens", "window": "day", "amount": 10**9})
        assert ask_at_once([server], key, 6) == {200: 6}
        within(lambda: used(console)[0] == 6)
        tokens = used(console)[1]
    server.kill()
    server.start()
    assert ask_at_once([server], key, 10) == {200: 4, 402: 6}
    with Console(server) as again:
        within(lambda: again.get("limits")["items"][0]["used"] == 10)
        assert again.get("limits")["items"][1]["used"] > tokens


def test_limits_of_project_person_and_organization_hold_for_their_keys(own_server: Server) -> None:
    with Console(own_server) as console:
        _limits_of_all_kinds(own_server, console)


def _limits_of_all_kinds(server: Server, console: Console) -> None:
    made = [
        console.http.post("/api/v1/api-keys", json={"name": f"k{n}", "project": project}).json()
        for n, project in enumerate(["apollo", "apollo", "other"])
    ]
    keys = [one["token"] for one in made]
    person = made[0]["api_key"]["created_by"]

    def limit(kind: str, subject: str, amount: int) -> None:
        body = {**REQUESTS, "subject_kind": kind, "subject_id": subject, "amount": amount}
        answer = console.http.post("/api/v1/limits", json=body)
        assert answer.status_code == 201, answer.text

    limit("project", "apollo", 3)
    limit("person", person, 5)
    limit("organization", "", 6)
    assert ask_at_once([server], keys[0], 2) == {200: 2}
    assert ask_at_once([server], keys[1], 2) == {200: 1, 402: 1}, "the project has three"
    assert ask_at_once([server], keys[2], 4) == {200: 2, 402: 2}, "the person has five"
    # The key that the command line made belongs to the organization alone.
    assert ask_at_once([server], server.key, 2)[200] in (0, 1)
    within(lambda: used(console)[:2] == [3, 5])


@pytest.mark.parametrize("dialect", ["anthropic-messages", "openai-chat", "openai-responses", "gemini"])
def test_refusals_speak_the_callers_dialect(server: Server, console: Console, dialect: Any) -> None:
    budget = limited_key(console, {**REQUESTS, "amount": 1})
    none = limited_key(console, {**REQUESTS, "amount": 0})
    small = limited_key(console, {"measure": "money", "window": "day", "amount": 50_000, "currency": "USD"})
    rate = limited_key(console, {"measure": "requests", "window": "minute", "amount": 1})
    tokens = limited_key(console, {"measure": "tokens", "window": "minute", "amount": 50})
    for never, least in ((none, "0 requests a month"), (small, "USD 0.00005 a day")):
        with Caller(server.url, never, dialect) as caller:
            seen = caller.ask(MODEL)
        assert seen.status == 402
        assert seen.error is not None
        assert seen.error[0] == BUDGET_WORDS.get(dialect, "insufficient_quota")
        assert least in seen.error[1]
        assert "begins anew" not in seen.error[1]
        assert "waiting does not help" in seen.error[1]
        assert seen.headers["x-should-retry"] == "false"
        assert "retry-after" not in seen.headers
    with Caller(server.url, budget, dialect) as caller:
        assert caller.ask(MODEL).status == 200
        seen = caller.ask(MODEL)
        assert seen.status == 402
        assert seen.error is not None
        assert seen.error[0] == BUDGET_WORDS.get(dialect, "insufficient_quota")
        assert "begins anew at" in seen.error[1]
        assert seen.headers["x-should-retry"] == "false"
        assert 0 < int(seen.headers["retry-after"]) <= 31 * 86400
    with Caller(server.url, rate, dialect) as caller:
        good = caller.ask(MODEL)
        assert good.status == 200
        seen = caller.ask(MODEL)
        assert seen.status == 429
        assert seen.error is not None
        assert seen.error[0] == ("RESOURCE_EXHAUSTED" if dialect == "gemini" else "rate_limit_error")
        assert 50 <= int(seen.headers["retry-after"]) <= 60
        prefix = "anthropic-ratelimit-requests-" if dialect == "anthropic-messages" else "x-ratelimit-"
        suffix = "" if dialect == "anthropic-messages" else "-requests"
        # Google's API has no such headers.
        for answer in () if dialect == "gemini" else (good, seen):
            assert answer.headers[f"{prefix}limit{suffix}"] == "1"
            assert answer.headers[f"{prefix}remaining{suffix}"] == "0"
            assert answer.headers[f"{prefix}reset{suffix}"]
    with Caller(server.url, tokens, dialect) as caller:
        seen = caller.ask(MODEL)
        assert seen.status == 429
        assert seen.headers["x-should-retry"] == "false"
        assert "retry-after" not in seen.headers
    with Caller(server.url, server.key, dialect) as caller:
        free = caller.ask(MODEL)
        assert free.status == 200
        assert not [name for name in free.headers if "ratelimit" in name]


def test_an_answer_from_the_cache_counts_as_a_request_without_tokens(
    server: Server, console: Console, sim: Simulator
) -> None:
    key = limited_key(console, {**REQUESTS, "amount": 2}, {"measure": "tokens", "window": "day", "amount": 10**9})
    with Caller(server.url, key, "openai-chat") as caller:
        assert caller.ask("kept").status == 200
        within(lambda: used(console)[0] == 1 and used(console)[1] < 1000)
        spent = used(console)
        again = caller.ask("kept")
        assert again.headers["x-powerautomation-cache"] == "hit"
        assert again.deployment == "infini/kimi-k2-instruct", "who made the answer"
        within(lambda: used(console) == [2, spent[1]])
        refused = caller.ask("kept")
        assert refused.status == 402, "limits are asked before the cache is"
        assert "x-powerautomation-route" not in refused.headers, "nobody was asked"
    assert len(sim.infini.exchanges) == 1


def test_money_needs_a_price_of_one_deployment_at_least(server: Server, console: Console, sim: Simulator) -> None:
    key = limited_key(console, {"measure": "money", "window": "day", "amount": 10**9, "currency": "USD"})
    with Caller(server.url, key, "openai-chat") as caller:
        for model in ("unpriced", "hopeless"):
            seen = caller.ask(model)
            assert seen.status == 400
            assert seen.error is not None
            assert "moonshot/kimi-of-nobody: its price is unknown" in seen.error[1]
    assert (
        "moonshot/kimi-k2-turbo-preview: its price is in EUR, and no exchange rate to the budget's USD" in seen.error[1]
    )
    assert not sim.moonshot.exchanges


def test_a_price_in_another_currency_counts_by_its_rate_and_what_has_none_never_answers(
    own_server: Server, sim: Simulator
) -> None:
    with Console(own_server) as console:
        key = limited_key(console, {"measure": "money", "window": "month", "amount": 10**9, "currency": "USD"})
        with Caller(own_server.url, key, "openai-chat") as caller:
            seen = caller.ask("uncertain")
            assert (seen.status, seen.deployment) == (200, "infini/kimi-k2.5")
            (row,) = console.requests_of("uncertain", 1)
            assert row["currency"] == "CNY"
            counted = row["cost_nanos"] // 4
            assert counted > 0
            within(lambda: used(console) == [counted])
            # Who has no price does not answer either when all others fail.
            sim.infini.then(*[Failure("server_error")] * 4)
            assert caller.ask("uncertain").status == 502
            assert not sim.moonshot.exchanges
            within(lambda: used(console) == [counted])
        parts = console.get(f"requests/{row['id']}")["reason_parts"]
        passed_over = [part["values"] for part in parts if part["code"] == "passed_over"]
        assert ["moonshot/kimi-of-nobody", "price_unknown"] in passed_over
        assert ["moonshot/kimi-k2-turbo-preview", "no_rate", "EUR", "USD"] in passed_over
    own_server.kill()
    own_server.start()
    with Console(own_server) as again:
        assert used(again) == [counted], "the ledger is read by the same rate"


def test_the_last_part_of_a_budget_goes_to_who_still_fits(server: Server, console: Console, sim: Simulator) -> None:
    """A request may use some USD 0.0001 at the first deployment and USD 0.01 at the second."""
    amount = 2_000_000
    key = limited_key(console, {"measure": "money", "window": "month", "amount": amount, "currency": "USD"})
    with Caller(server.url, key, "openai-chat") as caller:
        seen = caller.ask("mixed", max_tokens=100)
        assert (seen.status, seen.deployment) == (200, "infini/kimi-k2-instruct")
        sim.infini.then(*[Failure("server_error")] * 4)
        refused = caller.ask("mixed", max_tokens=100)
        assert refused.status == 502, "nobody else fits, so nobody else is asked"
        assert not sim.moonshot.exchanges
        rows = console.requests_of("mixed", 2)
        parts = console.get(f"requests/{rows[-1]['id']}")["reason_parts"]
        (left_out,) = [part["values"] for part in parts if part["code"] == "passed_over"]
        assert left_out[:2] == ["moonshot/kimi-k2-0905-preview", "budget"]
        assert left_out[2] == "USD 0.002"
        assert left_out[3].startswith("USD 0.01")
        never = caller.ask("dear", max_tokens=100)
        assert never.status == 402
        assert never.error is not None
        assert "at moonshot/kimi-k2-0905-preview" in never.error[1]


def test_many_at_once_never_pass_a_budget_that_not_every_deployment_fits(three: list[Server], sim: Simulator) -> None:
    """Room for the dear one at the beginning, then only for the cheap one, on three replicas at once."""
    amount = 16_000_000
    with Console(three[0]) as console:
        key = limited_key(console, {"measure": "money", "window": "month", "amount": amount, "currency": "USD"})
        within(lambda: all(_knows(server, key) for server in three))
        sim.infini.always(say("word " * 5, first_token_delay=0.3))
        statuses = ask_at_once(three, key, 60, model="mixed")
        assert set(statuses) <= {200, 402}
        # The first holds some 1.3 cents for the dear one; what is left is enough for more than 20 cheap ones at once.
        assert statuses[200] > 15
        assert not sim.moonshot.exchanges

        def spent() -> int:
            rows = console.requests(model="mixed", outcome="completed")
            return sum(row["cost_nanos"] for row in rows) if len(rows) == statuses[200] else -1

        within(lambda: used(console) == [spent()])


def test_a_budget_warns_once_for_each_threshold(server: Server, console: Console) -> None:
    key = limited_key(console, {**REQUESTS, "amount": 4, "warn_percents": [50, 100]})
    assert ask_at_once([server], key, 1) == {200: 1}
    within(lambda: used(console) == [1])
    assert not console.get("limits")["items"][0]["warned"]
    assert ask_at_once([server], key, 3) == {200: 3}
    within(lambda: console.get("limits")["items"][0]["warned"])


def _knows(server: Server, key: str) -> bool:
    """Whether a replica knows the key: asked in a way that spends nothing."""
    headers = {"authorization": f"Bearer {key}"}
    return httpx2.get(f"{server.url}/v1/models", headers=headers, verify=False).status_code == 200


def _stream(server: Server, key: str) -> httpx2.Response:
    try:
        with httpx2.Client(verify=False, base_url=server.url, timeout=60) as http:
            return http.post(
                "/v1/chat/completions", json=body_of(stream=True), headers={"authorization": f"Bearer {key}"}
            )
    except httpx2.TransportError:
        return httpx2.Response(599)
