"""What driver errors mean for the caller."""

import pytest
from sqlalchemy import exc

from powerautomation.infrastructure.database import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
    problem_of,
)
from powerautomation.kernel.errors import InvalidInput


class DriverError(Exception):
    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


def wrapped(kind: type[exc.DBAPIError], text: str, sqlstate: str | None = None) -> exc.DBAPIError:
    return kind("SELECT 1", {}, DriverError(text, sqlstate))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (wrapped(exc.OperationalError, "database is locked"), DatabaseBusy),
        (wrapped(exc.OperationalError, "canceling statement due to lock timeout", "55P03"), DatabaseBusy),
        (wrapped(exc.OperationalError, "deadlock detected", "40P01"), DatabaseBusy),
        (wrapped(exc.OperationalError, "could not serialize access", "40001"), DatabaseBusy),
        (wrapped(exc.OperationalError, "canceling statement due to statement timeout", "57014"), DatabaseBusy),
        (exc.TimeoutError("QueuePool limit reached"), DatabaseBusy),
        (wrapped(exc.OperationalError, "database or disk is full"), DatabaseFull),
        (wrapped(exc.OperationalError, "disk I/O error"), DatabaseFull),
        (wrapped(exc.OperationalError, "could not extend file: No space left on device", "53100"), DatabaseFull),
        (wrapped(exc.OperationalError, "connection refused"), DatabaseUnavailable),
        (wrapped(exc.OperationalError, "terminating connection", "57P01"), DatabaseUnavailable),
        (wrapped(exc.OperationalError, "sorry, too many clients already", "53300"), DatabaseUnavailable),
        (wrapped(exc.OperationalError, "connection does not exist", "08003"), DatabaseUnavailable),
        (wrapped(exc.OperationalError, "attempt to write a readonly database"), DatabaseUnavailable),
        (wrapped(exc.DatabaseError, "database disk image is malformed"), DatabaseUnavailable),
        (wrapped(exc.DataError, "PostgreSQL text fields cannot contain NUL (0x00) bytes"), InvalidInput),
    ],
)  # fmt: skip
def test_what_a_caller_can_do_something_about_is_a_problem(error: exc.DBAPIError, expected: type[Exception]) -> None:
    problem = problem_of(error)

    assert type(problem) is expected
    assert problem is not None
    assert problem.action
    assert problem.status in (422, 503, 507)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(exc.IntegrityError, "UNIQUE constraint failed: users.email"),
        wrapped(exc.ProgrammingError, 'relation "x" does not exist', "42P01"),
        wrapped(exc.OperationalError, "no such table: x"),
        wrapped(exc.OperationalError, 'near "SELEKT": syntax error'),
    ],
)
def test_a_defect_of_ours_and_a_broken_constraint_stay_what_they_are(error: exc.DBAPIError) -> None:
    assert problem_of(error) is None
