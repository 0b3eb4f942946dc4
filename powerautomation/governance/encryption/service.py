"""Finding, creating and checking the installation's master key, and opening the data keys it wraps."""

import contextlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from powerautomation.governance.encryption.box import SecretBox
from powerautomation.governance.encryption.entities import DataKey
from powerautomation.governance.encryption.errors import SecretUnreadable
from powerautomation.governance.encryption.hardware_key import open_hardware_key
from powerautomation.governance.encryption.key_file import create_key_file, find_key, finish_replacement, has_given_key
from powerautomation.governance.encryption.master_key import LocalMasterKey
from powerautomation.governance.encryption.ports import MasterKey
from powerautomation.governance.encryption.recovery_kit import write_recovery_kit
from powerautomation.governance.encryption.repository import (
    AsyncSession,
    add_derivation_key,
    add_key,
    find_derivation_key,
    find_fingerprint,
    list_keys,
    seal,
)
from powerautomation.governance.encryption.rules import DATA_KEY_BYTES, KEY_ID_BYTES
from powerautomation.infrastructure.database import Database
from powerautomation.infrastructure.settings import KEY_FILE_NAME, Settings
from powerautomation.kernel.errors import StartRefused

# Key of ``AsyncSession.info``.
_BOX = "secret box"
_log = structlog.get_logger("encryption")


def open_master_key(settings: Settings) -> MasterKey:
    """Return the master key that the settings name, the hardware module or the data folder holds; never creates one.

    Raises StartRefused when there is no key, or one that is too short or unreadable.
    """
    if settings.pkcs11.module:
        return open_hardware_key(settings.pkcs11)
    key = find_key(settings)
    if key is None:
        raise StartRefused(
            f"There is no secret key: secret_key is not set and {settings.data_dir / KEY_FILE_NAME} does not exist.",
            action="Run `powerautomation serve` or `powerautomation migrate` once to create it, or set "
            "POWERAUTOMATION_SECRET_KEY.",
            code="encryption.key_missing",
        )
    return LocalMasterKey(key)


async def unlock_installation(
    settings: Settings,
    db: Database,
    *,
    note_kit: Callable[[], Awaitable[None]] | None = None,
    on_kit: Callable[[Path], None] = lambda _path: None,
) -> SecretBox:
    """Return the installation's box: at the first start a key file is created, the database sealed with it, and the
    recovery kit written beside it, of which ``on_kit`` is told.

    note_kit: writes down that the kit is made, before it is; when that fails there is none, nor without it.

    A database that is sealed already is never given another key: a missing or different one raises StartRefused with
    what to do. Safe when several processes start at once.
    """
    async with db.read() as session:
        held = await find_fingerprint(session)
    created = not settings.pkcs11.module and _prepare_key_file(settings, held)
    master_key = open_master_key(settings)
    if settings.pkcs11.module and held not in (None, master_key.fingerprint):
        raise _unmoved(settings)
    try:
        await _seal(db, master_key)
        await verify_fingerprint(db, master_key)
    except StartRefused:
        # Another replica with its own data folder was first; a leftover file would only mislead.
        if created:
            (settings.data_dir / KEY_FILE_NAME).unlink(missing_ok=True)
        raise
    async with db.read() as session:
        derivation, keys = await find_derivation_key(session), await list_keys(session)
    if derivation is None:
        raise SecretUnreadable(
            "The database is sealed, but its data keys are missing.", action="Restore the newest backup."
        )
    box = SecretBox(
        master_key,
        master_key.unwrap(derivation.wrapped, derivation.id),
        {one.id: master_key.unwrap(one.wrapped, one.id) for one in keys},
        _active_of(keys),
    )
    give_box(db, box)
    if created and note_kit is not None:
        await note_kit()
        with contextlib.suppress(OSError):
            on_kit(write_recovery_kit(settings))
    return box


