"""What can be done with flags."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from powerautomation.governance import audit
from powerautomation.governance.flags import repository, rules
from powerautomation.governance.flags.built_in import BUILT_IN
from powerautomation.governance.flags.entities import ENVIRONMENTS, Environment, Flag, Targeting
from powerautomation.governance.flags.errors import (
    FlagBuiltIn,
    FlagChanged,
    FlagInvalid,
    FlagKeyTaken,
    FlagNotFound,
    FlagNotShareable,
    TooManyFlags,
)
from powerautomation.governance.flags.repository import AsyncSession
from powerautomation.governance.flags.tables import FlagRow
from powerautomation.infrastructure.events import record_event
from powerautomation.kernel.clock import now
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

# (session, organization id, id) -> whether this is a person of the organization.
IsPerson = Callable[[AsyncSession, str, str], Awaitable[bool]]
_FIELDS = ("description", "variants", "off_variant", "salt", "owner_id", "expires_on", "shared", "environments")
_NEWS = "flags.changed"


async def load_flags(session: AsyncSession) -> list[Flag]:
    """Return every organization's flags: for the snapshot."""
    return [_flag_of(row) for row in await repository.list_all(session)]


async def list_flags(session: AsyncSession, organization_id: str) -> list[Flag]:
    """Return an organization's flags by key."""
    return [_flag_of(row) for row in await repository.list_rows(session, organization_id)]


async def get_flag(session: AsyncSession, organization_id: str, key: str) -> Flag:
    """Return one flag; raises FlagNotFound."""
    return _flag_of(await _row(session, organization_id, key))


async def ensure_built_in(session: AsyncSession, organization_id: str, owner_id: str) -> None:
    """Make the flags the product itself asks that are not there yet, for every organization."""
    for key, one in BUILT_IN.items():
        targeting = Targeting(True, "on" if one.default else "off")
        flag = Flag(
            organization_id=organization_id,
            key=key,
            description=one.description,
            kind="boolean",
            variants={"on": True, "off": False},
            off_variant="off",
            salt=key,
            owner_id=owner_id,
            expires_on=None,
            shared=True,
            built_in=True,
            environments=dict.fromkeys(ENVIRONMENTS, targeting),
        )
        await repository.insert_if_absent(session, _values_of(flag, is_new=True))


async def create_flag(
    session: AsyncSession, principal: Principal, state: Mapping[str, Any], *, may_share: bool, is_person: IsPerson
) -> Flag:
    """Make a flag from its state (as ``rules.state_of`` has it). Raises FlagInvalid, FlagKeyTaken, TooManyFlags,
    FlagNotShareable."""
    if await repository.count_rows(session, principal.organization_id) >= rules.MOST_FLAGS:
        raise TooManyFlags(f"There are {rules.MOST_FLAGS} flags already.", action="Delete flags that have expired.")
    flag = _flag_from(principal.organization_id, {**state, "salt": state.get("salt") or new_id("salt")})
    rules.check(flag)
    if flag.key in BUILT_IN:
        raise _key_taken()
    await _check_people_and_reach(session, flag, None, may_share, is_person)
    if not await repository.insert_if_absent(session, _values_of(flag, is_new=True)):
        raise _key_taken()
    _note(session, principal, "flags.create", flag, after=rules.state_of(flag))
    return flag


async def change_flag(
    session: AsyncSession,
    principal: Principal,
    key: str,
    change: Mapping[str, Any],
    *,
    may_share: bool,
    is_person: IsPerson,
    revision: int | None = None,
) -> Flag:
    """Change fields of a flag; environments left out of ``environments`` stay. ``revision`` is the one the change was
    made on. Raises FlagNotFound, FlagInvalid, FlagBuiltIn, FlagChanged, FlagNotShareable."""
    known = _flag_of(await _row(session, principal.organization_id, key, hold=True))
    if revision is not None and revision != known.revision:
        raise FlagChanged("Somebody else has changed the flag meanwhile.", action="Look at it again, then change it.")
    fields = {name: change[name] for name in _FIELDS if name in change}
    environments = {**rules.state_of(known)["environments"], **(fields.pop("environments", None) or {})}
    flag = _flag_from(known.organization_id, {**rules.state_of(known), **fields, "environments": environments})
    flag = replace(flag, built_in=known.built_in, revision=known.revision + 1)
    rules.check(flag)
    if known.built_in and (flag.variants, flag.shared, flag.off_variant) != (known.variants, True, known.off_variant):
        raise FlagBuiltIn("The product itself asks for this flag: its variants stay as they are.")
    await _check_people_and_reach(session, flag, known, may_share, is_person)
    before, after = rules.state_of(known), rules.state_of(flag)
    if before == after:
        return known
    await repository.update_row(session, known.organization_id, key, _values_of(flag))
    _note(session, principal, "flags.update", flag, before=before, after=after)
    return flag


