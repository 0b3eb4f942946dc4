"""What can go wrong between us and the database, in words a caller can act on."""

from sqlalchemy import exc

from powerautomation.kernel.errors import InvalidInput, Problem


class DatabaseBusy(Problem):
    """Somebody else holds the lock longer than we wait. Nothing was written; a retry helps."""

    code = "database.busy"
    status = 503


class DatabaseUnavailable(Problem):
    """The database cannot be reached. Nothing was written by this request; a retry helps once it is back."""

    code = "database.unavailable"
    status = 503


class DatabaseFull(Problem):
    """The disk below the database is full. Nothing was written; a retry helps after space was freed."""

    code = "database.full"
    status = 507


# SQLSTATE classes and codes, https://www.postgresql.org/docs/18/errcodes-appendix.html (read November 2026).
_BUSY_STATES = frozenset({"40001", "40P01", "55P03", "57014"})
_FULL_STATES = frozenset({"53100"})
_UNAVAILABLE_STATES = frozenset({"57P01", "57P02", "57P03", "53300", "25P03", "25P04"})


def problem_of(error: exc.DBAPIError | exc.TimeoutError) -> Problem | None:
    """Return what a driver error means for the caller, or None when it is a defect of ours (or a broken constraint)."""
    if isinstance(error, exc.TimeoutError):
        return _busy("Every database connection is in use.")
    if isinstance(error, exc.IntegrityError | exc.ProgrammingError):
        return None
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig).lower()
    if state in _BUSY_STATES or "database is locked" in text or "database table is locked" in text:
        return _busy("The database is busy with other work.")
    if state in _FULL_STATES or "disk is full" in text or "disk i/o error" in text:
        return DatabaseFull(
            "The disk that holds the database is full or does not accept writes; nothing was saved.",
            action="Free some space on the server's disk, then try again.",
            retry_after_seconds=30,
        )
    if "not a database" in text or "malformed" in text:
        return DatabaseUnavailable(
            "The database file is damaged, or is not a SQLite database.",
            action="Restore the newest copy from the backups folder.",
            code="database.damaged",
        )
    if isinstance(error, exc.DataError):
        return InvalidInput(
            "A value is out of range or has characters that cannot be stored, such as NUL.",
            action="Correct the value and try again.",
        )
    if "readonly database" in text:
        return DatabaseUnavailable(
            "The database file cannot be written; nothing was saved.",
            action="Give the server's user write permission on the data folder.",
            retry_after_seconds=30,
        )
    unreachable = isinstance(error, exc.OperationalError | exc.InterfaceError | exc.InternalError)
    if (
        error.connection_invalidated
        or state in _UNAVAILABLE_STATES
        or (state or "").startswith("08")
        or (unreachable and (state is None) and "no such" not in text and "syntax" not in text)
    ):
        return DatabaseUnavailable(
            "The database cannot be reached just now; nothing was saved.",
            action="Try again in a moment. If it stays so, see that the database server runs and accepts connections.",
            retry_after_seconds=5,
        )
    return None


def is_refused_write(error: exc.DBAPIError | exc.TimeoutError) -> bool:
    """Say whether the database refused a write because the transaction was opened for reading only."""
    if not isinstance(error, exc.DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) == "25006" or "readonly database" in str(error.orig).lower()


def _busy(what: str) -> DatabaseBusy:
    return DatabaseBusy(f"{what} Nothing was saved.", action="Try again in a moment.", retry_after_seconds=1)
