"""What the tests of the HTTP client share."""

from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.http_client import (
    Client,
)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    made = Client(connect_timeout_seconds=2)
    yield made
    await made.close()
