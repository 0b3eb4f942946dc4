"""What a person can do with providers: list, test, add, change, delete and bring back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from powerautomation.gateway.metering import Price
from powerautomation.gateway.providers import repository
from powerautomation.gateway.providers.catalog import complete_endpoint, new_deployment, provider_at, timeouts_of
from powerautomation.gateway.providers.entities import Deployment, Endpoint, Provider
from powerautomation.gateway.providers.errors import HostNotAllowed, ProviderNameTaken, ProviderNotFound
from powerautomation.gateway.providers.presets import find_preset, host_of
from powerautomation.gateway.providers.repository import AsyncSession
from powerautomation.gateway.providers.tables import SEALED_API_KEY, ProviderDeploymentRow, ProviderRow
from powerautomation.governance import audit
from powerautomation.governance.encryption import SecretBox, SecretUnreadable
from powerautomation.infrastructure.events import record_event
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.clock import now
from powerautomation.kernel.errors import InvalidInput
from powerautomation.kernel.ids import new_id
from powerautomation.kernel.principal import Principal

CUSTOM = "custom"
UNDO_TIME = timedelta(days=30)
MOST_DELETED_LISTED = 200
MOST_PURGED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewDeployment:
    """A model to offer under a public name, with a price when the person stated one."""

    public_model: str
    model: str
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class StoredProvider:
    """A provider the console added. ``provider.api_key`` is secret."""

    provider: Provider
    deployments: tuple[Deployment, ...]
    key_hint: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeletedProvider:
    """A deleted provider that can be brought back until a moment; ``models`` are the public names it offered."""

    id: str
    name: str
    preset: str
    dialect: str
    base_url: str
    key_hint: str
    models: tuple[str, ...]
    deleted_at: datetime
    restorable_until: datetime


def resolve_endpoint(
    allowed: frozenset[str],
    *,
    preset: str | None,
    dialect: str | None,
    base_url: str | None,
    api_key: str,
    requests_per_second: int | None = None,
) -> Endpoint:
    """Return the endpoint a person described.

    Raises InvalidInput for what is missing and HostNotAllowed for a host that is not on the outgoing allow-list: nobody
    may make the server call whatever they like.
    """
    known = find_preset(preset) if preset else None
    if preset and known is None:
        raise InvalidInput(f"There is no provider preset “{preset}”.", fields={"preset": "unknown preset"})
    endpoint = complete_endpoint(
        known,
        dialect=dialect,
        base_url=base_url,
        api_key=_checked_key(known.id if known else CUSTOM, api_key),
        requests_per_second=requests_per_second,
    )
    if not endpoint.dialect:
        raise InvalidInput("Say which dialect the provider speaks.", fields={"dialect": "required without a preset"})
    host = host_of(endpoint.base_url)
    if not host:
        raise InvalidInput("The base URL must be a full http or https address.", fields={"base_url": "not a URL"})
    if host not in allowed:
        raise HostNotAllowed(
            f"The gateway may not call {host}.",
            action=f"An administrator adds “{host}” to gateway.allowed_hosts in the configuration and starts again.",
            fields={"base_url": "not on the outgoing allow-list"},
        )
    return endpoint if known else replace(endpoint, preset=CUSTOM)


def _checked_key(preset: str, api_key: str) -> str:
    """Return the key without the blanks a paste may add. Raises InvalidInput for what no header can carry."""
    key = api_key.strip()
    if not key and not _is_keyless(preset):
        raise InvalidInput("The provider's API key is missing.", fields={"api_key": "required"})
    if any(ord(sign) < 33 or ord(sign) > 126 for sign in key):
        raise InvalidInput(
            "The API key has characters no key has.", fields={"api_key": "letters, digits and signs only"}
        )
    return key


def _is_keyless(preset: str) -> bool:
    known = find_preset(preset)
    return known is not None and known.keyless


async def list_stored(
    session: AsyncSession, box: SecretBox, settings: Settings, organization_id: str | None = None
) -> list[StoredProvider]:
    """Return the providers the console added: of one organization, or of all for the data plane's snapshot. Raises
    SecretUnreadable when a key cannot be decrypted."""
    if organization_id is None:
        rows = await repository.list_all_rows(session)
    else:
        rows = await repository.list_rows(session, organization_id)
    return [_stored(box, settings, row, deployments) for row, deployments in rows]


def _stored(
    box: SecretBox, settings: Settings, row: ProviderRow, deployments: Sequence[ProviderDeploymentRow]
) -> StoredProvider:
    key = box.decrypt(row.api_key_ciphertext, SEALED_API_KEY.place(row.organization_id, row.id)).decode()
    provider = provider_at(
        Endpoint(row.preset, row.dialect, row.base_url, key, row.requests_per_second),
        id=row.id,
        name=row.name,
        timeouts=timeouts_of(settings),
        source="console",
        organization_id=row.organization_id,
    )
    return StoredProvider(
        provider=provider,
        deployments=tuple(
            new_deployment(
                provider,
                deployment.public_model,
                deployment.model,
                deployment.family,
                msgspec.convert(deployment.price, Price, strict=False) if deployment.price else None,
            )
            for deployment in deployments
        ),
        key_hint=row.key_hint,
        created_at=row.created_at,
    )


async def get_stored(
    session: AsyncSession, box: SecretBox, settings: Settings, organization_id: str, provider_id: str
) -> StoredProvider:
    """Return one provider of the organization. Raises ProviderNotFound."""
    found = await repository.find_row(session, organization_id, provider_id)
    if found is None:
        raise ProviderNotFound("There is no such provider.")
    return _stored(box, settings, *found)


async def add_provider(
    session: AsyncSession,
    box: SecretBox,
    principal: Principal,
    name: str,
    endpoint: Endpoint,
    deployments: Sequence[NewDeployment],
    taken_names: frozenset[str] = frozenset(),
) -> str:
    """Store a provider with its encrypted key and announce it; return its id. Raises ProviderNameTaken."""
    organization_id = principal.organization_id
    if name in taken_names or await repository.is_name_taken(session, organization_id, name):
        raise ProviderNameTaken(f"There is already a provider “{name}”.", fields={"name": "choose another name"})
    provider_id = new_id("prv")
    at = now()
    session.add(
        ProviderRow(
            id=provider_id,
            organization_id=organization_id,
            name=name,
            preset=endpoint.preset,
            dialect=endpoint.dialect,
            base_url=endpoint.base_url,
            api_key_ciphertext=box.encrypt(
                endpoint.api_key.encode(), SEALED_API_KEY.place(organization_id, provider_id)
            ),
            key_hint=_hint(endpoint.api_key),
            requests_per_second=None if endpoint.requests_per_second is None else round(endpoint.requests_per_second),
            created_by=principal.id,
            created_at=at,
            updated_at=at,
            deleted_at=None,
        )
    )
    await session.flush()
    await repository.replace_deployments(session, organization_id, provider_id, _rows(deployments), at)
    record_event(session, organization_id, "providers.created", {"provider_id": provider_id})
    state = {
        "name": name,
        "preset": endpoint.preset,
        "dialect": endpoint.dialect,
        "base_url": endpoint.base_url,
        "requests_per_second": endpoint.requests_per_second,
        "api_key": audit.sealed_secret(box, endpoint.api_key),
        "models": _offered(deployments),
    }
    audit.record(session, principal, "providers.create", audit.Target("provider", provider_id, name), after=state)
    return provider_id


def _hint(api_key: str) -> str:
    # Of a short key even four characters would tell too much; that there is one is told.
    return api_key[-4:] if len(api_key) >= 12 else "•" * min(4, len(api_key))


def _rows(deployments: Sequence[NewDeployment]) -> list[dict[str, object]]:
    return [
        {
            "id": new_id("dep"),
            "public_model": deployment.public_model,
            "model": deployment.model,
            "family": None,
            "price": msgspec.to_builtins(deployment.price) if deployment.price else None,
        }
        for deployment in deployments
    ]


async def update_provider(
    session: AsyncSession,
    box: SecretBox,
    principal: Principal,
    provider_id: str,
    *,
    api_key: str | None,
    requests_per_second: int | None,
    deployments: Sequence[NewDeployment] | None,
) -> None:
    """Change what is given of a provider and announce it. Raises ProviderNotFound, and InvalidInput for a key no
    provider can have."""
    found = await repository.find_row(session, principal.organization_id, provider_id)
    if found is None:
        raise ProviderNotFound("There is no such provider.")
    row, offered = found
    before: dict[str, object] = {"requests_per_second": row.requests_per_second}
    after: dict[str, object] = {}
    if api_key is not None:
        api_key = _checked_key(row.preset, api_key)
        before["api_key"], after["api_key"] = _sealed_key(box, row), audit.sealed_secret(box, api_key)
        row.api_key_ciphertext = box.encrypt(api_key.encode(), SEALED_API_KEY.place(row.organization_id, row.id))
        row.key_hint = _hint(api_key)
    if requests_per_second is not None:
        row.requests_per_second = requests_per_second
    row.updated_at = now()
    after["requests_per_second"] = row.requests_per_second
    if deployments is not None:
        before["models"], after["models"] = _offered(offered), _offered(deployments)
        await repository.replace_deployments(
            session, principal.organization_id, provider_id, _rows(deployments), row.updated_at
        )
    record_event(session, principal.organization_id, "providers.updated", {"provider_id": provider_id})
    audit.record(session, principal, "providers.update", _target_of(row), before=before, after=after)


def _sealed_key(box: SecretBox, row: ProviderRow) -> str:
    try:
        known = box.decrypt(row.api_key_ciphertext, SEALED_API_KEY.place(row.organization_id, row.id))
    except SecretUnreadable:
        # A new key is how this is mended.
        return "unreadable"
    return audit.sealed_secret(box, known.decode())


def record_test(session: AsyncSession, principal: Principal, provider_id: str, name: str, base_url: str) -> None:
    """Write down that somebody has a key tried at a provider: nothing changes here, but the key is used."""
    audit.record(
        session,
        principal,
        "providers.test",
        audit.Target("provider", provider_id, name),
        reason=f"A key was tried at {host_of(base_url)}.",
    )


def _target_of(row: ProviderRow) -> audit.Target:
    return audit.Target("provider", row.id, row.name)


def _offered(deployments: Sequence[NewDeployment] | Sequence[ProviderDeploymentRow]) -> list[str]:
    return [f"{one.public_model} = {one.model}" for one in deployments]


async def list_deleted(session: AsyncSession, organization_id: str) -> list[DeletedProvider]:
    """Return the organization's deleted providers that can still be brought back, the latest first, at most 200."""
    rows = await repository.list_deleted_rows(session, organization_id, now() - UNDO_TIME, MOST_DELETED_LISTED)
    return [
        DeletedProvider(
            id=row.id,
            name=row.name,
            preset=row.preset,
            dialect=row.dialect,
            base_url=row.base_url,
            key_hint=row.key_hint,
            models=tuple(deployment.public_model for deployment in deployments),
            deleted_at=row.deleted_at,
            restorable_until=row.deleted_at + UNDO_TIME,
        )
        for row, deployments in rows
        if row.deleted_at is not None
    ]


