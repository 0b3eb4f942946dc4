"""A SQLite connection that goes to its thread once for each statement.

aiosqlite hands every step to the connection's thread: making a cursor, executing, fetching, closing, rolling back; a
read of one statement went there nine times, and each way costs more than the statement. Here it goes there twice.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite

BEGIN_DEFERRED = "BEGIN DEFERRED"


class BriefCursor:
    """What SQLAlchemy needs of a cursor; all rows of a statement are read in the step that executes it.

    ``BEGIN DEFERRED`` takes no lock before the first statement, so it is executed together with that.
    """

    description: Sequence[Any] | None = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: "BriefConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> "BriefCursor":
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "BriefCursor":
        """Execute one statement and read its rows."""
        if sql == BEGIN_DEFERRED:
            self._connection.begins = True
        else:
            await self._connection.in_thread(partial(self._executed, sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "BriefCursor":
        """Execute one statement with each of the parameters."""
        await self._connection.in_thread(partial(self._executed_many, sql, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows that were read and not yet returned."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows."""
        self._rows = []

    def _executed(self, sql: str, parameters: Iterable[Any]) -> None:
        """Runs in the connection's thread."""
        cursor = self._begun()
        cursor.execute(sql, parameters)  # type: ignore[arg-type]  # a list, a tuple or a dict
        self.description = cursor.description
        if cursor.description is not None:
            self._rows = cursor.fetchall()
        self._tell(cursor)

    def _executed_many(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        cursor = self._begun()
        cursor.executemany(sql, parameters)  # type: ignore[arg-type]  # lists, tuples or dicts
        self._tell(cursor)

    def _begun(self) -> sqlite3.Cursor:
        cursor = self._connection._conn.cursor()
        if self._connection.begins:
            cursor.execute(BEGIN_DEFERRED)
            self._connection.begins = False
        return cursor

    def _tell(self, cursor: sqlite3.Cursor) -> None:
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class BriefConnection(aiosqlite.Connection):
    """``begins`` says that a transaction begins with the next statement."""

    begins = False

    async def in_thread(self, work: Callable[[], None]) -> None:
        """Do something in the connection's thread."""
        await self._execute(work)  # type: ignore[no-untyped-call]  # aiosqlite has no types there

    def cursor(self) -> BriefCursor:  # type: ignore[override]  # SQLAlchemy enters it
        """Return a cursor, without a way to the thread."""
        return BriefCursor(self)

    async def rollback(self) -> None:
        """Roll back what was begun."""
        self.begins = False
        if self.in_transaction:
            await super().rollback()

    async def commit(self) -> None:
        """Commit what was begun."""
        self.begins = False
        if self.in_transaction:
            await super().commit()


def connect_sqlite(database: str | Path, **options: Any) -> BriefConnection:
    """Return a connection to be awaited: what the engine makes its connections with."""

    def connector() -> sqlite3.Connection:
        opened: sqlite3.Connection = sqlite3.connect(database, **options)
        return opened

    connection = BriefConnection(connector, iter_chunk_size=64)
    # A process that ends does not wait for threads that wait for work.
    connection._thread.daemon = True
    return connection
