"""Stores imported providers in the database, as the console would."""

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from powerautomation.gateway.imports import Imported, ImportedProvider
from powerautomation.gateway.metering import Price
from powerautomation.gateway.providers.repository import AsyncSession
from powerautomation.gateway.providers.service import NewDeployment, add_provider, resolve_endpoint
from powerautomation.governance.encryption import SecretBox
from powerautomation.kernel.errors import Problem
from powerautomation.kernel.principal import Principal

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


async def store(
    session: AsyncSession,
    box: SecretBox,
    principal: Principal,
    imported: Imported,
    allowed_hosts: frozenset[str],
    taken_names: frozenset[str],
    environ: Mapping[str, str],
) -> list[str]:
    """Store providers and models in the database, as the console would, and return the names stored. What cannot be
    stored is noted; routes stand in the file only."""
    stored = []
    for provider in imported.providers.values():
        offered = [
            NewDeployment(public, one.model, _price_of(one.price))
            for public, deployments in imported.models.items()
            for one in deployments
            if one.provider == provider.name
        ]
        try:
            endpoint = resolve_endpoint(
                allowed_hosts,
                preset=provider.preset or None,
                dialect=provider.dialect or None,
                base_url=_resolved(provider.base_url, environ) or None,
                api_key=_key_of(provider, environ),
                requests_per_second=_rate_of(provider),
            )
            await add_provider(session, box, principal, provider.name, endpoint, offered, taken_names)
        except Problem as problem:
            imported.note("left_out", f"provider {provider.name}", f"{problem.message} {problem.action}".strip())
            continue
        stored.append(provider.name)
        if provider.limits.keys() - {"requests_per_second"}:
            imported.note(
                "left_out", f"provider {provider.name}", "time limits of one provider stand in the file only."
            )
    for route in imported.routes:
        imported.note(
            "left_out", f"route {route.name}", "routes stand in the configuration file; use --write for them."
        )
    for name in imported.gateway:
        imported.note("left_out", f"gateway.{name}", "stands in the configuration file; use --write for it.")
    return stored


def _key_of(provider: ImportedProvider, environ: Mapping[str, str]) -> str:
    return provider.secret or environ.get(provider.key_variable, "")


def _resolved(text: str, environ: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda found: environ.get(found.group(1), ""), text)


def _rate_of(provider: ImportedProvider) -> int | None:
    rate = provider.limits.get("requests_per_second")
    return max(1, round(rate)) if rate else None


def _price_of(price: Mapping[str, str]) -> Price | None:
    """Return prices per million US dollars as the ledger's, or None when none was stated."""
    if not price:
        return None
    return msgspec.structs.replace(
        Price(currency="USD", source="import"), **{name: Decimal(text) for name, text in price.items()}
    )