async def purge_deleted(session: AsyncSession) -> int:
    """Forget providers of every organization, and their keys, that were deleted 30 days ago or before: at most 500 at
    once. Return how many."""
    return await repository.purge_deleted_rows(session, now() - UNDO_TIME, MOST_PURGED_AT_ONCE)


async def delete_provider(session: AsyncSession, principal: Principal, provider_id: str) -> None:
    """Take a provider out of use; it can be brought back for 30 days. Raises ProviderNotFound."""
    found = await repository.find_row(session, principal.organization_id, provider_id)
    if found is None:
        raise ProviderNotFound("There is no such provider.")
    found[0].deleted_at = now()
    audit.record(session, principal, "providers.delete", _target_of(found[0]), before={"models": _offered(found[1])})
    record_event(session, principal.organization_id, "providers.deleted", {"provider_id": provider_id})


async def restore_provider(
    session: AsyncSession, principal: Principal, provider_id: str, taken_names: frozenset[str] = frozenset()
) -> None:
    """Bring a provider back that was deleted in the last 30 days. Raises ProviderNotFound, or ProviderNameTaken when
    its name was used again."""
    found = await repository.find_row(session, principal.organization_id, provider_id, deleted=True)
    if found is None or found[0].deleted_at is None or found[0].deleted_at <= now() - UNDO_TIME:
        raise ProviderNotFound("There is no deleted provider of that id that could be brought back.")
    row, offered = found
    if row.name in taken_names or await repository.is_name_taken(session, principal.organization_id, row.name):
        raise ProviderNameTaken(f"There is already a provider “{row.name}”.", action="Delete or rename that one first.")
    row.deleted_at = None
    row.updated_at = now()
    audit.record(session, principal, "providers.restore", _target_of(row), after={"models": _offered(offered)})
    record_event(session, principal.organization_id, "providers.created", {"provider_id": provider_id})
