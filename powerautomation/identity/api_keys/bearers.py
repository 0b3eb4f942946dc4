"""Programs that ask the control API with a key: whose it is and what it was given."""

from datetime import datetime, timedelta

import structlog

from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import KeyGrant, SignedInUser, units_of
from powerautomation.identity.api_keys import repository, rules
from powerautomation.identity.api_keys.service import gateway_hmac_secret
from powerautomation.identity.organizations import is_open
from powerautomation.identity.policies import load_policies
from powerautomation.identity.roles import load_role
from powerautomation.identity.users import UserNotFound, get_user
from powerautomation.infrastructure.database import Database
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal

# How exact the moment of the last use is.
NOTED_EVERY = timedelta(seconds=60)
_NO_END = timedelta(days=1)
_log = structlog.get_logger("api_keys")


async def check_key(database: Database, box: SecretBox, token: str) -> SignedInUser | None:
    """Return who asks with a key, or None when it does not work or whom it belongs to may not sign in any more.

    What it may do is what it was given and its owner still has. Its use is noted, at most once a minute.
    """
    moment = now()
    async with database.read() as session:
        found = await repository.find_live_row(session, rules.hmac_of(gateway_hmac_secret(box), token), moment)
        if found is None or found[0].created_by_kind != "user":
            return None
        row, is_previous = found
        try:
            owner = await get_user(session, row.organization_id, row.created_by)
        except UserNotFound:
            return None
        role = await load_role(session, owner.organization_id, owner.role)
        policies, time_zone = await load_policies(session, owner.organization_id)
        here = await is_open(session, owner.organization_id)
        units = await units_of(session, owner.organization_id, owner.id, policies)
    if owner.is_disabled or not here:
        return None
    await _note_use(database, row.id, row.previous_last_used_at if is_previous else row.last_used_at, is_previous)
    return SignedInUser(
        principal=Principal("api_key", row.id, row.organization_id, row.name, owner.id),
        session_id="",
        csrf="",
        role=role,
        expires_at=row.expires_at or moment + _NO_END,
        # A key proves nothing about a person; what needs that refuses it.
        confirmed_at=row.created_at,
        key=KeyGrant(row.name, rules.permissions_in(row.scopes), owner.id, owner.owner_id or owner.id),
        policies=policies,
        time_zone=time_zone,
        is_service_account=owner.kind != "person",
        units=units,
    )


async def _note_use(database: Database, key_id: str, known: datetime | None, is_previous: bool) -> None:
    moment = now()
    if known is not None and moment - known < NOTED_EVERY:
        return
    write = repository.write_previous_used if is_previous else repository.write_last_used
    try:
        async with database.unit_of_work() as session:
            await write(session, {key_id: moment})
    except Problem as problem:
        # A full disk must not keep a program from what it may do.
        _log.warning("api_keys.not_touched", code=problem.code)
