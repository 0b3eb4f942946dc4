"""Connections, transactions and their bounds on SQLite and PostgreSQL."""

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec
from sqlalchemy import event, exc, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from powerautomation.infrastructure.database.failures import DatabaseBusy, is_refused_write, problem_of
from powerautomation.infrastructure.database.growth import GROWTH_CHECKS, CountedSession, growth_of
from powerautomation.infrastructure.database.sqlite_connection import BEGIN_DEFERRED, connect_sqlite
from powerautomation.infrastructure.database.urls import database_url_of, is_sqlite
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import Problem

BUSY_TIMEOUT_SECONDS = 10.0
STATEMENT_TIMEOUT_SECONDS = 30.0
LOCK_TIMEOUT_SECONDS = 10.0
POOL_SIZE = 10
POOL_OVERFLOW = 10

# Key in ``AsyncSession.info``: set by whoever wrote something others wait for in this unit of work.
ANNOUNCES = "announces"

# For this transaction alone; what it does to a query is in migrations/row_security.py.
_CONFINE = text("SELECT set_config('powerautomation.organization_id', :organization_id, true)")

# Key in ``AsyncSession.info``: what is still to be done in this unit of work, right before its commit.
_LAST_WORK = "last work"
_AFTER_ROLLBACK = "after rollback"


