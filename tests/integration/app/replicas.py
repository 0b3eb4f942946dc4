"""Several servers on one PostgreSQL and one Redis, as a company runs them."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.conftest import TEST_SECRET_KEY
from tests.fixtures import databases
from tests.fixtures.databases import TestRun
from tests.fixtures.server import Server, prepare_server


@contextlib.contextmanager
def services(run: TestRun, postgresql_server: str, template: str | None = None) -> Iterator[dict[str, str]]:
    """The environment that names a fresh database and an empty Redis."""
    redis = databases.redis_server(run)
    databases.empty_redis(redis)
    with databases.postgresql_database(postgresql_server, template) as url:
        yield {
            "POWERAUTOMATION_SECRET_KEY": TEST_SECRET_KEY,
            "POWERAUTOMATION_DATABASE_URL": url,
            "POWERAUTOMATION_REDIS_URL": redis,
        }


@contextlib.contextmanager
def two_replicas(
    folder: Path, config: Mapping[str, Any], environment: Mapping[str, str]
) -> Iterator[tuple[Server, Server]]:
    """Two ready servers with equal configuration and a data folder each."""
    with replicas(folder, config, environment, 2) as servers:
        yield servers[0], servers[1]


@contextlib.contextmanager
def replicas(
    folder: Path, config: Mapping[str, Any], environment: Mapping[str, str], count: int
) -> Iterator[list[Server]]:
    """So many ready servers with equal configuration and a data folder each."""
    servers = [prepare_server(folder / f"replica-{number}", config, environment=environment) for number in range(count)]
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.stop()
