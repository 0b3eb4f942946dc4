"""Links and sessions as one state machine: whatever people do in whatever order, only who should is signed in."""

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from powerautomation.identity.sessions import LinkInvalid, check_session, create_sign_in_link, find_signed_in, service
from powerautomation.identity.sessions.entities import Client
from powerautomation.identity.sessions.opening import NewSession
from powerautomation.identity.users import bootstrap_first_admin, passwords
from powerautomation.infrastructure.database import Database, open_database
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel import clock
from tests.fixtures.encryption import new_box

DAY_MS = 86_400_000
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def cookie(token: str) -> str:
    return f"pa_session={token}"


def test_only_live_sessions_and_unused_newest_links_work(sqlite_template: Path) -> None:
    class Machine(RuleBasedStateMachine):
        links = Bundle("links")
        sessions = Bundle("sessions")

        def __init__(self) -> None:
            super().__init__()
            self.folder = Path(tempfile.mkdtemp(prefix="pa-machine-"))
            shutil.copy(sqlite_template, self.folder / "powerautomation.db")
            self.now_ms = 1_795_000_000_000
            self.patches = [
                mock.patch.object(clock, "now_ms", self.read_clock),
                mock.patch.object(passwords, "_hasher", return_value=CHEAP),
            ]
            for patch in self.patches:
                patch.start()
            self.runner = asyncio.Runner()
            self.db: Database = self.runner.run(self.open())
            self.box = new_box()
            # The model: when the working link ends; for each session when it was opened and used last.
            self.working_link: tuple[str, int] | None = None
            self.live: dict[str, tuple[int, int]] = {}
            self.ended: set[str] = set()
            self.number = 0

        async def open(self) -> Database:
            db = open_database(Settings(data_dir=self.folder))
            async with db.unit_of_work() as session:
                await bootstrap_first_admin(session)
            return db

        def teardown(self) -> None:
            self.runner.run(self.db.close())
            self.runner.close()
            for patch in self.patches:
                patch.stop()
            shutil.rmtree(self.folder)

        def read_clock(self) -> int:
            return self.now_ms

        def is_live(self, token: str) -> bool:
            if token not in self.live:
                return False
            opened_ms, seen_ms = self.live[token]
            return self.now_ms < min(opened_ms + 60 * DAY_MS, seen_ms + 14 * DAY_MS)

        def end(self, token: str) -> None:
            self.live.pop(token, None)
            self.ended.add(token)

        @rule(target=sessions, replaced=st.none() | sessions)
        def open_new_link(self, replaced: str | None) -> str:
            return self.open_link(self.print_link(), replaced)

        @rule(target=links)
        def print_link(self) -> str:
            async def make() -> str:
                async with self.db.unit_of_work() as session:
                    return await create_sign_in_link(session)

            token = self.runner.run(make())
            self.working_link = (token, self.now_ms + DAY_MS)
            return token

        @rule(target=sessions, link=links, replaced=st.none() | sessions)
        def open_link(self, link: str, replaced: str | None) -> str:
            works = (
                self.working_link is not None and self.working_link[0] == link and self.now_ms < self.working_link[1]
            )
            client = Client("203.0.113.7", "test", cookie(replaced) if replaced else "")
            try:
                new = self.runner.run(service.redeem_link(self.db, self.box, client, link))
            except LinkInvalid:
                assert not works
                return "no session"
            assert works
            assert isinstance(new, NewSession)
            self.working_link = None
            if replaced:
                self.end(replaced)
            self.live[new.token] = (self.now_ms, self.now_ms)
            return new.token

        @rule(token=sessions)
        def use(self, token: str) -> None:
            user = self.runner.run(check_session(self.db, cookie(token)))
            assert (user is not None) == self.is_live(token)
            if user is not None:
                opened_ms, seen_ms = self.live[token]
                if self.now_ms - seen_ms >= 60_000:
                    self.live[token] = (opened_ms, self.now_ms)

        @rule(token=consumes(sessions))
        def sign_out(self, token: str) -> None:
            user = self.runner.run(find_signed_in(self.db, cookie(token)))
            assert (user is not None) == self.is_live(token)
            if user is not None:

                async def leave() -> None:
                    async with self.db.unit_of_work() as session:
                        await service.sign_out(session, user)

                self.runner.run(leave())
            self.end(token)

        @rule(token=sessions)
        def set_password(self, token: str) -> None:
            user = self.runner.run(find_signed_in(self.db, cookie(token)))
            if user is None:
                return
            self.number += 1
            change = service.set_password(
                self.db,
                self.box,
                user,
                new_password=f"harbour number {self.number} at dusk",
                current_password=f"harbour number {self.number - 1} at dusk",
                email="ada@example.org",
            )
            self.runner.run(change)
            for other in [*self.live]:
                if other != token:
                    self.end(other)
            self.working_link = None

        @rule(span=st.sampled_from([timedelta(seconds=30), timedelta(hours=13), timedelta(days=8), timedelta(days=25)]))
        def wait(self, span: timedelta) -> None:
            self.now_ms += round(span.total_seconds() * 1000)

        @invariant()
        def exactly_the_live_sessions_sign_in(self) -> None:
            for token in [*self.live, *self.ended]:
                found = self.runner.run(find_signed_in(self.db, cookie(token)))
                assert (found is not None) == self.is_live(token)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
