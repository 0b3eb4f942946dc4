"""Every kind of setting that has a history: how each is read, and put back by its own use cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from powerautomation.app.access_kinds import (
    consent_text_kind,
    email_domain_kind,
    policy_kind,
    role_kind,
    share_kind,
    sign_in_policy_kind,
    unit_kind,
)
from powerautomation.app.flags import FlagPeople
from powerautomation.app.price_kinds import balance_threshold_kind, prices_kind
from powerautomation.app.provider_kinds import provider_kind, sign_in_provider_kind
from powerautomation.approvals import risk
from powerautomation.gateway.limits import NewLimit
from powerautomation.gateway.limits import repository as limit_rows
from powerautomation.gateway.limits.service import create_limit, delete_limit, restore_limit, update_limit
from powerautomation.gateway.providers import Catalog
from powerautomation.gateway.routing import repository as route_rows
from powerautomation.gateway.routing import stored
from powerautomation.gateway.service_levels import declared_promises
from powerautomation.gateway.service_levels import repository as promise_rows
from powerautomation.gateway.service_levels import service as service_levels
from powerautomation.gateway.service_levels.entities import Promise
from powerautomation.governance import configuration, flags
from powerautomation.governance.configuration import Kind, Kinds, State
from powerautomation.governance.encryption import SecretBox
from powerautomation.identity.access import ensure_confirmed
from powerautomation.identity.organizations import OrganizationNotFound
from powerautomation.identity.organizations import service as organizations
from powerautomation.infrastructure.settings import RouteSettings, Settings

LIMIT_SHAPE = {
    **dict.fromkeys(("subject_kind", "subject_id", "measure", "window"), str),
    "amount": int,
    "burst": int | None,
    "currency": str | None,
    "warn_percents": list[int],
}
FLAG_SHAPE = {
    **dict.fromkeys(("key", "description", "kind", "off_variant", "salt", "owner_id"), str),
    "variants": dict[str, Any],
    "expires_on": date | None,
    "shared": bool,
    "environments": dict[str, dict[str, Any]],
}
LIMIT_FIELDS = tuple(LIMIT_SHAPE)


@dataclass(frozen=True, slots=True)
class Around:
    """What the use cases need: where there is no gateway, as in a command, models are not checked."""

    settings: Settings
    box: SecretBox
    adapters: Mapping[str, Any] = field(default_factory=dict)
    allowed_hosts: frozenset[str] = frozenset()
    fixed_providers: frozenset[str] = frozenset()
    catalog_of: Callable[[str], Catalog] | None = None


def make_kinds(around: Around) -> Kinds:
    """Return the kinds in the order in which one may need another."""
    found = [
        _organization(),
        role_kind(),
        email_domain_kind(),
        sign_in_provider_kind(around.box, around.adapters),
        sign_in_policy_kind(),
        unit_kind(),
        share_kind(),
        consent_text_kind(),
        provider_kind(around.box, around.allowed_hosts, around.fixed_providers),
        prices_kind(),
        balance_threshold_kind(around.settings),
        _route(around.catalog_of),
        _route_order(),
        _limit(),
        _promise(around.settings),
        policy_kind(),
        _flag(),
        _approval_policy(),
        _approval_rules(),
    ]
    return Kinds(found, around.settings.server.environment)


def _organization() -> Kind:
    async def read(session: Any, owner: str, object_id: str) -> State | None:
        if object_id != owner:
            # Whoever runs the server writes down what they do to others; their history is their own.
            return None
        try:
            found = await organizations.get_organization(session, object_id)
        except OrganizationNotFound:
            return None
        # Its name is changed by whoever runs the server, and is no setting of its own people.
        return {"time_zone": found.time_zone}

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {owner: await read(session, owner, owner) or {}}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        if state is not None:
            await organizations.change_time_zone(session, user.principal, state["time_zone"])
        return object_id or user.principal.organization_id

    return Kind(
        name="organization",
        target="organization",
        reads="organizations:read",
        writes="organizations:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: "organization",
        name_of=lambda state: str(state.get("time_zone", "")),
        shape={"time_zone": str},
    )


def _route(catalog_of: Callable[[str], Catalog] | None) -> Kind:
    async def read(session: Any, owner: str, object_id: str) -> State | None:
        row = await route_rows.find_row(session, owner, object_id)
        return None if row is None else dict(row.definition)

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: dict(row.definition) for row in await route_rows.list_rows(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        owner = user.principal.organization_id
        if state is None:
            await stored.delete_route(session, user.principal, object_id or "")
            return object_id or ""
        definition = RouteSettings.model_validate(state)
        taken: frozenset[str] = frozenset()
        if catalog_of is not None:
            catalog = catalog_of(owner)
            stored.check_route(definition, catalog)
            taken = frozenset(route.name for route in catalog.routes if not route.id)
        if object_id and await route_rows.find_row(session, owner, object_id, deleted=True) is not None:
            await stored.restore_route(session, user.principal, object_id, taken)
        if object_id and await route_rows.find_row(session, owner, object_id) is not None:
            await stored.update_route(session, user.principal, object_id, definition, taken)
            return object_id
        return await stored.add_route(session, user.principal, definition, taken)

    return Kind(
        name="route",
        target="route",
        reads="routes:read",
        writes="routes:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["name"]),
        name_of=lambda state: str(state["name"]),
    )


def _route_order() -> Kind:
    async def read(session: Any, owner: str, object_id: str) -> State | None:
        rows = await route_rows.list_rows(session, owner)
        return {"order": [f"{row.name} ({row.id})" for row in rows]} if rows else None

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        ids = [one.rpartition(" (")[2].rstrip(")") for one in (state or {"order": []})["order"]]
        await stored.order_routes(session, user.principal, ids)
        return "route_order"

    return Kind(
        name="route_order",
        target="route",
        reads="routes:read",
        writes="routes:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: None,
        name_of=lambda state: "",
        single=True,
    )


def _limit() -> Kind:
    def state_of(row: Any) -> State:
        return {name: getattr(row, name) for name in LIMIT_FIELDS}

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        row = await limit_rows.find_row(session, owner, object_id)
        return None if row is None else state_of(row)

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: state_of(row) for row in await limit_rows.list_rows(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        owner = user.principal.organization_id
        if state is None:
            await delete_limit(session, user.principal, object_id or "")
            return object_id or ""
        if object_id and await limit_rows.find_row(session, owner, object_id, deleted=True) is not None:
            await restore_limit(session, user.principal, object_id)
        if object_id and await limit_rows.find_row(session, owner, object_id) is not None:
            change = {"amount": state["amount"], "burst": state["burst"]}
            change["warn_percents"] = tuple(state["warn_percents"])
            await update_limit(session, user.principal, object_id, change)
            return object_id
        new = NewLimit(
            **{**{name: state[name] for name in LIMIT_FIELDS}, "warn_percents": tuple(state["warn_percents"])}
        )
        return await create_limit(session, user.principal, new)

    def key_of(state: State) -> str | None:
        # Keys, people and units are others elsewhere.
        if state["subject_kind"] in ("key", "person", "unit"):
            return None
        return " ".join(str(state[name]) for name in ("subject_kind", "subject_id", "measure", "window", "currency"))

    return Kind(
        name="limit",
        target="limit",
        reads="limits:read",
        writes="limits:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=key_of,
        name_of=lambda state: " ".join(
            str(state[name]) for name in ("subject_kind", "subject_id", "measure", "window") if state[name]
        ),
        shape=LIMIT_SHAPE,
    )


def _promise(settings: Settings) -> Kind:
    async def read(session: Any, owner: str, object_id: str) -> State | None:
        found = (await promise_rows.list_promises(session, owner)).get(object_id)
        return None if found is None else {"provider": object_id, **msgspec.to_builtins(found)}

    async def listed(session: Any, owner: str) -> dict[str, State]:
        found = await promise_rows.list_promises(session, owner)
        return {name: {"provider": name, **msgspec.to_builtins(one)} for name, one in found.items()}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        declared = declared_promises(settings)
        if state is None:
            await service_levels.delete_promise(session, user.principal, declared, object_id or "")
            return object_id or ""
        values = {name: value for name, value in state.items() if name != "provider"}
        promise = msgspec.convert(values, Promise, strict=False)
        await service_levels.put_promise(session, user.principal, declared, state["provider"], promise)
        return str(state["provider"])

    return Kind(
        name="promise",
        target="promise",
        reads="service_levels:read",
        writes="service_levels:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["provider"]),
        name_of=lambda state: str(state["provider"]),
    )


def _flag() -> Kind:
    people = FlagPeople()

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        try:
            return flags.state_of(await flags.get_flag(session, owner, object_id))
        except flags.FlagNotFound:
            return None

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {one.key: flags.state_of(one) for one in await flags.list_flags(session, owner)}

    async def is_person(session: Any, organization_id: str, user_id: str) -> bool:
        return await people.find(session, organization_id, user_id) is not None

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        owner = user.principal.organization_id
        if state is None:
            await flags.delete_flag(session, user.principal, object_id or "")
            return object_id or ""
        may_share = "flags:share" in user.permissions and people.runs_installation(owner)
        state = {**state, "owner_id": state.get("owner_id") or user.owner_id}
        if await people.find(session, owner, state["owner_id"]) is None:
            # Whoever it was is not here; who brings the flag answers for it.
            state["owner_id"] = user.owner_id
        options: dict[str, Any] = {"may_share": may_share, "is_person": is_person}
        if object_id and await read(session, owner, object_id) is not None:
            await flags.change_flag(session, user.principal, object_id, state, **options)
            return object_id
        return (await flags.create_flag(session, user.principal, state, **options)).key

    return Kind(
        name="flag",
        target="flag",
        reads="flags:read",
        writes="flags:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["key"]),
        name_of=lambda state: str(state["key"]),
        shape=FLAG_SHAPE,
    )


def _approval_policy() -> Kind:
    async def read(session: Any, owner: str, object_id: str) -> State | None:
        policy = await configuration.get_policy(session, owner)
        return configuration.policy_state(policy) if policy.kinds else None

    async def listed(session: Any, owner: str) -> dict[str, State]:
        state = await read(session, owner, "")
        return {} if state is None else {configuration.POLICY_KIND: state}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        await configuration.put_policy(session, user, configuration.policy_from(state))
        return configuration.POLICY_KIND

    return Kind(
        name=configuration.POLICY_KIND,
        target="approval_policy",
        reads="configuration:read",
        writes="configuration:approve",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: None,
        name_of=lambda state: "",
        single=True,
    )


def _approval_rules() -> Kind:
    async def read(session: Any, owner: str, object_id: str) -> State | None:
        rules = await risk.get_rules(session, owner)
        return risk.state_of(rules.own) if rules.revision else None

    async def listed(session: Any, owner: str) -> dict[str, State]:
        state = await read(session, owner, "")
        return {} if state is None else {"approval_rules": state}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        # As at its own door: what agents may do is changed by a person who has just proved who it is.
        ensure_confirmed(user)
        await risk.put_rules(session, user, risk.own_from(state or {}), None)
        return "approval_rules"

    return Kind(
        name="approval_rules",
        target="approval_rules",
        reads="approval_rules:read",
        writes="approval_rules:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: "approval_rules",
        name_of=lambda state: "",
        single=True,
    )
