"""What is written down of the installation's keys: in the unit of work that changes one, or before it."""

from collections.abc import Awaitable, Callable

from powerautomation.governance.audit import Target, record
from powerautomation.governance.encryption import KeyChange
from powerautomation.identity.users import bootstrap_first_admin
from powerautomation.infrastructure.database import AsyncSession, Database
from powerautomation.kernel.principal import Principal


def noting_keys(principal: Principal) -> Callable[[AsyncSession, KeyChange, str], None]:
    """Return what notes changes of keys as done by ``principal``."""

    def note(session: AsyncSession, change: KeyChange, key_id: str) -> None:
        key = Target("data_key", key_id)
        match change:
            case "data_key_created":
                record(session, principal, "data_keys.create", key)
            case "data_key_activated":
                record(session, principal, "data_keys.activate", key)
            case "data_key_retired":
                record(session, principal, "data_keys.retire", key)
            case "master_key_replaced":
                record(session, principal, "master_keys.replace", Target("master_key", key_id))

    return note


async def note_recovery_kit(database: Database, principal: Principal, fingerprint: str, place: str) -> None:
    """Write down that a page with the master key is made. Raises what the database raises; make none then.

    fingerprint: the key's first digits; place: the file, or empty for the terminal.
    """
    async with database.unit_of_work() as session:
        target = Target("master_key", fingerprint)
        record(session, principal, "recovery_kits.create", target, after={"file": place} if place else None)


def noting_first_kit(database: Database) -> Callable[[], Awaitable[None]]:
    """Return what notes the kit of the first start, in whose organization there is nobody yet but its first
    administrator."""

    async def note() -> None:
        async with database.unit_of_work() as session:
            admin = await bootstrap_first_admin(session)
            record(session, admin, "recovery_kits.create", Target("master_key", ""))

    return note
