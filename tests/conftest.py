"""What every test may use: both storage columns (SQLite in one process, PostgreSQL with Redis), fresh each time."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from powerautomation.infrastructure.database import Database, open_database
from powerautomation.infrastructure.migrations import migrate
from powerautomation.infrastructure.settings import Settings
from tests.fixtures import databases, server
from tests.fixtures.databases import TestRun
from tests.fixtures.warm import WarmStarts

COLUMNS = ("sqlite+in-process", "postgresql+redis")
TEST_SECRET_KEY = "a-secret-key-for-tests-only-0123456789"

# Properties are about answers, not about how busy the machine is.
hypothesis.settings.register_profile("any-machine", deadline=None)
hypothesis.settings.load_profile("any-machine")

_RUN = pytest.StashKey[TestRun]()


def pytest_configure(config: pytest.Config) -> None:
    """Agree with the other workers on one folder for the servers they share."""
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    if given is None:
        config.stash[_RUN] = TestRun(databases.new_run_folder(), os.getpid(), 0)
    else:
        number = int(str(given["workerid"]).removeprefix("gw")) + 1
        config.stash[_RUN] = TestRun(Path(given["run_folder"]), int(given["owner_pid"]), number)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a new worker where the shared folder is."""
    run = node.config.stash[_RUN]
    node.workerinput["run_folder"] = str(run.folder)
    node.workerinput["owner_pid"] = run.owner_pid


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers this run started, after the last worker."""
    run = config.stash.get(_RUN, None)
    if run is not None and run.owner_pid == os.getpid():
        databases.drop_template(run)
        databases.end_run(run)


@pytest.fixture(scope="session", autouse=True)
def _warm_starts() -> Iterator[None]:
    """Start the product's command without importing everything each time; ``cold_starts`` starts it as people do."""
    starts = server.warm_starts = WarmStarts()
    yield
    server.warm_starts = None
    starts.close()


@pytest.fixture(scope="module")
def cold_starts(_warm_starts: None) -> Iterator[None]:
    """Start the product's command as people do, from here to the end of the tests that ask for it."""
    starts, server.warm_starts = server.warm_starts, None
    yield
    server.warm_starts = starts


@pytest.fixture(scope="session")
def test_run(pytestconfig: pytest.Config) -> TestRun:
    """The run this worker belongs to."""
    return pytestconfig.stash[_RUN]


@pytest.fixture(scope="session")
def postgresql_server(test_run: TestRun) -> str:
    """Address of a PostgreSQL server; name a database of your own in it."""
    return databases.postgresql_server(test_run)


@pytest.fixture(scope="session")
def postgresql_template(test_run: TestRun, postgresql_server: str) -> str:
    """Name of a migrated PostgreSQL database to copy."""
    return databases.postgresql_template(test_run, postgresql_server, lambda url: _fill(Settings(database_url=url)))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("template")
    _fill(Settings(data_dir=folder))
    return folder / "powerautomation.db"


@pytest.fixture
def redis_url(test_run: TestRun) -> str:
    """Address of an empty Redis database that no other test uses meanwhile."""
    address = databases.redis_server(test_run)
    databases.empty_redis(address)
    return address


@pytest.fixture(params=COLUMNS)
def column(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh, migrated installation, once per column."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    if request.param == COLUMNS[0]:
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, data_dir / "powerautomation.db")
        yield Settings(data_dir=data_dir, secret_key=TEST_SECRET_KEY)
        return
    redis_address = request.getfixturevalue("redis_url")
    server = request.getfixturevalue("postgresql_server")
    with databases.postgresql_database(server, request.getfixturevalue("postgresql_template")) as address:
        yield Settings(data_dir=data_dir, database_url=address, redis_url=redis_address, secret_key=TEST_SECRET_KEY)


@pytest.fixture(params=COLUMNS)
def empty_column(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an installation that never started: nothing is migrated, no data folder exists."""
    if request.param == COLUMNS[0]:
        yield Settings(data_dir=tmp_path / "data")
        return
    redis_address = request.getfixturevalue("redis_url")
    with databases.postgresql_database(request.getfixturevalue("postgresql_server")) as address:
        yield Settings(data_dir=tmp_path / "data", database_url=address, redis_url=redis_address)


@pytest.fixture
async def db(column: Settings) -> AsyncIterator[Database]:
    """The column's database, open."""
    database = open_database(column)
    try:
        yield database
    finally:
        await database.close()


def _fill(settings: Settings) -> None:
    migrate(settings)
