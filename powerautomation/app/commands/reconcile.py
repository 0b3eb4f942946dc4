"""``powerautomation reconcile``: a provider's bill against the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

if TYPE_CHECKING:
    from powerautomation.gateway.reconciliation import Reconciliation

_SETTLED = ("agrees", "midnight", "credit")
_MOST_SHOWN = 40


def reconcile(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The bill: CSV or JSON.")],
    provider: Annotated[str, typer.Option("--provider", metavar="NAME", help="Whose bill it is, as configured.")],
    month: Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="The month it is compared for.")],
    time_zone: Annotated[str, typer.Option("--time-zone", help="On whose clocks the bill's days begin.")] = "UTC",
    account: Annotated[
        str, typer.Option("--account", metavar="NAME", help="Of a bill of several accounts: whose lines count.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compare, and keep nothing.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Compare a provider's bill of a month with the ledger; ends with 1 when they differ by more than 0.1 %."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> "Reconciliation":
        from powerautomation.app.commands.installation import opened
        from powerautomation.gateway.reconciliation import Asked, ExchangeRate
        from powerautomation.gateway.reconciliation import reconcile as compare

        rates = [
            ExchangeRate(one.from_currency, one.to_currency, one.rate, one.date, one.source)
            for one in settings.exchange_rates
        ]
        asked = Asked(provider, month, time_zone, file.name, dry_run, account)
        async with opened(settings) as installation:
            with file.open("rb") as stream:
                return await compare(installation.database, installation.admin, asked, stream, rates)

    done = asyncio.run(work())
    if json:
        import msgspec

        print_json(msgspec.to_builtins(done))
    else:
        _report(done)
    if done.comparison.status != "agrees":
        raise typer.Exit(1)


def _report(done: "Reconciliation") -> None:
    comparison = done.comparison
    differing = [line for line in comparison.lines if line.finding not in _SETTLED]
    for line in differing[:_MOST_SHOWN]:
        ours, theirs = (tokens.total if tokens else None for tokens in (line.here, line.there))
        money = "" if line.there_nanos is None else f"; {_units(line.here_nanos)} and {_units(line.there_nanos)}"
        typer.echo(f"{line.day} {line.model or '(whole day)'}: {line.finding}; tokens {ours} and {theirs}{money}")
    if len(differing) > _MOST_SHOWN:
        typer.echo(f"… and {len(differing) - _MOST_SHOWN:,} more (--json shows all).")
    for total in comparison.totals:
        credits = f", credits {_units(total.credits_nanos)}" if total.credits_nanos else ""
        said = "agrees" if total.agrees else "differs"
        here, there = _units(total.here_nanos), _units(total.there_nanos)
        typer.echo(f"{total.currency}: {here} in the ledger, {there} on the bill{credits}: {said}.")
        for rate in total.rates:
            typer.echo(f"  converted at {rate}")
    typer.echo(f"Tokens: {comparison.here.total:,} in the ledger, {comparison.there.total:,} on the bill.")
    typer.echo(f"{done.provider} {done.month}: the bill {comparison.status} ({len(differing):,} lines differ).")


def _units(nanos: int | None) -> str:
    if nanos is None:
        return "unknown"
    whole, rest = divmod(abs(nanos), 1_000_000_000)
    return f"{'-' if nanos < 0 else ''}{whole}.{rest:09d}".rstrip("0").rstrip(".")
