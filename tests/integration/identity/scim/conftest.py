"""A running installation for an identity provider."""

from collections.abc import AsyncIterator

import pytest

from powerautomation.infrastructure.settings import Settings
from tests.integration.app.installation import Installation, installation


@pytest.fixture
async def here(column: Settings) -> AsyncIterator[Installation]:
    async with installation(column) as running:
        yield running
