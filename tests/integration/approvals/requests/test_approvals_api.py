"""Approvals over HTTP: asked for, waited for, answered by people, done once, settled."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, Person, installation
from tests.integration.approvals.requests.asking import Agent, Json, agent_of, judge_by_name


@pytest.fixture
async def here(column: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    judge_by_name(monkeypatch)
    async with installation(column) as running:
        yield running


@pytest.fixture
async def admin(here: Installation) -> Person:
    return await here.administrator()


@pytest.fixture
async def agent(here: Installation, admin: Person) -> Agent:
    return await agent_of(here, admin)


async def approve(person: Person, approval: Json, **more: object) -> Json:
    path = f"approvals/{approval['id']}/decisions"
    decided: Json = await person.ok("POST", path, {"decision": "approve", **more})
    return decided


async def actions_of(admin: Person) -> list[str]:
    return [one["action"] for one in (await admin.ok("GET", "audit-events?limit=100"))["items"]]


async def test_agent_asks_waits_does_it_once_and_says_how_it_ended(admin: Person, agent: Agent) -> None:
    asked = await agent.ask(
        "medium", {"command": "make"}, agent="claude-code", session_id="s1", cwd="/work", context={"why": "tests"}
    )
    assert (asked["state"], asked["level"], asked["mode"], asked["may_decide"]) == (
        "pending",
        "MEDIUM",
        "simple",
        False,
    )
    assert len(asked["digest"]) == 64
    waiting = asyncio.create_task(agent.ok("GET", f"/{asked['id']}?wait_seconds=20"))
    listed = (await admin.ok("GET", "approvals?state=pending"))["items"]
    assert [(one["id"], one["may_decide"], one["requester"]["name"]) for one in listed] == [
        (asked["id"], True, "agent")
    ]
    began = time.monotonic()
    await approve(admin, asked, digest=asked["digest"])
    found = await waiting
    assert time.monotonic() - began < 10
    assert found["state"] == "approved"
    lease = (await agent.reserve(found)).json()
    assert lease["arguments"] == {"command": "make"}
    again = await agent.reserve(found)
    assert (again.status_code, again.json()["code"]) == (409, "approvals.not_approved")
    settled = await agent.ok(
        "POST", f"/{asked['id']}/settlement", {"lease": lease["lease"], "outcome": "succeeded", "detail": "2 s"}
    )
    assert (settled["state"], settled["detail"], settled["ends_at"]) == ("succeeded", "2 s", None)
    assert {"approvals.request", "approvals.approve", "approvals.reserve", "approvals.settle"} <= set(
        await actions_of(admin)
    )


async def test_denied_and_cancelled_requests_are_never_reserved(admin: Person, agent: Agent) -> None:
    denied, cancelled = await agent.ask(), await agent.ask()
    refused = await admin.ok("POST", f"approvals/{denied['id']}/decisions", {"decision": "deny", "reason": "Not now."})
    assert (refused["state"], refused["votes"][0]["reason"]) == ("denied", "Not now.")
    assert (await agent.ok("DELETE", f"/{cancelled['id']}"))["state"] == "cancelled"
    assert (await agent.ok("DELETE", f"/{cancelled['id']}"))["state"] == "cancelled"
    for one in (denied, cancelled):
        assert (await agent.reserve(one)).json()["code"] == "approvals.not_approved"
        answer = await admin.call("POST", f"approvals/{one['id']}/decisions", {"decision": "approve"})
        assert (answer.status_code, answer.json()["code"]) == (409, "approvals.already_decided")


async def test_yes_is_bound_to_the_exact_action(admin: Person, agent: Agent) -> None:
    swaps: list[Json] = [
        {"arguments": {"command": "make; rm -rf /"}},
        {"arguments": {"command": "make", "timeout": 1}},
        {"tool": "low"},
        {"tool_version": "2"},
        {"cwd": "/etc"},
    ]
    for swap in swaps:
        asked = await agent.ask(tool_version="1", cwd="/work")
        await approve(admin, asked)
        answer = await agent.reserve(asked, **swap)
        assert (answer.status_code, answer.json()["code"]) == (409, "approvals.digest_mismatch"), swap
        assert (await agent.ok("GET", f"/{asked['id']}"))["state"] == "void"
        assert (await agent.reserve(asked)).json()["code"] == "approvals.not_approved", "void for good"
    assert "approvals.void" in await actions_of(admin)


async def test_same_call_is_the_same_request(agent: Agent) -> None:
    body = {"tool": "medium", "arguments": {"b": 1, "a": [1.0, "é"]}}
    first = await agent.call("POST", "", body, idempotency_key="call-1")
    turned = {"tool": "medium", "arguments": {"a": [1, "é"], "b": 1.0}}
    second = await agent.call("POST", "", turned, idempotency_key="call-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"], "equal JSON has one digest"
    other = await agent.call("POST", "", {"tool": "medium", "arguments": {}}, idempotency_key="call-1")
    assert (other.status_code, other.json()["code"]) == (409, "approvals.idempotency_key_reused")
    assert [one["id"] for one in (await agent.ok("GET", "?call_id=call-1"))["items"]] == [first.json()["id"]]


async def test_first_valid_answer_wins_and_a_double_click_is_one_answer(admin: Person, agent: Agent) -> None:
    asked = await agent.ask()
    path = f"approvals/{asked['id']}/decisions"
    answers = await asyncio.gather(*(admin.call("POST", path, {"decision": "approve"}) for _ in range(5)))
    assert {one.status_code for one in answers} == {200}
    assert len(answers[0].json()["votes"]) == 1
    late = await admin.call("POST", path, {"decision": "deny"})
    assert (late.status_code, late.json()["code"]) == (409, "approvals.already_decided")
    both = await agent.ask()
    path = f"approvals/{both['id']}/decisions"
    two = await asyncio.gather(
        *(admin.call("POST", path, {"decision": one}) for one in ("approve", "deny")), return_exceptions=False
    )
    assert sorted(one.status_code for one in two) == [200, 409]
    assert (await actions_of(admin)).count("approvals.approve") + (await actions_of(admin)).count("approvals.deny") == 2


async def test_of_many_reservations_one_succeeds(admin: Person, agent: Agent) -> None:
    asked = await agent.ask()
    await approve(admin, asked)
    answers = await asyncio.gather(*(agent.reserve(asked) for _ in range(8)))
    assert sorted(one.status_code for one in answers) == [200, *[409] * 7]


async def test_agents_key_never_decides(here: Installation, admin: Person, agent: Agent) -> None:
    powerful = await agent_of(here, admin, "approvals:request", "approvals:decide", "approvals:write", name="mighty")
    asked = await powerful.ask()
    for program in (agent, powerful):
        answer = await program.call("POST", f"/{asked['id']}/decisions", {"decision": "approve"})
        assert (answer.status_code, answer.json()["code"]) == (403, "access.person_needed")
        answer = await program.call("PUT", "/automatic", {"automatic": True})
        assert answer.status_code == 403
    assert (await powerful.ok("GET", f"/{asked['id']}"))["state"] == "pending"


async def test_agent_sees_its_own_requests_alone(here: Installation, admin: Person, agent: Agent) -> None:
    other = await agent_of(here, admin, name="other")
    asked = await agent.ask()
    assert (await other.ok("GET", ""))["items"] == []
    for method, path, body in (
        ("GET", f"/{asked['id']}", None),
        ("DELETE", f"/{asked['id']}", None),
        ("POST", f"/{asked['id']}/settlement", {"lease": "x", "outcome": "failed"}),
    ):
        assert (await other.call(method, path, body)).status_code == 404, path
    await approve(admin, asked)
    assert (await other.reserve(asked)).status_code == 404


async def test_nobody_agrees_to_what_they_ask_for_themselves_when_it_is_high(admin: Person) -> None:
    for level, expected in (("medium", 200), ("high", 403), ("critical", 403)):
        asked = await admin.ok("POST", "approvals", {"tool": level, "arguments": {}})
        body = {"decision": "approve", "reason": "I want it."}
        answer = await admin.call("POST", f"approvals/{asked['id']}/decisions", body)
        assert answer.status_code == expected, level
        if expected == 403:
            assert answer.json()["code"] == "approvals.self_approval"


async def test_rule_may_want_a_second_person_a_role_or_a_reason(admin: Person, agent: Agent) -> None:
    wanted = {
        "medium second_person": "approvals.self_approval",
        "medium role": "approvals.role_needed",
        "medium reason": "approvals.reason_needed",
        "critical": "approvals.reason_needed",
    }
    for tool, code in wanted.items():
        asked = await agent.ask(tool)
        answer = await admin.call("POST", f"approvals/{asked['id']}/decisions", {"decision": "approve"})
        assert answer.json()["code"] == code, tool
        denied = await admin.ok("POST", f"approvals/{asked['id']}/decisions", {"decision": "deny"})
        assert denied["state"] == "denied", "anybody may say no"


async def test_what_cannot_be_understood_is_denied_at_once(admin: Person, agent: Agent) -> None:
    assert (await agent.ask("medium unknown"))["state"] == "denied"
    long = await agent.call("POST", "", {"tool": "medium", "arguments": {"command": "x" * 300_000}})
    assert (long.status_code, long.json()["code"]) == (422, "approvals.invalid")
    deep: Json = {}
    for _ in range(100):
        deep = {"a": deep}
    assert (await agent.call("POST", "", {"tool": "medium", "arguments": deep})).status_code == 422
    assert "approvals.deny_automatically" in await actions_of(admin)


async def test_changed_arguments_are_what_is_done(admin: Person, agent: Agent) -> None:
    asked = await agent.ask("medium", {"command": "make", "folder": "/etc"})
    edited = {"command": "make", "folder": "/work"}
    decided = await approve(admin, asked, arguments=edited)
    assert decided["digest"] != asked["digest"]
    assert (decided["arguments"], decided["original_arguments"]) == (edited, asked["arguments"])
    refused = await agent.call("POST", "", {"tool": "medium", "arguments": {"command": "make"}})
    assert refused.is_success, "another call is another request"
    lease = await agent.reserve(await agent.ok("GET", f"/{asked['id']}"))
    assert lease.json()["arguments"] == edited
    assert "approvals.approve_changed" in await actions_of(admin)
    risky = await agent.ask()
    answer = await admin.call(
        "POST", f"approvals/{risky['id']}/decisions", {"decision": "approve", "arguments": {"command": "danger"}}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "approvals.edit_riskier")
    for guarded in ("needs role", "needs second_person", "needs reason", "needs expert"):
        answer = await admin.call(
            "POST", f"approvals/{risky['id']}/decisions", {"decision": "approve", "arguments": {"command": guarded}}
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "approvals.edit_riskier"), guarded


async def test_agent_that_does_what_was_asked_and_not_what_was_agreed_is_refused(admin: Person, agent: Agent) -> None:
    asked = await agent.ask("medium", {"command": "make"})
    await approve(admin, asked, arguments={"command": "make test"})
    assert (await agent.reserve(asked)).json()["code"] == "approvals.digest_mismatch"


async def test_safe_things_go_on_by_themselves_until_somebody_stops_everything_automatic(
    admin: Person, agent: Agent
) -> None:
    safe = await agent.ask("safe")
    assert (safe["state"], safe["automatic_by"]) == ("approved", "rule")
    before = await agent.ask("safe")
    assert await admin.ok("GET", "approvals/automatic") == {"automatic": True, "changed_by": "", "changed_at": None}
    stopped = await admin.ok("PUT", "approvals/automatic", {"automatic": False})
    assert stopped["automatic"] is False
    assert "" not in (stopped["changed_by"], stopped["changed_at"] or ""), "who stopped it, and when"
    assert (await agent.ask("safe"))["state"] == "pending"
    assert (await agent.reserve(before)).json()["code"] == "approvals.not_approved", "what nobody began is not begun"
    assert (await admin.ok("GET", "approvals/automatic")) == stopped
    await admin.ok("PUT", "approvals/automatic", {"automatic": True})
    assert (await agent.ask("safe"))["state"] == "approved"
    assert {"approvals.approve_automatically", "approvals.switch_automatic"} <= set(await actions_of(admin))


async def test_answers_are_remembered_as_far_as_said_and_taken_back(admin: Person, agent: Agent) -> None:
    asked = await agent.ask("medium", {"command": "make"}, session_id="s1")
    await approve(admin, asked, remember="exact")
    same = await agent.ask("medium", {"command": "make"}, session_id="s2")
    (memory,) = (await admin.ok("GET", "approvals/memories"))["items"]
    assert (same["state"], same["automatic_by"]) == ("approved", memory["id"])
    assert (await agent.ask("medium", {"command": "make clean"}))["state"] == "pending"
    await admin.ok("DELETE", f"approvals/memories/{memory['id']}")
    assert (await agent.ask("medium", {"command": "make"}))["state"] == "pending"
    session = await agent.ask("medium", {"command": "a"}, session_id="s1")
    await approve(admin, session, remember="session")
    assert (await agent.ask("medium", {"command": "b"}, session_id="s1"))["state"] == "approved"
    assert (await agent.ask("medium", {"command": "danger"}, session_id="s1"))["state"] == "pending"
    assert (await agent.ask("medium", {"command": "b"}, session_id="s2"))["state"] == "pending"
    await admin.ok("PUT", "approvals/automatic", {"automatic": False})
    assert (await agent.ask("medium", {"command": "b"}, session_id="s1"))["state"] == "pending"


async def test_critical_is_never_remembered_and_high_only_exactly(admin: Person, agent: Agent) -> None:
    for tool, scope in (("critical", "exact"), ("high", "always"), ("medium", "task")):
        asked = await agent.ask(tool)
        body = {"decision": "approve", "reason": "Yes.", "remember": scope}
        answer = await admin.call("POST", f"approvals/{asked['id']}/decisions", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "approvals.not_rememberable"), tool
        assert (await agent.ok("GET", f"/{asked['id']}"))["state"] == "pending", "nothing of it was kept"
    high = await agent.ask("high")
    await approve(admin, high, remember="exact")
    assert (await agent.ask("high"))["state"] == "approved"


async def test_person_who_looked_at_something_older_does_not_agree_to_the_newer(admin: Person, agent: Agent) -> None:
    asked = await agent.ask(quorum=2)
    await approve(admin, asked, arguments={"command": "make test"})
    stale = await admin.call(
        "POST", f"approvals/{asked['id']}/decisions", {"decision": "approve", "digest": asked["digest"]}
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "approvals.digest_mismatch")


async def test_strangers_reach_nothing(here: Installation, admin: Person, agent: Agent) -> None:
    stranger = await here.stranger()
    asked = await agent.ask()
    assert (await stranger.call("GET", f"approvals/{asked['id']}")).status_code == 404
    answer = await stranger.call("POST", f"approvals/{asked['id']}/decisions", {"decision": "approve"})
    assert answer.status_code == 404
    assert (await stranger.ok("GET", "approvals"))["items"] == []
