"""The two kinds of settings that have secrets: providers of models, and providers people sign in by."""

from collections.abc import Mapping
from typing import Any

import msgspec

from powerautomation.gateway.metering import Price
from powerautomation.gateway.providers import repository as provider_rows
from powerautomation.gateway.providers import service as providers
from powerautomation.gateway.providers.tables import SEALED_API_KEY
from powerautomation.governance import audit
from powerautomation.governance.configuration import Kind, SecretNeeded, State
from powerautomation.governance.encryption import SecretBox, SecretUnreadable
from powerautomation.identity.access import ensure_confirmed
from powerautomation.identity.single_sign_on import providers as sign_in_providers
from powerautomation.identity.single_sign_on import repository as sign_in_rows
from powerautomation.identity.single_sign_on.entities import RoleRule
from powerautomation.identity.single_sign_on.tables import SEALED_SECRET


def _digest(box: SecretBox, ciphertext: bytes, place: Any) -> str:
    try:
        return audit.sealed_secret(box, box.decrypt(ciphertext, place).decode())
    except SecretUnreadable:
        return "unreadable"


def provider_kind(box: SecretBox, allowed_hosts: frozenset[str], fixed: frozenset[str]) -> Kind:
    """Return the kind of providers of models: with the prices stated for their models, and a digest for the key."""

    def state_of(row: Any, offered: Any) -> State:
        return {
            "name": row.name,
            "preset": row.preset,
            "dialect": row.dialect,
            "base_url": row.base_url,
            "requests_per_second": row.requests_per_second,
            "models": [{"public_model": one.public_model, "model": one.model, "price": one.price} for one in offered],
            "api_key": _digest(box, row.api_key_ciphertext, SEALED_API_KEY.place(row.organization_id, row.id)),
        }

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        found = await provider_rows.find_row(session, owner, object_id)
        return None if found is None else state_of(*found)

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: state_of(row, offered) for row, offered in await provider_rows.list_rows(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        owner, principal = user.principal.organization_id, user.principal
        if state is None:
            await providers.delete_provider(session, principal, object_id or "")
            return object_id or ""
        if object_id and await provider_rows.find_row(session, owner, object_id, deleted=True) is not None:
            await providers.restore_provider(session, principal, object_id, fixed)
        if not object_id or await provider_rows.find_row(session, owner, object_id) is None:
            raise SecretNeeded(
                f"The provider “{state['name']}” has to be added anew: its key is in no version and no export.",
                action="Add it with its key; then its other settings can be put back.",
            )
        await providers.update_provider(
            session,
            box,
            principal,
            object_id,
            api_key=None,
            requests_per_second=state["requests_per_second"],
            deployments=[
                providers.NewDeployment(
                    one["public_model"],
                    one["model"],
                    None if one.get("price") is None else msgspec.convert(one["price"], Price, strict=False),
                )
                for one in state["models"]
            ],
        )
        return object_id

    return Kind(
        name="provider",
        target="provider",
        reads="providers:read",
        writes="providers:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["name"]),
        name_of=lambda state: str(state["name"]),
        secrets=frozenset({"api_key"}),
    )


def sign_in_provider_kind(box: SecretBox, adapters: Mapping[str, Any]) -> Kind:
    """Return the kind of providers people sign in by."""

    def state_of(row: Any) -> State:
        return {
            "kind": row.kind,
            "name": row.name,
            "enabled": row.enabled,
            "options": dict(row.options),
            "rules": list(row.rules),
            "default_role": row.default_role,
            "email_domains": list(row.email_domains),
            "creates_people": row.creates_people,
            "links_by_email": row.links_by_email,
            "secret": _digest(box, row.secret_ciphertext, SEALED_SECRET.place(row.organization_id, row.id)),
        }

    async def read(session: Any, owner: str, object_id: str) -> State | None:
        row = await sign_in_rows.read_provider(session, owner, object_id)
        return None if row is None else state_of(row)

    async def listed(session: Any, owner: str) -> dict[str, State]:
        return {row.id: state_of(row) for row in await sign_in_rows.list_providers(session, owner)}

    async def apply(session: Any, user: Any, object_id: str | None, state: State | None) -> str:
        # As at its own door: who gets in is changed by a person who has just proved who it is.
        ensure_confirmed(user)
        if state is None:
            await sign_in_providers.remove_provider(session, box, user, object_id or "")
            return object_id or ""
        draft = sign_in_providers.checked(
            sign_in_providers.Draft(
                kind=state["kind"],
                name=state["name"],
                enabled=state["enabled"],
                options=dict(state["options"]),
                secret=None,
                rules=tuple(RoleRule(one["claim"], one["value"], one["role"]) for one in state["rules"]),
                default_role=state["default_role"],
                email_domains=tuple(state["email_domains"]),
                creates_people=state["creates_people"],
                links_by_email=state["links_by_email"],
            )
        )
        adapter = adapters.get(state["kind"])
        if adapter is None or not object_id or await read(session, user.principal.organization_id, object_id) is None:
            raise SecretNeeded(
                f"The sign-in provider “{state['name']}” has to be added anew: its secret is kept in no version.",
                action="Add it in the console with its secret.",
            )
        await sign_in_providers.change_provider(session, box, user, object_id, draft, adapter)
        return object_id

    return Kind(
        name="sign_in_provider",
        target="sign_in_provider",
        reads="single_sign_on:read",
        writes="single_sign_on:write",
        read=read,
        list=listed,
        apply=apply,
        key_of=lambda state: str(state["name"]),
        name_of=lambda state: str(state["name"]),
        secrets=frozenset({"secret"}),
    )
