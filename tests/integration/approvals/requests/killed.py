"""Processes that ask, decide, take, do and settle all at once, and are killed at any moment.

Run as ``python -m tests.integration.approvals.requests.killed DATA_DIR KILLS SEED``. What a process was told is written
to ``told.log`` after it was told: ``asked ID``, ``decided ID DECISION``, ``did ID``, ``settled ID OUTCOME``.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from powerautomation.approvals.requests import (
    Answer,
    Decider,
    NewRequest,
    Requester,
    Sought,
    create_request,
    decide_request,
    list_approvals,
    reserve,
    settle,
)
from powerautomation.governance.encryption import SecretBox, give_box, unlock_installation
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.infrastructure.database import Database, open_database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal

AT_ONCE = 2
# After something was told since the last fall: so that a slow machine does no less between two falls.
LIFE_SECONDS = (0.0, 0.06)
PATIENCE_SECONDS = 30.0


async def opened(settings: Settings) -> tuple[SecretBox, Principal]:
    """Unlock once, before anybody is killed."""
    database = open_database(settings)
    try:
        box = await unlock_installation(settings, database)
        async with database.unit_of_work() as session:
            return box, await bootstrap_first_admin(session)
    finally:
        await database.close()


async def work(database: Database, box: SecretBox, admin: Principal, log: int, seed: int) -> None:
    """Do what agents and people do, for ever."""
    rng = random.Random(seed)
    agent = Requester("api_key", "key_agent", "agent", admin.id)
    as_agent = Principal("api_key", agent.id, admin.organization_id, "agent", admin.id)
    decider = Decider(admin, ("system_admin",), all_agents=True)

    def tell(*words: str) -> None:
        os.write(log, (" ".join(words) + "\n").encode())

    while True:
        async with database.read() as session:
            found = await list_approvals(
                session, box, admin.organization_id, Sought(states=("pending", "approved")), 20
            )
        try:
            if len(found) < 4:
                new = NewRequest("deploy", {"command": f"deploy {rng.random()}"}, call_id=f"{rng.random()}")
                async with database.unit_of_work() as session:
                    asked, _ = await create_request(session, box, as_agent, agent, new)
                tell("asked", asked.id)
                continue
            one = rng.choice(found)
            if one.state == "pending":
                answer = Answer("approve" if rng.random() < 0.8 else "deny", "Because.")
                async with database.unit_of_work() as session:
                    await decide_request(session, box, decider, one.id, answer)
                tell("decided", one.id, answer.decision)
                continue
            async with database.unit_of_work() as session:
                lease = await reserve(
                    session, box, as_agent, agent.id, one.id, one.arguments, tool=one.tool, tool_version="", cwd=""
                )
            tell("did", one.id)
            async with database.unit_of_work() as session:
                await settle(session, box, as_agent, agent.id, one.id, lease.token, "succeeded")
            tell("settled", one.id, "succeeded")
        except Problem as problem:
            # The other process was faster.
            if problem.status != 409:
                raise


def live(settings: Settings, box: SecretBox, admin: Principal, log: int, seed: int) -> NoReturn:
    """Live in a process of one's own until killed."""
    try:
        database = open_database(settings)
        give_box(database, box)
        asyncio.run(work(database, box, admin, log, seed))
    finally:
        os._exit(3)


def _until_told(log: int, known: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while os.fstat(log).st_size == known:
        if time.monotonic() > deadline:
            raise SystemExit("nobody got anything done")
        time.sleep(0.002)


def main() -> None:
    """Start processes and kill them, one after the other."""
    data_dir, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    settings = Settings(data_dir=data_dir, secret_key="a-secret-key-for-tests-only-0123456789")
    box, admin = asyncio.run(opened(settings))
    log = os.open(data_dir / "told.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    rng = random.Random(seed)
    living: list[int] = []
    known = 0
    for number in range(kills + AT_ONCE):
        if number < kills:
            child = os.fork()
            if child == 0:
                live(settings, box, admin, log, seed + number)
            living.append(child)
        if len(living) >= AT_ONCE or number >= kills:
            _until_told(log, known)
            time.sleep(rng.uniform(*LIFE_SECONDS))
            known = os.fstat(log).st_size
            fallen = living.pop(rng.randrange(len(living)))
            os.kill(fallen, signal.SIGKILL)
            _, status = os.waitpid(fallen, 0)
            if not os.WIFSIGNALED(status):
                raise SystemExit(f"a process ended by itself with {os.waitstatus_to_exitcode(status)}")
        if number >= kills and not living:
            return


if __name__ == "__main__":
    main()