def before_commit(session: AsyncSession, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Let ``work`` run in this unit of work after its block and before its commit; when it raises, nothing is saved.

    For locks that everybody takes: taken last they are held briefly, and nobody waits in a circle.
    """
    session.info.setdefault(_LAST_WORK, []).append(work)


def after_rollback(session: AsyncSession, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Let ``work`` run in a unit of work of its own once this one was rolled back because of a Problem: for what is to
    be kept of a change that was not made."""
    session.info.setdefault(_AFTER_ROLLBACK, []).append(work)


class Database:
    """One database, SQLite or PostgreSQL, with the same promises on both.

    A unit of work is one transaction: committed when its block ends, rolled back when the block raises (also when the
    task is cancelled). Every wait is bounded; a wait that was too long raises DatabaseBusy, an unreachable server
    DatabaseUnavailable, a full disk DatabaseFull: nothing was written then, and a retry can help.
    """

    def __init__(
        self,
        url: URL | str,
        *,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
        statement_timeout_seconds: float = STATEMENT_TIMEOUT_SECONDS,
        lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS,
    ) -> None:
        self.url = make_url(url)
        self.dialect_name = "sqlite" if is_sqlite(self.url) else "postgresql"
        self._busy_timeout_seconds = busy_timeout_seconds
        self._commit_listeners: list[Callable[[], None]] = []
        # SQLite admits one writer. Queueing here is fair and wakes at once; its own busy handler polls and can starve.
        self._write_turn = asyncio.Lock() if self.dialect_name == "sqlite" else None
        self._working: set[object] = set()
        self._confined_to = ""
        self._session_info: dict[str, Any] = {}
        if self.dialect_name == "sqlite":
            self.engine = _sqlite_engine(self.url, busy_timeout_seconds, reading=False)
            self._reading_engine = _sqlite_engine(self.url, busy_timeout_seconds, reading=True)
        else:
            self.engine = _postgresql_engine(self.url, statement_timeout_seconds, lock_timeout_seconds)
            self._reading_engine = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    def tell_sessions(self, key: str, value: Any) -> None:
        """Put something into the ``info`` of every session from now on: what is needed wherever a session is at hand,
        such as the keys of what is sealed."""
        self._session_info[key] = value

    def confined_to(self, organization_id: str) -> "Database":
        """Return the same database, for work in one organization: on PostgreSQL the rows of others cannot be seen or
        written there, whatever is asked. SQLite has no such wall."""
        confined = copy.copy(self)
        confined._confined_to = organization_id
        return confined

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction that may write; commit at the end of the block, roll back when it raises.

        Keep it short: no vendor call, no stream inside, as on SQLite nobody else can write meanwhile. Units of work do
        not nest (RuntimeError).
        """
        task = asyncio.current_task()
        if task in self._working:
            raise RuntimeError("a unit of work is already open in this task: pass its session on")
        await self._take_turn()
        self._working.add(task)
        session = AsyncSession(
            self.engine, sync_session_class=CountedSession, expire_on_commit=False, info=self._session_info
        )
        refused: Problem | None = None
        try:
            async with _translated(), session, session.begin():
                with _swallowed_cancellations(task):
                    await self._confine(session)
                    yield session
                    await _check_growth(session)
                    for work in session.info.get(_LAST_WORK, ()):
                        await work(session)
        except Problem as problem:
            if not session.info.get(_AFTER_ROLLBACK):
                raise
            refused = problem
        finally:
            self._working.discard(task)
            if self._write_turn is not None:
                self._write_turn.release()
        if refused is not None:
            async with self.unit_of_work() as afterwards:
                for work in session.info[_AFTER_ROLLBACK]:
                    await work(afterwards)
            raise refused
        if session.info.get(ANNOUNCES):
            for listener in self._commit_listeners:
                listener()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a read-only transaction with one consistent view; an attempt to write raises RuntimeError."""
        session = AsyncSession(self._reading_engine, expire_on_commit=False, autoflush=False, info=self._session_info)
        async with _translated(reading=True), session:
            with _swallowed_cancellations(asyncio.current_task()):
                await self._confine(session)
                yield session

    def on_announcement(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` (quick, never raising) after each commit here of a unit of work that recorded an event."""
        self._commit_listeners.append(listener)

    async def close(self) -> None:
        """Close every connection. Open units of work must have ended."""
        await self.engine.dispose()
        await self._reading_engine.dispose()

    async def _confine(self, session: AsyncSession) -> None:
        if self._confined_to and self.dialect_name == "postgresql":
            await session.execute(_CONFINE, {"organization_id": self._confined_to})

    async def _take_turn(self) -> None:
        if self._write_turn is None:
            return
        try:
            # Not wait_for: on Python 3.11 it swallows a cancellation that comes together with the turn.
            async with asyncio.timeout(self._busy_timeout_seconds):
                await self._write_turn.acquire()
        except TimeoutError:
            raise DatabaseBusy(
                "The database is busy with other work. Nothing was saved.",
                action="Try again in a moment.",
                retry_after_seconds=1,
            ) from None


def open_database(settings: Settings) -> Database:
    """Return the database the settings mean; connects at first use."""
    return Database(database_url_of(settings))


async def _check_growth(session: AsyncSession) -> None:
    checks = session.info.get(GROWTH_CHECKS, ())
    if not checks:
        return
    await session.flush()
    if grew := growth_of(session):
        for check in checks:
            await check(session, grew)


@asynccontextmanager
async def _translated(*, reading: bool = False) -> AsyncIterator[None]:
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        if reading and is_refused_write(error):
            raise RuntimeError("a read-only session was asked to write: use unit_of_work") from error
        problem = problem_of(error)
        if problem is None:
            raise
        raise problem from error


@contextmanager
def _swallowed_cancellations(task: "asyncio.Task[Any] | None") -> Iterator[None]:
    """Raise the cancellation that came during the block and that a library swallowed, before anything is committed.

    On Python 3.11 ``asyncio.wait_for`` (redis-py sends by it) loses a cancellation that comes together with its result
    (https://github.com/python/cpython/issues/86296). The task still counts it.
    """
    before = task.cancelling() if task is not None else 0
    yield
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError


def _encode_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _sqlite_engine(url: URL, busy_timeout_seconds: float, *, reading: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=busy_timeout_seconds,
        connect_args={"timeout": busy_timeout_seconds, "async_creator_fn": connect_sqlite},
        json_serializer=_encode_json,
        json_deserializer=msgspec.json.decode,
    )
    event.listen(engine.sync_engine, "connect", prepare_sqlite)
    if reading:
        event.listen(engine.sync_engine, "connect", _forbid_writing)
    event.listen(engine.sync_engine, "begin", _begin_deferred if reading else _begin_immediate)
    return engine


def prepare_sqlite(connection: Any, _record: object) -> None:
    """Give a new SQLite connection our promises: WAL, every commit flushed to disk, foreign keys, explicit BEGIN."""
    # Without this the driver begins transactions by itself, late and deferred, and a reader that turns writer then
    # fails at once with SQLITE_BUSY, whatever the timeout. https://docs.sqlalchemy.org/en/21/dialects/sqlite.html
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is deleted is overwritten: an erased person's data would stay in the file's free pages.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute("PRAGMA journal_size_limit=67108864")
    finally:
        cursor.close()


def _forbid_writing(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA query_only=ON")
    finally:
        cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql(BEGIN_DEFERRED)


def _postgresql_engine(url: URL, statement_timeout_seconds: float, lock_timeout_seconds: float) -> AsyncEngine:
    options = (
        f"-c statement_timeout={round(statement_timeout_seconds * 1000)} "
        f"-c lock_timeout={round(lock_timeout_seconds * 1000)} "
        "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
    )
    given = url.query.get("options")
    if isinstance(given, str) and given:
        options = f"{given} {options}"
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=10,
        pool_recycle=1800,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 10, "application_name": "powerautomation"},
        json_serializer=_encode_json,
        json_deserializer=msgspec.json.decode,
    )
