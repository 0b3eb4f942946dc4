"""A running directory, and an application that may call it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.fixtures.directory import Directory, directory
from tests.integration.app.installation import Installation, installation, settings_with


@pytest.fixture(scope="module")
def place() -> Iterator[Directory]:
    """The directory of this module's tests."""
    with directory() as running:
        yield running


@pytest.fixture
async def here(column: Settings, place: Directory) -> AsyncIterator[Installation]:
    """An application that may call the directory."""
    hosts = [f"127.0.0.1:{place.port}", f"127.0.0.1:{place.tls_port}", f"localhost:{place.tls_port}"]
    async with installation(settings_with(column, gateway={"allowed_hosts": hosts})) as running:
        yield running
