"""Checks of the world outside: providers, the clock others have, and our own public address."""

import asyncio
from urllib.parse import urlsplit

from powerautomation.gateway.providers import Provider, find_preset, host_of
from powerautomation.operations.health.entities import Check
from powerautomation.operations.health.findings import found
from powerautomation.operations.health.installation import Installation
from powerautomation.operations.health.probes import reach, read_text, stream_arrivals, websocket_status
from powerautomation.operations.health.repository import find_database_time
from powerautomation.operations.health.rules import (
    CLOCK_WARNING_SECONDS,
    is_held_back,
    is_loopback,
    worst_clock_lead,
)

STREAM_PATH = "/api/v1/doctor/stream"
_MOST_HOSTS = 20
_REFUSED_WITHOUT_SESSION = 403


async def check_provider_keys(installation: Installation) -> Check:
    """Say whether every provider has a key."""
    title = "Provider keys"
    providers = {provider.id: provider for provider in installation.providers if provider.base_url}
    if not providers:
        return found("provider_keys", title, "warning", "provider_keys_none")
    missing = [
        provider
        for provider in providers.values()
        if provider.missing_key
        or (not provider.api_key and not is_loopback(urlsplit(provider.base_url).hostname or ""))
    ]
    if not missing:
        names = ", ".join(sorted(provider.name for provider in providers.values()))
        return found("provider_keys", title, "ok", "provider_keys_ok", names=names)
    names = ", ".join(provider.name for provider in missing)
    settings = ", ".join(_key_setting(provider) for provider in missing)
    return found("provider_keys", title, "failed", "provider_keys_missing", names=names, settings=settings)


def _key_setting(provider: Provider) -> str:
    preset = find_preset(provider.preset or provider.name)
    return provider.missing_key or (preset.key_env if preset else "") or f"providers.{provider.name}.api_key"


async def check_reach(installation: Installation) -> list[Check]:
    """Say which providers can be reached from here, and whether our clock agrees with theirs."""
    addresses = {
        host_of(provider.base_url): provider for provider in installation.providers if host_of(provider.base_url)
    }
    chosen = dict(list(addresses.items())[:_MOST_HOSTS])
    answers = await asyncio.gather(*(reach(provider.base_url) for provider in chosen.values()))
    checks = []
    for (host, provider), reached in zip(chosen.items(), answers, strict=True):
        check_id, title = f"reach_{provider.name}", f"Reach {provider.name}"
        told = {"provider": provider.name, "host": host}
        if reached.failure:
            checks.append(found(check_id, title, "failed", "reach_failed", **told, reason=reached.failure))
        else:
            checks.append(found(check_id, title, "ok", "reach_ok", **told, status=reached.status))
    leads = [reached.clock_lead_seconds for reached in answers if reached.clock_lead_seconds is not None]
    return [*checks, await _check_clock(installation, leads)]


async def check_public_address(installation: Installation) -> list[Check]:
    """Go through ``server.public_url`` as a client does: does it lead here, and pass streams and WebSockets on?"""
    address = installation.settings.server.public_url
    if not address:
        return []
    title = "Public address"
    if '"live"' not in await read_text(f"{address}/healthz"):
        return [found("public_url", title, "failed", "public_url_elsewhere", address=address)]
    checks = [found("public_url", title, "ok", "public_url_ok", address=address)]
    title = "Streams through the proxy"
    if is_held_back(await stream_arrivals(f"{address}{STREAM_PATH}")):
        checks.append(found("public_stream", title, "failed", "public_stream_held"))
    else:
        checks.append(found("public_stream", title, "ok", "public_stream_ok"))
    title = "WebSockets through the proxy"
    status = await websocket_status(f"{address.replace('http', 'ws', 1)}/realtime")
    if status in (101, _REFUSED_WITHOUT_SESSION):
        checks.append(found("public_websocket", title, "ok", "public_websocket_ok"))
    else:
        answer = f"HTTP {status}" if status else "no answer"
        checks.append(found("public_websocket", title, "failed", "public_websocket_dropped", answer=answer))
    return checks


async def _check_clock(installation: Installation, leads: list[float]) -> Check:
    if installation.database is not None:
        async with installation.database.read() as session:
            theirs = await find_database_time(session)
        if theirs is not None:
            from powerautomation.kernel.clock import now

            leads = [*leads, (theirs - now()).total_seconds()]
    if not leads:
        return found("clock", "Clock", "ok", "clock_alone")
    lead = worst_clock_lead(leads)
    seconds = f"{abs(lead):.0f}"
    if abs(lead) < CLOCK_WARNING_SECONDS:
        return found("clock", "Clock", "ok", "clock_ok", seconds=seconds)
    return found("clock", "Clock", "warning", "clock_behind" if lead > 0 else "clock_ahead", seconds=seconds)
