"""An installation opened by a command: database up to date, secret key checked, first administrator there."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from powerautomation.app.configuration_kinds import Around, make_kinds
from powerautomation.app.key_events import noting_first_kit
from powerautomation.app.terminal import print_warning
from powerautomation.governance.audit import Actor, Origin, Target, make_months, record, serving
from powerautomation.governance.configuration import Kinds, watch
from powerautomation.governance.encryption import SecretBox, unlock_installation
from powerautomation.governance.flags import ensure_built_in
from powerautomation.identity.access import ROLES, SYSTEM_ADMIN, SignedInUser
from powerautomation.identity.quotas import enforce as enforce_quotas
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.infrastructure.database import Database, is_sqlite, open_database
from powerautomation.infrastructure.events.tables import OutboxEventRow
from powerautomation.infrastructure.migrations import migrate
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal
from powerautomation.operations.backups import is_held

NEWS_SECONDS = 5.0
_REPLICA_NEWS_SECONDS = 1.5
_RELOAD_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class OpenInstallation:
    """What a command works with. ``admin`` is in whose name it works."""

    settings: Settings
    database: Database
    secret_box: SecretBox
    admin: Principal
    kinds: Kinds


def administrator(installation: OpenInstallation) -> SignedInUser:
    """Return in whose name a command changes settings: the first administrator, who may do everything."""
    moment = now()
    return SignedInUser(installation.admin, "", "", ROLES[SYSTEM_ADMIN], moment, moment)


def at_the_command_line() -> Origin:
    """Return from where a command works: whoever runs it on this machine, by the system's name for them."""
    try:
        import pwd

        # Not by the environment, which says whatever its user likes.
        name = pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        name = os.environ.get("USERNAME", "")
    return Origin(actor=Actor("command_line", "", name))


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[OpenInstallation]:
    """Open an installation, creating it when this is its first use. Raises StartRefused."""
    report = await asyncio.to_thread(migrate, settings)
    if report.before is None:
        typer.echo(f"There was no installation in {settings.data_dir}: a new one was made.", err=True)
    database = open_database(settings)
    try:
        await make_months(database)
        with serving(at_the_command_line()):
            box = await unlock_installation(
                settings, database, note_kit=noting_first_kit(database), on_kit=_tell_of_kit
            )
            kinds = make_kinds(Around(settings, box))
            watch(database, kinds)
            enforce_quotas(database, settings)
            async with database.unit_of_work() as session:
                admin = await bootstrap_first_admin(session)
                await ensure_built_in(session, admin.organization_id, admin.id)
            yield OpenInstallation(settings, database, box, admin, kinds)
    finally:
        await database.close()


def _tell_of_kit(path: Path) -> None:
    typer.echo(f"Recovery kit with the secret key: {path}\nKeep it somewhere else, then delete the file.", err=True)


def note_for_audit(settings: Settings, action: str, target_id: str, after: Mapping[str, Any]) -> None:
    """Write down what a command did to the installation as a whole. Neither migrates nor unlocks anything: a database
    that has no audit log yet stays as it is, and a warning says so."""

    async def work() -> None:
        database = open_database(settings)
        try:
            with serving(at_the_command_line()):
                async with database.unit_of_work() as session:
                    admin = await bootstrap_first_admin(session)
                    record(session, admin, action, Target("backup", target_id), after=after)
        finally:
            await database.close()

    try:
        asyncio.run(work())
    except (Problem, SQLAlchemyError) as error:
        print_warning(
            f"{action} could not be written to the audit log.", str(getattr(error, "action", "") or "Start the server.")
        )


async def until_servers_know(installation: OpenInstallation) -> None:
    """Wait until running servers have heard of what was just committed; bounded, and at once when none is running.

    Without this a key would be refused in the first second after it was printed.
    """
    held = is_held(installation.settings.data_dir)
    replicas = not is_sqlite(installation.database.url)
    if not held and not replicas:
        return
    deadline = time.monotonic() + (NEWS_SECONDS if held else _REPLICA_NEWS_SECONDS)
    waiting = select(func.count()).select_from(OutboxEventRow).where(OutboxEventRow.published_at.is_(None))
    while time.monotonic() < deadline:
        async with installation.database.read() as session:
            if not await session.scalar(waiting):
                # Published; now the servers read their snapshots again.
                await asyncio.sleep(_RELOAD_SECONDS)
                return
        await asyncio.sleep(0.05)
