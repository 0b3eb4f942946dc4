"""``powerautomation balances``: what is left in the accounts at providers."""

from typing import TYPE_CHECKING

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

if TYPE_CHECKING:
    from powerautomation.gateway.balances import Balance

_WHY = {
    "unasked": "not asked yet",
    "unreachable": "the provider was not reached",
    "refused": "the provider does not tell it to this key",
    "unreadable": "the provider's answer could not be read",
}


def balances(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show what providers said was left in their accounts; a running server asks every hour. Ends with 1 when one is
    low."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> "list[Balance]":
        from powerautomation.app.commands.installation import opened
        from powerautomation.gateway.balances import list_balances

        async with opened(settings) as installation, installation.database.read() as session:
            return await list_balances(session, installation.admin.organization_id)

    found = asyncio.run(work())
    if json:
        import msgspec

        print_json(msgspec.to_builtins(found))
    elif not found:
        typer.echo("No provider was asked for a balance yet. A running server asks those that document one.")
    else:
        for one in found:
            typer.echo(_line(one))
    if any(one.low for one in found):
        raise typer.Exit(1)


def _line(one: "Balance") -> str:
    from powerautomation.kernel.clock import from_ms

    amounts = " + ".join(f"{amount.available_nanos / 1_000_000_000:,.2f} {amount.currency}" for amount in one.amounts)
    facts = [amounts or "unknown"]
    if one.low:
        facts.append("LOW")
    if one.lasts_days is not None:
        facts.append(f"lasts about {one.lasts_days:,.0f} days")
    if one.known_ms is not None:
        facts.append(f"told {from_ms(one.known_ms):%Y-%m-%d %H:%M} UTC")
    if one.code:
        facts.append(_WHY[one.code])
    return f"{one.provider}: {', '.join(facts)}"