def _prepare_key_file(settings: Settings, held: str | None) -> bool:
    """Make the key file of a database that is not sealed yet, when no key is given; say whether it was made.

    Raises StartRefused when the database is sealed and its key is not here.
    """
    path = settings.data_dir / KEY_FILE_NAME
    if find_key(settings) is None:
        if held is None:
            return create_key_file(path)
        raise StartRefused(
            f"The database is sealed with a secret key, but secret_key is not set and {path} does not exist.",
            action=f"Put the original key file back at {path}, or set POWERAUTOMATION_SECRET_KEY to the original key. "
            "The recovery kit has it. A new key is not made, because stored secrets could then never be read again.",
            code="encryption.key_missing",
        )
    if held is not None and not has_given_key(settings):
        finish_replacement(settings, held)
    return False


def _unmoved(settings: Settings) -> StartRefused:
    return StartRefused(
        f"The database is not sealed with the key “{settings.pkcs11.key}” of the hardware security module.",
        action="To move an installation onto the module run `powerautomation encryption rotate-master-key` once, with "
        "these settings. Else correct pkcs11.key, or take pkcs11 out of the settings.",
        code="encryption.wrong_key",
    )


def give_box(db: Database, box: SecretBox) -> None:
    """Let whoever works in a session of this database seal and open with the box."""
    db.tell_sessions(_BOX, box)


def find_box(session: AsyncSession) -> SecretBox | None:
    """Return the box of a session's database; None while nothing is unlocked."""
    found = session.info.get(_BOX)
    return found if isinstance(found, SecretBox) else None


async def verify_fingerprint(db: Database, master_key: MasterKey) -> None:
    """Raise StartRefused when the database is sealed with another master key."""
    async with db.read() as session:
        held = await find_fingerprint(session)
    if held is not None and not hmac.compare_digest(held, master_key.fingerprint):
        raise StartRefused(
            "The secret key is not the one this database was sealed with, so stored secrets cannot be read.",
            action=f"Set POWERAUTOMATION_SECRET_KEY to the key of the newest recovery kit, or put the original "
            f"{KEY_FILE_NAME} back into the data folder. Nothing was changed. "
            f"(key {master_key.fingerprint[:8]}, database {held[:8]})",
            code="encryption.wrong_key",
        )


async def refresh_box(session: AsyncSession, settings: Settings, box: SecretBox) -> None:
    """Give a running server's box the data keys it does not know yet, and the one that writes.

    A key that cannot be unwrapped, as the master key was replaced in the environment of other processes only, is left
    out and logged: what is known goes on working.
    """
    keys = await list_keys(session)
    unknown = [one for one in keys if one.id not in box.data_keys]
    if unknown and box.master_key.fingerprint != await find_fingerprint(session):
        with contextlib.suppress(StartRefused):
            box.master_key = open_master_key(settings)
    added: dict[str, bytes] = {}
    for one in unknown:
        try:
            added[one.id] = box.master_key.unwrap(one.wrapped, one.id)
        except SecretUnreadable as problem:
            _log.error("encryption.data_key_unknown", data_key=one.id, reason=problem.message)
    active = _active_of(keys)
    if added or (active != box.active and active in box.data_keys):
        box.use(added, active if active in added or active in box.data_keys else box.active)


async def _seal(db: Database, master_key: MasterKey) -> None:
    """Seal a database that is not sealed, with the first keys, all in one transaction."""
    async with db.read() as session:
        if await find_fingerprint(session) is not None:
            return
    async with db.unit_of_work() as session:
        if await seal(session, master_key.fingerprint):
            derivation_id, data_id = new_key_id(), new_key_id()
            await add_derivation_key(
                session, derivation_id, master_key.wrap(secrets.token_bytes(DATA_KEY_BYTES), derivation_id)
            )
            wrapped = master_key.wrap(secrets.token_bytes(DATA_KEY_BYTES), data_id)
            await add_key(session, data_id, wrapped, active=True)


def new_key_id() -> str:
    """Return an id for a new data key."""
    return secrets.token_hex(KEY_ID_BYTES)


def _active_of(keys: Sequence[DataKey]) -> str:
    return next(one.id for one in keys if one.state == "active")
