"""The whole examination: every check, at the same time, each bounded."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from powerautomation.kernel.errors import Problem
from powerautomation.operations.health import machine, network, storage
from powerautomation.operations.health.entities import Check
from powerautomation.operations.health.findings import found
from powerautomation.operations.health.installation import Installation

CHECK_SECONDS = 15.0
_Outcome = Check | list[Check] | None
_log = structlog.get_logger("doctor")

# In the order they are shown: what everything else stands on comes first.
_CHECKS: tuple[tuple[str, str, Callable[[Installation], Awaitable[_Outcome]]], ...] = (
    ("settings", "Settings", machine.check_settings),
    ("data_folder", "Data folder", machine.check_data_folder),
    ("disk", "Disk space", machine.check_disk),
    ("port", "Port", machine.check_port),
    ("database", "Database", storage.check_database),
    ("secret_key", "Secret key", storage.check_secret_key),
    ("redis", "Redis", storage.check_redis),
    ("provider_keys", "Provider keys", network.check_provider_keys),
    ("reach", "Reach providers", network.check_reach),
    ("prices", "Prices", storage.check_prices),
    ("balances", "Balances", storage.check_balances),
    ("quotas", "Quotas", storage.check_quotas),
    ("public_url", "Public address", network.check_public_address),
)


async def examine(installation: Installation) -> list[Check]:
    """Run every check and return the outcomes in a fixed order; takes at most about fifteen seconds.

    Nothing is raised: a check that cannot be done is a failed check. Nothing is changed.
    """
    outcomes = await asyncio.gather(*(_run(installation, *check) for check in _CHECKS))
    return [check for outcome in outcomes for check in outcome]


async def _run(
    installation: Installation, check_id: str, title: str, check: Callable[[Installation], Awaitable[_Outcome]]
) -> list[Check]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            outcome = await check(installation)
    except Problem as problem:
        return [storage.failed_by(check_id, title, problem)]
    except TimeoutError:
        return [found(check_id, title, "failed", "check_timeout", seconds=f"{CHECK_SECONDS:.0f}")]
    except Exception as error:
        _log.exception("doctor.check_failed", check=check_id)
        return [found(check_id, title, "failed", "check_broken", error=type(error).__name__)]
    return outcome if isinstance(outcome, list) else [outcome] if outcome else []
