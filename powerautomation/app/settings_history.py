"""Puts the history of settings to work in a running server, and in commands."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from powerautomation.app.configuration_kinds import Around, make_kinds
from powerautomation.governance.configuration import Kinds, ensure_first_versions, watch
from powerautomation.identity.organizations import load_time_zones
from powerautomation.infrastructure.database import Database

if TYPE_CHECKING:
    from powerautomation.app.application import Application


def watch_settings(application: "Application", adapters: Mapping[str, Any]) -> Kinds:
    """Have every change of a setting in this server written as a version."""
    snapshots = application.snapshots
    around = Around(
        application.settings,
        application.secret_box,
        adapters,
        snapshots.allowed_hosts,
        frozenset(one.provider.id for one in snapshots.fixed_deployments) | {"demo"},
        application.gateway.catalog_of,
    )
    kinds = make_kinds(around)
    watch(application.database, kinds)
    return kinds


async def write_first_versions(database: Database, kinds: Kinds) -> None:
    """Write a first version of what has none yet, so that there is something to go back to."""
    async with database.unit_of_work() as session:
        await ensure_first_versions(session, kinds, sorted(await load_time_zones(session)))