async def switch_flag(
    session: AsyncSession, principal: Principal, key: str, environment: Environment, is_on: bool
) -> Flag:
    """Switch a flag off in an environment, so that everybody gets its off variant, or on again. Raises FlagNotFound."""
    known = _flag_of(await _row(session, principal.organization_id, key, hold=True))
    targeting = known.environments[environment]
    if targeting.is_on == is_on:
        return known
    environments = {**known.environments, environment: replace(targeting, is_on=is_on)}
    flag = replace(known, environments=environments, revision=known.revision + 1)
    await repository.update_row(session, known.organization_id, key, _values_of(flag))
    place = f"environments.{environment}.is_on"
    states = {"before": {place: not is_on}, "after": {place: is_on}}
    if is_on:
        _note(session, principal, "flags.switch_on", flag, **states)
    else:
        _note(session, principal, "flags.switch_off", flag, **states)
    return flag


async def delete_flag(session: AsyncSession, principal: Principal, key: str) -> None:
    """Take a flag away: whoever evaluates it gets the own default. Raises FlagNotFound, FlagBuiltIn."""
    known = _flag_of(await _row(session, principal.organization_id, key, hold=True))
    if known.built_in:
        raise FlagBuiltIn("The product itself asks for this flag, so it stays.", action="Switch it on or off instead.")
    await repository.delete_row(session, principal.organization_id, key)
    _note(session, principal, "flags.delete", known, before=rules.state_of(known))


async def _row(session: AsyncSession, organization_id: str, key: str, *, hold: bool = False) -> FlagRow:
    row = await repository.find_row(session, organization_id, key, hold=hold)
    if row is None:
        raise FlagNotFound("There is no such flag.", action="Look at the list of flags again.")
    return row


async def _check_people_and_reach(
    session: AsyncSession, flag: Flag, known: Flag | None, may_share: bool, is_person: IsPerson
) -> None:
    if (known is None or flag.owner_id != known.owner_id) and not await is_person(
        session, flag.organization_id, flag.owner_id
    ):
        raise FlagInvalid(
            "The owner is no person of this organization.",
            action="Choose somebody who will take the flag away when its time is over.",
            fields={"owner_id": "No person of this organization."},
        )
    if flag.shared and not may_share:
        raise FlagNotShareable(
            "Only system administrators of the organization that runs this installation serve flags to every one.",
            action="Leave “for every organization” out.",
        )


def _key_taken() -> FlagKeyTaken:
    return FlagKeyTaken(
        "Another flag has this key.", action="Choose another key.", fields={"key": "Another flag has it."}
    )


def _note(session: AsyncSession, principal: Principal, action: str, flag: Flag, **states: Any) -> None:
    record_event(session, flag.organization_id, _NEWS, {"key": flag.key})
    audit.record(session, principal, action, audit.Target("flag", flag.key, flag.key), **states)


def _flag_from(organization_id: str, state: Mapping[str, Any]) -> Flag:
    given = state["environments"]
    expires = state.get("expires_on")
    first = next(iter(state["variants"]), "")
    plain: dict[str, Any] = {"is_on": True, "variant": first, "rules": []}
    return Flag(
        organization_id=organization_id,
        key=state["key"],
        description=state.get("description") or "",
        kind=state["kind"],
        variants=dict(state["variants"]),
        off_variant=state["off_variant"],
        salt=state["salt"],
        owner_id=state["owner_id"],
        expires_on=date.fromisoformat(expires) if isinstance(expires, str) else expires,
        shared=bool(state.get("shared")),
        built_in=False,
        environments={one: rules.targeting_from(given.get(one) or plain) for one in ENVIRONMENTS},
    )


def _flag_of(row: FlagRow) -> Flag:
    state = {name: getattr(row, name) for name in ("key", "kind", *_FIELDS)}
    flag = _flag_from(row.organization_id, state)
    return replace(flag, built_in=row.built_in, revision=row.revision, updated_at=row.updated_at)


def _values_of(flag: Flag, *, is_new: bool = False) -> dict[str, Any]:
    moment = now()
    state = {**rules.state_of(flag), "expires_on": flag.expires_on, "updated_at": moment, "revision": flag.revision}
    if is_new:
        state |= {"organization_id": flag.organization_id, "created_at": moment, "built_in": flag.built_in}
    return state
