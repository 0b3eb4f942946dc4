"""``powerautomation prices``: list prices from a file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

app = typer.Typer(help="Import list prices.", no_args_is_help=True)


@app.callback()
def _prices() -> None:
    """Keep ``import`` a command of its own."""


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="Prices, as .yaml or .csv.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Import prices and report each change; what was charged before keeps its price."""
    import asyncio

    settings = settings_of(data, config)
    with file.open("rb") as stream:
        content = stream.read(2 * 1024 * 1024 + 1)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.gateway.metering import import_prices

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                done = await import_prices(session, installation.admin, content, file_name=file.name, dry_run=dry_run)
            await until_servers_know(installation)
            return done

    done = asyncio.run(work())
    if json:
        import msgspec

        print_json(msgspec.to_builtins(done))
        return
    for one in done.changes:
        if one.kind != "unchanged":
            typer.echo(f"{one.kind:8} {one.vendor}/{one.model} {one.price.currency}")
    counts = {kind: sum(one.kind == kind for one in done.changes) for kind in ("added", "changed", "unchanged")}
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    typer.echo(f"{'Would be' if dry_run else 'Prices'}: {said}.")
