"""``powerautomation keys``: gateway keys without the console."""

from datetime import datetime
from typing import Annotated, Any

import typer

from powerautomation.app.commands.options import ConfigOption, DataOption, JsonOption, settings_of
from powerautomation.app.terminal import print_json

app = typer.Typer(help="Create, list, rotate and revoke gateway keys.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="What the key is for, for example a person or machine.")
    ],
    expires: Annotated[
        datetime | None,
        typer.Option(
            "--expires", metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="Valid until this day begins (UTC)."
        ),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="PATTERN", help="Model the key may ask for (* and ?); repeat for more."),
    ] = None,
    project: Annotated[
        str, typer.Option("--project", metavar="NAME", help="The project it belongs to, for reports and limits.")
    ] = "",
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="A label for reports; repeatable.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What it opens: gateway (the default), gateway:chat, or a permission such as usage:read; repeatable.",
        ),
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Create a key and print it, this once, alone on the last line."""
    import asyncio
    from datetime import UTC

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.identity.access import PERMISSIONS
        from powerautomation.identity.api_keys import create_api_key

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                moment = expires.replace(tzinfo=UTC) if expires else None
                created = await create_api_key(
                    session,
                    installation.secret_box,
                    installation.admin,
                    name,
                    moment,
                    tuple(models or ()),
                    project=project,
                    tags=tag or (),
                    scopes=scope or (),
                    # Whoever may run commands here owns the server.
                    permissions=frozenset(PERMISSIONS),
                )
            await until_servers_know(installation)
            return created

    created = asyncio.run(work())
    if json:
        print_json({"id": created.key.id, "name": created.key.name, "token": created.token})
        return
    typer.echo(f"Key {created.key.id} for {created.key.name} (shown this once):")
    typer.echo(created.token)


@app.command("list")
def list_keys(data: DataOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """List the keys: never the keys themselves, only their last four characters."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened
        from powerautomation.identity.api_keys import list_api_keys

        async with opened(settings) as installation, installation.database.read() as session:
            return await list_api_keys(session, installation.admin.organization_id)

    keys = asyncio.run(work())
    if json:
        fields = ("id", "name", "hint", "created_at", "created_by_name", "expires_at", "revoked_at", "last_used_at")
        moments = {"created_at", "expires_at", "revoked_at", "last_used_at"}
        print_json(
            [
                {field: _moment(getattr(key, field)) if field in moments else getattr(key, field) for field in fields}
                for key in keys
            ]
        )
        return
    if not keys:
        typer.echo("There are no keys yet. Create one: powerautomation keys create --name NAME")
        return
    _print_table(keys)


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `keys list` shows it.")],
    overlap_hours: Annotated[
        int, typer.Option("--overlap-hours", min=0, max=720, help="How long the old key goes on working.")
    ] = 24,
    data: DataOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Give a key another secret, printed this once alone on the last line; the old one works a while longer."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> Any:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.identity.access import PERMISSIONS
        from powerautomation.identity.api_keys import rotate_api_key

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                rotated = await rotate_api_key(
                    session,
                    installation.secret_box,
                    installation.admin,
                    key_id,
                    overlap_seconds=overlap_hours * 3600,
                    permissions=frozenset(PERMISSIONS),
                )
            await until_servers_know(installation)
            return rotated

    rotated = asyncio.run(work())
    if json:
        print_json({"id": rotated.key.id, "name": rotated.key.name, "token": rotated.token})
        return
    typer.echo(f"New secret of {rotated.key.id} for {rotated.key.name} (shown this once):")
    typer.echo(rotated.token)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `keys list` shows it.")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """Revoke a key: running servers refuse it within five seconds."""
    import asyncio

    settings = settings_of(data, config)

    async def work() -> None:
        from powerautomation.app.commands.installation import opened, until_servers_know
        from powerautomation.identity.api_keys import revoke_api_key

        async with opened(settings) as installation:
            async with installation.database.unit_of_work() as session:
                await revoke_api_key(session, installation.admin, key_id)
            await until_servers_know(installation)

    asyncio.run(work())
    typer.echo(f"Revoked {key_id}.")


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _print_table(keys: list[Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("ID", "NAME", "ENDS IN", "CREATED", "LAST USED", "STATE"):
        table.add_column(title, no_wrap=title == "ID")
    for key in keys:
        state = "revoked" if key.revoked_at else "live"
        if key.expires_at and not key.revoked_at:
            soon = " (soon)" if key.state == "expiring" else ""
            state = "expired" if key.state == "expired" else f"until {key.expires_at:%Y-%m-%d}{soon}"
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        table.add_row(key.id, escape(key.name), f"…{key.hint}", f"{key.created_at:%Y-%m-%d}", used, state)
    Console(soft_wrap=True).print(table)
