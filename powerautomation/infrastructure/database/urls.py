"""Which database the settings mean."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused

_POSTGRESQL_NAMES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_SQLITE_NAMES = frozenset({"sqlite", "sqlite+aiosqlite"})


def database_url_of(settings: Settings) -> URL:
    """Return the database's address: SQLite in the data folder when none is set, PostgreSQL by psycopg.

    Raises StartRefused for an address that is neither; the message never repeats it, as it holds a password.
    """
    if not settings.database_url:
        return URL.create("sqlite+aiosqlite", database=str(settings.data_dir / "powerautomation.db"))
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError):
        url = None
    if url is not None and url.drivername in _POSTGRESQL_NAMES:
        return url.set(drivername="postgresql+psycopg")
    if url is not None and url.drivername in _SQLITE_NAMES and url.database and ":memory:" not in url.database:
        return url.set(drivername="sqlite+aiosqlite")
    raise StartRefused(
        "database_url is not an address of a supported database.",
        action="Use postgresql://user:password@host:5432/name, sqlite:////absolute/path/file.db, or leave it empty.",
        code="settings.invalid",
    )


def is_sqlite(url: URL) -> bool:
    """Say whether an address means SQLite."""
    return url.get_backend_name() == "sqlite"
