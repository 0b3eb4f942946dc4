"""Checks of the world outside: providers, the clock others have, and our own public address."""

import asyncio
from urllib.parse import urlsplit

from powerautomation.gateway.providers import find_preset, host_of
from powerautomation.operations.health.entities import Check
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
        return Check(
            "provider_keys",
            title,
            "warning",
            "No provider is set up, so the built-in demo model answers.",
            "Set INFINI_API_KEY, MOONSHOT_API_KEY or ANTHROPIC_API_KEY, or add a key in the console under Providers.",
        )
    missing = [
        provider
        for provider in providers.values()
        if provider.missing_key
        or (not provider.api_key and not is_loopback(urlsplit(provider.base_url).hostname or ""))
    ]
    if not missing:
        return Check(
            "provider_keys",
            title,
            "ok",
            f"Every provider has one: {', '.join(sorted(p.name for p in providers.values()))}.",
        )
    hints = []
    for provider in missing:
        if provider.missing_key:
            hints.append(f"{provider.name}: set {provider.missing_key}")
            continue
        preset = find_preset(provider.preset or provider.name)
        hints.append(
            f"{provider.name}: set {preset.key_env}" if preset and preset.key_env else f"{provider.name}: set api_key"
        )
    return Check(
        "provider_keys",
        title,
        "failed",
        f"No key is set for {', '.join(provider.name for provider in missing)}.",
        f"{'; '.join(hints)}. A configuration reads it as ${{NAME}} from the environment.",
    )


async def check_reach(installation: Installation) -> list[Check]:
    """Say which providers can be reached from here, and whether our clock agrees with theirs."""
    addresses = {
        host_of(provider.base_url): provider for provider in installation.providers if host_of(provider.base_url)
    }
    chosen = dict(list(addresses.items())[:_MOST_HOSTS])
    found = await asyncio.gather(*(reach(provider.base_url) for provider in chosen.values()))
    checks = []
    for (host, provider), reached in zip(chosen.items(), found, strict=True):
        title = f"Reach {provider.name}"
        if reached.failure:
            checks.append(
                Check(
                    f"reach_{provider.name}",
                    title,
                    "failed",
                    f"{host} cannot be reached: {reached.failure}.",
                    "Check the network, DNS, firewall and the HTTPS_PROXY variable of the server.",
                )
            )
        else:
            checks.append(Check(f"reach_{provider.name}", title, "ok", f"{host} answers (HTTP {reached.status})."))
    leads = [reached.clock_lead_seconds for reached in found if reached.clock_lead_seconds is not None]
    return [*checks, await _check_clock(installation, leads)]


async def check_public_address(installation: Installation) -> list[Check]:
    """Go through ``server.public_url`` as a client does: does it lead here, and pass streams and WebSockets on?"""
    address = installation.settings.server.public_url
    if not address:
        return []
    title = "Public address"
    if '"live"' not in await read_text(f"{address}/healthz"):
        return [
            Check(
                "public_url",
                title,
                "failed",
                f"{address}/healthz does not lead to this server.",
                "Start the server and check the proxy, DNS and TLS certificate, or correct server.public_url.",
            )
        ]
    checks = [Check("public_url", title, "ok", f"{address} leads to a running server.")]
    if is_held_back(await stream_arrivals(f"{address}{STREAM_PATH}")):
        checks.append(
            Check(
                "public_stream",
                "Streams through the proxy",
                "failed",
                "The proxy holds streamed answers back until they are complete.",
                "Switch its buffering off (nginx: proxy_buffering off). See docs/guides/reverse-proxies.md.",
            )
        )
    else:
        checks.append(
            Check("public_stream", "Streams through the proxy", "ok", "Streamed answers arrive piece by piece.")
        )
    status = await websocket_status(f"{address.replace('http', 'ws', 1)}/realtime")
    if status in (101, _REFUSED_WITHOUT_SESSION):
        checks.append(Check("public_websocket", "WebSockets through the proxy", "ok", "WebSockets are passed on."))
    else:
        checks.append(
            Check(
                "public_websocket",
                "WebSockets through the proxy",
                "failed",
                f"The proxy does not pass WebSockets on (HTTP {status or 'no answer'}), so the console is not live.",
                "Let it forward the Upgrade and Connection headers. See docs/guides/reverse-proxies.md.",
            )
        )
    return checks


async def _check_clock(installation: Installation, leads: list[float]) -> Check:
    if installation.database is not None:
        async with installation.database.read() as session:
            theirs = await find_database_time(session)
        if theirs is not None:
            from powerautomation.kernel.clock import now

            leads = [*leads, (theirs - now()).total_seconds()]
    if not leads:
        return Check("clock", "Clock", "ok", "There is nothing to compare it with: no provider told the time.")
    lead = worst_clock_lead(leads)
    if abs(lead) < CLOCK_WARNING_SECONDS:
        return Check("clock", "Clock", "ok", f"Within {abs(lead):.0f} s of the other servers.")
    return Check(
        "clock",
        "Clock",
        "warning",
        f"This machine's clock is {abs(lead):.0f} s {'behind' if lead > 0 else 'ahead of'} the other servers.",
        "Switch time synchronisation on (timedatectl set-ntp true); sessions, prices and logs depend on the clock.",
    )
